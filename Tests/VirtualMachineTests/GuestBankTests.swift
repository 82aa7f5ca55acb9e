import LoongArch
import Testing
import VirtualMachine

/// `lvz.md` section 14.4: the guest's bank of registers.
@Suite struct GuestBankTests {
    @Test(arguments: EngineKind.allCases) func T080_banksAreApart(_ kind: EngineKind) throws {
        let f = try Fixture(kind)
        f.writeBank(CSR.CRMD, 0xB0)
        #expect(f.readBank(CSR.CRMD) == 0xB0)
        f.writeBank(CSR.CRMD, 0x1B8)
        f.expect(CSR.CRMD, 0xB0)
        #expect(f.readBank(CSR.CRMD) == 0x1B8)
    }

    /// A register of class H, the bits that root's `gcsrwr` changes, and those that read as 1 always. Width 32: sign-extended.
    private static let registers: [(number: Int, mask: UInt64, fixed: UInt64, is32: Bool)] =
        [
            (CSR.CRMD, 0x3FF, 0, true), (CSR.PRMD, 0xF, 0, true), (CSR.EUEN, 0xF, 0, true), (CSR.MISC, 0x7FEEE, 0, true), (CSR.ECFG, 0x71FFF, 0, true),
            (CSR.ESTAT, 0x7FFF_1C03, 0, true), (CSR.ERA, .max, 0, false), (CSR.BADV, .max, 0, false), (CSR.BADI, 0xFFFF_FFFF, 0, true),
            (CSR.EENTRY, ~0xFFF, 0, false), (CSR.TLBIDX, 0xBF00_0FFF, 0, true), (CSR.TLBEHI, 0x0000_FFFF_FFFF_E000, 0, false),
            (CSR.TLBELO0, 0xE000_FFFF_FFFF_F07F, 0, false), (CSR.TLBELO1, 0xE000_FFFF_FFFF_F07F, 0, false), (CSR.ASID, 0x3FF, 0xA0000, true),
            (CSR.PGDL, ~0xFFF, 0, false), (CSR.PGDH, ~0xFFF, 0, false), (CSR.PWCL, 0xFFFF_FFFF, 0, true), (CSR.PWCH, 0xFF_FFFF, 0, true),
            (CSR.STLBPS, 0x3F, 0, true), (CSR.RVACFG, 0xF, 0, true), (CSR.CPUID, 0x1FF, 0, true), (CSR.PRCFG1, 0, 0x72F8, true),
            (CSR.PRCFG2, 0, 0x3FFF_F000, false), (CSR.PRCFG3, 0, 0x80_73F2, true), (CSR.TID, 0xFFFF_FFFF, 0, true),
            (CSR.TVAL, 0x0000_FFFF_FFFF_FFFF, 0, false), (CSR.CNTC, .max, 0, false), (CSR.TICLR, 0, 0, true), (CSR.LLBCTL, 4, 0, true),
            (CSR.TLBRENTRY, 0x0000_FFFF_FFFF_F000, 0, false), (CSR.TLBRBADV, .max, 0, false), (CSR.TLBRERA, ~2, 0, false), (CSR.TLBRSAVE, .max, 0, false),
            (CSR.TLBRELO0, 0xE000_FFFF_FFFF_F07F, 0, false), (CSR.TLBRELO1, 0xE000_FFFF_FFFF_F07F, 0, false),
            (CSR.TLBREHI, 0x0000_FFFF_FFFF_E03F, 0, false), (CSR.TLBRPRMD, 0x17, 0, true), (CSR.TCFG, 0x0000_FFFF_FFFF_FFFF, 0, false),
        ]
        + (0..<8).map { (CSR.SAVE + $0, UInt64.max, 0, false) } + (0..<4).map { (CSR.DMW + $0, 0xF000_0000_0000_003F, 0, false) }

    @Test(arguments: EngineKind.allCases) func T081_writableBits(_ kind: EngineKind) throws {
        for pattern: UInt64 in [0xA5A5_5A5A_A5A5_5A5A, 0x5A5A_A5A5_5A5A_A5A5, .max, 0] {
            let f = try Fixture(kind)
            for (number, mask, fixed, is32) in Self.registers {
                // RVACFG: 0...8 are values.
                let written = number == CSR.RVACFG ? pattern & 7 : pattern
                var expected = written & mask | fixed
                if is32 { expected = UInt64(bitPattern: Int64(Int32(truncatingIfNeeded: expected))) }
                if number == CSR.TLBEHI || number == CSR.TLBREHI {
                    expected = expected & 0x3F | UInt64(bitPattern: Int64(bitPattern: expected << 16) >> 16) & ~0x3F
                }
                f.core[gpr: 4] = written
                f.complete("gcsrwr $a0, \(number)\ngcsrrd $a1, \(number)")
                f.same(f.core[gpr: 5], expected, CSR.name(number))
            }
            f.core[gcsr: CSR.TLBRERA] = 0
            f.core[gcsr: CSR.BADV] = 0
            f.core[gpr: 4] = 0x7000
            let table = f.core[gcsr: CSR.PGDL]
            f.complete("gcsrwr $a0, 0x1B\ngcsrrd $a1, 0x1B")
            f.expect(gpr: 5, table)
        }
    }

    @Test(arguments: EngineKind.allCases) func T082_statusBitsThatRootWrites(_ kind: EngineKind) throws {
        let f = try Fixture(kind)
        f.writeBank(CSR.ESTAT, .max)
        #expect(f.readBank(CSR.ESTAT) == 0x7FFF_1C03)
    }

