import LoongArch
import Testing
import VirtualMachine

/// `lvz.md` section 14.7: two-stage translation.
@Suite struct TwoStageTests {
    private static let load = "ld.d $a0, $a1, 0\nhvcl 0", store = "st.d $a0, $a1, 0\nhvcl 0"

    @Test(arguments: EngineKind.allCases) func T150_guestLoad(_ kind: EngineKind) throws {
        let f = try Fixture(kind)
        f.store(0x1234_5678_9ABC_DEF0, physical: 0x80_2000)
        f.core[gpr: 5] = 0x2000
        f.placeGuest(Self.load)
        f.expectRoot(f.enter(), ExceptionCode.HVC, at: 0x1004)
        f.expect(gpr: 4, 0x1234_5678_9ABC_DEF0)
    }

    /// Fixture of T151, stopped at root's refill entry for a load from guest physical 0x500008.
    private func missed(_ kind: EngineKind) throws -> Fixture {
        let f = try Fixture(kind)
        f.core[csr: CSR.BADV] = 0x7777
        f.core[csr: CSR.TLBREHI] = 0xC
        f.core[gpr: 4] = 0x44
        f.core[gpr: 5] = 0x50_0008
        f.placeGuest(Self.load)
        #expect(f.enter() == Fixture.rt)
        return f
    }

    @Test(arguments: EngineKind.allCases) func T151_guestLoadMissesTheSecondStage(_ kind: EngineKind) throws {
        let f = try missed(kind)
        #expect(!f.core.isGuest)
        f.expect(CSR.TLBRERA, 0x1001)
        f.expect(CSR.TLBRBADV, 0x50_0008)
        f.expect(CSR.TLBREHI, 0x50_000C)
        f.expect(CSR.TLBRPRMD, 0xC)
        f.expect(CSR.CRMD, 0xA8)
        f.expect(CSR.GSTAT, 0x10082)
        f.expect(CSR.ESTAT, 0)
        f.expect(CSR.ERA, 0x1000)
        f.expect(CSR.BADV, 0x7777)
        f.expect(CSR.PRMD, 4)
        f.expect(gpr: 4, 0x44)
    }

    @Test(arguments: EngineKind.allCases) func T152_refillOfTheSecondStage(_ kind: EngineKind) throws {
        let f = try missed(kind)
        f.store(0xC0FFEE, physical: 0xC0_0008)
        f.core[gpr: 12] = 0xC0_0013
        f.expectRoot(f.runRefill("csrwr $t0, 0x8C\ntlbfill\nertn"), ExceptionCode.HVC, at: 0x1004)
        f.expect(gpr: 4, 0xC0FFEE)
        f.expect(CSR.CRMD, 0xB0)
        f.expect(CSR.PRMD, 4)
        f.expect(CSR.TLBRERA, 0, mask: 1)
    }

    /// A guest with a second-stage page at 0x500000, as given, that accesses 0x500010: a0 = 0x77.
    private func access(_ kind: EngineKind, _ source: String, half: UInt64, _ prepare: (Fixture) -> Void = { _ in }) throws -> (f: Fixture, stop: UInt64?) {
        let f = try Fixture(kind)
        f.writeTLB(index: 0x801, address: 0x50_0000, pageSize: 0xC, low: half, high: 0)
        f.store(0x99, physical: 0xC0_0010)
        f.core[csr: CSR.BADV] = 0
        f.core[gpr: 4] = 0x77
        f.core[gpr: 5] = 0x50_0010
        prepare(f)
        f.placeGuest(source)
        return (f, f.enter())
    }

    @Test(arguments: EngineKind.allCases) func T153_invalidSecondStagePage(_ kind: EngineKind) throws {
        for (source, code) in [(Self.load, ExceptionCode.PIL), (Self.store, ExceptionCode.PIS), ("jr $a1", ExceptionCode.PIF)] {
            let (f, stop) = try access(kind, source, half: 0xC0_0012)
            f.expectRoot(stop, code, at: code == ExceptionCode.PIF ? 0x50_0010 : 0x1000)
            f.expect(CSR.BADV, 0x50_0010)
            f.expect(CSR.TLBEHI, 0x50_0000)
            f.expect(gpr: 4, 0x77)
            f.expect(memory: 0xC0_0010, 0x99)
            f.expect(guest: CSR.ESTAT, 0)
            f.expect(guest: CSR.BADV, 0)
        }
    }

