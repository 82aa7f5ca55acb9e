import CLibGCCJIT
import Translator

/// Indirect jumps inside a region.
extension RegionFunction {
    /// Most words of code that a table of jump targets covers.
    private static let tableLimit: UInt64 = 8192

    /// Jumps to the address in `target`: by a table of the nodes where it is likely to lead, indexed by address, else out of the region.
    func jumpByTable() {
        let nodes = graph.targets(of: node)
        let addresses = nodes.map { graph.nodes[$0].block.start }
        let other = exit(by: .chain)
        guard let low = addresses.min(), let high = addresses.max(), (high - low) / 4 < Self.tableLimit else { return endJump(other) }
        let run = newBlock()
        endConditional(fuelIsLow(), exit(by: .leave), run)
        current = run
        // Rotated, so that an address that is no multiple of 4 lies outside.
        let index = temporary(c.u64)
        let distance = c.binary(GCC_JIT_BINARY_OP_MINUS, c.value(target), c.constant(low))
        let rotated = c.binary(
            GCC_JIT_BINARY_OP_BITWISE_OR, c.binary(GCC_JIT_BINARY_OP_RSHIFT, distance, c.constant(2)),
            c.binary(GCC_JIT_BINARY_OP_LSHIFT, distance, c.constant(62)))
        assign(index, rotated)
        let inside = newBlock()
        endConditional(c.compare(GCC_JIT_COMPARISON_GT, c.value(index), c.constant((high - low) / 4)), other, inside)
        // Label operands are numbered behind the one input: those of the nodes, then that of the way out.
        let order = Dictionary(zip(addresses, 1...)) { first, _ in first }
        let offsets = stride(from: low, through: high, by: 4).map { "%l\(order[$0] ?? nodes.count + 1) - 6b" }
        let table = stride(from: 0, to: offsets.count, by: 16).map { "\t.long " + offsets[$0..<min($0 + 16, offsets.count)].joined(separator: ", ") }
        let text = """
            leaq 6f(%%rip), %%rax
            \tmovslq (%%rax,%0,4), %%rcx
            \taddq %%rax, %%rcx
            \tjmp *%%rcx
            \t.subsection 1
            \t.balign 4
            6:
            \(table.joined(separator: "\n"))
            \t.previous
            """
        var goals: [OpaquePointer?] = nodes.map { labels[$0] } + [other]
        let jump = library.endAssemblyJump(inside, nil, text, Int32(goals.count), &goals, nil)
        library.assemblyInput(jump, nil, "r", c.value(index))
        for register in ["rax", "rcx"] { library.assemblyClobber(jump, register) }
        current = nil
    }
}
