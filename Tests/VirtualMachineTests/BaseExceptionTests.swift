import LoongArch
import Testing
import VirtualMachine

/// `lvz.md` section 14.2: exceptions, TLB and timer of root.
@Suite struct BaseExceptionTests {
    @Test(arguments: EngineKind.allCases) func T020_systemCallInRoot(_ kind: EngineKind) throws {
        let f = try Fixture(kind)
        f.core[csr: CSR.CRMD] = 0xB4
        f.core[csr: CSR.GSTAT] = 0x10002
        f.expectRoot(f.runRoot("nop\nsyscall 0"), ExceptionCode.SYS, at: Fixture.rootCode + 4)
        f.expect(CSR.BADI, 0x2B0000)
        f.expect(CSR.PRMD, 4)
        f.expect(CSR.CRMD, 0xB0)
        f.expect(CSR.GSTAT, 0x10080)
    }

    @Test(arguments: EngineKind.allCases) func T021_vectorOfABreak(_ kind: EngineKind) throws {
        let f = try Fixture.base(kind)
        f.stop(at: Fixture.re | 0x180, physical: 0x8180)
        f.core[csr: CSR.ECFG] = 0x30000
        #expect(f.runRoot("break 0") == Fixture.re | 0x180)
        #expect(f.code == ExceptionCode.BRK)
        f.expect(CSR.BADI, 0x2A0000)
    }

    @Test(arguments: EngineKind.allCases) func T022_highestInterruptFirst(_ kind: EngineKind) throws {
        let f = try Fixture.base(kind)
        f.stop(at: Fixture.re | 0x258, physical: 0x8258)
        f.stop(at: Fixture.re | 0x208, physical: 0x8208)
        f.expireTimer()
        f.core[csr: CSR.ESTAT] = 2
        f.core[csr: CSR.ECFG] = 0x10803
        f.core[csr: CSR.CRMD] = 0xB4
        #expect(f.runRoot("nop") == Fixture.re | 0x258)
        #expect(f.code == ExceptionCode.INT)
        f.expect(CSR.ESTAT, 0x802)
        f.expect(CSR.PRMD, 4)
        #expect(f.runRoot("li.d $t0, 1\ncsrwr $t0, 0x44\nertn") == Fixture.re | 0x208)
        #expect(f.code == ExceptionCode.INT)
        f.expect(CSR.ESTAT, 2)
    }

    @Test(arguments: EngineKind.allCases) func T023_returnToUserCode(_ kind: EngineKind) throws {
        let f = try Fixture.base(kind)
        let target: UInt64 = 0x9000_0000_0001_2000
        f.core[csr: CSR.DMW] = 0x9000_0000_0000_0019
        f.stop(at: target, physical: 0x12000)
        f.core[csr: CSR.PRMD] = 7
        f.core[csr: CSR.ERA] = target
        #expect(f.runRoot("ertn") == target)
        #expect(!f.core.isGuest)
        f.expect(CSR.CRMD, 0xB7)
    }

    /// Sets up T024: a load from an address that is mapped nowhere, at `rootCode` + 4.
    private func miss(_ f: Fixture) -> UInt64? {
        f.core[csr: CSR.ERA] = 0x1234
        f.core[csr: CSR.BADV] = 0x5678
        f.core[gpr: 4] = 0x2008
        return f.runRoot("nop\nld.d $a1, $a0, 0")
    }

    @Test(arguments: EngineKind.allCases) func T024_refill(_ kind: EngineKind) throws {
        let f = try Fixture.base(kind)
        #expect(miss(f) == Fixture.rt)
        f.expect(CSR.TLBRBADV, 0x2008)
        f.expect(CSR.TLBREHI, 0x2000)
        f.expect(CSR.TLBRERA, (Fixture.rootCode + 4) | 1)
        f.expect(CSR.CRMD, 0xA8)
        f.expect(CSR.ESTAT, 0)
        f.expect(CSR.ERA, 0x1234)
        f.expect(CSR.BADV, 0x5678)
        f.expect(CSR.TLBRPRMD, 0)
    }