    @Test(arguments: EngineKind.allCases) func T154_cleanSecondStagePage(_ kind: EngineKind) throws {
        let (f, stop) = try access(kind, Self.store, half: 0xC0_0011)
        f.expectRoot(stop, ExceptionCode.PME, at: 0x1000)
        f.expect(CSR.BADV, 0x50_0010)
        f.expect(CSR.TLBEHI, 0x50_0000)
        f.expect(memory: 0xC0_0010, 0x99)
        f.placeGuest(Self.load)
        f.expectRoot(f.enter(), ExceptionCode.HVC)
        f.expect(gpr: 4, 0x99)
        // A load before does not open the page to stores.
        f.placeGuest(Self.store)
        f.expectRoot(f.enter(), ExceptionCode.PME, at: 0x1000)
        f.expect(memory: 0xC0_0010, 0x99)
    }

    @Test(arguments: EngineKind.allCases) func T155_secondStagePageWithoutAccess(_ kind: EngineKind) throws {
        let (f, load) = try access(kind, Self.load, half: 1 << 61 | 0xC0_0013)
        f.expectRoot(load, ExceptionCode.PNR, at: 0x1000)
        f.expect(CSR.BADV, 0x50_0010)
        let (g, fetch) = try access(kind, "jr $a1", half: 1 << 62 | 0xC0_0013)
        g.expectRoot(fetch, ExceptionCode.PNX, at: 0x50_0010)
        g.expect(CSR.BADV, 0x50_0010)
    }

    @Test(arguments: EngineKind.allCases) func T156_levelsDoNotMatterToTheSecondStage(_ kind: EngineKind) throws {
        for restricted: UInt64 in [0, 1 << 63] {
            let f = try Fixture(kind)
            f.writeTLB(index: 0x800, address: 0, pageSize: 0x15, low: restricted | 0x80_0013, high: restricted | 0xA0_0013)
            f.writeGuestTLB(index: 0x800, address: 0, pageSize: 0x15, low: 0x1F, high: 0x20_001F)
            f.store(0x4242, physical: 0x80_2000)
            f.core[gcsr: CSR.CRMD] = 0xB3
            f.core[gpr: 5] = 0x2000
            f.placeGuest("ld.d $a0, $a1, 0\nst.d $a0, $a1, 8\nsyscall 0")
            f.expectGuest(f.enter(), ExceptionCode.SYS, at: 0x1008)
            f.expect(guest: CSR.PRMD, 3)
            f.expect(gpr: 4, 0x4242)
            f.expect(memory: 0x80_2008, 0x4242)
        }
    }

    private static let mappedCode = Fixture.windowed + 0x1000

    /// Fixture of T157, stopped at the guest's refill entry.
    private func missedInTheGuest(_ kind: EngineKind) throws -> Fixture {
        let f = try Fixture(kind)
        f.mapGuest()
        f.core[gpr: 5] = 0x10000
        f.core[gcsr: CSR.TLBREHI] = 0xC
        f.placeGuest(Self.load)
        let before = f.snapshot(Fixture.refillRegisters)
        #expect(f.enter(Self.mappedCode) == Fixture.gt)
        #expect(f.snapshot(Fixture.refillRegisters) == before)
        return f
    }

    @Test(arguments: EngineKind.allCases) func T157_firstStageMiss(_ kind: EngineKind) throws {
        let f = try missedInTheGuest(kind)
        #expect(f.core.isGuest)
        f.expect(guest: CSR.TLBRBADV, 0x10000)
        f.expect(guest: CSR.TLBRERA, Self.mappedCode | 1)
        f.expect(guest: CSR.CRMD, 0xA8)
        f.expect(guest: CSR.TLBREHI, 0x1000C)
        f.expect(guest: CSR.TLBRPRMD, 0)
        f.expect(CSR.ESTAT, 0)
    }

