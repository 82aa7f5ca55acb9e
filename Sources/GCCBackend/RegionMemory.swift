import CHost
import CLibGCCJIT
import Semantics

/// Flat guest accesses: address = host address, checked against the limit, with an entry in the fault table for the check and for the access.
/// All in one assembly statement: the compiler sees no branch, and neither moves nor drops the access.
extension RegionEmitter {
    func load(_ address: OpaquePointer, _ type: MemoryType, aligned: Bool) -> OpaquePointer {
        if f.options.mode.isMapped { return loadMapped(address, type) }
        let instruction =
            switch type {
            case .int8: "movsbq (%[a]), %[r]"
            case .uint8: "movzbl (%[a]), %k[r]"
            case .int16: "movswq (%[a]), %[r]"
            case .uint16: "movzwl (%[a]), %k[r]"
            case .int32: "movslq (%[a]), %[r]"
            case .uint32: "movl (%[a]), %k[r]"
            case .int64: "movq (%[a]), %[r]"
            }
        let result = f.temporary(c.u64)
        f.assembly(guarded(instruction, isStore: false), outputs: [("r", "=r", result)], inputs: [("a", "r", address), limit, fuel])
        return c.value(result)
    }

    func store(_ address: OpaquePointer, _ value: OpaquePointer, _ type: MemoryType, aligned: Bool) {
        if f.options.mode.isMapped { return storeMapped(address, value, type) }
        let instruction =
            switch type {
            case .int8, .uint8: "movb %b[v], (%[a])"
            case .int16, .uint16: "movw %w[v], (%[a])"
            case .int32, .uint32: "movl %k[v], (%[a])"
            case .int64: "movq %[v], (%[a])"
            }
        f.assembly(guarded(instruction, isStore: true), outputs: [], inputs: [("a", "r", address), ("v", "r", value), limit, fuel])
    }

    func loadFloat(_ address: OpaquePointer, _ format: FloatFormat, aligned: Bool) -> Float {
        if f.options.mode.isMapped { return loadFloatMapped(address, format) }
        let result = f.temporary(c.double)
        let instruction = format == .single ? "vmovss (%[a]), %[r]" : "vmovsd (%[a]), %[r]"
        f.assembly(guarded(instruction, isStore: false), outputs: [("r", "=x", result)], inputs: [("a", "r", address), limit, fuel])
        return Float(rvalue: c.value(result))
    }

    func storeFloat(_ address: OpaquePointer, _ value: Float, _ format: FloatFormat, aligned: Bool) {
        if f.options.mode.isMapped { return storeFloatMapped(address, value, format) }
        let instruction = format == .single ? "vmovss %[v], (%[a])" : "vmovsd %[v], (%[a])"
        f.assembly(guarded(instruction, isStore: true), outputs: [], inputs: [("a", "r", address), ("v", "x", value.rvalue), limit, fuel])
    }

    private var limit: (String, String, OpaquePointer) { ("limit", "m", c.value(f.field(MemoryLayout<LongmaCPU>.offset(of: \.addressLimit)!))) }

    /// The fault handler reads the fuel register, so its value must be the right one here.
    private var fuel: (String, String, OpaquePointer) { ("fuel", "r", c.value(c.fuel)) }

    /// The access behind its check. An address beyond the limit goes to `ud2` with the address in rax; the fault handler knows.
    private func guarded(_ access: String, isStore: Bool) -> String {
        let unexecuted = f.unexecuted | (isStore ? 1 << 31 : 0)
        return """
            cmpq %[limit], %[a]
            \tjae 8f
            7:\t\(access)
            \t.subsection 1
            8:\tmovq %[a], %%rax
            9:\tud2
            \t.previous
            \t.pushsection longma_sites,"a",@progbits
            \t.long 7b-., \(unexecuted)
            \t.quad \(f.pc)
            \t.long 9b-., \(unexecuted)
            \t.quad \(f.pc)
            \t.popsection
            """
    }
}