    @Test(arguments: EngineKind.allCases) func T025_refillFromATable(_ kind: EngineKind) throws {
        let f = try Fixture.base(kind)
        f.core[csr: CSR.PWCL] = 0xC | 9 << 5
        f.core[csr: CSR.PGDL] = 0x100000
        f.store(0x300193, physical: 0x100010)
        f.store(0x301193, physical: 0x100018)
        f.store(0x1122_3344_5566_7788, physical: 0x300008)
        #expect(miss(f) == Fixture.rt)
        f.core.gates.append(Gate(at: Fixture.rootCode + 8) { .stop })
        let stop = f.runRefill("csrrd $t0, 0x1B\nldpte $t0, 0\nldpte $t0, 1\ntlbfill\nertn")
        #expect(stop == Fixture.rootCode + 8)
        f.expect(CSR.TLBRELO0, 0x300013)
        f.expect(CSR.TLBRELO1, 0x301013)
        f.expect(CSR.TLBREHI, 0xC, mask: 0x3F)
        f.expect(gpr: 5, 0x1122_3344_5566_7788)
        f.expect(CSR.TLBRERA, 0, mask: 1)
        f.expect(CSR.CRMD, 0xB0)
    }

    /// One 4 KiB pair at 0x2000 with the first half as given; runs code with a0 = 0x2010, a1 = 0x77.
    private func access(_ kind: EngineKind, _ source: String, half: UInt64, plv: UInt64 = 0, place: SourceLocation = #_sourceLocation) throws -> (
        f: Fixture, stop: UInt64?
    ) {
        let f = try Fixture.base(kind)
        f.core[csr: CSR.DMW] = 0x9000_0000_0000_0019
        f.writeTLB(index: 0x800, address: 0x2000, pageSize: 0xC, low: half, high: 0)
        f.store(0x99, physical: 0x300010)
        f.core[csr: CSR.CRMD] = 0xB0 | plv
        f.core[gpr: 4] = 0x2010
        f.core[gpr: 5] = 0x77
        return (f, f.runRoot(source))
    }

    private static let load = "ld.d $a1, $a0, 0", store = "st.d $a1, $a0, 0", jump = "jr $a0"

    @Test(arguments: EngineKind.allCases) func T026_invalidPage(_ kind: EngineKind) throws {
        for (source, code) in [(Self.load, ExceptionCode.PIL), (Self.store, ExceptionCode.PIS), (Self.jump, ExceptionCode.PIF)] {
            let (f, stop) = try access(kind, source, half: 0x300012)
            f.expectRoot(stop, code, at: source == Self.jump ? 0x2010 : Fixture.rootCode)
            f.expect(CSR.BADV, 0x2010)
            f.expect(CSR.TLBEHI, 0x2000)
            f.expect(gpr: 5, 0x77)
            f.expect(memory: 0x300010, 0x99)
            if source == Self.jump { f.expect(CSR.BADI, 0) }
        }
    }

    @Test(arguments: EngineKind.allCases) func T027_cleanPage(_ kind: EngineKind) throws {
        let (f, stop) = try access(kind, Self.store, half: 0x300011)
        f.expectRoot(stop, ExceptionCode.PME, at: Fixture.rootCode)
        f.expect(CSR.BADV, 0x2010)
        f.expect(memory: 0x300010, 0x99)
        f.core[csr: CSR.MISC] = 0x10000
        f.complete(Self.store)
        f.expect(memory: 0x300010, 0x77)
    }

    @Test(arguments: EngineKind.allCases) func T028_pageWithoutAccess(_ kind: EngineKind) throws {
        let (f, fetch) = try access(kind, Self.jump, half: 1 << 62 | 0x300013)
        f.expectRoot(fetch, ExceptionCode.PNX, at: 0x2010)
        let (g, load) = try access(kind, Self.load, half: 1 << 61 | 0x300013)
        g.expectRoot(load, ExceptionCode.PNR, at: Fixture.rootCode)
        g.expect(CSR.BADV, 0x2010)
    }

    @Test(arguments: EngineKind.allCases) func T029_pageOfAnotherLevel(_ kind: EngineKind) throws {
        let (f, restricted) = try access(kind, Self.load, half: 1 << 63 | 0x30001F)
        f.expectRoot(restricted, ExceptionCode.PPI, at: Fixture.rootCode)
        let (g, user) = try access(kind, Self.load, half: 0x300013, plv: 3)
        g.expectRoot(user, ExceptionCode.PPI, at: Fixture.rootCode)
        g.expect(CSR.BADV, 0x2010)
        g.expect(CSR.TLBEHI, 0x2000)
    }

