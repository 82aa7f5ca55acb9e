import CHost
import CLibGCCJIT
import Semantics

/// Guest accesses of a core with address translation: a probe of the soft TLB (`LongmaPage`), then the access. What the probe does not settle goes to
/// `longma_slow_access_stub`, which may leave translated code for good. All in one assembly statement, as in flat mode.
extension RegionEmitter {
    func loadMapped(_ address: OpaquePointer, _ type: MemoryType) -> OpaquePointer {
        let result = f.temporary(c.u64)
        emit(.load(type), address, outputs: [("r", "=r", result)])
        return c.value(result)
    }

    func storeMapped(_ address: OpaquePointer, _ value: OpaquePointer, _ type: MemoryType) { emit(.store(type), address, inputs: [("v", "r", value)]) }

    func loadFloatMapped(_ address: OpaquePointer, _ format: FloatFormat) -> Float {
        let result = f.temporary(c.double)
        emit(.load(format), address, outputs: [("r", "=x", result)])
        return Float(rvalue: c.value(result))
    }

    func storeFloatMapped(_ address: OpaquePointer, _ value: Float, _ format: FloatFormat) { emit(.store(format), address, inputs: [("v", "x", value.rvalue)]) }

    private typealias Operand = (String, String, OpaquePointer)

    private func emit(_ access: ProbedAccess, _ address: OpaquePointer, outputs: [Operand] = [], inputs values: [Operand] = []) {
        var inputs = values
        if let direct = f.direct, direct.isKnown {
            let text = access.move("\(direct.offset)(%[p])")
            return f.assembly(text, outputs: outputs, inputs: [("p", "r", c.value(direct.pointer))] + inputs, mayLeave: false)
        }
        // The fuel register must hold its right value, as for flat accesses.
        let fuel: Operand = ("fuel", "r", c.value(c.fuel))
        let dirty = f.dirtyOperands
        let at = ProbedAccess.Position(pc: "\(f.pc)", unexecuted: "\(f.unexecuted)")
        func scratch(_ name: String) -> Operand { (name, "=&r", f.temporary(c.u64)) }
        if let direct = f.direct {
            let text = access.direct(offset: direct.offset, base: direct.base, at, storing: dirty)
            inputs += [("p", "r", c.value(direct.pointer)), ("cpu", "r", f.cpu), fuel]
            return f.assembly(text, outputs: outputs + [scratch("t"), scratch("u")], inputs: inputs + dirty.inputs)
        }
        if let indexed = f.indexed { inputs.append(("x", "r", f.gpr(indexed.index))) }
        let base = f.indexed?.base ?? f.displaced?.base
        inputs += [("a", "r", base.map { f.gpr($0) } ?? address), ("pages", "r", c.value(c.pages!)), ("cpu", "rm", f.cpu), fuel]
        let place = f.indexed != nil ? ProbedAccess.Address.indexed : .displaced(f.displaced?.offset ?? 0)
        let text = f.isSwept ? access.swept(place, at, storing: dirty) : access.probed(place, f.pc, at, storing: dirty)
        f.assembly(text, outputs: outputs + (f.isSwept ? [scratch("t"), scratch("u")] : [scratch("t")]), inputs: inputs + dirty.inputs)
    }
}

/// Registers that an access stores before it leaves translated code: its handler looks at all of them. They are operands of the access's assembly, in host
/// registers or where the compiler has put them, and cost nothing unless the access is slow.
struct DirtyOperands {
    /// Most of them: an assembly statement has 30 operands, eight of them the access's own.
    private static let limit = 20

    let inputs: [(String, String, OpaquePointer)]
    private let offsets: [Int]

    /// Constraints, locals, and their offsets in the CPU. A local may be known to be a constant; the compiler finds no register for many of those.
    init(_ registers: [(constraint: String, local: OpaquePointer, offset: Int)]) {
        inputs = registers.enumerated().map { ("d\($0)", $1.constraint, $1.local) }
        offsets = registers.map(\.offset)
    }

    /// The text that stores them by way of `t`, the CPU being in a host register.
    func stores(_ cpu: String) -> String { offsets.enumerated().map { "movq %[d\($0)], %[t]\n\tmovq %[t], \($1)(\(cpu))\n\t" }.joined() }

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
