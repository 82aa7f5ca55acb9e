import LoongArch
import Testing
import VirtualMachine

/// `lvz.md` section 14.9: interrupts and timers.
@Suite struct InterruptTests {
    /// A periodic timer strikes again and again while the code that it interrupts does nothing but compute: nothing else brings the core to look at the clock.
    @Test(arguments: [EngineKind.interpreter, .jit, .auto]) func ticksOfHostTime(_ kind: EngineKind) throws {
        let f = try Fixture(kind, hasGuest: false, clock: .host)
        let handler: UInt64 = 0x9000_0000_0000_C000
        f.place(
            """
            addi.d $s0, $s0, 1
            li.d $t0, 1
            csrwr $t0, 0x44
            li.d $t0, 40
            beq $s0, $t0, 1f
            ertn
            1: li.d $t0, \(Fixture.re)
            jirl $zero, $t0, 0
            """, physical: handler & 0xFFFF, origin: handler)
        f.core[csr: CSR.EENTRY] = handler
        f.core[csr: CSR.ECFG] = 0x800
        f.core[csr: CSR.CRMD] = 0xB4
        let ticks: UInt64 = 100_000  // of 10 ns
        f.core[csr: CSR.TCFG] = ticks | 3
        #expect(f.runRoot("1: addi.d $s1, $s1, 1\nb 1b", fuel: 20_000_000_000) == Fixture.re)
        f.expect(gpr: 23, 40)
    }

    private static let timer: UInt64 = 0x800
    private static let spin = "spin: addi.d $a0, $a0, 1\nb spin"

    @Test(arguments: EngineKind.allCases) func T190_rootsTimerEndsTheGuest(_ kind: EngineKind) throws {
        let f = try Fixture(kind)
        f.core[csr: CSR.ECFG] = Self.timer
        f.core[csr: CSR.TCFG] = 0x401
        f.placeGuest(Self.spin)
        let before = f.snapshot(guest: Fixture.exceptionRegisters)
        f.expectRoot(f.enter(), ExceptionCode.INT)
        #expect([0x1000, 0x1004].contains(f.core[csr: CSR.ERA]))
        #expect(f.snapshot(guest: Fixture.exceptionRegisters) == before)
        f.expect(CSR.ESTAT, Self.timer)
        f.expect(guest: CSR.ESTAT, 0)
        #expect((0x1D0...0x200).contains(f.core[gpr: 4]))
    }

    @Test(arguments: EngineKind.allCases) func T191_virtualLine(_ kind: EngineKind) throws {
        let f = try Fixture(kind)
        f.core[gcsr: CSR.CRMD] = 0xC
        f.core[gcsr: CSR.ECFG] = 0x20FFF
        f.core[csr: CSR.GINTC] = 0x80
        let vector = Fixture.ge | 73 << 4
        f.stop(at: vector, isGuest: true, physical: Fixture.guestBase + vector)
        f.placeGuest(Self.spin)
        #expect(f.enter() == vector)
        #expect(f.core.isGuest)
        #expect(f.guestCode == ExceptionCode.INT)
        f.expect(guest: CSR.ESTAT, 0x200)
        f.expect(guest: CSR.ERA, 0x1000)
        f.core[csr: CSR.GINTC] = 0
        f.expect(guest: CSR.ESTAT, 0)
    }

    @Test(arguments: EngineKind.allCases) func T192_rootsInterruptComesFirst(_ kind: EngineKind) throws {
        let f = try Fixture(kind)
        f.core[gcsr: CSR.CRMD] = 0xC
        f.core[gcsr: CSR.ECFG] = 4
        f.core[csr: CSR.GINTC] = 1
        f.core[csr: CSR.ESTAT] = 1
        f.core[csr: CSR.ECFG] = 1
        f.placeGuest(Self.spin)
        f.expectRoot(f.enter(), ExceptionCode.INT, at: 0x1000)
        f.expect(guest: CSR.ERA, 0)
        f.core[csr: CSR.ESTAT] = 0
        f.expectGuest(f.enter(), ExceptionCode.INT, at: 0x1000)
        f.expect(gpr: 4, 0)
    }

    @Test(arguments: EngineKind.allCases) func T193_linePassedThrough(_ kind: EngineKind) throws {
        let f = try Fixture(kind)
        f.core[gcsr: CSR.CRMD] = 0xC
        f.core[gcsr: CSR.ECFG] = 0x20FFF
        f.core[csr: CSR.GINTC] = 0xFF00
        let vector = Fixture.ge | 69 << 4
        f.stop(at: vector, isGuest: true, physical: Fixture.guestBase + vector)
        f.placeGuest(Self.spin)
        f.core.setLine(3, true)
        #expect(f.enter() == vector)
        #expect(f.core.isGuest)
        f.expect(guest: CSR.ESTAT, 0x20)
        f.expect(CSR.ESTAT, 0x20)
        f.core.setLine(3, false)
        f.expect(guest: CSR.ESTAT, 0)
        f.expect(CSR.ESTAT, 0)
    }