    @Test(arguments: EngineKind.allCases) func T030_orderOfChecks(_ kind: EngineKind) throws {
        let badLevel: UInt64 = 1 << 63 | 0xC
        let (f, invalid) = try access(kind, Self.jump, half: 1 << 62 | 0x300012)
        f.expectRoot(invalid, ExceptionCode.PIF)
        let (g, fetch) = try access(kind, Self.jump, half: 1 << 62 | badLevel | 0x300013)
        g.expectRoot(fetch, ExceptionCode.PNX)
        let (h, load) = try access(kind, Self.load, half: 1 << 61 | badLevel | 0x300013)
        h.expectRoot(load, ExceptionCode.PPI)
        let (i, store) = try access(kind, Self.store, half: badLevel | 0x300011)
        i.expectRoot(store, ExceptionCode.PPI)
    }

    @Test(arguments: EngineKind.allCases) func T031_illegalAddress(_ kind: EngineKind) throws {
        let f = try Fixture.base(kind)
        f.core[gpr: 4] = 0x0001_0000_0000_0000
        f.expectRoot(f.runRoot("ld.d $a1, $a0, 0"), ExceptionCode.ADE, 1, at: Fixture.rootCode)
        f.expect(CSR.BADV, 0x0001_0000_0000_0000)
    }

    @Test(arguments: EngineKind.allCases) func T032_ldpteKeepsHighBits(_ kind: EngineKind) throws {
        let f = try Fixture.base(kind)
        f.core[csr: CSR.PWCL] = 0xC | 9 << 5
        f.core[csr: CSR.TLBRBADV] = 0x2000
        f.store(1 << 62 | 0x300193, physical: 0x100010)
        f.core[gpr: 4] = 0x100000
        f.complete("ldpte $a0, 0")
        f.expect(CSR.TLBRELO0, 1 << 62 | 0x300013)
    }

    @Test(arguments: EngineKind.allCases) func T033_hugePage(_ kind: EngineKind) throws {
        let f = try Fixture.base(kind)
        f.core[csr: CSR.PWCL] = 0xE | 0xB << 5 | 25 << 10 | 11 << 15
        f.core[csr: CSR.TLBRBADV] = 3 << 25
        f.store(0x0400_00D3, physical: 0x100018)
        f.core[gpr: 4] = 0x100000
        f.complete("lddir $a0, $a0, 1\nldpte $a0, 0\nldpte $a0, 1")
        f.expect(gpr: 4, 0x0400_00D3)
        f.expect(CSR.TLBRELO0, 0x0400_0013)
        f.expect(CSR.TLBRELO1, 0x0500_0013)
        f.expect(CSR.TLBREHI, 24, mask: 0x3F)
    }

    @Test(arguments: EngineKind.allCases) func T034_globalHugePage(_ kind: EngineKind) throws {
        let f = try Fixture.base(kind)
        f.core[csr: CSR.PWCL] = 0xE | 0xB << 5
        f.core[gpr: 4] = 0x0400_10D3
        f.complete("ldpte $a0, 0\nldpte $a0, 1")
        f.expect(CSR.TLBRELO0, 0x0400_0053)
        f.expect(CSR.TLBRELO1, 0x0500_0053)
    }

    @Test(arguments: EngineKind.allCases) func T035_lddirNotesTheLevelOfAHugePage(_ kind: EngineKind) throws {
        let f = try Fixture.base(kind)
        f.core[csr: CSR.PWCL] = 0xE | 0xB << 5 | 25 << 10 | 11 << 15
        f.store(0xBAD, physical: 0x0400_00D0 & 0x1FF_FFFF)
        f.core[gpr: 4] = 0x0400_00D3
        f.complete("lddir $a1, $a0, 1")
        f.expect(gpr: 5, 0x0400_20D3)
    }

    @Test(arguments: EngineKind.allCases) func T036_writeSearchRead(_ kind: EngineKind) throws {
        let f = try Fixture.base(kind)
        f.writeTLB(index: 0x805, address: 0x6000, pageSize: 0xC, low: 0x300013, high: 0x301017)
        f.core[csr: CSR.TLBEHI] = 0x6000
        f.core[csr: CSR.TLBIDX] = 1 << 31
        f.complete("tlbsrch")
        f.expect(CSR.TLBIDX, 0x805, mask: 0x8000_0FFF)
        f.core[csr: CSR.TLBEHI] = 0
        f.complete("tlbrd")
        f.expect(CSR.TLBELO0, 0x300013)
        f.expect(CSR.TLBELO1, 0x301017)
        f.expect(CSR.TLBEHI, 0x6000)
        f.expect(CSR.TLBIDX, 0x0C00_0805)
        f.core[csr: CSR.TLBEHI] = 0x8000
        f.complete("tlbsrch")
        f.expect(CSR.TLBIDX, 1 << 31, mask: 1 << 31)
    }

