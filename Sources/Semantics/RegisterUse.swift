import LoongArch

/// Which registers an instruction reads and writes: the semantics run over an emitter that only takes notes.
public struct RegisterUse: Equatable, Sendable {
    /// Bit n: general register n (never 0).
    public var gprRead: UInt32 = 0
    public var gprWritten: UInt32 = 0
    /// Bit n: floating-point register n.
    public var fprRead: UInt32 = 0
    public var fprWritten: UInt32 = 0
    /// Bit n: condition flag n.
    public var fccRead: UInt8 = 0
    public var fccWritten: UInt8 = 0
    /// Whether it sets FCSR.Cause.
    public var setsCause = false
    /// Whether it loads or stores.
    public var accessesMemory = false
    /// Whether it can raise an exception other than by an access to memory.
    public var raises = false

    public init() {}

    /// The registers that `instruction` uses.
    public init(of instruction: Instruction) {
        var notes = NoteTaker()
        Semantics.execute(instruction, &notes)
        self = notes.use
    }

    /// Adds another instruction's registers.
    public mutating func formUnion(_ other: RegisterUse) {
        gprRead |= other.gprRead
        gprWritten |= other.gprWritten
        fprRead |= other.fprRead
        fprWritten |= other.fprWritten
        fccRead |= other.fccRead
        fccWritten |= other.fccWritten
        setsCause = setsCause || other.setsCause
        accessesMemory = accessesMemory || other.accessesMemory
        raises = raises || other.raises
    }
}

/// The emitter behind `RegisterUse`. It has state only so that `mutating` primitives can note things; reads are noted through a shared box.
private struct NoteTaker: Emitter {
    typealias Word = Void
    typealias Condition = Bool
    typealias Float = Double
    typealias Trap = Never

    final class Notes { var use = RegisterUse() }
    let notes = Notes()
    var use: RegisterUse { notes.use }

    func constant(_ value: UInt64) {}
    func pcRelative(_ offset: Int64) {}
    func gpr(_ n: UInt8) { notes.use.gprRead |= (1 << UInt32(n)) & ~1 }
    func setGPR(_ n: UInt8, _ value: Void) { notes.use.gprWritten |= (1 << UInt32(n)) & ~1 }
    func fpr(_ n: UInt8) -> Double {
        notes.use.fprRead |= 1 << UInt32(n)
        return 0
    }
    func setFPR(_ n: UInt8, _ value: Double) { notes.use.fprWritten |= 1 << UInt32(n) }
    func fcc(_ n: UInt8) -> Bool {
        notes.use.fccRead |= 1 << (n & 7)
        return false
    }
    func setFCC(_ n: UInt8, _ value: Bool) { notes.use.fccWritten |= 1 << (n & 7) }

    func add(_ a: Void, _ b: Void) {}
    func subtract(_ a: Void, _ b: Void) {}
    func multiply(_ a: Void, _ b: Void) {}
    func multiplyHigh(_ a: Void, _ b: Void, signed: Bool) {}
    func quotient(_ a: Void, _ b: Void, _ kind: Division) {}
    func remainder(_ a: Void, _ b: Void, _ kind: Division) {}
    func and(_ a: Void, _ b: Void) {}
    func or(_ a: Void, _ b: Void) {}
    func xor(_ a: Void, _ b: Void) {}
    func not(_ a: Void) {}
    func shiftLeft(_ a: Void, _ count: Void) {}
    func shiftRight(_ a: Void, _ count: Void) {}
    func shiftRightSigned(_ a: Void, _ count: Void) {}
    func rotateRight(_ a: Void, _ count: Void) {}
    func shiftLeft32(_ a: Void, _ count: Void) {}
    func shiftRight32(_ a: Void, _ count: Void) {}
    func shiftRightSigned32(_ a: Void, _ count: Void) {}
    func rotateRight32(_ a: Void, _ count: Void) {}
    func signExtend(_ a: Void, _ bits: Int) {}
    func zeroExtend(_ a: Void, _ bits: Int) {}
    func leadingZeros(_ a: Void) {}
    func trailingZeros(_ a: Void) {}
    func byteSwap(_ a: Void) {}
    func call(_ function: PureFunction, _ a: Void, _ b: Void) {}

