import LoongArch

/// A basic block of a region.
public struct RegionBlock: Sendable {
    /// Address of the first instruction.
    public var start: UInt64
    /// Where it is in host memory.
    public var host: UInt64
    /// The instructions; only the last may change the flow of control.
    public var instructions: [Instruction]
    /// Addresses where the indirect jump at the end is likely to go.
    public var targets: [UInt64] = []

    /// Address behind the last instruction.
    public var end: UInt64 { start &+ UInt64(instructions.count) &* 4 }
    /// What the last instruction does; a jump by a register to where the block itself says is a direct one.
    public var flow: ControlFlow { instructions.flow(at: start) }

    public init(start: UInt64, instructions: [Instruction]) {
        self.start = start
        host = start
        self.instructions = instructions
    }
}

/// A piece of guest code that is translated as one host function: blocks found by following the flow of control from an entry.
public struct Region: Sendable {
    /// Where execution may come in; the first is what the region was made for.
    public var entries: [UInt64]
    /// The blocks in ascending address order; no two overlap.
    public var blocks: [RegionBlock]

    public init(entries: [UInt64], blocks: [RegionBlock]) {
        self.entries = entries
        self.blocks = blocks
    }

    /// Number of guest instructions.
    public var instructionCount: Int { blocks.reduce(0) { $0 + $1.instructions.count } }
}

/// Bounds of a region.
public struct RegionLimits: Sendable {
    /// Most blocks and most instructions. Instructions must stay below the poll distance (`LONGMA_FUEL_FLOOR`).
    public var blocks: Int
    public var instructions: Int

    public init(blocks: Int, instructions: Int) {
        self.blocks = blocks
        self.instructions = instructions
    }
}
