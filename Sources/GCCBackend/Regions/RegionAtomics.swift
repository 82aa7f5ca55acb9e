import CLibGCCJIT
import Semantics

/// Atomic accesses at flat addresses: one assembly statement each, like other accesses, so that the compiler moves nothing across.
extension RegionEmitter {
    private typealias Operand = (String, String, OpaquePointer)

    func atomic(_ operation: AtomicOperation, _ address: OpaquePointer, _ operand: OpaquePointer, _ type: MemoryType) -> OpaquePointer {
        let old = access(AtomicTemplate(operation, type, isWanted: f.wantsResult), address, type, inputs: [("v", "r", operand)])
        return type == .int64 ? old : c.signExtend(old, 8 * Int(type.size))
    }

    func compareExchange(_ address: OpaquePointer, expected: OpaquePointer, desired: OpaquePointer, _ type: MemoryType) -> OpaquePointer {
        let old = access(AtomicTemplate(exchanging: type), address, type, inputs: [("e", "r", expected), ("v", "r", desired)])
        return type == .int64 ? old : c.signExtend(old, 8 * Int(type.size))
    }

    func loadLinked(_ address: OpaquePointer, _ type: MemoryType) -> OpaquePointer {
        access(AtomicTemplate(linking: type), address, type, isStore: false, inputs: [("cpu", "r", f.cpu)])
    }

    func storeConditional(_ address: OpaquePointer, _ value: OpaquePointer, _ type: MemoryType) -> OpaquePointer {
        access(AtomicTemplate(storing: type), address, type, scratch: "=&a", inputs: [("v", "r", value), ("cpu", "r", f.cpu)])
    }

    private func access(
        _ template: AtomicTemplate, _ address: OpaquePointer, _ type: MemoryType, isStore: Bool = true, scratch: String = "=&r", inputs: [Operand]
    ) -> OpaquePointer {
        let place = f.temporary(c.u64)
        f.assign(place, address)
        if type.size > 1 { raise(.ALE, if: notEqual(and(c.value(place), constant(type.size - 1)), constant(0)), detail: c.value(place)) }
        let result = f.temporary(c.u64)
        var outputs: [Operand] = []
        switch template.result {
        case .none: break
        case .register: outputs.append(("r", "=&r", result))
        case .accumulator: outputs.append(("r", "=&a", result))
        }
        if template.needsScratch { outputs.append(("t", scratch, f.temporary(c.u64))) }
        f.atomicAccess(template, c.value(place), isStore: isStore, outputs: outputs, inputs: inputs)
        return template.result == .none ? c.constant(0) : c.value(result)
    }
}

extension RegionFunction {
    /// The access behind a comparison with the limit; `flatAccess` is the same for plain ones.
    fileprivate func atomicAccess(
        _ template: AtomicTemplate, _ address: OpaquePointer, isStore: Bool, outputs: [(String, String, OpaquePointer)],
        inputs: [(String, String, OpaquePointer)]
    ) {
        let unexecuted = unexecuted | (isStore ? 1 << 31 : 0)
        let sites = (template.sites + ["9"]).map { ".long \($0)b-., \(unexecuted)\n\t.quad \(pc)\n\t" }.joined()
        let text = """
            cmpq %[limit], %[a]
            \tjae 8f
            \t\(template.text)
            \t.subsection 1
            8:\tmovq %[a], %%rax
            9:\tud2
            \t.previous
            \t.pushsection longma_sites,"a",@progbits
            \t\(sites).popsection
            """
        assembly(
            text, outputs: outputs, inputs: inputs + [("a", "r", address), ("limit", "rm", c.value(addressLimit!)), ("fuel", "r", c.value(c.fuel))],
            clobbersMemory: true)
    }
}
