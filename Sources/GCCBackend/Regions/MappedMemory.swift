import CHost
import CLibGCCJIT
import Semantics

/// Guest accesses of a core with address translation: a probe of the soft TLB (`LongmaPage`), then the access. What the probe does not settle goes to
/// `longma_slow_access_stub`, which may leave translated code for good. All in one assembly statement, as in flat mode.
extension RegionEmitter {
    func loadMapped(_ address: OpaquePointer, _ type: MemoryType) -> OpaquePointer {
        let (move, register) =
            switch type {
            case .int8: ("movsbq", "%[r]")
            case .uint8: ("movzbl", "%k[r]")
            case .int16: ("movswq", "%[r]")
            case .uint16: ("movzwl", "%k[r]")
            case .int32: ("movslq", "%[r]")
            case .uint32: ("movl", "%k[r]")
            case .int64: ("movq", "%[r]")
            }
        let result = f.temporary(c.u64)
        let kind = Int32(type.size) | (type.isSigned ? Int32(LONGMA_SLOW_SIGNED) : 0)
        emit(ProbedAccess(kind: kind, slot: "pushq $0", finish: "popq %[r]") { "\(move) \($0), \(register)" }, address, outputs: [("r", "=r", result)])
        return c.value(result)
    }

    func storeMapped(_ address: OpaquePointer, _ value: OpaquePointer, _ type: MemoryType) {
        let move =
            switch type {
            case .int8, .uint8: "movb %b[v]"
            case .int16, .uint16: "movw %w[v]"
            case .int32, .uint32: "movl %k[v]"
            case .int64: "movq %[v]"
            }
        let kind = Int32(type.size) | Int32(LONGMA_SLOW_STORE)
        emit(ProbedAccess(kind: kind, slot: "pushq %[v]", finish: ProbedAccess.drop) { "\(move), \($0)" }, address, inputs: [("v", "r", value)])
    }

    func loadFloatMapped(_ address: OpaquePointer, _ format: FloatFormat) -> Float {
        let result = f.temporary(c.double)
        let move = format == .single ? "vmovss" : "vmovsd"
        let finish = "vmovsd (%%rsp), %[r]\n\t\(ProbedAccess.drop)"
        emit(
            ProbedAccess(kind: format == .single ? 4 : 8, slot: "pushq $0", finish: finish) { "\(move) \($0), %[r]" }, address,
            outputs: [("r", "=x", result)])
        return Float(rvalue: c.value(result))
    }

    func storeFloatMapped(_ address: OpaquePointer, _ value: Float, _ format: FloatFormat) {
        let move = format == .single ? "vmovss" : "vmovsd"
        let kind = (format == .single ? 4 : 8) | Int32(LONGMA_SLOW_STORE)
        let access = ProbedAccess(kind: kind, slot: "pushq $0\n\tvmovsd %[v], (%%rsp)", finish: ProbedAccess.drop) { "\(move) %[v], \($0)" }
        emit(access, address, inputs: [("v", "x", value.rvalue)])
    }

    private typealias Operand = (String, String, OpaquePointer)

    private func emit(_ access: ProbedAccess, _ address: OpaquePointer, outputs: [Operand] = [], inputs: [Operand] = []) {
        if let direct = f.direct, direct.isKnown {
            let text = access.move("\(direct.offset)(%[p])")
            return f.assembly(text, outputs: outputs, inputs: [("p", "r", c.value(direct.pointer))] + inputs, mayLeave: false)
        }
        // Two registers: the page, later what to add to the address; the page of the last byte.
        let scratch: [Operand] = [("t", "=&r", f.temporary(c.u64)), ("u", "=&r", f.temporary(c.u64))]
        // The fuel register must hold its right value, as for flat accesses.
        let machine: [Operand] = [("cpu", "r", f.cpu), ("fuel", "r", c.value(c.fuel))]
        let dirty = f.dirtyOperands
        let place: Operand
        let text: String
        if let direct = f.direct {
            place = ("p", "r", c.value(direct.pointer))
            text = access.direct(offset: direct.offset, base: direct.base, f.pc, f.unexecuted, storing: dirty)
        } else {
            place = ("a", "r", address)
            text = access.probed(f.pc, f.unexecuted, storing: dirty)
        }
        f.assembly(text, outputs: outputs + scratch, inputs: [place] + inputs + machine + dirty.inputs)
    }
}

/// The assembly of one access. Operands: address `a` or pointer `p`, `t` and `u` to work with, `r` or `v` for the value, `cpu`.
private struct ProbedAccess {
    /// `LongmaSlowAccess.kind`.
    let kind: Int32
    /// Pushes the value's place in the `LongmaSlowAccess`; takes it off again.
    let slot: String
    let finish: String
    /// The host's instruction for a place in memory.
    let move: (String) -> String

    static let drop = "leaq 8(%%rsp), %%rsp"
    static let pages = MemoryLayout<LongmaCPU>.offset(of: \.pages)!
    private static let addend = MemoryLayout<LongmaPage>.offset(of: \.addend)!
    private static let sites = MemoryLayout<LongmaSites>.size

    private var size: Int64 { Int64(kind & Int32(LONGMA_SLOW_SIZE)) }

    /// From the address in register `address` to the page in `t`; compared with the page of the last byte in `u`.
    private func probe(_ address: String) -> String {
        let tag = MemoryLayout<LongmaPage>.offset(of: kind & Int32(LONGMA_SLOW_STORE) != 0 ? \.write : \.read)!
        let pageBits = MemoryLayout<LongmaPage>.stride.trailingZeroBitCount
        return """
            leaq \(size - 1)(\(address)), %[u]
            \trorxq $\(12 - pageBits), \(address), %[t]
            \tandl $\((Int(LONGMA_SOFT_TLB_PAGES) - 1) << pageBits), %k[t]
            \taddq \(Self.pages)(%[cpu]), %[t]
            \tandq $-4096, %[u]
            \tcmpq \(tag)(%[t]), %[u]
            """
    }

