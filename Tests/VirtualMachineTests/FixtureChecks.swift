import LoongArch
import Testing
import VirtualMachine

/// What the acceptance tests ask of the fixture again and again.
extension Fixture {
    /// Root's address of memory for data, physical 0x20000.
    static let scratch: UInt64 = 0x9000_0000_0002_0000

    /// Fixture for tests of root alone: nothing in the TLBs, TLB instructions work on root's own entries.
    static func base(_ kind: EngineKind) throws -> Fixture {
        let f = try Fixture(kind, hasGuest: false)
        f.core[csr: CSR.GTLBC] = 0
        f.core[csr: CSR.PRMD] = 0
        return f
    }

    // MARK: Looking

    var code: UInt64 { core[csr: CSR.ESTAT] >> 16 & 0x3F }
    var subcode: UInt64 { core[csr: CSR.ESTAT] >> 22 & 0x1FF }
    var guestCode: UInt64 { core[gcsr: CSR.ESTAT] >> 16 & 0x3F }
    var guestSubcode: UInt64 { core[gcsr: CSR.ESTAT] >> 22 & 0x1FF }

    func expect(_ register: Int, _ value: UInt64, mask: UInt64 = .max, place: SourceLocation = #_sourceLocation) {
        same(core[csr: register] & mask, value, "CSR.\(CSR.name(register))", place: place)
    }

    func expect(guest register: Int, _ value: UInt64, mask: UInt64 = .max, place: SourceLocation = #_sourceLocation) {
        same(core[gcsr: register] & mask, value, "GCSR.\(CSR.name(register))", place: place)
    }

    func expect(gpr register: Int, _ value: UInt64, place: SourceLocation = #_sourceLocation) {
        same(core[gpr: register], value, "r\(register)", place: place)
    }

    func expect(memory physical: UInt64, _ value: UInt64, place: SourceLocation = #_sourceLocation) {
        same(load(physical: physical), value, "memory at \(hex(physical))", place: place)
    }

    /// Root stopped at its general entry for an exception.
    func expectRoot(_ stop: UInt64?, _ expected: UInt64, _ sub: UInt64 = 0, at address: UInt64? = nil, place: SourceLocation = #_sourceLocation) {
        same(stop ?? 0, Self.re, "stop", place: place)
        #expect(!core.isGuest, sourceLocation: place)
        same(code, expected, "Ecode", place: place)
        same(subcode, sub, "EsubCode", place: place)
        if let address { expect(CSR.ERA, address, place: place) }
    }

    /// The guest stopped at its general entry for an exception.
    func expectGuest(
        _ stop: UInt64?, _ expected: UInt64, _ sub: UInt64 = 0, at address: UInt64? = nil, entry: UInt64 = ge, place: SourceLocation = #_sourceLocation
    ) {
        same(stop ?? 0, entry, "stop", place: place)
        #expect(core.isGuest, sourceLocation: place)
        same(guestCode, expected, "guest's Ecode", place: place)
        same(guestSubcode, sub, "guest's EsubCode", place: place)
        if let address { expect(guest: CSR.ERA, address, place: place) }
    }

    func same(_ actual: UInt64, _ expected: UInt64, _ what: String, place: SourceLocation = #_sourceLocation) {
        if actual != expected { Issue.record("\(what) is \(hex(actual)), not \(hex(expected))", sourceLocation: place) }
    }

    private func hex(_ value: UInt64) -> String { "0x" + String(value, radix: 16) }

    /// Values of root's registers, to compare later.
    func snapshot(_ registers: [Int]) -> [UInt64] { registers.map { core[csr: $0] } }
    func snapshot(guest registers: [Int]) -> [UInt64] { registers.map { core[gcsr: $0] } }

    static let refillRegisters = Array(CSR.TLBRENTRY...CSR.TLBRPRMD)
    /// Registers that an exception in the other mode must leave alone.
    static let exceptionRegisters = [CSR.CRMD, CSR.PRMD, CSR.ESTAT, CSR.ERA, CSR.BADV, CSR.BADI, CSR.TLBEHI] + refillRegisters

    // MARK: Doing

    /// Runs root code and expects that it ends without an exception.
    func complete(_ source: String, place: SourceLocation = #_sourceLocation) {
        let stop = runRoot(source)
        #expect(stop != nil && !core.isGuest && stop != Self.re && stop != Self.rt, "root's code has not ended: \(source)", sourceLocation: place)
    }

    /// What root's `csrrd` reads.
    func read(_ register: Int) -> UInt64 {
        complete("csrrd $a0, \(register)")
        return core[gpr: 4]
    }

    /// Root's `csrwr`.
    func write(_ register: Int, _ value: UInt64) {
        core[gpr: 4] = value
        complete("csrwr $a0, \(register)")
    }