    @Test(arguments: EngineKind.allCases) func T158_firstStageRefill(_ kind: EngineKind) throws {
        let f = try missedInTheGuest(kind)
        f.store(0x4242, physical: 0x80_2000)
        f.placeGuest("li.d $t0, 0x2013\ncsrwr $t0, 0x8C\nli.d $t0, 0x3013\ncsrwr $t0, 0x8D\ntlbfill\nertn", at: Fixture.gt)
        f.expectRoot(f.run(), ExceptionCode.HVC, at: Self.mappedCode + 4)
        f.expect(gpr: 4, 0x4242)
        f.expect(guest: CSR.CRMD, 0xB0)
        let found = f.search(0x10000, guest: 1)
        #expect(found != nil && found! < 0x800)
        #expect(f.search(0x10000, tag: 0) == nil)
        #expect(f.search(0x10000, tag: 1) == 0x800)
    }

    @Test(arguments: EngineKind.allCases) func T159_firstStageRefusesFirst(_ kind: EngineKind) throws {
        let f = try Fixture(kind)
        let entry = f.mapGuest()
        f.writeGuestTLB(index: 0x801, address: 0x10000, low: 0x50_0012)
        f.core[gpr: 5] = 0x10008
        f.placeGuest(Self.load)
        f.expectGuest(f.enter(Self.mappedCode), ExceptionCode.PIL, at: Self.mappedCode, entry: entry)
        f.expect(guest: CSR.BADV, 0x10008)
        f.expect(guest: CSR.TLBEHI, 0x10000)
        f.expect(CSR.ESTAT, 0)
        f.expect(CSR.TLBRERA, 0)
    }

    @Test(arguments: EngineKind.allCases) func T160_missShowsTheGuestPhysicalAddress(_ kind: EngineKind) throws {
        let f = try Fixture(kind)
        f.mapGuest()
        f.writeGuestTLB(index: 0x801, address: 0x10000, low: 0x50_0013)
        f.core[gpr: 5] = 0x10008
        f.placeGuest(Self.load)
        #expect(f.enter(Self.mappedCode) == Fixture.rt)
        #expect(!f.core.isGuest)
        f.expect(CSR.TLBRBADV, 0x50_0008)
        f.expect(CSR.TLBRERA, Self.mappedCode | 1)
        f.expect(CSR.TLBREHI, 0x50_0000)
    }

    @Test(arguments: EngineKind.allCases) func T161_cleanInBothStages(_ kind: EngineKind) throws {
        let f = try Fixture(kind)
        let entry = f.mapGuest()
        f.writeTLB(index: 0x801, address: 0x50_0000, pageSize: 0xC, low: 0xC0_0011, high: 0)
        f.writeGuestTLB(index: 0x801, address: 0x10000, low: 0x50_0011)
        f.store(0x99, physical: 0xC0_0010)
        f.core[gpr: 4] = 0x77
        f.core[gpr: 5] = 0x10010
        f.placeGuest(Self.store)
        f.expectGuest(f.enter(Self.mappedCode), ExceptionCode.PME, at: Self.mappedCode, entry: entry)
        f.expect(guest: CSR.BADV, 0x10010)
        f.expect(CSR.ESTAT, 0)
        // The guest sets D and tries again.
        f.placeGuest(
            """
            li.d $t0, 0x0C000801
            csrwr $t0, 0x10
            li.d $t0, 0x500013
            csrwr $t0, 0x12
            li.d $t0, 0
            csrwr $t0, 0x13
            tlbwr
            ertn
            """, at: Fixture.ge)
        f.core.pc = entry
        f.expectRoot(f.run(), ExceptionCode.PME, at: Self.mappedCode)
        f.expect(CSR.BADV, 0x50_0010)
        f.expect(memory: 0xC0_0010, 0x99)
    }

    /// A guest in its refill handler that executes `lddir` with a table at an address, for word 3.
    private func walk(_ kind: EngineKind, table: UInt64) throws -> Fixture {
        let f = try Fixture(kind)
        f.core[gcsr: CSR.PWCL] = 0xC | 9 << 5 | 21 << 10 | 9 << 15
        f.core[gcsr: CSR.TLBRBADV] = 3 << 21
        f.core[gcsr: CSR.TLBRERA] = 0x1_0001
        f.core[csr: CSR.TLBREHI] = 0xC
        f.core[gpr: 5] = table
        f.placeGuest("lddir $a0, $a1, 1\nhvcl 0")
        return f
    }

