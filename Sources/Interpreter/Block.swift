import LoongArch

/// A predecoded straight stretch of guest code: ends with a branch, a barrier, or where nothing more can be decoded.
@frozen
public struct Block {
    /// Address of the first instruction and of what follows the last one.
    public var start: UInt64
    public var end: UInt64
    /// The instructions, `count` of them.
    public var code: UnsafeMutablePointer<Instruction>
    public var count: Int
    /// Executions left until the engine above wants to hear of this block again; it is told when this reaches 0.
    public var countdown: Int64
    /// Translated code that replaces this block, for the engine above.
    public var translation: UnsafeRawPointer?
    /// The guest may write to this code.
    public var isWritable: Bool
    /// Up to two blocks that were executed after this one.
    @usableFromInline var successor0: UnsafeMutablePointer<Block>?
    @usableFromInline var successor1: UnsafeMutablePointer<Block>?

    @usableFromInline
    init(start: UInt64, code: UnsafeMutablePointer<Instruction>, count: Int, countdown: Int64, isWritable: Bool) {
        self.start = start
        self.end = start &+ UInt64(count) &* 4
        self.code = code
        self.count = count
        self.countdown = countdown
        self.isWritable = isWritable
    }
}
