import LoongArch
import Semantics

/// The emitter that notes which constants the semantics of an instruction ask for: they are what its stencil's holes get.
public struct HoleRecorder: Emitter {
    public typealias Word = Void
    public typealias Condition = Bool
    public typealias Float = Double
    public typealias Trap = Never

    /// The constants asked for so far go here.
    let values: UnsafeMutablePointer<UInt64>
    let count: UnsafeMutablePointer<Int>
    let pc: UInt64

    /// Constants that are kept.
    static let capacity = HoleValue.constants.count

    @inline(__always)
    init(_ values: UnsafeMutablePointer<UInt64>, _ count: UnsafeMutablePointer<Int>, pc: UInt64) {
        self.values = values
        self.count = count
        self.pc = pc
    }

    /// The constants of an instruction, in order.
    public static func constants(of instruction: Instruction, at pc: UInt64) -> [UInt64] {
        withUnsafeTemporaryAllocation(of: UInt64.self, capacity: capacity) { values in
            var count = 0
            withUnsafeMutablePointer(to: &count) {
                var recorder = HoleRecorder(values.baseAddress!, $0, pc: pc)
                Semantics.execute(instruction, &recorder)
            }
            return (0..<min(count, capacity)).map { values[$0] }
        }
    }

    @inline(__always)
    public func constant(_ value: UInt64) {
        if count.pointee < Self.capacity { values[count.pointee] = value }
        count.pointee &+= 1
    }
    @inline(__always)
    public func pcRelative(_ offset: Int64) { constant(pc &+ UInt64(bitPattern: offset)) }

    public func gpr(_ n: UInt8) {}
    public func setGPR(_ n: UInt8, _ value: Void) {}
    public func fpr(_ n: UInt8) -> Double { 0 }
    public func setFPR(_ n: UInt8, _ value: Double) {}
    public func fcc(_ n: UInt8) -> Bool { false }
    public func setFCC(_ n: UInt8, _ value: Bool) {}

    public func add(_ a: Void, _ b: Void) {}
    public func subtract(_ a: Void, _ b: Void) {}
    public func multiply(_ a: Void, _ b: Void) {}
    public func multiplyHigh(_ a: Void, _ b: Void, signed: Bool) {}
    public func quotient(_ a: Void, _ b: Void, _ kind: Division) {}
    public func remainder(_ a: Void, _ b: Void, _ kind: Division) {}
    public func and(_ a: Void, _ b: Void) {}
    public func or(_ a: Void, _ b: Void) {}
    public func xor(_ a: Void, _ b: Void) {}
    public func not(_ a: Void) {}
    public func shiftLeft(_ a: Void, _ count: Void) {}
    public func shiftRight(_ a: Void, _ count: Void) {}
    public func shiftRightSigned(_ a: Void, _ count: Void) {}
    public func rotateRight(_ a: Void, _ count: Void) {}
    public func shiftLeft32(_ a: Void, _ count: Void) {}
    public func shiftRight32(_ a: Void, _ count: Void) {}
    public func shiftRightSigned32(_ a: Void, _ count: Void) {}
    public func rotateRight32(_ a: Void, _ count: Void) {}
    public func signExtend(_ a: Void, _ bits: Int) {}
    public func zeroExtend(_ a: Void, _ bits: Int) {}
    public func leadingZeros(_ a: Void) {}
    public func trailingZeros(_ a: Void) {}
    public func byteSwap(_ a: Void) {}
    public func call(_ function: PureFunction, _ a: Void, _ b: Void) {}

    public func equal(_ a: Void, _ b: Void) -> Bool { false }
    public func notEqual(_ a: Void, _ b: Void) -> Bool { false }
    public func lessSigned(_ a: Void, _ b: Void) -> Bool { false }
    public func lessUnsigned(_ a: Void, _ b: Void) -> Bool { false }
    public func not(_ a: Bool) -> Bool { false }
    public func word(_ condition: Bool) {}
    public func select(_ condition: Bool, _ a: Void, _ b: Void) {}
    public func select(_ condition: Bool, _ a: Double, _ b: Double) -> Double { 0 }

    public func load(_ address: Void, _ type: MemoryType, aligned: Bool) {}
    public func store(_ address: Void, _ value: Void, _ type: MemoryType, aligned: Bool) {}
    public func loadFloat(_ address: Void, _ format: FloatFormat, aligned: Bool) -> Double { 0 }
    public func storeFloat(_ address: Void, _ value: Double, _ format: FloatFormat, aligned: Bool) {}
    public func atomic(_ operation: AtomicOperation, _ address: Void, _ operand: Void, _ type: MemoryType) {}
    public func compareExchange(_ address: Void, expected: Void, desired: Void, _ type: MemoryType) {}
    public func loadLinked(_ address: Void, _ type: MemoryType) {}
    public func storeConditional(_ address: Void, _ value: Void, _ type: MemoryType) {}
    public func storeConditionalPair(_ address: Void, low: Void, high: Void) {}
    public func dataBarrier(isFull: Bool) {}
    public func instructionBarrier() {}

    public func jump(to target: Void, link: UInt8) {}
    public func jump(offset: Int64, link: UInt8) {}
    public func branch(if condition: Bool, offset: Int64) {}
    public func raise(_ exception: GuestException) {}
    public func raise(_ exception: GuestException, if condition: Bool, detail: Void) {}

    public func configurationWord(_ index: Void) {}
    public func stableCounter() {}
    public func stableCounterID() {}
    public func vector(_ i: Instruction) {}
    public func system(_ i: Instruction) {}

    public func bits(_ a: Double) {}
    public func float(_ bits: Void) -> Double { 0 }
    public func arithmetic(_ operation: FloatOperation, _ a: Double, _ b: Double, _ c: Double) -> Double { 0 }
    public func compare(_ predicate: FloatPredicate, _ format: FloatFormat, _ a: Double, _ b: Double) -> Bool { false }
    public func readFCSR(_ number: UInt8) {}
    public func writeFCSR(_ number: UInt8, _ value: Void) {}
}
