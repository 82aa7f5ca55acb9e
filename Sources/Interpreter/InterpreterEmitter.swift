import CHost
import LoongArch
import Semantics

/// The concrete emitter: computes instead of emitting.
@frozen
public struct InterpreterEmitter<Access: DataAccess>: Emitter {
    public typealias Word = UInt64
    public typealias Condition = Bool
    public typealias Float = Double
    /// Exceptions leave the handler for good (`fail`), so none is ever thrown through it.
    public typealias Trap = Never

    @usableFromInline let cpu: UnsafeMutablePointer<LongmaCPU>
    /// The address of the instruction being executed, and where to go on after it.
    @usableFromInline let pc: UInt64
    @usableFromInline var next: UInt64
    /// A branch or jump with a fixed goal goes there, not on.
    @usableFromInline var jumps = false

    @inlinable @inline(__always)
    init(_ cpu: UnsafeMutablePointer<LongmaCPU>, pc: UInt64) {
        self.cpu = cpu
        self.pc = pc
        next = pc &+ 4
    }

    // The register files. Nothing but `cpu` and two words are state of their own, and no function that is not inlined takes the emitter's
    // address: so all of it lives in host registers.
    @inlinable @inline(__always) var gpr: UnsafeMutablePointer<UInt64> { UnsafeMutableRawPointer(cpu).assumingMemoryBound(to: UInt64.self) }
    @inlinable @inline(__always) var vr: UnsafeMutablePointer<Double> { longma_vr(cpu) }
    @inlinable @inline(__always) var fcc: UnsafeMutablePointer<UInt8> { longma_fcc(cpu) }

    @inlinable @inline(__always) public func constant(_ value: UInt64) -> UInt64 { value }
    @inlinable @inline(__always) public func pcRelative(_ offset: Int64) -> UInt64 { pc &+ UInt64(bitPattern: offset) }

    // MARK: Registers

    @inlinable @inline(__always) public func gpr(_ n: UInt8) -> UInt64 { gpr[Int(n)] }
    @inlinable @inline(__always) public func setGPR(_ n: UInt8, _ value: UInt64) {
        gpr[Int(n)] = value
        gpr[0] = 0
    }
    @inlinable @inline(__always) public func fpr(_ n: UInt8) -> Double { vr[Int(n) &* 4] }
    @inlinable @inline(__always) public func setFPR(_ n: UInt8, _ value: Double) { vr[Int(n) &* 4] = value }
    @inlinable @inline(__always) public func fcc(_ n: UInt8) -> Bool { fcc[Int(n & 7)] != 0 }
    @inlinable @inline(__always) public func setFCC(_ n: UInt8, _ value: Bool) { fcc[Int(n & 7)] = value ? 1 : 0 }

    // MARK: Control

    @inlinable @inline(__always)
    public mutating func jump(to target: UInt64, link: UInt8) {
        setGPR(link, pc &+ 4)
        next = target
    }
    @inlinable @inline(__always)
    public mutating func jump(offset: Int64, link: UInt8) {
        setGPR(link, pc &+ 4)
        next = pcRelative(offset)
        jumps = true
    }
    @inlinable @inline(__always)
    public mutating func branch(if condition: Bool, offset: Int64) {
        if condition { next = pcRelative(offset) }
        jumps = condition
    }
    @inlinable @inline(__always)
    public mutating func raise(_ exception: GuestException) {
        Self.fail(cpu, pc, exception, address: 0)
    }
    @inlinable @inline(__always)
    public mutating func raise(_ exception: GuestException, if condition: Bool, detail: UInt64) {
        if condition { Self.fail(cpu, pc, exception, address: detail) }
    }

    /// Raises an exception of the instruction at `pc`, noting what it is about: leaves the chain of handlers. A Swift error would cost every handler a stack frame.
    @inline(never) @usableFromInline
    static func fail(_ cpu: UnsafeMutablePointer<LongmaCPU>, _ pc: UInt64, _ exception: GuestException, address: UInt64, detail: UInt64 = 0) -> Never {
        cpu.pointee.pc = pc
        cpu.pointee.exitAddress = address
        cpu.pointee.exitDetail = detail
        longma_leave_handlers(cpu, 1 + UInt64(exception.rawValue))
    }

    // MARK: Machine

    /// A Linux process may execute none of them; a core's blocks have a handler of their own.
    @inlinable @inline(__always)
    public func system(_ i: Instruction) { Self.fail(cpu, pc, i.opcode.isSystem ? .IPE : .unimplemented, address: 0) }

    @inlinable @inline(__always)
    public func configurationWord(_ index: UInt64) -> UInt64 { MachineIdentity.configurationWord(index) }
    @inlinable @inline(__always)
    public func stableCounter() -> UInt64 { longma_stable_counter() }
    @inlinable @inline(__always)
    public func stableCounterID() -> UInt64 { 0 }
    @inlinable @inline(__always)
    public func dataBarrier(isFull: Bool) { if isFull { longma_fence() } }
    @inlinable @inline(__always)
    public func instructionBarrier() { longma_request_attention(cpu, UInt64(LONGMA_ATTENTION_BARRIER)) }

    @inlinable @inline(__always)
    public func call(_ function: PureFunction, _ a: UInt64, _ b: UInt64) -> UInt64 { function(a, b) }
}