    func equal(_ a: Void, _ b: Void) -> Bool { false }
    func notEqual(_ a: Void, _ b: Void) -> Bool { false }
    func lessSigned(_ a: Void, _ b: Void) -> Bool { false }
    func lessUnsigned(_ a: Void, _ b: Void) -> Bool { false }
    func not(_ a: Bool) -> Bool { false }
    func word(_ condition: Bool) {}
    func select(_ condition: Bool, _ a: Void, _ b: Void) {}
    func select(_ condition: Bool, _ a: Double, _ b: Double) -> Double { 0 }

    func load(_ address: Void, _ type: MemoryType, aligned: Bool) { notes.use.accessesMemory = true }
    func store(_ address: Void, _ value: Void, _ type: MemoryType, aligned: Bool) { notes.use.accessesMemory = true }
    func loadFloat(_ address: Void, _ format: FloatFormat, aligned: Bool) -> Double {
        notes.use.accessesMemory = true
        return 0
    }
    func storeFloat(_ address: Void, _ value: Double, _ format: FloatFormat, aligned: Bool) { notes.use.accessesMemory = true }
    func atomic(_ operation: AtomicOperation, _ address: Void, _ operand: Void, _ type: MemoryType) { noteAligned() }
    func compareExchange(_ address: Void, expected: Void, desired: Void, _ type: MemoryType) { noteAligned() }
    func loadLinked(_ address: Void, _ type: MemoryType) { noteAligned() }
    func storeConditional(_ address: Void, _ value: Void, _ type: MemoryType) { noteAligned() }
    func storeConditionalPair(_ address: Void, low: Void, high: Void) { noteAligned() }
    /// An access that raises ALE where it is not aligned.
    private func noteAligned() {
        notes.use.accessesMemory = true
        notes.use.raises = true
    }
    func dataBarrier(isFull: Bool) {}
    func instructionBarrier() {}

    func jump(to target: Void, link: UInt8) { setGPR(link, ()) }
    func jump(offset: Int64, link: UInt8) { setGPR(link, ()) }
    func branch(if condition: Bool, offset: Int64) {}
    func raise(_ exception: GuestException) { notes.use.raises = true }
    func raise(_ exception: GuestException, if condition: Bool, detail: Void) { notes.use.raises = true }

    func configurationWord(_ index: Void) {}
    func stableCounter() {}
    func stableCounterID() {}

    /// By the operands' kinds: the first one is written (and taken to be read), the others are read.
    func vector(_ i: Instruction) {
        for (index, operand) in i.opcode.form.operands.enumerated() {
            let n = UInt8(truncatingIfNeeded: operand.value(in: i.word))
            switch operand.kind {
            case .general:
                gpr(n)
                if index == 0 { setGPR(n, ()) }
            case .vector, .wideVector, .float:
                _ = fpr(n)
                if index == 0 { setFPR(n, 0) }
            case .conditionFlag:
                _ = fcc(n)
                if index == 0 { setFCC(n, false) }
            default: break
            }
        }
    }

    /// By the word's fields, whichever the form uses.
    func system(_ i: Instruction) {
        gpr(i.rd)
        gpr(i.rj)
        gpr(i.rk)
        setGPR(i.rd, ())
    }

    func bits(_ a: Double) {}
    func float(_ bits: Void) -> Double { 0 }
    func arithmetic(_ operation: FloatOperation, _ a: Double, _ b: Double, _ c: Double) -> Double {
        notes.use.setsCause = true
        return 0
    }
    func compare(_ predicate: FloatPredicate, _ format: FloatFormat, _ a: Double, _ b: Double) -> Bool {
        notes.use.setsCause = true
        return false
    }
    func readFCSR(_ number: UInt8) {}
    func writeFCSR(_ number: UInt8, _ value: Void) {}
}
