import CHost
import CLibGCCJIT
import Semantics

/// Flat guest accesses: address = host address, checked against the limit, with an entry in the fault table for the check and for the access.
/// All in one assembly statement: the compiler sees no branch, and neither moves nor drops the access.
extension RegionEmitter {
    func load(_ address: OpaquePointer, _ type: MemoryType, aligned: Bool) -> OpaquePointer {
        if f.options.mode.isMapped { return loadMapped(address, type) }
        let result = f.temporary(c.u64)
        f.flatAccess(address, isStore: false, outputs: [("r", "=r", result)], inputs: []) { place in
            switch type {
            case .int8: "movsbq \(place), %[r]"
            case .uint8: "movzbl \(place), %k[r]"
            case .int16: "movswq \(place), %[r]"
            case .uint16: "movzwl \(place), %k[r]"
            case .int32: "movslq \(place), %[r]"
            case .uint32: "movl \(place), %k[r]"
            case .int64: "movq \(place), %[r]"
            }
        }
        return c.value(result)
    }

    func store(_ address: OpaquePointer, _ value: OpaquePointer, _ type: MemoryType, aligned: Bool) {
        if f.options.mode.isMapped { return storeMapped(address, value, type) }
        f.flatAccess(address, isStore: true, outputs: [], inputs: [("v", "r", value)]) { place in
            switch type {
            case .int8, .uint8: "movb %b[v], \(place)"
            case .int16, .uint16: "movw %w[v], \(place)"
            case .int32, .uint32: "movl %k[v], \(place)"
            case .int64: "movq %[v], \(place)"
            }
        }
    }

    func loadFloat(_ address: OpaquePointer, _ format: FloatFormat, aligned: Bool) -> Float {
        if f.options.mode.isMapped { return loadFloatMapped(address, format) }
        let result = f.temporary(c.double)
        f.flatAccess(address, isStore: false, outputs: [("r", "=x", result)], inputs: []) { "\(format == .single ? "vmovss" : "vmovsd") \($0), %[r]" }
        return Float(rvalue: c.value(result))
    }

    func storeFloat(_ address: OpaquePointer, _ value: Float, _ format: FloatFormat, aligned: Bool) {
        if f.options.mode.isMapped { return storeFloatMapped(address, value, format) }
        f.flatAccess(address, isStore: true, outputs: [], inputs: [("v", "x", value.rvalue)]) { "\(format == .single ? "vmovss" : "vmovsd") %[v], \($0)" }
    }
}

extension RegionFunction {
    /// One access: `instruction` gives its text for a memory operand. An instruction with a displacement checks its base register, unless that is known to
    /// be near an address below the limit: what else it can reach is the guard, where the access itself faults.
    func flatAccess(
        _ address: OpaquePointer, isStore: Bool, outputs: [(String, String, OpaquePointer)], inputs: [(String, String, OpaquePointer)],
        _ instruction: (String) -> String
    ) {
        let limit = ("limit", "rm", c.value(addressLimit!))
        // The fault handler reads the fuel register, so its value must be the right one here.
        let fuel = ("fuel", "r", c.value(c.fuel))
        let known = displaced.map { ("a", "r", gpr($0.base)) }
        let offset = displaced?.offset ?? 0
        let access = instruction(offset == 0 ? "(%[a])" : "\(offset)(%[a])")
        let unexecuted = unexecuted | (isStore ? 1 << 31 : 0)
        func site(_ label: String) -> String { ".long \(label)-., \(unexecuted)\n\t.quad \(pc)\n\t" }
        if let known, displaced!.isChecked {
            let text = "7:\t\(access)\n\t.pushsection longma_sites,\"a\",@progbits\n\t\(site("7b")).popsection"
            return assembly(text, outputs: outputs, inputs: inputs + [known, fuel])
        }
        // An address beyond the limit goes to `ud2` in rax; the fault handler knows. A base beyond it may still have its operand below.
        let second = offset < 0 ? "leaq \(offset)(%[a]), %[a]\n\tcmpq %[limit], %[a]\n\tleaq \(-offset)(%[a]), %[a]\n\tjb 7b\n\t" : ""
        let text = """
            cmpq %[limit], %[a]
            \tjae 8f
            7:\t\(access)
            \t.subsection 1
            8:\t\(second)leaq \(offset)(%[a]), %%rax
            9:\tud2
            \t.previous
            \t.pushsection longma_sites,"a",@progbits
            \t\(site("7b"))\(site("9b")).popsection
            """
        assembly(text, outputs: outputs, inputs: inputs + [known ?? ("a", "r", address), limit, fuel])
    }
}