    @Test(arguments: EngineKind.allCases) func T037_refillWritesValidEntries(_ kind: EngineKind) throws {
        let f = try Fixture.base(kind)
        f.core[csr: CSR.TLBRERA] = 1
        f.core[csr: CSR.TLBREHI] = 0x600C
        f.core[csr: CSR.TLBRELO0] = 0x300013
        f.core[csr: CSR.TLBIDX] = 0x8000_0806
        f.complete("tlbwr")
        f.core[csr: CSR.TLBRERA] = 0
        #expect(f.search(0x6000, tag: 0) == 0x806)
        // The same without a refill: an entry that is not valid.
        f.core[csr: CSR.TLBIDX] = 0x8C00_0806
        f.core[csr: CSR.TLBEHI] = 0x6000
        f.complete("tlbwr")
        #expect(f.search(0x6000, tag: 0) == nil)
    }

    @Test(arguments: EngineKind.allCases) func T038_globalNeedsBothHalves(_ kind: EngineKind) throws {
        let f = try Fixture.base(kind)
        f.writeTLB(index: 0x805, address: 0x6000, pageSize: 0xC, low: 0x300053, high: 0x301013)
        f.core[csr: CSR.TLBIDX] = 0x805
        f.complete("tlbrd")
        f.expect(CSR.TLBELO0, 0x300013)
        f.expect(CSR.TLBELO1, 0x301013)
        f.writeTLB(index: 0x805, address: 0x6000, pageSize: 0xC, low: 0x300053, high: 0x301053)
        f.core[csr: CSR.TLBIDX] = 0x805
        f.complete("tlbrd")
        f.expect(CSR.TLBELO0, 0x300053)
        f.expect(CSR.TLBELO1, 0x301053)
    }

    @Test(arguments: EngineKind.allCases) func T039_invtlbWithoutMeaning(_ kind: EngineKind) throws {
        let f = try Fixture.base(kind)
        f.expectRoot(f.runRoot("invtlb 7, $zero, $zero"), ExceptionCode.INE, at: Fixture.rootCode)
    }

    @Test(arguments: EngineKind.allCases) func T040_invtlbOfOneASID(_ kind: EngineKind) throws {
        let f = try Fixture.base(kind)
        for asid: UInt64 in [1, 2] {
            f.core[csr: CSR.ASID] = asid
            f.writeTLB(index: 0x805 + asid, address: 0x6000, pageSize: 0xC, low: 0x300013, high: 0x301013)
        }
        f.core[csr: CSR.ASID] = 1
        #expect(f.search(0x6000, tag: 0) == 0x806)
        f.core[gpr: 4] = 1
        f.complete("invtlb 4, $a0, $zero")
        #expect(f.search(0x6000, tag: 0) == nil)
        f.core[csr: CSR.ASID] = 2
        #expect(f.search(0x6000, tag: 0) == 0x807)
    }

    @Test(arguments: EngineKind.allCases) func T041_oneShotTimer(_ kind: EngineKind) throws {
        let f = try Fixture.base(kind)
        f.core[gpr: 4] = 0x41
        f.complete("csrwr $a0, 0x41\n" + f.nops(0x20))
        f.expect(CSR.ESTAT, 0)
        f.complete(f.nops(0x30))
        f.expect(CSR.ESTAT, 0x800)
        #expect(f.read(CSR.TVAL) == 0x0000_FFFF_FFFF_FFFF)
        #expect(f.read(CSR.TCFG) == 0x41)
        f.write(CSR.TICLR, 1)
        f.complete(f.nops(0x50))
        f.expect(CSR.ESTAT, 0)
        #expect(f.read(CSR.TVAL) == 0x0000_FFFF_FFFF_FFFF)
    }

