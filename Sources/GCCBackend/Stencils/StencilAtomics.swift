import CLibGCCJIT
import Semantics

/// Atomic accesses. The address is in rdx, for the operands' registers cannot all stand for one in every instruction.
extension StencilEmitter {
    func atomic(_ operation: AtomicOperation, _ address: Word, _ operand: Word, _ type: MemoryType) -> Word {
        switch operation {
        case .maxSigned, .minSigned, .maxUnsigned, .minUnsigned:
            // Compilers do not use them.
            f.needsHelper = true
            return address
        default: break
        }
        let template = AtomicTemplate(operation, type, isWanted: shape.instruction.rd != 0)
        return extended(access(template, address, type, inputs: [("v", "r", operand.rvalue)]), type)
    }

    func compareExchange(_ address: Word, expected: Word, desired: Word, _ type: MemoryType) -> Word {
        extended(access(AtomicTemplate(exchanging: type), address, type, inputs: [("e", "r", expected.rvalue), ("v", "r", desired.rvalue)]), type)
    }

    func loadLinked(_ address: Word, _ type: MemoryType) -> Word {
        access(AtomicTemplate(linking: type), address, type, isStore: false, inputs: [("cpu", "D", f.cpu)])
    }

    func storeConditional(_ address: Word, _ value: Word, _ type: MemoryType) -> Word {
        access(AtomicTemplate(storing: type), address, type, scratch: "=&a", inputs: [("v", "r", value.rvalue), ("cpu", "D", f.cpu)])
    }

    private func extended(_ old: Word, _ type: MemoryType) -> Word {
        type == .int64 ? old : Word(rvalue: c.signExtend(old.rvalue, 8 * Int(type.size)))
    }

    private func access(
        _ template: AtomicTemplate, _ address: Word, _ type: MemoryType, isStore: Bool = true, scratch: String = "=&c", inputs: [StencilFunction.Operand]
    ) -> Word {
        let place = f.temporary(c.u64)
        f.assign(place, address.rvalue)
        if type.size > 1 {
            let excess = c.binary(GCC_JIT_BINARY_OP_BITWISE_AND, c.value(place), c.constant(type.size - 1))
            f.unless(c.compare(GCC_JIT_COMPARISON_NE, excess, c.constant(0))) { f.raise(.ALE, detail: c.value(place)) }
        }
        // What has to be in rax cannot be the destination itself.
        let (result, number): (OpaquePointer, Int?) = template.result == .register ? f.numberedTemporary() : (f.temporary(c.u64), nil)
        var outputs: [StencilFunction.Operand] = []
        switch template.result {
        case .none: break
        case .register: outputs.append(("r", "=&r", result))
        case .accumulator: outputs.append(("r", "=&a", result))
        }
        if template.needsScratch { outputs.append(("t", scratch, f.temporary(c.u64))) }
        let sites = template.sites.map { "\n\t\(StencilText.siteMark) \($0)b 9b \(isStore ? 1 : 0)" }.joined()
        let text = """
            cmpq %%\(StencilText.limit), %[a]
            \tjae 8f
            \t\(template.text)
            \t.subsection 1
            8:\tmovq %[a], %%rax
            9:\tud2
            \t.previous\(sites)
            """
        f.assembly(text, outputs: outputs, inputs: inputs + [("a", "d", c.value(place))])
        if template.result == .none { return Word(rvalue: c.constant(0)) }
        return Word(rvalue: c.value(result), variable: number)
    }
}
