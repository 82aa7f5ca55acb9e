import LoongArch
import Testing
import VirtualMachine

/// `lvz.md` section 14.8: flushing.
@Suite struct FlushTests {
    private static let code = Fixture.windowed + 0x1000
    /// Guest code that loads from a1, then from a2, and exits.
    private static let loads = "ld.d $a0, $a1, 0\nld.d $a3, $a2, 0\nhvcl 0"

    /// Entries of T180: root's own at 0x700000, second stages of tags 1 and 2, and a first-stage one of each guest at 0x10000. All are warm: they have been used.
    private func filled(_ kind: EngineKind) throws -> Fixture {
        let f = try Fixture(kind)
        f.mapGuest()
        f.core[csr: CSR.GTLBC] = 0x1000
        f.writeTLB(index: 0x810, address: 0x70_0000, pageSize: 0xC, low: 0x30_0013, high: 0)
        f.store(0x7070, physical: 0x30_0000)
        for guest: UInt64 in [1, 2] {
            f.choose(guest: guest)
            f.writeTLB(index: 0x800 + guest, address: 0, pageSize: 0x15, low: 0x80_0013 + (guest - 1) << 22, high: 0xA0_0013 + (guest - 1) << 22)
            f.writeGuestTLB(index: 0x800 + guest, address: 0x10000, low: 0x2013)
            f.place(Self.loads, physical: 0x80_1000 + (guest - 1) << 22, origin: Self.code)
            f.place("hvcl 0", physical: 0x80_7000 + (guest - 1) << 22, origin: 0x7000)
            f.place("dbcl 0", physical: 0x80_5000 + (guest - 1) << 22, origin: 0x5000)
            f.store(0x1111 * guest, physical: 0x80_2000 + (guest - 1) << 22)
        }
        // The fixture's own entry, which is the same as number 0x801.
        f.writeTLB(index: 0x800, address: 0, pageSize: 0x15, low: 0, high: 0, isValid: false)
        f.choose(guest: 1)
        use(f)
        return f
    }

    /// What is there, found both by searching and by using it.
    private struct Entries: Equatable, CustomStringConvertible {
        var root = false
        var first: Set<UInt64> = []
        var second: Set<UInt64> = []
        static let all = Entries(root: true, first: [1, 2], second: [1, 2])
        var description: String { "root \(root), first stage \(first.sorted()), second stage \(second.sorted())" }
    }

    private func found(_ f: Fixture) -> Entries {
        var result = Entries(root: f.search(0x70_0000, tag: 0) != nil)
        for guest: UInt64 in [1, 2] {
            if f.search(0x10000, guest: guest) != nil { result.first.insert(guest) }
            if f.search(0, tag: guest) != nil { result.second.insert(guest) }
        }
        return result
    }

    /// What can be used, as far as a guest can without its second stage.
    @discardableResult
    private func use(_ f: Fixture) -> Entries {
        var result = Entries()
        f.core[csr: CSR.CRMD] = 0xB0
        f.core[csr: CSR.TLBRERA] = 0
        f.core[gpr: 5] = 0x70_0000
        let stop = f.runRoot("ld.d $a0, $a1, 0")
        result.root = stop != Fixture.rt
        if result.root { f.expect(gpr: 4, 0x7070) }
        for guest: UInt64 in [1, 2] {
            f.choose(guest: guest)
            f.core[csr: CSR.CRMD] = 0xB0
            f.core[csr: CSR.TLBRERA] = 0
            f.core[csr: CSR.PRMD] = 4
            f.core[gcsr: CSR.CRMD] = 0xB0
            f.core[gcsr: CSR.TLBRERA] = 0
            f.core[gpr: 5] = 0x10000
            f.core[gpr: 6] = 0x10000
            let stop = f.enter(Self.code)
            if stop == Fixture.rt {
                f.expect(CSR.TLBRBADV, 0x1000)
                continue
            }
            result.second.insert(guest)
            if stop == Fixture.re {
                result.first.insert(guest)
                f.expect(gpr: 4, 0x1111 * guest)
            } else {
                #expect(stop == Fixture.gt)
                // Back to root.
                f.core[gcsr: CSR.CRMD] = 8
                f.core.pc = 0x7000
                f.expectRoot(f.run(), ExceptionCode.HVC)
            }
        }
        f.choose(guest: 1)
        f.core[csr: CSR.CRMD] = 0xB0
        f.core[csr: CSR.TLBRERA] = 0
        return result
    }

    private func expect(_ f: Fixture, _ expected: Entries, _ place: SourceLocation = #_sourceLocation) {
        #expect(found(f) == expected, sourceLocation: place)
        var usable = expected
        // Without a second stage the first cannot be seen.
        usable.first = expected.first.intersection(expected.second)
        #expect(use(f) == usable, sourceLocation: place)
    }

    @Test(arguments: EngineKind.allCases) func T180_all(_ kind: EngineKind) throws {
        let f = try filled(kind)
        expect(f, .all)
        f.complete("invtlb 0, $zero, $zero")
        expect(f, Entries())
    }

    @Test(arguments: EngineKind.allCases) func T181_allOfGuests(_ kind: EngineKind) throws {
        let f = try filled(kind)
        f.complete("invtlb 0x12, $zero, $zero")
        expect(f, Entries(root: true))
    }

    @Test(arguments: EngineKind.allCases) func T182_oneStageOfAllGuests(_ kind: EngineKind) throws {
        let f = try filled(kind)
        f.complete("invtlb 0x10, $zero, $zero")
        expect(f, Entries(root: true, second: [1, 2]))
        let g = try filled(kind)
        g.complete("invtlb 0x11, $zero, $zero")
        expect(g, Entries(root: true, first: [1, 2]))
    }