    @Test(arguments: EngineKind.allCases) func T194_lineOfRoots(_ kind: EngineKind) throws {
        let f = try Fixture(kind)
        f.core[gcsr: CSR.CRMD] = 0xC
        f.core[gcsr: CSR.ECFG] = 0xFFF
        f.core[csr: CSR.ECFG] = 0x20
        f.placeGuest(Self.spin)
        f.core.setLine(3, true)
        f.expectRoot(f.enter(), ExceptionCode.INT, at: 0x1000)
        f.expect(CSR.ESTAT, 0x20)
        f.expect(guest: CSR.ESTAT, 0)
    }

    @Test(arguments: EngineKind.allCases) func T195_interprocessorInterruptOfTheGuest(_ kind: EngineKind) throws {
        let f = try Fixture(kind)
        f.core[gcsr: CSR.ESTAT] = 0x1000
        f.placeGuest("csrrd $a0, 5\nhvcl 0")
        f.expectRoot(f.enter(), ExceptionCode.HVC)
        f.expect(gpr: 4, 0x1000)
        f.core[gcsr: CSR.CRMD] = 0xC
        f.core[gcsr: CSR.ECFG] = 0x1000
        f.expectGuest(f.enter(), ExceptionCode.INT, at: 0x1000)
        f.expect(CSR.ESTAT, 0, mask: 0x1000)
        // Root clears it: the handler's return is not interrupted again.
        f.core[gcsr: CSR.ESTAT] = 0
        f.placeGuest("ertn", at: Fixture.ge)
        f.core.pc = Fixture.ge
        f.expectRoot(f.run(), ExceptionCode.HVC, at: 0x1004)
        f.expect(gpr: 4, 0)
    }

    @Test(arguments: EngineKind.allCases) func T196_guestsTimer(_ kind: EngineKind) throws {
        let f = try Fixture(kind)
        f.core[gcsr: CSR.ECFG] = Self.timer
        f.placeGuest("li.d $t0, 0x101\ncsrwr $t0, 0x41\nli.d $t0, 0xC\ncsrwr $t0, 0\n" + Self.spin)
        f.expectGuest(f.enter(), ExceptionCode.INT)
        #expect([0x1010, 0x1014].contains(f.core[gcsr: CSR.ERA]))
        #expect((0x70...0x80).contains(f.core[gpr: 4]))
        f.expect(guest: CSR.ESTAT, Self.timer)
        f.placeGuest("li.d $t0, 1\ncsrwr $t0, 0x44\ncsrrd $a1, 0x42\ncsrrd $a2, 0x41\ncsrrd $a3, 5\nhvcl 0", at: Fixture.ge)
        f.core.pc = Fixture.ge
        f.expectRoot(f.run(), ExceptionCode.HVC)
        f.expect(gpr: 5, 0x0000_FFFF_FFFF_FFFF)
        f.expect(gpr: 6, 0x101)
        f.expect(gpr: 7, 0)
        f.expect(CSR.ESTAT, 0, mask: 0xFFFF)
    }

    @Test(arguments: EngineKind.allCases) func T197_guestsTimerRunsInRoot(_ kind: EngineKind) throws {
        let f = try Fixture(kind)
        f.placeGuest("li.d $t0, 0x41\ncsrwr $t0, 0x41\nhvcl 0")
        f.expectRoot(f.enter(), ExceptionCode.HVC)
        #expect(f.readBank(CSR.ESTAT) == 0)
        f.complete(f.nops(0x50))
        #expect(f.readBank(CSR.ESTAT) == Self.timer)
        f.expect(CSR.ESTAT, 0, mask: Self.timer)
    }

    /// T198: a one-shot timer of the guest that root has made expire.
    private func expired(_ kind: EngineKind) throws -> Fixture {
        let f = try Fixture(kind)
        f.writeBank(CSR.TCFG, 0x10001)
        f.expect(guest: CSR.ESTAT, 0)
        f.core[gpr: 4] = 0
        f.complete("gcsrwr $a0, 0x42\nnop\ngcsrrd $a1, 5\ngcsrrd $a2, 0x42\ngcsrrd $a3, 0x41")
        return f
    }

    @Test(arguments: EngineKind.allCases) func T198_rootMakesTheTimerExpire(_ kind: EngineKind) throws {
        let f = try expired(kind)
        f.expect(gpr: 5, Self.timer)
        f.expect(gpr: 7, 0x10001)
        #expect(f.core[gpr: 6] > f.core[gpr: 7])
    }

