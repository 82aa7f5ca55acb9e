import CHost
import CLibGCCJIT
import Execution
import Interpreter
import LoongArch
import Semantics

/// Vector instructions that need no interpreter. A register that one of a region's instructions uses as a vector is a 128-bit local throughout the region.
enum VectorLowering {
    /// A load or store of a vector register or of one lane.
    case access
    /// `vldi`: the doubleword that both halves get.
    case constant(UInt64)
    case template(VectorTemplate)

    init?(_ i: Instruction, _ mode: CodeMode) {
        switch i.opcode {
        case .vld, .vst, .vldx, .vstx, .vldrepl_b, .vldrepl_h, .vldrepl_w, .vldrepl_d, .vstelm_b, .vstelm_h, .vstelm_w, .vstelm_d:
            if mode.isMapped { return nil }
            self = .access
        case .vldi: self = .constant(VectorConstant.expanded(i.word >> 5 & 0x1FFF))
        default:
            guard let template = VectorTemplate(i) else { return nil }
            self = .template(template)
        }
    }

    /// Registers that the instruction reads and writes; `RegisterUse` takes every destination to be read and the operand of a store to be written.
    func effect(of i: Instruction) -> RegionDataflow.Effect {
        let use = RegisterUse(of: i)
        let destination = RegisterSet(fpr: 1 << UInt32(i.rd))
        switch self {
        case .access:
            if i.isVectorStore { return RegionDataflow.Effect(read: use.read, written: RegisterSet(), exits: false, cleans: false) }
            return RegionDataflow.Effect(read: use.read.subtracting(destination), written: use.written, exits: false, cleans: false)
        case .constant: return RegionDataflow.Effect(read: RegisterSet(), written: destination, exits: false, cleans: false)
        case .template(let template):
            var read = use.read
            let reads = template.uses("o") || zip("abc", [i.rj, i.rk, i.ra]).contains { template.uses($0) && $1 == i.rd }
            if !reads, template.uses("d") { read = read.subtracting(destination) }
            return RegionDataflow.Effect(read: read, written: use.written, exits: template.mayFail, cleans: false)
        }
    }

    /// Vector registers that need 128-bit locals, by number.
    static func registers(of i: Instruction) -> RegisterSet {
        guard i.opcode.isVector || i.opcode.isWideVectorAccess else { return RegisterSet() }
        let use = RegisterUse(of: i)
        return RegisterSet(fpr: use.fprRead | use.fprWritten)
    }
}

extension Instruction {
    fileprivate var isVectorStore: Bool {
        switch opcode {
        case .vst, .vstx, .vstelm_b, .vstelm_h, .vstelm_w, .vstelm_d: true
        default: false
        }
    }
}

extension RegionFunction {
    func emitVector(_ i: Instruction, _ lowering: VectorLowering) {
        switch lowering {
        case .access: emitVectorAccess(i)
        case .constant(let value):
            let result = temporary(c.vector)
            pure("vmovq %[i], %[d]\n\tvpunpcklqdq %[d], %[d], %[d]", outputs: [("d", "=x", result)], inputs: [("i", "r", c.constant(value))])
            setVPR(i.rd, c.value(result))
        case .template(let template): emit(template, i)
        }
    }

    private func emit(_ template: VectorTemplate, _ i: Instruction) {
        if let pending = template.pending, recordsCause { record(pending, i) }
        var outputs: [(String, String, OpaquePointer)] = []
        var places: [Character: OpaquePointer] = [:]
        func output(_ name: Character, _ constraint: String, _ type: OpaquePointer) {
            guard template.uses(name) else { return }
            let place = temporary(type)
            places[name] = place
            outputs.append((String(name), constraint, place))
        }
        output("d", template.code.contains("\n") ? "=&x" : "=x", c.vector)
        output("r", "=&r", c.u64)
        output("x", "=&x", c.vector)
        output("y", "=&x", c.vector)
        output("t", "=&r", c.u64)
        let failed = template.mayFail ? temporary(c.i32) : nil
        if let failed { outputs.append(("n", "=@ccne", failed)) }
        var inputs: [(String, String, OpaquePointer)] = []
        for (name, register) in zip("oabc", [i.rd, i.rj, i.rk, i.ra]) where template.uses(name) { inputs.append((String(name), "x", vpr(register))) }
        if template.uses("g") { inputs.append(("g", "r", gpr(i.rj))) }
        if template.uses("i") { inputs.append(("i", "r", c.constant(template.constant))) }
        if template.pending == nil {
            pure(template.code, outputs: outputs, inputs: inputs)
        } else {
            assembly(template.code, outputs: outputs, inputs: inputs)
        }
        if let failed { emitSecondTry(i, unless: c.compare(GCC_JIT_COMPARISON_EQ, c.value(failed), c.constant(0, c.i32)), places["d"]!) }
        if let result = places["d"] { setVPR(i.rd, c.value(result)) }
        if let result = places["r"] {
            if i.opcode.form.operands[0].kind == .conditionFlag { setFCC(i.rd, c.value(result)) } else { setGPR(i.rd, c.value(result)) }
        }
    }

