import Execution
import LoongArch

/// A predecoded straight stretch of guest code: ends with a branch, a barrier, or where nothing more can be decoded.
public struct Block {
    /// Address of the first instruction and of what follows the last one.
    public let start: UInt64
    public let end: UInt64
    /// Where the first instruction is in host memory.
    public let host: UInt64
    /// Number of instructions.
    public let count: Int
    /// Executions left until the engine above wants to hear of this block again; it is told when this reaches 0.
    public var countdown: Int64
    /// Translated code that replaces this block, for the engine above.
    public var translation: UnsafeRawPointer?
    /// The countdown has ended once.
    public var isHot = false
    /// The guest may write to this code.
    public let isWritable: Bool
    /// Threaded code: head, instructions, two links.
    let records: UnsafeMutablePointer<Record>

    /// Makes threaded code of `instructions`; `connect` must follow when the block has got its place.
    init(start: UInt64, host: UInt64, instructions: UnsafeBufferPointer<Instruction>, mode: CodeMode, countdown: Int64, isWritable: Bool) {
        self.start = start
        self.host = host
        count = instructions.count
        end = start &+ UInt64(count) &* 4
        self.countdown = countdown
        self.isWritable = isWritable
        records = .allocate(capacity: count + 3)
        records.initialize(to: Record(Handlers.head, at: start))
        for (index, instruction) in instructions.enumerated() {
            (records + 1 + index).initialize(to: Record(instruction, at: start &+ UInt64(index) &* 4, mode))
        }
        // The pairs reach memory directly.
        if !mode.isMapped { Handlers.fuse(records + 1, count) }
        (records + 1 + count).initializeLinks(behind: instructions[count - 1], at: end &- 4)
    }

    /// Tells the head record where its block is.
    static func connect(_ block: UnsafeMutablePointer<Block>) { UnsafeMutableRawPointer(block.pointee.records).block = block }

    /// Links this block to one that was executed after it; where the links are not for fixed goals, the one before last is dropped.
    func link(to successor: UnsafeMutablePointer<Block>) {
        let first = UnsafeMutableRawPointer(records + 1 + count)
        if hasFixedGoals {
            for link in [first, first + Record.size] where link.record.pointee.pc == successor.pointee.start {
                link.goal = UnsafeMutableRawPointer(successor.pointee.records)
            }
            return
        }
        (records + 2 + count).pointee.pc = (records + 1 + count).pointee.pc
        (first + Record.size).goal = first.goal
        (records + 1 + count).pointee.pc = successor.pointee.start
        first.goal = UnsafeMutableRawPointer(successor.pointee.records)
    }

    private var hasFixedGoals: Bool {
        switch instruction(count - 1).controlFlow {
        case .branch, .jump: true
        default: false
        }
    }

    /// Instruction number `index`.
    func instruction(_ index: Int) -> Instruction { records[1 + index].instruction }

    /// The instructions.
    public var instructions: [Instruction] { (0..<count).map(instruction) }
}