    @Test(arguments: EngineKind.allCases) func T199_rootAcknowledgesTheTimer(_ kind: EngineKind) throws {
        let f = try expired(kind)
        f.writeBank(CSR.TICLR, 1)
        f.expect(guest: CSR.ESTAT, 0)
        #expect(f.readBank(CSR.TVAL) > f.readBank(CSR.TCFG))
        for _ in 0..<3 { f.core[gpr: 4] = 0x8000; f.complete("again: addi.d $a0, $a0, -1\nbnez $a0, again") }
        f.expect(guest: CSR.ESTAT, 0)
    }

    @Test(arguments: EngineKind.allCases) func T200_rootSetsAPeriodicTimer(_ kind: EngineKind) throws {
        let f = try Fixture(kind)
        f.writeBank(CSR.TCFG, 0x1003)
        f.core[gpr: 4] = 0x10
        f.core[gpr: 5] = 1
        // Just before it expires and just behind; then the same one period later, less what the instructions take.
        f.complete("gcsrwr $a0, 0x42\n" + f.nops(0xE) + "gcsrrd $a2, 5\n" + f.nops(4) + "gcsrrd $a3, 5\ngcsrrd $a6, 0x42")
        f.expect(gpr: 6, 0)
        f.expect(gpr: 7, Self.timer)
        #expect((0xFF0...0x1000).contains(f.core[gpr: 10]))
        for _ in 0..<3 {
            f.writeBank(CSR.TICLR, 1)
            let left = f.readBank(CSR.TVAL)
            #expect(left <= 0x1000)
            f.core[gpr: 4] = (left - 0x10) / 2
            f.complete("again: addi.d $a0, $a0, -1\nbnez $a0, again")
            f.expect(guest: CSR.ESTAT, 0)
            f.complete(f.nops(0x20))
            f.expect(guest: CSR.ESTAT, Self.timer)
        }
    }

    @Test(arguments: EngineKind.allCases) func T201_guestsTime(_ kind: EngineKind) throws {
        let f = try Fixture(kind)
        let gcntc: UInt64 = 0x1_0000_0000, cntc: UInt64 = 0x20_0000, own: UInt64 = ~0xFFFF
        f.core[csr: CSR.GCNTC] = gcntc
        f.core[csr: CSR.CNTC] = cntc
        f.core[csr: CSR.TID] = 3
        f.core[gcsr: CSR.CNTC] = own
        f.core[gcsr: CSR.TID] = 9
        f.placeGuest("rdtime.d $a0, $a1\nhvcl 0")
        let before = f.core.ticks
        f.expectRoot(f.enter(), ExceptionCode.HVC)
        f.complete("rdtime.d $a2, $a3")
        let after = f.core.ticks
        let guest = f.core[gpr: 4] &- gcntc &- cntc &- own
        let root = f.core[gpr: 6] &- cntc
        #expect(before <= guest && guest < root && root <= after, "\(before) \(guest) \(root) \(after)")
        f.expect(gpr: 5, 9)
        f.expect(gpr: 7, 3)
    }

    @Test(arguments: EngineKind.allCases) func T202_guestsTimeIsPrivileged(_ kind: EngineKind) throws {
        let f = try Fixture(kind)
        f.core[gcsr: CSR.MISC] = 0x80
        f.core[gcsr: CSR.CRMD] = 0xB
        f.placeGuest("rdtime.d $a0, $a1")
        f.expectGuest(f.enter(), ExceptionCode.IPE, at: 0x1000)
    }

    @Test(arguments: EngineKind.allCases) func T203_guestsSoftwareInterrupt(_ kind: EngineKind) throws {
        let f = try Fixture(kind)
        f.core[csr: CSR.ECFG] = 3
        f.core[gcsr: CSR.ECFG] = 3
        f.core[gcsr: CSR.CRMD] = 0xC
        f.placeGuest("li.d $t0, 3\ncsrwr $t0, 5\nhvcl 0")
        f.expectGuest(f.enter(), ExceptionCode.INT, at: 0x1008)
        f.expect(guest: CSR.ESTAT, 3)
        f.expect(CSR.ESTAT, 0)
    }

    @Test(arguments: EngineKind.allCases) func T204_codeInTheLowBits(_ kind: EngineKind) throws {
        let f = try Fixture(kind)
        f.writeBank(CSR.ESTAT, 0xD)
        #expect(f.readBank(CSR.ESTAT) == 1)
    }

    @Test(arguments: EngineKind.allCases) func T205_interprocessorInterruptOfRoot(_ kind: EngineKind) throws {
        let f = try Fixture(kind)
        f.core[csr: CSR.ECFG] = 0x1000
        f.core[gcsr: CSR.CRMD] = 0xB
        f.placeGuest(Self.spin)
        #expect(f.enter(fuel: 1000) == nil)
        #expect(f.core.isGuest)
        f.core.setInterprocessorInterrupt(true)
        f.expectRoot(f.run(), ExceptionCode.INT)
        f.expect(CSR.ESTAT, 0x1000)
        f.expect(guest: CSR.ESTAT, 0)
        f.core.setInterprocessorInterrupt(false)
        f.expect(CSR.ESTAT, 0)
    }
}
