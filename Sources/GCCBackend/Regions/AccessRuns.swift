import CHost
import CLibGCCJIT
import Execution
import LoongArch
import Semantics

/// Accesses of a block off one register that does not change in between, within reach of each other: saved registers, stack frames, fields. The soft TLB is
/// probed once for all of them, and not even that as long as they stay in one page.
struct AccessRun {
    /// Fewest accesses that are worth a probe of their own.
    private static let least = 3
    /// Most bytes from the first to the last; the more, the likelier they lie in two pages.
    private static let reach: Int64 = 1024

    let base: UInt8
    /// Indices of the instructions, ascending.
    private(set) var members: [Int] = []
    /// Offsets of the first byte and of the one behind the last.
    private(set) var low = Int64.max
    private(set) var high = Int64.min
    private(set) var stores = false

    private init(base: UInt8) { self.base = base }

    private func reaches(_ access: DisplacedAccess) -> Bool {
        members.isEmpty || max(high, access.offset + access.size) - min(low, access.offset) <= Self.reach
    }

    private mutating func add(_ access: DisplacedAccess, _ index: Int) {
        members.append(index)
        low = min(low, access.offset)
        high = max(high, access.offset + access.size)
        if access.isStore { stores = true }
    }

    /// The runs of a block.
    static func find(in instructions: [Instruction]) -> [AccessRun] {
        var open: [AccessRun] = []
        var result: [AccessRun] = []
        func close(_ run: AccessRun) { if run.members.count >= least { result.append(run) } }
        for (index, instruction) in instructions.enumerated() {
            if let access = DisplacedAccess(instruction) {
                var run = AccessRun(base: instruction.rj)
                if let place = open.firstIndex(where: { $0.base == instruction.rj }) {
                    let known = open.remove(at: place)
                    if known.reaches(access) { run = known } else { close(known) }
                }
                run.add(access, index)
                open.append(run)
            }
            if open.isEmpty { continue }
            let written = RegisterUse(of: instruction).gprWritten
            for run in open where written >> UInt32(run.base) & 1 == 1 { close(run) }
            open.removeAll { written >> UInt32($0.base) & 1 == 1 }
        }
        open.forEach(close)
        return result
    }
}

/// A load or store at a register plus a constant.
struct DisplacedAccess {
    let offset: Int64
    let size: Int64
    let isStore: Bool

    init(offset: Int64, size: Int64, isStore: Bool) {
        (self.offset, self.size, self.isStore) = (offset, size, isStore)
    }

    init?(_ i: Instruction) {
        guard i.rj != 0 else { return nil }
        switch i.opcode {
        case .ld_b, .ld_bu: (size, isStore) = (1, false)
        case .ld_h, .ld_hu: (size, isStore) = (2, false)
        case .ld_w, .ld_wu, .ldptr_w, .fld_s: (size, isStore) = (4, false)
        case .ld_d, .ldptr_d, .fld_d: (size, isStore) = (8, false)
        case .st_b: (size, isStore) = (1, true)
        case .st_h: (size, isStore) = (2, true)
        case .st_w, .stptr_w, .fst_s: (size, isStore) = (4, true)
        case .st_d, .stptr_d, .fst_d: (size, isStore) = (8, true)
        default: return nil
        }
        offset = Int64(i.immediate)
    }
}

/// The access being emitted, when it belongs to a run.
struct DirectAccess {
    /// Local with the base register's address in host memory, 0 when the accesses must be probed one by one.
    let pointer: OpaquePointer
    let base: UInt8
    let offset: Int64
    /// `pointer` is not 0, in the code being emitted.
    let isKnown: Bool
}