    /// Lets the interpreter do the operation again where the host's result may not be LA64's. The flags that the first try left are among those of the second.
    private func emitSecondTry(_ i: Instruction, unless isDone: OpaquePointer, _ result: OpaquePointer) {
        let again = newBlock()
        let done = newBlock()
        endConditional(isDone, done, again)
        current = again
        storeDirty()
        assign(temporary(c.u64), callInterpreter(i))
        assign(result, c.value(vectorField(i.rd)))
        endJump(done)
        current = done
    }

    /// Keeps what FCSR.Cause can be worked out from.
    private func record(_ code: UInt64, _ i: Instruction) {
        let base = MemoryLayout<LongmaCPU>.offset(of: \.pendingFloat)!
        let high = MemoryLayout<LongmaCPU>.offset(of: \.pendingHighA)!
        assign(field(base), c.constant(code))
        let operands = i.opcode.form.operands.dropFirst().filter { $0.kind == .vector }.count
        for (index, register) in [i.rj, i.rk, i.ra].prefix(operands).enumerated() {
            let text = "vmovlpd %[v], \(base + 8 + 8 * index)(%[cpu])\n\tvmovhpd %[v], \(high + 8 * index)(%[cpu])"
            assembly(text, outputs: [], inputs: [("v", "x", vpr(register)), ("cpu", "r", cpu)])
        }
    }

    // MARK: Memory

    private func emitVectorAccess(_ i: Instruction) {
        let base = gpr(i.rj)
        switch i.opcode {
        case .vld: loadVector(i, c.binary(GCC_JIT_BINARY_OP_PLUS, base, displacement(i)), "vmovdqu")
        case .vldx: loadVector(i, c.binary(GCC_JIT_BINARY_OP_PLUS, base, gpr(i.rk)), "vmovdqu")
        case .vldrepl_b: loadVector(i, c.binary(GCC_JIT_BINARY_OP_PLUS, base, displacement(i)), "vpbroadcastb")
        case .vldrepl_h: loadVector(i, c.binary(GCC_JIT_BINARY_OP_PLUS, base, displacement(i)), "vpbroadcastw")
        case .vldrepl_w: loadVector(i, c.binary(GCC_JIT_BINARY_OP_PLUS, base, displacement(i)), "vpbroadcastd")
        case .vldrepl_d: loadVector(i, c.binary(GCC_JIT_BINARY_OP_PLUS, base, displacement(i)), "vpbroadcastq")
        case .vst: storeVector(i, c.binary(GCC_JIT_BINARY_OP_PLUS, base, displacement(i)), "vmovdqu")
        case .vstx: storeVector(i, c.binary(GCC_JIT_BINARY_OP_PLUS, base, gpr(i.rk)), "vmovdqu")
        case .vstelm_b: storeVector(i, c.binary(GCC_JIT_BINARY_OP_PLUS, base, displacement(i)), "vpextrb $\(i.immediate2 & 15),")
        case .vstelm_h: storeVector(i, c.binary(GCC_JIT_BINARY_OP_PLUS, base, displacement(i)), "vpextrw $\(i.immediate2 & 7),")
        case .vstelm_w: storeVector(i, c.binary(GCC_JIT_BINARY_OP_PLUS, base, displacement(i)), "vpextrd $\(i.immediate2 & 3),")
        default: storeVector(i, c.binary(GCC_JIT_BINARY_OP_PLUS, base, displacement(i)), "vpextrq $\(i.immediate2 & 1),")
        }
    }

    private func displacement(_ i: Instruction) -> OpaquePointer { c.constant(UInt64(bitPattern: Int64(i.immediate))) }

    private func loadVector(_ i: Instruction, _ address: OpaquePointer, _ instruction: String) {
        let result = temporary(c.vector)
        flatAccess(address, isStore: false, outputs: [("r", "=x", result)], inputs: []) { "\(instruction) \($0), %[r]" }
        setVPR(i.rd, c.value(result))
    }

    private func storeVector(_ i: Instruction, _ address: OpaquePointer, _ instruction: String) {
        flatAccess(address, isStore: true, outputs: [], inputs: [("v", "x", vpr(i.rd))]) { "\(instruction) %[v], \($0)" }
    }
}