    func readBank(_ register: Int) -> UInt64 {
        complete("gcsrrd $a0, \(register)")
        return core[gpr: 4]
    }

    func writeBank(_ register: Int, _ value: UInt64) {
        core[gpr: 4] = value
        complete("gcsrwr $a0, \(register)")
    }

    /// Puts code at root's refill entry, where the core is, and runs it.
    @discardableResult
    func runRefill(_ source: String, fuel: UInt64 = 100_000) -> UInt64? {
        place(source, physical: Self.rt, origin: Self.rt)
        core.pc = Self.rt
        return run(fuel: fuel)
    }

    /// Makes the other guest's ids current.
    func choose(guest id: UInt64) {
        core[csr: CSR.GSTAT] = core[csr: CSR.GSTAT] & 2 | id << 16
        core[csr: CSR.GTLBC] = 0x1000 | id << 16
    }

    /// Writes a first-stage entry of the current guest by `gtlbwr`.
    func writeGuestTLB(index: UInt64, address: UInt64, pageSize: UInt64 = 0xC, low: UInt64, high: UInt64 = 0, asid: UInt64? = nil) {
        let saved = snapshot(guest: [CSR.TLBIDX, CSR.TLBEHI, CSR.TLBELO0, CSR.TLBELO1, CSR.ASID, CSR.TLBRERA])
        core[gcsr: CSR.TLBRERA] = 0
        core[gcsr: CSR.TLBIDX] = index | pageSize << 24
        core[gcsr: CSR.TLBEHI] = address
        core[gcsr: CSR.TLBELO0] = low
        core[gcsr: CSR.TLBELO1] = high
        if let asid { core[gcsr: CSR.ASID] = asid }
        complete("gtlbwr")
        for (register, value) in zip([CSR.TLBIDX, CSR.TLBEHI, CSR.TLBELO0, CSR.TLBELO1, CSR.ASID, CSR.TLBRERA], saved) { core[gcsr: register] = value }
    }

    /// Index that root's `tlbsrch` finds for an address and a tag, nil when it finds none.
    func search(_ address: UInt64, tag: UInt64) -> UInt64? {
        let saved = snapshot([CSR.GTLBC, CSR.TLBIDX, CSR.TLBEHI])
        defer { for (register, value) in zip([CSR.GTLBC, CSR.TLBIDX, CSR.TLBEHI], saved) { core[csr: register] = value } }
        core[csr: CSR.GTLBC] = 0x1000 | tag << 16
        core[csr: CSR.TLBEHI] = address
        complete("tlbsrch")
        let found = core[csr: CSR.TLBIDX]
        return found >> 31 & 1 != 0 ? nil : found & 0xFFF
    }

    /// Index that `gtlbsrch` finds for an address and a guest, nil when it finds none.
    func search(_ address: UInt64, guest id: UInt64, asid: UInt64? = nil) -> UInt64? {
        let saved = snapshot(guest: [CSR.TLBIDX, CSR.TLBEHI, CSR.ASID])
        let status = core[csr: CSR.GSTAT]
        defer {
            core[csr: CSR.GSTAT] = status
            for (register, value) in zip([CSR.TLBIDX, CSR.TLBEHI, CSR.ASID], saved) { core[gcsr: register] = value }
        }
        core[csr: CSR.GSTAT] = status & ~0xFF_0000 | id << 16
        core[gcsr: CSR.TLBEHI] = address
        if let asid { core[gcsr: CSR.ASID] = asid }
        complete("gtlbsrch")
        let found = core[gcsr: CSR.TLBIDX]
        return found >> 31 & 1 != 0 ? nil : found & 0xFFF
    }

    /// The guest runs mapped, its code in a window at 0x9000000000000000; answers where its general entry is now.
    @discardableResult
    func mapGuest(plv: UInt64 = 0) -> UInt64 {
        core[gcsr: CSR.CRMD] = 0xB0 | plv
        core[gcsr: CSR.DMW] = 0x9000_0000_0000_0011
        core[gcsr: CSR.EENTRY] = Self.windowed + Self.ge
        stop(at: Self.windowed + Self.ge, isGuest: true, physical: Self.guestBase + Self.ge)
        return Self.windowed + Self.ge
    }

    /// The guest's window onto its memory after `mapGuest`.
    static let windowed: UInt64 = 0x9000_0000_0000_0000

    /// Has root's timer interrupt pending.
    func expireTimer() {
        core[csr: CSR.TCFG] = 0x11
        complete(nops(0x20))
        core[csr: CSR.TCFG] = 0
        expect(CSR.ESTAT, 0x800, mask: 0x800)
    }

    func nops(_ count: Int) -> String { String(repeating: "nop\n", count: count) }
}
