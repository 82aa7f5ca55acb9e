import LoongArch

/// What instruction semantics are written over: the interpreter's emitter computes, a translator's emitter builds code that will.
///
/// Rules for semantic functions: read every operand before the first write (a `Word` may be an expression that is evaluated
/// where it is used); call a throwing primitive before any register is written, so that a fault leaves the state as it was.
public protocol Emitter {
    /// A 64-bit integer value.
    associatedtype Word
    /// A truth value.
    associatedtype Condition
    /// The 64-bit image of a floating-point register. A single-precision or word value is its low half.
    associatedtype Float
    /// What the throwing primitives throw; `Never` for a translator, whose exceptions happen when the code runs.
    associatedtype Trap: Error

    // MARK: Constants and program counter

    /// A constant.
    func constant(_ value: UInt64) -> Word
    /// The address of the current instruction plus `offset` bytes.
    func pcRelative(_ offset: Int64) -> Word

    // MARK: Registers

    /// General register `n`; register 0 reads 0.
    func gpr(_ n: UInt8) -> Word
    /// Writes general register `n`; a write to register 0 vanishes.
    mutating func setGPR(_ n: UInt8, _ value: Word)
    /// Floating-point register `n`.
    func fpr(_ n: UInt8) -> Float
    mutating func setFPR(_ n: UInt8, _ value: Float)
    /// Condition flag `n & 7`.
    func fcc(_ n: UInt8) -> Condition
    mutating func setFCC(_ n: UInt8, _ value: Condition)

    // MARK: Integer arithmetic, 64 bits, wrapping

    func add(_ a: Word, _ b: Word) -> Word
    func subtract(_ a: Word, _ b: Word) -> Word
    func multiply(_ a: Word, _ b: Word) -> Word
    /// High 64 bits of the 128-bit product.
    func multiplyHigh(_ a: Word, _ b: Word, signed: Bool) -> Word
    /// Truncating quotient. A zero divisor gives the dividend, the most negative number divided by -1 itself. A 32-bit division reads
    /// the low halves and its result is sign-extended.
    func quotient(_ a: Word, _ b: Word, _ kind: Division) -> Word
    /// Remainder with the dividend's sign; 0 where `quotient` gives the dividend.
    func remainder(_ a: Word, _ b: Word, _ kind: Division) -> Word
    func and(_ a: Word, _ b: Word) -> Word
    func or(_ a: Word, _ b: Word) -> Word
    func xor(_ a: Word, _ b: Word) -> Word
    func not(_ a: Word) -> Word
    /// Shifts and rotations by `count` modulo 64.
    func shiftLeft(_ a: Word, _ count: Word) -> Word
    func shiftRight(_ a: Word, _ count: Word) -> Word
    func shiftRightSigned(_ a: Word, _ count: Word) -> Word
    func rotateRight(_ a: Word, _ count: Word) -> Word
    /// The same on the low 32 bits, count modulo 32; the result is sign-extended.
    func shiftLeft32(_ a: Word, _ count: Word) -> Word
    func shiftRight32(_ a: Word, _ count: Word) -> Word
    func shiftRightSigned32(_ a: Word, _ count: Word) -> Word
    func rotateRight32(_ a: Word, _ count: Word) -> Word
    /// Sign- or zero-extension of the low `bits` (8, 16, 32) to 64.
    func signExtend(_ a: Word, _ bits: Int) -> Word
    func zeroExtend(_ a: Word, _ bits: Int) -> Word
    /// Number of leading or trailing zero bits of the 64-bit value, 64 for 0.
    func leadingZeros(_ a: Word) -> Word
    func trailingZeros(_ a: Word) -> Word
    /// The eight bytes in reverse order.
    func byteSwap(_ a: Word) -> Word
    /// A function of its operands that is worth no code of its own in line.
    func call(_ function: PureFunction, _ a: Word, _ b: Word) -> Word

    // MARK: Conditions

    func equal(_ a: Word, _ b: Word) -> Condition
    func notEqual(_ a: Word, _ b: Word) -> Condition
    func lessSigned(_ a: Word, _ b: Word) -> Condition
    func lessUnsigned(_ a: Word, _ b: Word) -> Condition
    func not(_ a: Condition) -> Condition
    /// 1 or 0.
    func word(_ condition: Condition) -> Word
    func select(_ condition: Condition, _ a: Word, _ b: Word) -> Word
    func select(_ condition: Condition, _ a: Float, _ b: Float) -> Float

    // MARK: Memory. How an address becomes memory (flat, soft TLB) is the emitter's affair.

