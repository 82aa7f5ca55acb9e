import LoongArch

/// A predecoded straight stretch of guest code: ends with a branch, a barrier, or where nothing more can be decoded.
public struct Block {
    /// Address of the first instruction and of what follows the last one.
    public var start: UInt64
    public var end: UInt64
    /// The instructions, `count` of them and an end mark.
    var records: UnsafeMutablePointer<Record>
    public var count: Int
    /// Executions left until the engine above wants to hear of this block again; it is told when this reaches 0.
    public var countdown: Int64
    /// Translated code that replaces this block, for the engine above.
    public var translation: UnsafeRawPointer?
    /// The countdown has ended once.
    public var isHot = false
    /// The guest may write to this code.
    public var isWritable: Bool
    /// Up to two blocks that were executed after this one.
    var successor0: UnsafeMutablePointer<Block>?
    var successor1: UnsafeMutablePointer<Block>?

    init(start: UInt64, records: UnsafeMutablePointer<Record>, count: Int, countdown: Int64, isWritable: Bool) {
        self.start = start
        self.end = start &+ UInt64(count) &* 4
        self.records = records
        self.count = count
        self.countdown = countdown
        self.isWritable = isWritable
    }

    /// The instructions.
    public var instructions: [Instruction] { (0..<count).map { records[$0].instruction } }
}