    @Test(arguments: EngineKind.allCases) func T162_walkThroughTheSecondStage(_ kind: EngineKind) throws {
        let f = try walk(kind, table: 0x6000)
        f.store(0x77_7000, physical: 0x80_6018)
        f.store(0xBAD, physical: 0x6018)
        f.expectRoot(f.enter(), ExceptionCode.HVC, at: 0x1004)
        f.expect(gpr: 4, 0x77_7000)
    }

    @Test(arguments: EngineKind.allCases) func T163_walkMissesTheSecondStage(_ kind: EngineKind) throws {
        let f = try walk(kind, table: 0x50_0000)
        f.store(0x77_7000, physical: 0xC0_0018)
        #expect(f.enter() == Fixture.rt)
        f.expect(CSR.TLBRBADV, 0x50_0018)
        f.expect(CSR.TLBRERA, 0x1001)
        f.expect(guest: CSR.TLBRERA, 0x1_0001)
        f.core[gpr: 12] = 0xC0_0013
        f.expectRoot(f.runRefill("csrwr $t0, 0x8C\ntlbfill\nertn"), ExceptionCode.HVC, at: 0x1004)
        f.expect(gpr: 4, 0x77_7000)
        f.expect(guest: CSR.TLBRERA, 0x1_0001)
    }

    @Test(arguments: EngineKind.allCases) func T164_twoGuests(_ kind: EngineKind) throws {
        let f = try Fixture(kind)
        f.mapGuest()
        f.writeGuestTLB(index: 0x801, address: 0x10000, low: 0x2013)
        f.placeGuest(Self.load)
        f.choose(guest: 2)
        f.writeTLB(index: 0x801, address: 0, pageSize: 0x15, low: 0xC0_0013, high: 0xE0_0013)
        f.writeGuestTLB(index: 0x802, address: 0x10000, low: 0x3013)
        f.place(Self.load, physical: 0xC0_1000, origin: Self.mappedCode)
        f.store(0x1111, physical: 0x80_2000)
        f.store(0x2222, physical: 0xC0_3000)
        for _ in 0..<2 {
            for guest: UInt64 in [1, 2] {
                f.choose(guest: guest)
                f.core[gpr: 5] = 0x10000
                f.expectRoot(f.enter(Self.mappedCode), ExceptionCode.HVC, at: Self.mappedCode + 4)
                f.expect(gpr: 4, 0x1111 * guest)
            }
        }
    }

    @Test(arguments: EngineKind.allCases) func T165_rootAndGuestAtOneAddress(_ kind: EngineKind) throws {
        let f = try Fixture(kind)
        f.core[csr: CSR.GTLBC] = 0x1000
        f.writeTLB(index: 0x801, address: 0x2000, pageSize: 0xC, low: 0x30_0013, high: 0)
        f.core[csr: CSR.GTLBC] = 0x11000
        f.store(0x1111, physical: 0x30_0000)
        f.store(0x2222, physical: 0x80_2000)
        f.core[gpr: 5] = 0x2000
        f.placeGuest(Self.load)
        for _ in 0..<2 {
            f.complete("ld.d $a2, $a1, 0")
            f.expect(gpr: 6, 0x1111)
            f.expectRoot(f.enter(), ExceptionCode.HVC)
            f.expect(gpr: 4, 0x2222)
        }
    }

    @Test(arguments: EngineKind.allCases) func T166_rootsAddressSpaceDoesNotMatter(_ kind: EngineKind) throws {
        let f = try Fixture(kind)
        f.store(0x4242, physical: 0x80_2000)
        f.core[csr: CSR.ASID] = 5
        f.core[gpr: 5] = 0x2000
        f.placeGuest(Self.load)
        f.expectRoot(f.enter(), ExceptionCode.HVC, at: 0x1004)
        f.expect(gpr: 4, 0x4242)
    }

    @Test(arguments: EngineKind.allCases) func T167_rootsEntryIsNotTheGuests(_ kind: EngineKind) throws {
        let f = try Fixture(kind)
        f.core[csr: CSR.GTLBC] = 0x1000
        f.writeTLB(index: 0x801, address: 0x3000, pageSize: 0xC, low: 0x30_0013, high: 0x30_0013)
        f.core[csr: CSR.GTLBC] = 0x11000
        f.store(0x1111, physical: 0x30_0000)
        f.store(0x2222, physical: 0x80_3000)
        f.core[gpr: 5] = 0x3000
        f.placeGuest(Self.load)
        f.expectRoot(f.enter(), ExceptionCode.HVC)
        f.expect(gpr: 4, 0x2222)
    }

