import LoongArch
import Testing
import VirtualMachine

/// TLB entries that `tlbfill` has pushed out of their set are found all the same, and forgotten when software says so.
@Suite struct SpareEntryTests {
    private static let pairs: UInt64 = 20

    /// Pairs that share a set.
    private func address(_ n: UInt64) -> UInt64 { 0x4000_0000 | n << 21 }

    /// Root with pairs that lead to pages 0x300000 + n * 0x2000, one of which is global.
    private func filled(_ kind: EngineKind) throws -> Fixture {
        let f = try Fixture.base(kind)
        f.core[csr: CSR.ASID] = 7
        for n in 0..<Self.pairs {
            f.store(0x1000 + n, physical: 0x30_0000 + n << 13)
            f.store(0x2000 + n, physical: 0x38_0000 + n << 13)
            prepare(f, n, 0x30_0000 + n << 13, isGlobal: n == 2)
            f.complete("tlbfill")
        }
        return f
    }

    private func prepare(_ f: Fixture, _ n: UInt64, _ physical: UInt64, isGlobal: Bool = false) {
        f.core[csr: CSR.TLBIDX] = f.core[csr: CSR.TLBIDX] & 0xFFF | 0xC00_0000
        f.core[csr: CSR.TLBEHI] = address(n)
        f.core[csr: CSR.TLBELO0] = physical | (isGlobal ? 0x53 : 0x13)
        f.core[csr: CSR.TLBELO1] = isGlobal ? 0x40 : 0
    }

    /// What a load from each pair gets; nil is a refill.
    private func loads(_ f: Fixture) -> [UInt64?] {
        (0..<Self.pairs).map { n in
            f.core[csr: CSR.CRMD] = 0xB0
            f.core[csr: CSR.TLBRERA] = 0
            f.core[gpr: 5] = address(n)
            return f.runRoot("ld.d $a0, $a1, 0") == Fixture.rt ? nil : f.core[gpr: 4]
        }
    }

    private func use(_ f: Fixture) -> [UInt64?] {
        let result = loads(f)
        f.core[csr: CSR.CRMD] = 0xB0
        f.core[csr: CSR.TLBRERA] = 0
        return result
    }

    private func expected(without missing: Set<UInt64> = []) -> [UInt64?] { (0..<Self.pairs).map { missing.contains($0) ? nil : 0x1000 + $0 } }

    @Test(arguments: EngineKind.allCases) func allAreThere(_ kind: EngineKind) throws {
        let f = try filled(kind)
        #expect(use(f) == expected())
        #expect(use(f) == expected())
    }

    @Test(arguments: EngineKind.allCases) func invalidation(_ kind: EngineKind) throws {
        let f = try filled(kind)
        _ = use(f)
        f.core[gpr: 5] = 7
        for n: UInt64 in [1, 4, 19] {
            f.core[gpr: 6] = address(n)
            f.complete("invtlb 5, $a1, $a2")
        }
        #expect(use(f) == expected(without: [1, 4, 19]))
        f.core[gpr: 5] = 7
        f.complete("invtlb 4, $a1, $zero")
        #expect(use(f) == expected(without: Set(0..<Self.pairs).subtracting([2])))
        f.complete("invtlb 0, $zero, $zero")
        #expect(use(f) == expected(without: Set(0..<Self.pairs)))
    }

    @Test(arguments: EngineKind.allCases, ["tlbclr", "tlbflush"]) func clearingASet(_ kind: EngineKind, _ instruction: String) throws {
        let f = try filled(kind)
        _ = use(f)
        f.core[csr: CSR.TLBIDX] = 4
        f.complete(instruction)
        #expect(use(f) == expected())
        f.core[csr: CSR.TLBIDX] = 0
        f.complete(instruction)
        #expect(use(f) == expected(without: Set(0..<Self.pairs).subtracting(instruction == "tlbclr" ? [2] : [])))
    }

    /// Search, then write where it was found: what a kernel does when a page has become writable.
    @Test(arguments: EngineKind.allCases) func changingAnEntry(_ kind: EngineKind) throws {
        let f = try filled(kind)
        _ = use(f)
        f.core[csr: CSR.TLBEHI] = address(3)
        f.complete("tlbsrch")
        #expect(f.core[csr: CSR.TLBIDX] >> 31 & 1 == 0 && f.core[csr: CSR.TLBIDX] & 0xFFF < 0x800)
        prepare(f, 3, 0x38_0000 + 3 << 13)
        f.complete("tlbwr")
        let result = use(f)
        #expect(result[3] == 0x2003)
        for n in 0..<Int(Self.pairs) where n != 3 { #expect(result[n] == nil || result[n] == 0x1000 + UInt64(n)) }
        #expect(f.search(address(3), tag: 0) != nil)
    }

    /// Who writes every index has emptied the TLB, and a fill replaces what said the same addresses.
    @Test(arguments: EngineKind.allCases) func overwriting(_ kind: EngineKind) throws {
        let f = try filled(kind)
        prepare(f, 0, 0x38_0000)
        f.complete("tlbfill")
        #expect(use(f)[0] == 0x2000)
        for way: UInt64 in 0..<8 {
            f.core[csr: CSR.TLBIDX] = 0x8C00_0000 | way << 8
            f.complete("tlbwr")
        }
        #expect(use(f) == expected(without: Set(0..<Self.pairs)))
    }
}
