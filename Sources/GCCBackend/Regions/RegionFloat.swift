import CHost
import CLibGCCJIT
import Semantics

/// Floating point by the host's unit. Each operation is one assembly statement, so that its flags happen exactly once and in order.
extension RegionEmitter {
    func bits(_ a: Float) -> OpaquePointer { c.bitcast(a.rvalue, c.u64) }
    func float(_ bits: OpaquePointer) -> Float { Float(rvalue: c.bitcast(bits, c.double)) }

    func arithmetic(_ operation: FloatOperation, _ a: Float, _ b: Float, _ third: Float) -> Float {
        let template = FloatTemplate(operation)
        record(FloatPending.code(operation), a, template.operands > 1 ? b : nil, template.operands > 2 ? third : nil)
        if f.defersCheck, let format = template.propagates {
            return Float(rvalue: f.compute(operation, template, format, [a, b, third].prefix(template.operands).map(\.rvalue)))
        }
        let result = f.temporary(c.double)
        f.compute(template.text(operation), [a, b, third].prefix(template.operands).map(\.rvalue), result, mayShare: false)
        return Float(rvalue: c.value(result))
    }

    func compare(_ predicate: FloatPredicate, _ format: FloatFormat, _ a: Float, _ b: Float) -> Condition {
        record(FloatPending.code(predicate, format), a, b, nil)
        let mask = f.temporary(c.u64)
        let vector = f.temporary(c.double)
        f.assembly(
            FloatTemplate.comparison(predicate, format), outputs: [("r", "=r", mask), ("x", "=&x", vector)],
            inputs: [("a", "x", a.rvalue), ("b", "x", b.rvalue)])
        return notEqual(c.value(mask), constant(0))
    }

    /// Keeps what FCSR.Cause can be worked out from, if this is the block's last operation.
    private func record(_ code: UInt64, _ a: Float, _ b: Float?, _ third: Float?) {
        guard f.recordsCause else { return }
        f.unchecked.recorded = [:]
        let operands = [a, b, third].compactMap { $0?.rvalue }
        if let pending = f.pending {
            f.assign(pending.code, constant(code))
            for (local, operand) in zip(pending.operands, operands) { f.assign(local, operand) }
            f.changed(RegisterSet(cause: true))
        } else {
            f.assign(PendingCause.codeField(f), constant(code))
            for (index, operand) in operands.enumerated() { f.assign(PendingCause.operandField(f, index), operand) }
        }
    }
}

/// Locals that stand for `cpu->pendingFloat` in a region: a loop then keeps its last operation in registers instead of writing it to memory each time.
struct PendingCause {
    let code: OpaquePointer
    /// Those behind what the operation has are not looked at.
    let operands: [OpaquePointer]

    init(_ f: RegionFunction) {
        code = f.library.local(f.function, nil, f.c.u64, "cause")!
        operands = (0..<3).map { f.library.local(f.function, nil, f.c.double, "operand\($0)")! }
    }

    func load(_ f: RegionFunction) {
        f.assign(code, f.c.value(Self.codeField(f)))
        for (index, local) in operands.enumerated() { f.assign(local, f.c.value(Self.operandField(f, index))) }
    }

    func store(_ f: RegionFunction) {
        f.assign(Self.codeField(f), f.c.value(code))
        for (index, local) in operands.enumerated() { f.assign(Self.operandField(f, index), f.c.value(local)) }
    }

    static func codeField(_ f: RegionFunction) -> OpaquePointer { f.field(MemoryLayout<LongmaCPU>.offset(of: \.pendingFloat)!) }

    static func operandField(_ f: RegionFunction, _ index: Int) -> OpaquePointer {
        f.field(MemoryLayout<LongmaCPU>.offset(of: \.pendingFloat)! + 8 + 8 * index, f.c.doublePointer)
    }
}
