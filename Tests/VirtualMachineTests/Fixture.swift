import CHost
import Execution
import GuestMemory
import Interpreter
import LoongArch
import Testing
import VirtualMachine

/// Fixture F of the acceptance tests (`lvz.md` section 14.0): memory, root state, one guest with a 4 MiB second-stage mapping.
final class Fixture {
    static let rootCode: UInt64 = 0x9000_0000_0001_0000
    /// Root's general and refill entries, and the guest's.
    static let re: UInt64 = 0x9000_0000_0000_8000
    static let rt: UInt64 = 0x9000
    static let ge: UInt64 = 0x4000
    static let gt: UInt64 = 0x5000
    /// Where the guest's physical memory begins in the machine's.
    static let guestBase: UInt64 = 0x80_0000

    let core: Core
    let memory = PhysicalMemory()

    init(_ kind: EngineKind, virtualization: Bool = true, hasGuest: Bool = true, clock: Core.Clock = .instructions) throws {
        try memory.add(base: 0, size: 0x200_0000)
        core = Core(memory: memory, clock: clock, hasVirtualization: virtualization) { source, mode in kind.makeEngine(source, mode) }
        core[csr: CSR.CRMD] = 0xB0
        core[csr: CSR.DMW] = 0x9000_0000_0000_0011
        core[csr: CSR.EENTRY] = Self.re
        core[csr: CSR.TLBRENTRY] = Self.rt
        core[csr: CSR.STLBPS] = 0xC
        core[csr: CSR.PRMD] = 4
        if virtualization {
            core[csr: CSR.GSTAT] = 0x10000
            core[csr: CSR.GTLBC] = 0x11000
            core[csr: CSR.GCFG] = 0x20_0010
        }
        core[gcsr: CSR.CRMD] = 8
        core[gcsr: CSR.EENTRY] = Self.ge
        core[gcsr: CSR.TLBRENTRY] = Self.gt
        core[gcsr: CSR.STLBPS] = 0xC
        core.pc = Self.rootCode
        stop(at: Self.re, physical: Self.re & 0xFFFF_FFFF)
        stop(at: Self.rt, physical: Self.rt)
        stop(at: Self.ge, isGuest: true, physical: Self.guestBase + Self.ge)
        stop(at: Self.gt, isGuest: true, physical: Self.guestBase + Self.gt)
        if hasGuest, virtualization { writeTLB(index: 0x800, address: 0, pageSize: 0x15, low: 0x80_0013, high: 0xA0_0013) }
    }

    /// Writes a TLB entry as root's `tlbwr` would with the registers as they are (tag: TGID), by root code.
    func writeTLB(index: UInt64, address: UInt64, pageSize: UInt64, low: UInt64, high: UInt64, isValid: Bool = true) {
        core[csr: CSR.TLBIDX] = index | pageSize << 24 | (isValid ? 0 : 1 << 31)
        core[csr: CSR.TLBEHI] = address
        core[csr: CSR.TLBELO0] = low
        core[csr: CSR.TLBELO1] = high
        runRoot("tlbwr")
        core[csr: CSR.TLBIDX] = 0
        core[csr: CSR.TLBEHI] = 0
        core[csr: CSR.TLBELO0] = 0
        core[csr: CSR.TLBELO1] = 0
    }

    // MARK: Memory

    /// Assembles source and puts it at a physical address; `origin` is the address it will run at. Answers the labels' addresses.
    @discardableResult
    func place(_ source: String, physical: UInt64, origin: UInt64) -> [String: UInt64] {
        do {
            let program = try Assembler.assemble(source, at: origin)
            #expect(memory.write(program.bytes, at: physical))
            core.codeChanged()
            return program.symbols
        } catch {
            Issue.record("\(error): \(source)")
            return [:]
        }
    }

    /// Puts code where the guest finds it at a guest physical address (below 4 MiB).
    @discardableResult
    func placeGuest(_ source: String, at address: UInt64 = 0x1000) -> [String: UInt64] {
        place(source, physical: Self.guestBase + address & 0x3F_FFFF, origin: address)
    }

    func store(_ value: UInt64, physical: UInt64) { #expect(memory.write(withUnsafeBytes(of: value.littleEndian, Array.init), at: physical)) }
    func load(physical: UInt64) -> UInt64 { memory.load64(physical) }

    // MARK: Running

    /// Makes the core stop at an address; `physical` is where the instruction lies.
    func stop(at address: UInt64, isGuest: Bool = false, physical: UInt64) {
        #expect(memory.write(withUnsafeBytes(of: Gate.word.littleEndian, Array.init), at: physical))
        core.gates.append(Gate(at: address, isGuest: isGuest) { .stop })
        core.codeChanged()
    }

    /// Runs from the core's pc; where it stopped, nil when it did not within `fuel` instructions.
    @discardableResult
    func run(fuel: UInt64 = 100_000) -> UInt64? { core.run(fuel: fuel) == .stopped ? core.pc : nil }

    /// Runs root code, given as assembly, from `rootCode` on to its end or to where it stops; answers where.
    @discardableResult
    func runRoot(_ source: String, fuel: UInt64 = 100_000) -> UInt64? {
        let labels = place(source + "\nlast: dbcl 0", physical: Self.rootCode & 0xFFFF_FFFF, origin: Self.rootCode)
        let end = labels["last"] ?? 0
        core.gates.append(Gate(at: end) { .stop })
        defer { core.gates.removeLast() }
        core.pc = Self.rootCode
        return run(fuel: fuel)
    }

    /// ENTER(pc): goes to the guest by root's `ertn` and runs until something stops.
    @discardableResult
    func enter(_ address: UInt64 = 0x1000, fuel: UInt64 = 100_000) -> UInt64? {
        core[csr: CSR.ERA] = address
        core[csr: CSR.GSTAT] = core[csr: CSR.GSTAT] | 2
        place("ertn", physical: Self.rootCode & 0xFFFF_FFFF, origin: Self.rootCode)
        core.pc = Self.rootCode
        return run(fuel: fuel)
    }
}