extension RegionFunction {
    /// Two accesses behind a run's pointer, of neighbours among the registers at neighbouring places, where both registers are in memory before, or go there at
    /// once: the words are copied together, and the locals left alone. False where that is not so. `stored`: which registers go there at once, beside those of
    /// `through`.
    func emitCopy(_ first: Instruction, _ second: Instruction, _ pointer: OpaquePointer, _ stored: RegisterSet) -> Bool {
        func movesWord(_ i: Instruction) -> Bool { [.ld_d, .st_d, .ldptr_d, .stptr_d].contains(i.opcode) }
        guard movesWord(first), movesWord(second), let access = DisplacedAccess(first), let next = DisplacedAccess(second), access.isStore == next.isStore,
            next.offset == access.offset + 8, first.rd != 0, second.rd == first.rd + 1
        else { return false }
        let registers = RegisterSet(gpr: 3 << UInt32(first.rd))
        let here = "\(8 * Int(first.rd))(%[cpu])"
        let there = "\(access.offset)(%[p])"
        if access.isStore {
            guard registers.subtracting(unread).isEmpty else { return false }
        } else {
            guard registers.subtracting(stored.union(through)).isEmpty else { return false }
            unread.formUnion(registers)
            dirty = dirty.subtracting(registers)
        }
        assembly(
            "vmovdqu \(access.isStore ? here : there), %[w]\n\tvmovdqu %[w], \(access.isStore ? there : here)", outputs: [("w", "=&x", temporary(c.double))],
            inputs: [("p", "r", c.value(pointer)), ("cpu", "r", cpu)], clobbersMemory: true, mayLeave: false)
        return true
    }

    /// Finds the page of all of a run before its first access, at `pc`: the one that it found last, or by a probe of the soft TLB.
    func emitProbe(of run: AccessRun, at pc: UInt64) -> OpaquePointer {
        let pointer = temporary(c.u64)
        let first = temporary(c.u64)
        let page = temporary(c.u64)
        let pageBits = MemoryLayout<LongmaPage>.stride.trailingZeroBitCount
        func check(_ tag: PartialKeyPath<LongmaPage>) -> String { "cmpq \(MemoryLayout<LongmaPage>.offset(of: tag)!)(%[t]), %[u]\n\tjne 7f\n\t" }
        func place(_ field: PartialKeyPath<LongmaSites>) -> Int { MemoryLayout<LongmaSites>.offset(of: field)! - MemoryLayout<LongmaSites>.size }
        let sites = place(run.stores ? \.storeRuns : \.loadRuns)
        let site = sites + Int(pc >> 2 & UInt64(LONGMA_RUN_SITES - 1)) * MemoryLayout<LongmaRunSite>.stride
        func known(_ field: PartialKeyPath<LongmaRunSite>) -> String { "\(site + MemoryLayout<LongmaRunSite>.offset(of: field)!)(%[pages])" }
        let text = """
            leaq \(run.low)(%[b]), %[u]
            \tsubq \(known(\.page)), %[u]
            \tcmpq \(known(\.size)), %[u]
            \tjae 8f
            \tcmpq $\(4096 - (run.high - run.low)), %[u]
            \tja 8f
            \tmovq \(known(\.addend)), %[p]
            6:\taddq %[b], %[p]
            9:
            \t.subsection 1
            8:\tleaq \(run.low)(%[b]), %[u]
            \trorxq $\(12 - pageBits), %[u], %[t]
            \tandl $\((Int(LONGMA_SOFT_TLB_PAGES) - 1) << pageBits), %k[t]
            \taddq %[pages], %[t]
            \tleaq \(run.high - 1)(%[b]), %[p]
            \tandq $-4096, %[p]
            \tandq $-4096, %[u]
            \tcmpq %[p], %[u]
            \tjne 7f
            \t\(check(\.read))\(run.stores ? check(\.write) : "")movq \(MemoryLayout<LongmaPage>.offset(of: \.addend)!)(%[t]), %[p]
            \tmovq $1, \(place(\.used))(%[pages])
            \tmovq %[u], \(known(\.page))
            \tmovq $4096, \(known(\.size))
            \tmovq %[p], \(known(\.addend))
            \tjmp 6b
            7:\txorl %k[p], %k[p]
            \tjmp 9b
            \t.previous
            """
        assembly(
            text, outputs: [("p", "=&r", pointer), ("t", "=&r", page), ("u", "=&r", first)],
            inputs: [("b", "r", gpr(run.base)), ("pages", "r", c.value(c.pages!))])
        return pointer
    }
}