    @Test(arguments: EngineKind.allCases) func T183_oneGuest(_ kind: EngineKind) throws {
        for (operation, expected) in [
            (0x13, Entries(root: true, first: [2], second: [1, 2])), (0x14, Entries(root: true, first: [1, 2], second: [2])),
            (0x15, Entries(root: true, first: [2], second: [2])),
        ] {
            let f = try filled(kind)
            f.core[gpr: 12] = 0x10000
            f.complete("invtlb \(operation), $t0, $zero")
            expect(f, expected)
        }
    }

    @Test(arguments: EngineKind.allCases) func T184_onePageOfTheSecondStage(_ kind: EngineKind) throws {
        let f = try Fixture(kind)
        f.writeTLB(index: 0x801, address: 0x50_0000, pageSize: 0xC, low: 0xC0_0013, high: 0)
        f.writeTLB(index: 0x802, address: 0x60_0000, pageSize: 0xC, low: 0xC1_0013, high: 0)
        f.store(0x5555, physical: 0xC0_0000)
        f.store(0x6666, physical: 0xC1_0000)
        f.placeGuest(Self.loads)
        f.core[gpr: 5] = 0x60_0000
        f.core[gpr: 6] = 0x50_0000
        f.expectRoot(f.enter(), ExceptionCode.HVC)
        f.expect(gpr: 4, 0x6666)
        f.expect(gpr: 7, 0x5555)
        f.core[gpr: 12] = 0x10000
        f.core[gpr: 13] = 0x50_0000
        f.complete("invtlb 0x16, $t0, $t1")
        f.core[gpr: 4] = 0
        #expect(f.enter() == Fixture.rt)
        f.expect(CSR.TLBRBADV, 0x50_0000)
        f.expect(CSR.TLBRERA, 0x1005)
        f.expect(gpr: 4, 0x6666)
    }

    /// First-stage entries of guest 1 at 0x10000 (G, ASID 1), 0x20000 (ASID 1) and 0x30000 (ASID 2).
    private func filledASIDs(_ kind: EngineKind) throws -> Fixture {
        let f = try Fixture(kind)
        f.writeGuestTLB(index: 0x801, address: 0x10000, low: 0x2053, high: 0x3053, asid: 1)
        f.writeGuestTLB(index: 0x802, address: 0x20000, low: 0x2013, high: 0x3013, asid: 1)
        f.writeGuestTLB(index: 0x803, address: 0x30000, low: 0x2013, high: 0x3013, asid: 2)
        #expect(present(f) == [true, true, true])
        return f
    }

    private func present(_ f: Fixture) -> [Bool] {
        [f.search(0x10000, guest: 1, asid: 1) != nil, f.search(0x20000, guest: 1, asid: 1) != nil, f.search(0x30000, guest: 1, asid: 2) != nil]
    }

    @Test(arguments: EngineKind.allCases) func T185_oneASIDOfAGuest(_ kind: EngineKind) throws {
        let f = try filledASIDs(kind)
        f.core[gpr: 12] = 0x10001
        f.complete("invtlb 0xC, $t0, $zero")
        #expect(present(f) == [true, false, true])
    }

    @Test(arguments: EngineKind.allCases) func T186_firstStageOfAGuest(_ kind: EngineKind) throws {
        let f = try filledASIDs(kind)
        f.core[gpr: 12] = 0x10000
        f.complete("invtlb 9, $t0, $zero")
        #expect(present(f) == [false, false, false])
        #expect(f.search(0, tag: 1) == 0x800)
    }

    @Test(arguments: EngineKind.allCases) func T187_guestFlushesItsOwn(_ kind: EngineKind) throws {
        let f = try filled(kind)
        f.placeGuest("invtlb 0, $zero, $zero\nhvcl 0", at: 0x1100)
        f.expectRoot(f.enter(Fixture.windowed + 0x1100), ExceptionCode.HVC, at: Fixture.windowed + 0x1104)
        expect(f, Entries(root: true, first: [2], second: [1, 2]))
    }

    @Test(arguments: EngineKind.allCases) func T188_gtlbflush(_ kind: EngineKind) throws {
        let f = try filled(kind)
        f.core[gcsr: CSR.TLBIDX] = 0x800
        f.complete("gtlbflush")
        expect(f, Entries(root: true, first: [2], second: [1, 2]))
    }

    @Test(arguments: EngineKind.allCases) func T189_entryIsWrittenAnew(_ kind: EngineKind) throws {
        let f = try Fixture(kind)
        f.writeTLB(index: 0x801, address: 0x50_0000, pageSize: 0xC, low: 0, high: 0)
        f.store(0x5555, physical: 0xC0_0008)
        f.core[gpr: 5] = 0x50_0008
        f.placeGuest("ld.d $a0, $a1, 0\nhvcl 0")
        f.expectRoot(f.enter(), ExceptionCode.PIL, at: 0x1000)
        f.writeTLB(index: 0x801, address: 0x50_0000, pageSize: 0xC, low: 0xC0_0013, high: 0)
        f.expectRoot(f.enter(), ExceptionCode.HVC)
        f.expect(gpr: 4, 0x5555)
        // And from one page to another.
        f.writeTLB(index: 0x801, address: 0x50_0000, pageSize: 0xC, low: 0xC1_0013, high: 0)
        f.store(0x6666, physical: 0xC1_0008)
        f.expectRoot(f.enter(), ExceptionCode.HVC)
        f.expect(gpr: 4, 0x6666)
    }
}
