import LoongArch
import Testing
import VirtualMachine

/// `lvz.md` section 14.3: the virtualization extension's own registers.
@Suite struct VirtualizationRegisterTests {
    @Test(arguments: EngineKind.allCases) func T060_guestStatus(_ kind: EngineKind) throws {
        let f = try Fixture(kind)
        f.write(CSR.GSTAT, .max)
        #expect(f.read(CSR.GSTAT) == 0x00FF_0082)
    }

    @Test(arguments: EngineKind.allCases) func T061_strayBitOfGuestStatus(_ kind: EngineKind) throws {
        let f = try Fixture(kind)
        f.core[csr: CSR.GSTAT] = 0
        f.write(CSR.GSTAT, 4)
        #expect(f.read(CSR.GSTAT) == 0x80)
        f.core[csr: CSR.PRMD] = 0
        f.core[csr: CSR.ERA] = Fixture.rootCode + 8
        f.core[gpr: 5] = 0
        f.complete("ertn\nli.d $a1, 1\nnop")
        f.expect(gpr: 5, 0)
        #expect(!f.core.isGuest)
    }

    @Test(arguments: EngineKind.allCases) func T062_writableBits(_ kind: EngineKind) throws {
        let f = try Fixture(kind)
        for (number, value) in [(CSR.GTLBC, UInt64(0x00FF_303F)), (CSR.TRGP, 0x00FF_0001), (CSR.GINTC, 0x00FF_FFFF)] {
            f.write(number, .max)
            f.same(f.read(number), value, CSR.name(number))
        }
    }

    @Test(arguments: EngineKind.allCases) func T063_guestConfiguration(_ kind: EngineKind) throws {
        let f = try Fixture(kind)
        f.core[csr: CSR.GCFG] = 0
        #expect(f.read(CSR.GCFG) == 0x0007_0103)
        f.write(CSR.GCFG, 0x0020_0010)
        #expect(f.read(CSR.GCFG) == 0x0027_0113)
    }

    @Test(arguments: EngineKind.allCases) func T064_modesThatAreNotOffered(_ kind: EngineKind) throws {
        let f = try Fixture(kind)
        f.core[csr: CSR.GCFG] = 0
        f.write(CSR.GCFG, .max)
        #expect(f.read(CSR.GCFG) == 0x0007_0303)
    }

    @Test(arguments: EngineKind.allCases) func T065_counterCompensation(_ kind: EngineKind) throws {
        let f = try Fixture(kind)
        f.write(CSR.GCNTC, 0x8000_0000_0000_0001)
        #expect(f.read(CSR.GCNTC) == 0x8000_0000_0000_0001)
    }

    @Test(arguments: EngineKind.allCases) func T066_withoutTheExtension(_ kind: EngineKind) throws {
        for source in ["gcsrrd $a0, 0", "hvcl 0", "gtlbflush", "invtlb 0x12, $zero, $zero"] {
            let f = try Fixture(kind, virtualization: false)
            f.expectRoot(f.runRoot(source), ExceptionCode.INE, at: Fixture.rootCode)
        }
        let f = try Fixture(kind, virtualization: false)
        #expect(f.read(CSR.GSTAT) == 0)
        f.write(CSR.TLBRPRMD, 8)
        #expect(f.read(CSR.TLBRPRMD) == 0)
        f.core[gpr: 5] = 2
        f.complete("cpucfg $a0, $a1")
        #expect(f.core[gpr: 4] & 0x3C00 == 0)
        let g = try Fixture(kind)
        g.core[gpr: 5] = 2
        g.complete("cpucfg $a0, $a1")
        #expect(g.core[gpr: 4] & 0x3C00 == 0xC00)
    }

    @Test(arguments: EngineKind.allCases) func T067_guestBankHasNoControlRegisters(_ kind: EngineKind) throws {
        let f = try Fixture(kind)
        #expect(f.readBank(CSR.GSTAT) == 0)
        f.writeBank(CSR.GSTAT, .max)
        f.expect(gpr: 4, 0)
        f.expect(CSR.GSTAT, 0x10080)
    }

    @Test(arguments: EngineKind.allCases) func T068_guestBankIsPrivileged(_ kind: EngineKind) throws {
        let f = try Fixture(kind)
        f.core[csr: CSR.DMW] = 0x9000_0000_0000_0019
        f.core[csr: CSR.CRMD] = 0xB3
        f.expectRoot(f.runRoot("gcsrrd $a0, 0"), ExceptionCode.IPE, at: Fixture.rootCode)
    }

    @Test(arguments: EngineKind.allCases) func T069_hypercallInRoot(_ kind: EngineKind) throws {
        let f = try Fixture(kind)
        f.expectRoot(f.runRoot("hvcl 0"), ExceptionCode.INE, at: Fixture.rootCode)
    }

    @Test(arguments: EngineKind.allCases) func T070_readingASecondStageEntry(_ kind: EngineKind) throws {
        let f = try Fixture(kind)
        f.core[csr: CSR.TLBIDX] = 0x800
        f.core[csr: CSR.TLBEHI] = 0x6000
        f.complete("tlbrd")
        f.expect(CSR.TRGP, 0x0001_0000)
        f.expect(CSR.TLBEHI, 0)
        f.expect(CSR.TLBELO0, 0x0080_0013)
        f.expect(CSR.TLBELO1, 0x00A0_0013)
    }
}