    @Test(arguments: EngineKind.allCases) func T168_windowsGoThroughTheSecondStage(_ kind: EngineKind) throws {
        let f = try Fixture(kind)
        f.core[gcsr: CSR.CRMD] = 0xB0
        f.core[gcsr: CSR.DMW] = 0x8000_0000_0000_0001
        f.store(0x1111, physical: 0x2000)
        f.store(0x2222, physical: 0x80_2000)
        f.core[gpr: 5] = 0x8000_0000_0000_2000
        f.placeGuest(Self.load)
        f.expectRoot(f.enter(0x8000_0000_0000_1000), ExceptionCode.HVC, at: 0x8000_0000_0000_1004)
        f.expect(gpr: 4, 0x2222)
    }

    @Test(arguments: EngineKind.allCases) func T169_accessAcrossThePages(_ kind: EngineKind) throws {
        let f = try Fixture(kind)
        f.core[gpr: 4] = 0x44
        f.core[gpr: 5] = 0x3F_FFFC
        f.placeGuest(Self.load)
        #expect(f.enter() == Fixture.rt)
        f.expect(CSR.TLBRBADV, 0x40_0000)
        f.expect(CSR.TLBRERA, 0x1001)
        f.expect(gpr: 4, 0x44)
        // A store leaves the first page alone.
        let g = try Fixture(kind)
        g.core[gpr: 4] = 0x4444_4444_4444_4444
        g.core[gpr: 5] = 0x3F_FFFC
        g.placeGuest(Self.store)
        #expect(g.enter() == Fixture.rt)
        g.expect(CSR.TLBRBADV, 0x40_0000)
        g.expect(memory: 0xBF_FFF8, 0)
    }

    @Test(arguments: EngineKind.allCases) func T170_pageTableOfAHighGuestAddress(_ kind: EngineKind) throws {
        let f = try Fixture(kind)
        f.core[csr: CSR.PGDL] = 0x5000
        f.core[csr: CSR.PGDH] = 0x6000
        f.core[gpr: 5] = 0x0000_8000_0000_0000
        f.placeGuest(Self.load)
        #expect(f.enter() == Fixture.rt)
        f.expect(CSR.TLBRBADV, 0x0000_8000_0000_0000)
        f.stop(at: 0x9004, physical: 0x9004)
        #expect(f.runRefill("csrrd $a2, 0x1B") == 0x9004)
        f.expect(gpr: 6, 0x5000)
    }

    @Test(arguments: EngineKind.allCases) func T171_secondHalf(_ kind: EngineKind) throws {
        let f = try Fixture(kind)
        f.store(0x4242, physical: 0xA0_0000)
        f.core[gpr: 5] = 0x20_0000
        f.placeGuest(Self.load)
        f.expectRoot(f.enter(), ExceptionCode.HVC)
        f.expect(gpr: 4, 0x4242)
    }

    @Test(arguments: EngineKind.allCases) func T172_geometriesAreIndependent(_ kind: EngineKind) throws {
        let f = try Fixture(kind)
        f.mapGuest()
        f.core[csr: CSR.STLBPS] = 0xE
        f.core[csr: CSR.TLBIDX] = 0x0E00_0000
        f.core[csr: CSR.TLBEHI] = 0x50_0000
        f.core[csr: CSR.TLBELO0] = 0xC0_0013
        f.core[csr: CSR.TLBELO1] = 0xC0_4013
        f.complete("tlbfill")
        let second = f.search(0x50_0000, tag: 1)
        #expect(second != nil && second! < 0x800)
        f.store(0x4242, physical: 0xC0_5008)
        // The guest fills its own and loads.
        f.core[gcsr: CSR.TLBIDX] = 0x0C00_0000
        f.core[gcsr: CSR.TLBEHI] = 0x10000
        f.core[gcsr: CSR.TLBELO0] = 0x50_5013
        f.core[gpr: 5] = 0x10008
        f.placeGuest("tlbfill\n" + Self.load)
        f.expectRoot(f.enter(Self.mappedCode), ExceptionCode.HVC, at: Self.mappedCode + 8)
        f.expect(gpr: 4, 0x4242)
        let first = f.search(0x10000, guest: 1)
        #expect(first != nil && first! < 0x800)
    }