    @Test(arguments: EngineKind.allCases) func T083_virtualLinesAreVisible(_ kind: EngineKind) throws {
        let f = try Fixture(kind)
        f.write(CSR.GINTC, 5)
        #expect(f.readBank(CSR.ESTAT) & 0xFFFF == 0x14)
    }

    @Test(arguments: EngineKind.allCases) func T084_writesThatVanish(_ kind: EngineKind) throws {
        let f = try Fixture(kind)
        for number in [CSR.PGD, CSR.PRCFG1, CSR.PRCFG2, CSR.PRCFG3, CSR.TICLR] + Array(0x38...0x3F) { f.writeBank(number, 0) }
        #expect(f.readBank(CSR.PRCFG1) == 0x72F8)
        #expect(f.readBank(CSR.PRCFG2) == 0x3FFF_F000)
        #expect(f.readBank(CSR.PRCFG3) == 0x80_73F2)
    }

    @Test(arguments: EngineKind.allCases) func T085_coreNumberOfTheGuest(_ kind: EngineKind) throws {
        let f = try Fixture(kind)
        f.writeBank(CSR.CPUID, 5)
        f.placeGuest("csrrd $a0, 0x20\nhvcl 0")
        f.expectRoot(f.enter(), ExceptionCode.HVC, at: 0x1004)
        f.expect(gpr: 4, 5)
    }

    @Test(arguments: EngineKind.allCases) func T086_stoppedTimerIsStorage(_ kind: EngineKind) throws {
        let f = try Fixture(kind)
        f.writeBank(CSR.TCFG, 0)
        f.writeBank(CSR.TVAL, 0x1234)
        f.complete(f.nops(8))
        #expect(f.readBank(CSR.TVAL) == 0x1234)
    }

    @Test(arguments: EngineKind.allCases) func T087_gcsrxchgIsMasked(_ kind: EngineKind) throws {
        let f = try Fixture(kind)
        f.writeBank(CSR.SAVE, 0xFF)
        f.core[gpr: 4] = 0x0F0
        f.core[gpr: 5] = 0x0FF
        f.complete("gcsrxchg $a0, $a1, 0x30")
        f.expect(gpr: 4, 0xFF)
        #expect(f.readBank(CSR.SAVE) == 0xF0)
    }

    @Test(arguments: EngineKind.allCases) func T088_registersThatTheBankLacks(_ kind: EngineKind) throws {
        let f = try Fixture(kind)
        for number in [0x80, 0x90, 0x98, 0x200, 0x300, 0x500, 0x7FF] {
            f.writeBank(number, .max)
            f.same(f.readBank(number), 0, CSR.name(number))
        }
    }

    @Test(arguments: EngineKind.allCases) func T089_addressSpaceNumber(_ kind: EngineKind) throws {
        let f = try Fixture(kind)
        f.writeBank(CSR.ASID, .max)
        #expect(f.readBank(CSR.ASID) == 0xA03FF)
    }

    /// A guest that executes `ll.d`, exits, and tries `sc.d` behind it, which leaves its result in a2.
    private func reserve(_ kind: EngineKind) throws -> Fixture {
        let f = try Fixture(kind)
        f.placeGuest("ll.d $a1, $a0, 0\nhvcl 0\nsc.d $a2, $a0, 0\nhvcl 1")
        f.core[gpr: 4] = 0x2000
        f.core[gpr: 6] = 0x66
        f.expectRoot(f.enter(), ExceptionCode.HVC, at: 0x1004)
        return f
    }

    @Test(arguments: EngineKind.allCases) func T090_rootClearsTheGuestsReservation(_ kind: EngineKind) throws {
        let f = try reserve(kind)
        f.core[gpr: 12] = 2
        f.complete("gcsrwr $t0, 0x60")
        f.expectRoot(f.enter(0x1008), ExceptionCode.HVC, at: 0x100C)
        f.expect(gpr: 6, 0)
        f.expect(memory: 0x802000, 0)

        let g = try reserve(kind)
        g.expectRoot(g.enter(0x1008), ExceptionCode.HVC, at: 0x100C)
        g.expect(gpr: 6, 1)
        g.expect(memory: 0x802000, 0x66)
    }

    @Test(arguments: EngineKind.allCases) func T091_rootsReturnKeepsTheGuestsReservation(_ kind: EngineKind) throws {
        let f = try reserve(kind)
        f.core[csr: CSR.GSTAT] = 0x10000
        f.core[csr: CSR.PRMD] = 0
        f.core[csr: CSR.ERA] = Fixture.rootCode + 8
        f.core[gpr: 12] = Fixture.scratch
        f.complete("ll.d $t1, $t0, 0\nertn\nnop")
        f.core[csr: CSR.PRMD] = 4
        f.expectRoot(f.enter(0x1008), ExceptionCode.HVC, at: 0x100C)
        f.expect(gpr: 6, 1)
        f.expect(memory: 0x802000, 0x66)
    }

    @Test(arguments: EngineKind.allCases) func T092_guestsLevelIsNotRoots(_ kind: EngineKind) throws {
        let f = try Fixture(kind)
        f.core[gpr: 4] = 0xB3
        f.complete("gcsrwr $a0, 0\ncsrrd $a1, 0\ngcsrrd $a2, 0")
        f.expect(gpr: 5, 0xB0)
        f.expect(gpr: 6, 0xB3)
    }
}
