import CLibGCCJIT
import Translator

/// Indirect jumps inside a region.
extension RegionFunction {
    /// Most words of code that a table of jump targets covers.
    private static let tableLimit: UInt64 = 8192

    /// Most targets that are compared with one after the other.
    private static let comparedLimit = 3

    /// Jumps to the address in `target`, of which the block says where it is likely to lead.
    func jumpToLikelyTarget() {
        let targets = graph.nodes[node].block.targets
        if targets.count > Self.comparedLimit { return jumpByTable() }
        let nodes = targets.map { graph.successor(of: node, at: $0) }
        if nodes.contains(where: { $0 ?? .max <= node }) {
            let run = newBlock()
            endConditional(fuelIsLow(), exit(by: .leave), run)
            current = run
        }
        for (address, next) in zip(targets, nodes) where next != nil || !options.mode.isMapped {
            let goal = next.map { labels[$0] } ?? exit(to: address)
            let other = newBlock()
            endConditional(c.compare(GCC_JIT_COMPARISON_EQ, c.value(target), c.constant(address)), goal, other)
            current = other
        }
        endJump(exit(by: .chain))
    }

    /// Most goals of an assembly jump, which may have 30 operands. For more the compiler makes the jump, of which it knows nothing but numbers.
    private static let goalLimit = 29

    /// The same by a table of the nodes, indexed by address, else out of the region.
    private func jumpByTable() {
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
        current = inside
        let goals = nodes.map { labels[$0] } + [other]
        let order = Dictionary(zip(addresses, 0...)) { first, _ in first }
        let table = stride(from: low, through: high, by: 4).map { order[$0] ?? nodes.count }
        if goals.count <= Self.goalLimit { return endJump(by: table, of: goals, at: c.value(index)) }

        let number = temporary(c.u64)
        let numbers = "\t.subsection 1\n\t.balign 2\n6:\n\(Self.lines(".short", table.map(String.init)))\n\t.previous"
        pure(
            "leaq 6f(%%rip), %[n]\n\tmovzwl (%[n],%[i],2), %k[n]\n\(numbers)",
            outputs: [("n", "=&r", number)], inputs: [("i", "r", c.value(index))])
        var cases: [OpaquePointer?] = goals.dropLast().enumerated().map { place, goal in
            let value = c.constant(UInt64(place))
            return library.newCase(c.context, value, value, goal)
        }
        library.endSwitch(current, nil, c.value(number), other, Int32(cases.count), &cases)
        current = nil
    }

    /// Jumps to the goal that the table names at `index`.
    private func endJump(by table: [Int], of goals: [OpaquePointer], at index: OpaquePointer) {
        // Label operands are numbered behind the one input.
        let text = """
            leaq 6f(%%rip), %%rax
            \tmovslq (%%rax,%0,4), %%rcx
            \taddq %%rax, %%rcx
            \tjmp *%%rcx
            \t.subsection 1
            \t.balign 4
            6:
            \(Self.lines(".long", table.map { "%l\($0 + 1) - 6b" }))
            \t.previous
            """
        var goals: [OpaquePointer?] = goals
        let jump = library.endAssemblyJump(current, nil, text, Int32(goals.count), &goals, nil)
        library.assemblyInput(jump, nil, "r", index)
        for register in ["rax", "rcx"] { library.assemblyClobber(jump, register) }
        current = nil
    }

    private static func lines(_ directive: String, _ values: [String]) -> String {
        stride(from: 0, to: values.count, by: 16).map { "\t\(directive) " + values[$0..<min($0 + 16, values.count)].joined(separator: ", ") }
            .joined(separator: "\n")
    }
}