    /// Calls the stub with the address in register `address`.
    private func slowly(_ address: String, _ pc: UInt64, _ unexecuted: UInt32) -> String {
        """
        \(slot)
        \tpushq \(address)
        \tmovabsq $\(pc), %[t]
        \tpushq %[t]
        \tpushq $\(unexecuted)
        \tpushq $\(kind)
        \tpushq %[cpu]
        \tmovq \(MemoryLayout<LongmaCPU>.offset(of: \.helpers)!)(%[cpu]), %[t]
        \tcall *\(8 * HelperTable.slowAccess)(%[t])
        \tleaq 40(%%rsp), %%rsp
        \t\(finish)
        \tjmp 9b
        """
    }

    /// At address `a`: in the page that this instruction found last, if the access is aligned, else with a probe.
    func probed(_ pc: UInt64, _ unexecuted: UInt32, storing dirty: DirtyOperands) -> String {
        let kind = kind & Int32(LONGMA_SLOW_STORE) != 0 ? MemoryLayout<LongmaSites>.offset(of: \.stores)! : MemoryLayout<LongmaSites>.offset(of: \.loads)!
        let site = kind + Int(pc >> 2 & UInt64(LONGMA_SITES - 1)) * MemoryLayout<LongmaSite>.stride - Self.sites
        let siteAddend = site + MemoryLayout<LongmaSite>.offset(of: \.addend)!
        return """
            movq %[a], %[u]
            \tandq $\(size - 1 - 4096), %[u]
            \tmovq \(Self.pages)(%[cpu]), %[t]
            \tcmpq \(site)(%[t]), %[u]
            \tjne 8f
            \tmovq \(siteAddend)(%[t]), %[t]
            6:\t\(move("(%[a],%[t])"))
            9:
            \t.subsection 1
            8:\t\(probe("%[a]"))
            \tjne 7f
            \tmovq \(Self.addend)(%[t]), %[t]
            \tmovq \(Self.pages)(%[cpu]), %[u]
            \tmovq $1, \(MemoryLayout<LongmaSites>.offset(of: \.used)! - Self.sites)(%[u])
            \tmovq %[t], \(siteAddend)(%[u])
            \tmovq %[a], \(site)(%[u])
            \tandq $-4096, \(site)(%[u])
            \tjmp 6b
            7:\t\(dirty.stores)\(slowly("%[a]", pc, unexecuted))
            \t.previous
            """
    }

    /// Behind the pointer `p` of a run, with a probe if that is 0.
    func direct(offset: Int64, base: UInt8, _ pc: UInt64, _ unexecuted: UInt32, storing dirty: DirtyOperands) -> String {
        """
        testq %[p], %[p]
        \tje 8f
        \t\(move("\(offset)(%[p])"))
        9:
        \t.subsection 1
        8:\t\(dirty.stores)movq \(8 * Int(base))(%[cpu]), %[t]
        \taddq $\(offset), %[t]
        \t\(probe("%[t]"))
        \tjne 7f
        \tmovq \(Self.addend)(%[t]), %[t]
        \taddq \(8 * Int(base))(%[cpu]), %[t]
        \t\(move("\(offset)(%[t])"))
        \tjmp 9b
        7:\tmovq \(8 * Int(base))(%[cpu]), %[u]
        \taddq $\(offset), %[u]
        \t\(slowly("%[u]", pc, unexecuted))
        \t.previous
        """
    }
}

/// Registers that an access stores before it leaves translated code: its handler looks at all of them. They are operands of the access's assembly, in host
/// registers or where the compiler has put them, and cost nothing unless the access is slow.
struct DirtyOperands {
    /// Most of them: an assembly statement has 30 operands, seven of them the access's own.
    private static let limit = 20

    let inputs: [(String, String, OpaquePointer)]
    /// The text that stores them, by way of `t`.
    let stores: String

    /// Constraints, locals, and their offsets in the CPU. A local may be known to be a constant; the compiler finds no register for many of those.
    init(_ registers: [(constraint: String, local: OpaquePointer, offset: Int)]) {
        inputs = registers.enumerated().map { ("d\($0)", $1.constraint, $1.local) }
        stores = registers.enumerated().map { "movq %[d\($0)], %[t]\n\tmovq %[t], \($1.offset)(%[cpu])\n\t" }.joined()
    }

    /// Which of the registers that instructions write can be left to accesses: those that are written most, but none of `excluded`, and no flags.
    static func choice(of effects: [[RegionDataflow.Effect]], excluding excluded: RegisterSet) -> RegisterSet {
        var writes: [(register: RegisterSet, count: Int)] = (0..<64).map { n in
            (n < 32 ? RegisterSet(gpr: 1 << UInt32(n)) : RegisterSet(fpr: 1 << UInt32(n - 32)), 0)
        }
        for effect in effects.joined() {
            let written = effect.written.subtracting(excluded)
            for n in written.generalRegisters { writes[n].count += 1 }
            for n in written.floatRegisters { writes[32 + n].count += 1 }
        }
        // Numbers break ties, so that the same region is always translated alike.
        let chosen = writes.enumerated().filter { $1.count > 0 }.sorted { ($1.element.count, $0.offset) < ($0.element.count, $1.offset) }
        return chosen.prefix(limit).reduce(RegisterSet()) { $0.union($1.element.register) }
    }
}

extension MemoryType {
    fileprivate var isSigned: Bool {
        switch self {
        case .int8, .int16, .int32: true
        case .uint8, .uint16, .uint32, .int64: false
        }
    }
}
