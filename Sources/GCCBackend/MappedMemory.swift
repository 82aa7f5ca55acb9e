import CHost
import CLibGCCJIT
import Semantics

/// Guest accesses of a core with address translation: a probe of the soft TLB (`LongmaPage`), then the access. What the probe does not settle goes to
/// `longma_slow_access_stub`, which may leave translated code for good. All in one assembly statement, as in flat mode.
extension RegionEmitter {
    func loadMapped(_ address: OpaquePointer, _ type: MemoryType) -> OpaquePointer {
        let instruction =
            switch type {
            case .int8: "movsbq (%[a],%[t]), %[r]"
            case .uint8: "movzbl (%[a],%[t]), %k[r]"
            case .int16: "movswq (%[a],%[t]), %[r]"
            case .uint16: "movzwl (%[a],%[t]), %k[r]"
            case .int32: "movslq (%[a],%[t]), %[r]"
            case .uint32: "movl (%[a],%[t]), %k[r]"
            case .int64: "movq (%[a],%[t]), %[r]"
            }
        let result = f.temporary(c.u64)
        let kind = Int32(type.size) | (type.isSigned ? Int32(LONGMA_SLOW_SIGNED) : 0)
        let text = probing(instruction, kind, slot: "pushq $0", finish: "popq %[r]")
        f.assembly(text, outputs: [("r", "=r", result)] + scratch, inputs: [("a", "r", address)] + machine)
        return c.value(result)
    }

    func storeMapped(_ address: OpaquePointer, _ value: OpaquePointer, _ type: MemoryType) {
        let instruction =
            switch type {
            case .int8, .uint8: "movb %b[v], (%[a],%[t])"
            case .int16, .uint16: "movw %w[v], (%[a],%[t])"
            case .int32, .uint32: "movl %k[v], (%[a],%[t])"
            case .int64: "movq %[v], (%[a],%[t])"
            }
        let text = probing(instruction, Int32(type.size) | Int32(LONGMA_SLOW_STORE), slot: "pushq %[v]", finish: Self.drop)
        f.assembly(text, outputs: scratch, inputs: [("a", "r", address), ("v", "r", value)] + machine)
    }

    func loadFloatMapped(_ address: OpaquePointer, _ format: FloatFormat) -> Float {
        let result = f.temporary(c.double)
        let move = format == .single ? "vmovss" : "vmovsd"
        let text = probing("\(move) (%[a],%[t]), %[r]", format == .single ? 4 : 8, slot: "pushq $0", finish: "vmovsd (%%rsp), %[r]\n\t\(Self.drop)")
        f.assembly(text, outputs: [("r", "=x", result)] + scratch, inputs: [("a", "r", address)] + machine)
        return Float(rvalue: c.value(result))
    }

    func storeFloatMapped(_ address: OpaquePointer, _ value: Float, _ format: FloatFormat) {
        let move = format == .single ? "vmovss" : "vmovsd"
        let kind = (format == .single ? 4 : 8) | Int32(LONGMA_SLOW_STORE)
        let text = probing("\(move) %[v], (%[a],%[t])", kind, slot: "pushq $0\n\tvmovsd %[v], (%%rsp)", finish: Self.drop)
        f.assembly(text, outputs: scratch, inputs: [("a", "r", address), ("v", "x", value.rvalue)] + machine)
    }

    private static let drop = "leaq 8(%%rsp), %%rsp"

    /// Two registers: the page, later what to add to the address; the page of the last byte.
    private var scratch: [(String, String, OpaquePointer)] { [("t", "=&r", f.temporary(c.u64)), ("u", "=&r", f.temporary(c.u64))] }

    /// The fuel register must hold its right value, as for flat accesses.
    private var machine: [(String, String, OpaquePointer)] {
        [("cpu", "r", f.cpu), ("pages", "m", c.value(f.field(MemoryLayout<LongmaCPU>.offset(of: \.pages)!))), ("fuel", "r", c.value(c.fuel))]
    }

    /// The access behind its probe: `access` uses address `a` plus `t`. `slot` pushes the value's place in the `LongmaSlowAccess`, `finish` takes it off again.
    private func probing(_ access: String, _ kind: Int32, slot: String, finish: String) -> String {
        let size = kind & Int32(LONGMA_SLOW_SIZE)
        let isStore = kind & Int32(LONGMA_SLOW_STORE) != 0
        let tag = MemoryLayout<LongmaPage>.offset(of: isStore ? \.write : \.read)!
        let pageBits = MemoryLayout<LongmaPage>.stride.trailingZeroBitCount
        let helpers = MemoryLayout<LongmaCPU>.offset(of: \.helpers)!
        return """
            movq %[a], %[t]
            \tshrq $\(12 - pageBits), %[t]
            \tandl $\((Int(LONGMA_SOFT_TLB_PAGES) - 1) << pageBits), %k[t]
            \taddq %[pages], %[t]
            \tleaq \(size - 1)(%[a]), %[u]
            \tandq $-4096, %[u]
            \tcmpq \(tag)(%[t]), %[u]
            \tjne 8f
            \tmovq \(MemoryLayout<LongmaPage>.offset(of: \.addend)!)(%[t]), %[t]
            \t\(access)
            9:
            \t.subsection 1
            8:\t\(slot)
            \tpushq %[a]
            \tmovabsq $\(f.pc), %[t]
            \tpushq %[t]
            \tpushq $\(f.unexecuted)
            \tpushq $\(kind)
            \tpushq %[cpu]
            \tmovq \(helpers)(%[cpu]), %[t]
            \tcall *\(8 * HelperTable.slowAccess)(%[t])
            \tleaq 40(%%rsp), %%rsp
            \t\(finish)
            \tjmp 9b
            \t.previous
            """
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
