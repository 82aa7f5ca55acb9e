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
            text(operation, template), outputs: [("r", "=&x", result), ("t", "=&r", general), ("x", "=&x", vector)], inputs: inputs)
        return Float(rvalue: c.value(result))
    }

    private func text(_ operation: FloatOperation, _ template: FloatTemplate) -> String {
        func offset(_ path: PartialKeyPath<LongmaCPU>) -> Int { MemoryLayout<LongmaCPU>.offset(of: path)! }
        let arguments = offset(\.floatCall)
        var call = ["vmovsd %[a], \(arguments + 8)(%[cpu])"]
        if template.operands > 1 { call.append("vmovsd %[b], \(arguments + 16)(%[cpu])") }
        if template.operands > 2 { call.append("vmovsd %[c], \(arguments + 24)(%[cpu])") }
        call += [
            "movq $\(operation.rawValue), \(arguments)(%[cpu])", "pushq %[cpu]", "call *\(offset(\.floatHelper))(%[cpu])",
            "leaq 8(%%rsp), %%rsp", "vmovsd \(offset(\.floatResult))(%[cpu]), %[r]",
        ]
        let helper = call.joined(separator: "\n\t")
        guard let code = template.code else { return helper }
        guard !template.check.isEmpty else { return code }
        return "\(code)\n\t\(template.check)\n\t\(template.finish)\n9:\n\t.subsection 1\n8:\t\(helper)\n\tjmp 9b\n\t.previous"
    }

    func compare(_ predicate: FloatPredicate, _ format: FloatFormat, _ a: Float, _ b: Float) -> Condition {
        record(FloatPending.code(predicate, format), a, b, nil)
        let mask = f.temporary(c.u64)
        let vector = f.temporary(c.double)
        let suffix = format == .single ? "ss" : "sd"
        let move = format == .single ? "vmovd %[x], %k[r]" : "vmovq %[x], %[r]"
        f.assembly(
            "vcmp\(suffix) $\(predicate.hostPredicate), %[b], %[a], %[x]\n\t\(move)", outputs: [("r", "=r", mask), ("x", "=&x", vector)],
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
