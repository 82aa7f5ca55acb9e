import CHost

/// Something that runs one guest CPU. One engine object serves one guest thread; it is not shared between threads.
public protocol Engine: AnyObject {
    /// Runs from `cpu.pc` until something happens that the engine cannot handle itself. Retired instructions are taken from `cpu.fuel`.
    func run(_ cpu: UnsafeMutablePointer<LongmaCPU>) -> Exit
    /// Forgets all code whose address is in `range`; called on the engine's own thread, with the engine not running.
    func invalidate(_ range: Range<UInt64>)
    /// From now on a fault must find every register as it was before the faulting instruction, because the guest will look at them (it has a handler). Until
    /// then only pc and fuel need be exact. Called on the engine's own thread, with the engine not running; harmless when repeated.
    func requirePreciseRegisters()
    /// What the engine has done so far.
    var statistics: EngineStatistics { get }
    /// Where its translated code finds more of it, for a machine that switches between engines without leaving translated code.
    var jumpCache: UnsafeMutablePointer<LongmaJumpCacheEntry>? { get }
    /// Makes code visible that was written before.
    func synchronizeCode()
}

extension Engine {
    public var jumpCache: UnsafeMutablePointer<LongmaJumpCacheEntry>? { nil }
}

/// Counters of one engine; they add up over the threads of a process.
public struct EngineStatistics: Equatable, Sendable {
    /// Instructions retired by interpretation and by translated code.
    public var interpreted: UInt64 = 0
    public var translated: UInt64 = 0
    /// Regions compiled by this engine, and those that came from a cache.
    public var regionsCompiled: UInt64 = 0
    public var regionsFromCache: UInt64 = 0
    /// Regions that were asked for again with more of what they lead to.
    public var regionsWidened: UInt64 = 0
    /// Blocks, and instructions in them, that stencils were copied for, each time that they were.
    public var stencilBlocks: UInt64 = 0
    public var stencilInstructions: UInt64 = 0
    /// Bytes of host code that they became.
    public var stencilBytes: UInt64 = 0
    /// Wall seconds that compilations took, and those of them during which the guest stood still.
    public var compileSeconds: Double = 0
    public var waitSeconds: Double = 0

    public init() {}

    /// Adds another engine's counters.
    public static func += (a: inout Self, b: Self) {
        a.interpreted += b.interpreted
        a.translated += b.translated
        a.regionsCompiled += b.regionsCompiled
        a.regionsFromCache += b.regionsFromCache
        a.regionsWidened += b.regionsWidened
        a.stencilBlocks += b.stencilBlocks
        a.stencilInstructions += b.stencilInstructions
        a.stencilBytes += b.stencilBytes
        a.compileSeconds += b.compileSeconds
        a.waitSeconds += b.waitSeconds
    }
}
