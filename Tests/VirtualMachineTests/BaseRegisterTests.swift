import GuestMemory
import Interpreter
import LoongArch
import Testing
import VirtualMachine

/// `lvz.md` section 14.1: control and status registers of root.
@Suite struct BaseRegisterTests {
    @Test(arguments: EngineKind.allCases) func T001_stateAfterReset(_ kind: EngineKind) throws {
        let f = try Fixture(kind)
        let core = Core(memory: PhysicalMemory(), clock: .instructions) { source, mode in Interpreter(source: source, mode: mode) }
        #expect(core.pc == 0x1C00_0000)
        #expect(!core.isGuest)
        let expected: [(Int, UInt64)] = [
            (CSR.CRMD, 8), (CSR.ECFG, 0), (CSR.EUEN, 0), (CSR.MISC, 0), (CSR.ASID, 0xA0000), (CSR.PRCFG1, 0x72F8), (CSR.PRCFG2, 0x3FFF_F000),
            (CSR.PRCFG3, 0x80_73F2), (CSR.GSTAT, 0x80), (CSR.GCFG, 0x70103), (CSR.GTLBC, 0), (CSR.GINTC, 0), (CSR.GCNTC, 0),
        ]
        for (number, value) in expected { f.same(core[csr: number], value, CSR.name(number)) }
        #expect(core[csr: CSR.TCFG] & 1 == 0)
        #expect(core[csr: CSR.TLBRERA] & 1 == 0)
    }

    @Test(arguments: EngineKind.allCases) func T002_csrwrExchanges(_ kind: EngineKind) throws {
        let f = try Fixture.base(kind)
        f.core[csr: CSR.SAVE] = 0x1111
        f.core[gpr: 4] = 0x2222
        f.complete("csrwr $a0, 0x30")
        f.expect(gpr: 4, 0x1111)
        f.expect(CSR.SAVE, 0x2222)
    }

    @Test(arguments: EngineKind.allCases) func T003_csrxchgIsMasked(_ kind: EngineKind) throws {
        let f = try Fixture.base(kind)
        f.core[csr: CSR.SAVE] = 0xFFFF_0000
        f.core[gpr: 4] = 0x00AA_00BB
        f.core[gpr: 5] = 0x0F0F_0F0F
        f.complete("csrxchg $a0, $a1, 0x30")
        f.expect(gpr: 4, 0xFFFF_0000)
        f.expect(CSR.SAVE, 0xF0FA_000B)
    }

    @Test(arguments: EngineKind.allCases) func T004_csrxchgWithZeroClears(_ kind: EngineKind) throws {
        let f = try Fixture.base(kind)
        f.core[csr: CSR.GSTAT] = 0x10002
        f.core[gpr: 12] = 2
        f.expect(CSR.GSTAT, 0x10082)
        f.complete("csrxchg $zero, $t0, 0x50")
        f.expect(CSR.GSTAT, 0x10080)
        f.expect(gpr: 0, 0)
    }

    @Test(arguments: EngineKind.allCases) func T005_undefinedRegister(_ kind: EngineKind) throws {
        let f = try Fixture.base(kind)
        f.core[gpr: 4] = 5
        f.core[gpr: 5] = 6
        f.complete("csrwr $a0, 0x7FF\ncsrrd $a1, 0x7FF")
        f.expect(gpr: 4, 0)
        f.expect(gpr: 5, 0)
    }

    @Test(arguments: EngineKind.allCases) func T006_writableBits(_ kind: EngineKind) throws {
        let expected: [(Int, UInt64)] = [
            (CSR.PRMD, 0xF), (CSR.MISC, 0x7FEEE), (CSR.EENTRY, 0xFFFF_FFFF_FFFF_F000), (CSR.ECFG, 0x71FFF), (CSR.DMW + 1, 0xF000_0000_0000_003F),
            (CSR.TLBELO0, 0xE000_FFFF_FFFF_F07F), (CSR.TLBELO1, 0xE000_FFFF_FFFF_F07F), (CSR.TLBEHI, 0xFFFF_FFFF_FFFF_E000),
            (CSR.TLBIDX, 0xFFFF_FFFF_BF00_0FFF), (CSR.ASID, 0xA03FF), (CSR.TLBRERA, 0xFFFF_FFFF_FFFF_FFFD), (CSR.TLBRENTRY, 0x0000_FFFF_FFFF_F000),
            (CSR.TLBRPRMD, 0x1F),
        ]
        for (number, value) in expected {
            let f = try Fixture.base(kind)
            f.core[gpr: 4] = .max
            f.complete("csrwr $a0, \(number)\ncsrrd $a1, \(number)")
            f.same(f.core[gpr: 5], value, CSR.name(number))
        }
    }

    @Test(arguments: EngineKind.allCases) func T007_readOnlyRegisters(_ kind: EngineKind) throws {
        let f = try Fixture.base(kind)
        f.core[csr: CSR.PGDL] = 0x5000
        for number in [CSR.CPUID, CSR.PRCFG1, CSR.PRCFG2, CSR.PRCFG3, CSR.BADI, CSR.TVAL, CSR.PGD] {
            let before = f.read(number)
            f.write(number, .max)
            f.same(f.core[gpr: 4], before, CSR.name(number))
            f.same(f.read(number), before, CSR.name(number))
        }
    }

    @Test(arguments: EngineKind.allCases) func T008_statusBitsThatSoftwareWrites(_ kind: EngineKind) throws {
        let f = try Fixture.base(kind)
        f.expect(CSR.ESTAT, 0)
        f.write(CSR.ESTAT, .max)
        f.same(f.read(CSR.ESTAT), 3, "ESTAT")
    }

    @Test(arguments: EngineKind.allCases) func T009_timerAcknowledgement(_ kind: EngineKind) throws {
        let f = try Fixture.base(kind)
        f.expireTimer()
        #expect(f.read(CSR.TICLR) == 0)
        f.expect(CSR.ESTAT, 0x800)
        f.write(CSR.TICLR, 1)
        f.expect(CSR.ESTAT, 0)
        #expect(f.read(CSR.TICLR) == 0)
    }

    @Test(arguments: EngineKind.allCases) func T010_registersArePrivileged(_ kind: EngineKind) throws {
        let f = try Fixture.base(kind)
        f.core[csr: CSR.DMW] = 0x9000_0000_0000_0019
        f.core[csr: CSR.CRMD] = 0xB3
        f.core[gpr: 4] = 0x55
        f.expectRoot(f.runRoot("nop\ncsrrd $a0, 0"), ExceptionCode.IPE, at: Fixture.rootCode + 4)
        f.expect(CSR.PRMD, 3)
        f.expect(gpr: 4, 0x55)
    }

    @Test(arguments: EngineKind.allCases) func T011_debugSaveIsStorage(_ kind: EngineKind) throws {
        let f = try Fixture.base(kind)
        f.expect(CSR.DSAVE, 0)
        f.write(CSR.DSAVE, 0xFEDC_BA98_7654_3210)
        #expect(f.read(CSR.DSAVE) == 0xFEDC_BA98_7654_3210)
    }
}