    @Test(arguments: EngineKind.allCases) func T173_codeChangedThroughAnAlias(_ kind: EngineKind) throws {
        let f = try Fixture(kind)
        // Guest physical 0x500000 is the page of 0x1000, too.
        f.writeTLB(index: 0x801, address: 0x50_0000, pageSize: 0xC, low: 0x80_1013, high: 0)
        f.placeGuest("addi.d $a0, $a0, 1\nret", at: 0x1100)
        f.placeGuest(
            """
            li.d $a0, 0
            li.d $t1, 0x1100
            jirl $ra, $t1, 0
            jirl $ra, $t1, 0
            move $a6, $a0
            li.d $t0, 0x500100
            st.w $a4, $t0, 0
            ibar 0
            jirl $ra, $t1, 0
            hvcl 0
            """)
        f.core[gpr: 8] = 0x02C0_4084
        f.expectRoot(f.enter(), ExceptionCode.HVC)
        f.expect(gpr: 10, 2)
        f.expect(gpr: 4, 0x12)
    }

    @Test(arguments: EngineKind.allCases) func T174_pageOfCodeIsMappedAnew(_ kind: EngineKind) throws {
        let f = try Fixture(kind)
        f.writeTLB(index: 0x801, address: 0x50_0000, pageSize: 0xC, low: 0xC0_0013, high: 0)
        f.place("li.d $a0, 1\nhvcl 0\nli.d $a0, 1\nhvcl 0", physical: 0xC0_0000, origin: 0x50_0000)
        f.place("li.d $a0, 2\nhvcl 0\nli.d $a0, 3\nhvcl 0", physical: 0xC1_0000, origin: 0x50_0000)
        f.expectRoot(f.enter(0x50_0000), ExceptionCode.HVC, at: 0x50_0004)
        f.expect(gpr: 4, 1)
        f.core[gpr: 12] = 0x10000
        f.core[gpr: 13] = 0x50_0000
        f.core[csr: CSR.TLBIDX] = 0x0C00_0000
        f.core[csr: CSR.TLBEHI] = 0x50_0000
        f.core[csr: CSR.TLBELO0] = 0xC1_0013
        f.complete("invtlb 0x16, $t0, $t1\ntlbfill")
        f.expectRoot(f.enter(0x50_0008), ExceptionCode.HVC, at: 0x50_000C)
        f.expect(gpr: 4, 3)
        f.expectRoot(f.enter(0x50_0000), ExceptionCode.HVC, at: 0x50_0004)
        f.expect(gpr: 4, 2)
    }

    @Test(arguments: EngineKind.allCases) func T175_tagWithoutTGID(_ kind: EngineKind) throws {
        let f = try Fixture(kind)
        f.core[csr: CSR.GTLBC] = 0
        f.core[csr: CSR.TLBREHI] = 0xC
        f.core[gpr: 5] = 0x50_0008
        f.placeGuest(Self.load)
        #expect(f.enter() == Fixture.rt)
        f.expect(CSR.GSTAT, 0x10082)
        f.store(0xC0FFEE, physical: 0xC0_0008)
        f.core[gpr: 12] = 0xC0_0013
        f.expectRoot(f.runRefill("csrwr $t0, 0x8C\ntlbfill\nertn"), ExceptionCode.HVC, at: 0x1004)
        f.expect(gpr: 4, 0xC0FFEE)
        #expect(f.search(0x50_0000, tag: 1) != nil)
        #expect(f.search(0x50_0000, tag: 0) == nil)
    }

    @Test(arguments: EngineKind.allCases) func T176_atomicsOnACleanPage(_ kind: EngineKind) throws {
        for source in ["amadd.d $a2, $a0, $a1", "ll.d $a2, $a1, 0\nsc.d $a0, $a1, 0"] {
            let (f, stop) = try access(kind, source, half: 0xC0_0011)
            f.expectRoot(stop, ExceptionCode.PME, at: source.contains("ll") ? 0x1004 : 0x1000)
            f.expect(CSR.BADV, 0x50_0010)
            f.expect(memory: 0xC0_0010, 0x99)
            f.expect(gpr: 4, 0x77)
        }
    }
}
