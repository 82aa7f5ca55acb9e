import LoongArch
import Testing
import VirtualMachine

/// `lvz.md` section 14.5: from root to the guest.
@Suite struct EntryTests {
    private static let hypercall = "addi.d $a0, $zero, 7\nhvcl 0x100"

    @Test(arguments: EngineKind.allCases) func T100_hypercallFromTheGuest(_ kind: EngineKind) throws {
        let f = try Fixture(kind)
        f.placeGuest(Self.hypercall)
        f.expectRoot(f.enter(), ExceptionCode.HVC, at: 0x1004)
        f.expect(gpr: 4, 7)
        f.expect(CSR.BADI, 0x2B8100)
    }

    @Test(arguments: EngineKind.allCases) func T101_returnWithinRoot(_ kind: EngineKind) throws {
        let f = try Fixture(kind)
        f.stop(at: 0x9000_0000_0001_0100, physical: 0x10100)
        f.core[csr: CSR.ERA] = 0x9000_0000_0001_0100
        #expect(f.runRoot("ertn") == 0x9000_0000_0001_0100)
        #expect(!f.core.isGuest)
        f.expect(CSR.GSTAT, 0x10080)
    }

    @Test(arguments: EngineKind.allCases) func T102_rootsPreviousLevelDoesNotMatter(_ kind: EngineKind) throws {
        let f = try Fixture(kind)
        f.core[csr: CSR.PRMD] = 7
        f.core[gcsr: CSR.SAVE] = 0x99
        f.placeGuest("csrrd $a1, 0x30\n" + Self.hypercall)
        f.expectRoot(f.enter(), ExceptionCode.HVC, at: 0x1008)
        f.expect(gpr: 4, 7)
        f.expect(gpr: 5, 0x99)
        f.expect(CSR.PRMD, 7)
        f.expect(CSR.CRMD, 0xB0)
        f.expect(guest: CSR.ESTAT, 0)
    }

    @Test(arguments: EngineKind.allCases) func T103_pendingRootInterruptComesFirst(_ kind: EngineKind) throws {
        let f = try Fixture(kind)
        f.core[csr: CSR.ESTAT] = 1
        f.core[csr: CSR.ECFG] = 1
        f.placeGuest(Self.hypercall)
        f.expectRoot(f.enter(), ExceptionCode.INT, at: 0x1000)
        f.expect(gpr: 4, 0)
        f.expect(CSR.ESTAT, 1)
    }

    @Test(arguments: EngineKind.allCases) func T104_disabledRootInterruptWaits(_ kind: EngineKind) throws {
        let f = try Fixture(kind)
        f.core[csr: CSR.ESTAT] = 1
        f.core[csr: CSR.ECFG] = 1
        f.core[csr: CSR.PRMD] = 0
        f.placeGuest("li.d $a0, 0x100\nagain: addi.d $a0, $a0, -1\nbnez $a0, again\nhvcl 0")
        f.expectRoot(f.enter(), ExceptionCode.HVC, at: 0x100C)
        f.expect(gpr: 4, 0)
        f.expect(CSR.PRMD, 0, mask: 4)
    }

    @Test(arguments: EngineKind.allCases) func T105_refillReturnToRoot(_ kind: EngineKind) throws {
        let f = try Fixture(kind)
        f.stop(at: 0x9000_0000_0001_0100, physical: 0x10100)
        f.core[csr: CSR.TLBRERA] = 0x9000_0000_0001_0101
        f.core[csr: CSR.GSTAT] = 0x10002
        f.core[csr: CSR.ERA] = 0x1000
        #expect(f.runRoot("ertn") == 0x9000_0000_0001_0100)
        #expect(!f.core.isGuest)
        f.expect(CSR.TLBRERA, 0, mask: 1)
        f.expect(CSR.GSTAT, 0x10082)
    }

    @Test(arguments: EngineKind.allCases) func T106_refillReturnToTheGuest(_ kind: EngineKind) throws {
        let f = try Fixture(kind)
        f.placeGuest(Self.hypercall)
        f.core[csr: CSR.TLBRERA] = 0x1001
        f.core[csr: CSR.TLBRPRMD] = 8
        f.core[csr: CSR.ERA] = 0x9000_0000_0001_0100
        f.place("ertn", physical: 0xA000, origin: 0xA000)
        f.core[csr: CSR.CRMD] = 0xA8
        f.core.pc = 0xA000
        f.expectRoot(f.run(), ExceptionCode.HVC, at: 0x1004)
        f.expect(gpr: 4, 7)
        f.expect(CSR.GSTAT, 0x10082)
        f.expect(CSR.CRMD, 0xB0)
        f.expect(CSR.TLBRERA, 0, mask: 1)
    }

    @Test(arguments: EngineKind.allCases) func T107_pendingGuestInterrupt(_ kind: EngineKind) throws {
        let f = try Fixture(kind)
        f.core[gcsr: CSR.CRMD] = 0xC
        f.core[gcsr: CSR.ECFG] = 4
        f.core[csr: CSR.GINTC] = 1
        f.placeGuest(Self.hypercall)
        f.expectGuest(f.enter(), ExceptionCode.INT, at: 0x1000)
        f.expect(gpr: 4, 0)
        f.expect(guest: CSR.ESTAT, 4)
        f.expect(guest: CSR.PRMD, 4)
    }

    @Test(arguments: EngineKind.allCases) func T108_registersPassThrough(_ kind: EngineKind) throws {
        let f = try Fixture(kind)
        f.placeGuest("hvcl 0")
        for n in 1..<32 { f.core[gpr: n] = 0x1111 * UInt64(n) }
        f.expectRoot(f.enter(), ExceptionCode.HVC, at: 0x1000)
        for n in 0..<32 { f.expect(gpr: n, 0x1111 * UInt64(n)) }
    }

    @Test(arguments: EngineKind.allCases) func T109_statusAfterAnExit(_ kind: EngineKind) throws {
        let f = try Fixture(kind)
        f.placeGuest(Self.hypercall)
        f.expectRoot(f.enter(), ExceptionCode.HVC)
        #expect(f.read(CSR.GSTAT) == 0x10082)
    }

    @Test(arguments: EngineKind.allCases) func T110_exceptionInRootAfterAnExit(_ kind: EngineKind) throws {
        let f = try Fixture(kind)
        f.placeGuest(Self.hypercall)
        f.expectRoot(f.enter(), ExceptionCode.HVC)
        f.expectRoot(f.runRoot("syscall 0"), ExceptionCode.SYS)
        f.expect(CSR.GSTAT, 0x10080)
    }

    @Test(arguments: EngineKind.allCases) func T111_guestCodeInAWindow(_ kind: EngineKind) throws {
        let f = try Fixture(kind)
        f.core[gcsr: CSR.CRMD] = 0xB0
        f.core[gcsr: CSR.DMW + 1] = 0x9000_0000_0000_0011
        f.placeGuest(Self.hypercall, at: 0x9000_0000_0000_1000)
        f.expectRoot(f.enter(0x9000_0000_0000_1000), ExceptionCode.HVC, at: 0x9000_0000_0000_1004)
        f.expect(gpr: 4, 7)
        f.expect(CSR.BADI, 0x2B8100)
    }
}