    @Test(arguments: EngineKind.allCases) func T042_periodicTimer(_ kind: EngineKind) throws {
        let f = try Fixture.base(kind)
        f.core[gpr: 4] = 0x43
        f.complete("csrwr $a0, 0x41\n" + f.nops(0x50) + "csrrd $a1, 0x42\nnop\nnop\ncsrrd $a2, 0x42")
        f.expect(CSR.ESTAT, 0x800)
        #expect(f.core[gpr: 5] <= 0x40)
        #expect(f.core[gpr: 5] &- f.core[gpr: 6] == 3)
    }

    @Test(arguments: EngineKind.allCases) func T043_reservationAcrossReturns(_ kind: EngineKind) throws {
        func prepared() throws -> Fixture {
            let f = try Fixture.base(kind)
            f.core[gpr: 4] = Fixture.scratch
            f.core[gpr: 6] = 0x66
            f.core[csr: CSR.ERA] = Fixture.rootCode + 8
            return f
        }
        let pair = "ll.d $a1, $a0, 0\nertn\nsc.d $a2, $a0, 0"
        let f = try prepared()
        f.complete(pair)
        f.expect(gpr: 6, 0)
        f.expect(memory: 0x20000, 0)

        let g = try prepared()
        g.core[csr: CSR.LLBCTL] = 4
        g.expect(CSR.LLBCTL, 4)
        g.complete(pair)
        g.expect(gpr: 6, 1)
        g.expect(memory: 0x20000, 0x66)
        g.expect(CSR.LLBCTL, 0, mask: 4)

        // A miss between the two, whose handler fills the TLB.
        let h = try prepared()
        h.core[csr: CSR.TLBRELO0] = 0x300013
        h.core[csr: CSR.TLBREHI] = 0xC
        h.place("tlbfill\nertn", physical: Fixture.rt, origin: Fixture.rt)
        h.store(0x4242, physical: 0x300008)
        h.core[gpr: 7] = 0x2008
        h.complete("ll.d $a1, $a0, 0\nld.d $t0, $a3, 0\nsc.d $a2, $a0, 0")
        h.expect(gpr: 12, 0x4242)
        h.expect(gpr: 6, 1)
    }

    @Test(arguments: EngineKind.allCases) func T044_timeIsPrivileged(_ kind: EngineKind) throws {
        let f = try Fixture.base(kind)
        f.core[csr: CSR.DMW] = 0x9000_0000_0000_0019
        f.core[csr: CSR.CRMD] = 0xB3
        #expect(f.runRoot("rdtime.d $a0, $a1") != Fixture.re)
        f.core[csr: CSR.MISC] = 0x80
        f.expectRoot(f.runRoot("rdtime.d $a0, $a1"), ExceptionCode.IPE, at: Fixture.rootCode)
    }

    @Test(arguments: EngineKind.allCases) func T045_timeWithOffset(_ kind: EngineKind) throws {
        let f = try Fixture.base(kind)
        f.core[csr: CSR.TID] = 7
        f.core[gpr: 8] = 0x1000
        f.complete("rdtime.d $a2, $a3\ncsrwr $a4, 0x43\nrdtime.d $a0, $a1")
        f.same(f.core[gpr: 4] &- f.core[gpr: 6], 0x1002, "difference of the times")
        f.expect(gpr: 5, 7)
        f.expect(gpr: 7, 7)
    }

    @Test(arguments: EngineKind.allCases) func T046_idleUntilTheTimer(_ kind: EngineKind) throws {
        let f = try Fixture.base(kind)
        f.core[csr: CSR.ECFG] = 0x800
        f.core[csr: CSR.CRMD] = 0xB4
        f.core[gpr: 4] = 0x101
        f.expectRoot(f.runRoot("csrwr $a0, 0x41\nidle 0\nli.d $a1, 1"), ExceptionCode.INT, at: Fixture.rootCode + 8)
        f.expect(CSR.ESTAT, 0x800)
        f.expect(gpr: 5, 0)
    }

    @Test(arguments: EngineKind.allCases) func T047_pageTableOfTheBadAddress(_ kind: EngineKind) throws {
        let f = try Fixture.base(kind)
        f.core[csr: CSR.PGDL] = 0x5000
        f.core[csr: CSR.PGDH] = 0x6000
        f.core[csr: CSR.TLBRBADV] = 1 << 63
        f.core[csr: CSR.BADV] = 0
        f.core[csr: CSR.TLBRERA] = 1
        #expect(f.read(CSR.PGD) == 0x6000)
        f.core[csr: CSR.TLBRERA] = 0
        #expect(f.read(CSR.PGD) == 0x5000)
    }
}
