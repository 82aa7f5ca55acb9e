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
        let result = f.temporary(c.double)
        let general = f.temporary(c.u64)
        let vector = f.temporary(c.double)
        var inputs: [(String, String, OpaquePointer)] = [("a", "x", a.rvalue)]
        if template.operands > 1 { inputs.append(("b", "x", b.rvalue)) }
        if template.operands > 2 { inputs.append(("c", "x", third.rvalue)) }
        inputs.append(("cpu", "r", f.cpu))
        f.assembly(
            template.text(operation), outputs: [("r", "=&x", result), ("t", "=&r", general), ("x", "=&x", vector)], inputs: inputs)
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
        let base = MemoryLayout<LongmaCPU>.offset(of: \.pendingFloat)!
        f.assign(f.field(base), constant(code))
        f.assign(f.field(base + 8, c.doublePointer), a.rvalue)
        if let b { f.assign(f.field(base + 16, c.doublePointer), b.rvalue) }
        if let third { f.assign(f.field(base + 24, c.doublePointer), third.rvalue) }
    }
}