    /// Loads a value of `type`, extended to 64 bits as the type says. With `aligned` a misaligned address raises ALE.
    mutating func load(_ address: Word, _ type: MemoryType, aligned: Bool) throws(Trap) -> Word
    mutating func store(_ address: Word, _ value: Word, _ type: MemoryType, aligned: Bool) throws(Trap)
    /// Loads a 32-bit (upper half zero) or 64-bit register image.
    mutating func loadFloat(_ address: Word, _ format: FloatFormat, aligned: Bool) throws(Trap) -> Float
    mutating func storeFloat(_ address: Word, _ value: Float, _ format: FloatFormat, aligned: Bool) throws(Trap)
    /// Reads the old value, stores `operation(old, operand)` in one indivisible step and returns the old value sign-extended. Misaligned: ALE.
    mutating func atomic(_ operation: AtomicOperation, _ address: Word, _ operand: Word, _ type: MemoryType) throws(Trap) -> Word
    /// Stores `desired` when memory equals the low bits of `expected`; returns the old value sign-extended either way. Misaligned: ALE.
    mutating func compareExchange(_ address: Word, expected: Word, desired: Word, _ type: MemoryType) throws(Trap) -> Word
    /// `ll`: loads sign-extended and makes the reservation. Misaligned: ALE.
    mutating func loadLinked(_ address: Word, _ type: MemoryType) throws(Trap) -> Word
    /// `sc`: stores if the reservation still holds; 1 on success, else 0. The reservation is gone afterwards.
    mutating func storeConditional(_ address: Word, _ value: Word, _ type: MemoryType) throws(Trap) -> Word
    /// `sc.q`: the 128-bit form.
    mutating func storeConditionalPair(_ address: Word, low: Word, high: Word) throws(Trap) -> Word
    /// A data barrier; `isFull`: also between earlier stores and later loads, which is what a host like x86 does not keep in order by itself.
    mutating func dataBarrier(isFull: Bool)
    /// `ibar`: later fetches see earlier stores of this CPU. Ends a block.
    mutating func instructionBarrier()

    // MARK: Control

    /// Jumps to `target` after writing the return address to `link` (0: no link).
    mutating func jump(to target: Word, link: UInt8)
    /// Jumps to pc + `offset` after writing the return address to `link` (0: no link).
    mutating func jump(offset: Int64, link: UInt8)
    /// Jumps to pc + `offset` if `condition`.
    mutating func branch(if condition: Condition, offset: Int64)
    /// Raises an exception.
    mutating func raise(_ exception: GuestException) throws(Trap)
    /// Raises an exception if `condition`; `detail` is what `CSR.BADV` or the signal frame shows for it.
    mutating func raise(_ exception: GuestException, if condition: Condition, detail: Word) throws(Trap)

    // MARK: Machine

    /// Configuration word number `index`.
    mutating func configurationWord(_ index: Word) -> Word
    /// The stable counter, and the counter's id.
    mutating func stableCounter() -> Word
    mutating func stableCounterID() -> Word

    // MARK: Vectors

    /// Performs a vector instruction (`Opcode.isVector`) on the register file in memory.
    mutating func vector(_ i: Instruction) throws(Trap)

    // MARK: System

    /// Performs a system instruction (`Opcode.isSystem`). Ends a block.
    mutating func system(_ i: Instruction) throws(Trap)

    // MARK: Floating point

    func bits(_ a: Float) -> Word
    func float(_ bits: Word) -> Float
    /// An operation that sets FCSR.Cause and Flags; operands that the operation does not have are ignored. The upper half of a single-precision result is open.
    mutating func arithmetic(_ operation: FloatOperation, _ a: Float, _ b: Float, _ c: Float) throws(Trap) -> Float
    /// A comparison; sets FCSR like an operation.
    mutating func compare(_ predicate: FloatPredicate, _ format: FloatFormat, _ a: Float, _ b: Float) throws(Trap) -> Condition
    /// Reads or writes `fcsr` number 0...3. A write ends a block.
    mutating func readFCSR(_ number: UInt8) -> Word
    mutating func writeFCSR(_ number: UInt8, _ value: Word)
}

/// Width and signedness of a division.
public enum Division: UInt8, Sendable { case signed32, unsigned32, signed64, unsigned64 }

/// The type of a memory access: width, and for loads the extension.
public enum MemoryType: UInt8, Sendable {
    case int8, uint8, int16, uint16, int32, uint32, int64

    /// Bytes accessed: 1, 2, 4 or 8.
    @inlinable @inline(__always) public var size: UInt64 {
        switch self {
        case .int8, .uint8: 1
        case .int16, .uint16: 2
        case .int32, .uint32: 4
        case .int64: 8
        }
    }
}

/// The read-modify-write operations of `am*`.
public enum AtomicOperation: UInt8, Sendable { case swap, add, and, or, xor, maxSigned, minSigned, maxUnsigned, minUnsigned }

/// Single or double precision; the size of a floating-point memory access.
public enum FloatFormat: UInt8, Sendable { case single, double }

/// The exceptions that unprivileged instructions raise (LoongArch manual volume 1, exceptions; the names are its Ecode names).
public enum GuestException: UInt8, Error, Sendable {
    /// System call, breakpoint.
    case SYS, BRK
    /// Undefined instruction; instruction of a unit that Longma does not implement; privileged instruction.
    case INE, unimplemented, IPE
    /// Address error of a fetch or a data access, misaligned address, bound check failure.
    case ADEF, ADEM, ALE, BCE
    /// Page faults: fetch, load or store of an unmapped or forbidden page.
    case PIF, PIL, PIS
    /// Floating-point exception.
    case FPE
    /// Instruction of a unit that `CSR.EUEN` has switched off: floating point, LSX, LASX, binary translation.
    case FPD, SXD, ASXD, BTD
    /// The machine refused an access and has noted the exception itself (`LongmaCPU.resolve`).
    case translation
}
