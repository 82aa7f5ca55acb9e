import LoongArch
import Semantics

/// An emitter that executes what floating-point instructions need, over a small memory, and records which operation was asked for.
struct RecordingEmitter: Emitter {
    var general = (0..<32).map { UInt64($0) }
    var floats = (0..<32).map { 0xF000_0000_F000_0000 | UInt64($0) }
    var flags = Array(repeating: false, count: 8)
    var fcsr: [UInt64] = [0, 0, 0, 0]
    /// Memory from address 0x1000 on.
    var memory = Array(repeating: UInt8(0), count: 64)
    var branched: Int64?
    var operation: (operation: FloatOperation, a: UInt64, b: UInt64, c: UInt64)?
    var comparison: (predicate: FloatPredicate, format: FloatFormat, a: UInt64, b: UInt64)?
    /// What `arithmetic` and `compare` do.
    var traps = false

    func constant(_ value: UInt64) -> UInt64 { value }
    func gpr(_ n: UInt8) -> UInt64 { general[Int(n)] }
    mutating func setGPR(_ n: UInt8, _ value: UInt64) { if n != 0 { general[Int(n)] = value } }
    func fpr(_ n: UInt8) -> Double { Double(bitPattern: floats[Int(n)]) }
    mutating func setFPR(_ n: UInt8, _ value: Double) { floats[Int(n)] = value.bitPattern }
    func fcc(_ n: UInt8) -> Bool { flags[Int(n)] }
    mutating func setFCC(_ n: UInt8, _ value: Bool) { flags[Int(n)] = value }
    func add(_ a: UInt64, _ b: UInt64) -> UInt64 { a &+ b }
    func and(_ a: UInt64, _ b: UInt64) -> UInt64 { a & b }
    func or(_ a: UInt64, _ b: UInt64) -> UInt64 { a | b }
    func xor(_ a: UInt64, _ b: UInt64) -> UInt64 { a ^ b }
    func not(_ a: UInt64) -> UInt64 { ~a }
    func shiftLeft(_ a: UInt64, _ count: UInt64) -> UInt64 { a &<< count }
    func shiftRight(_ a: UInt64, _ count: UInt64) -> UInt64 { a &>> count }
    func shiftRightSigned(_ a: UInt64, _ count: UInt64) -> UInt64 { UInt64(bitPattern: Int64(bitPattern: a) &>> Int64(count)) }
    func signExtend(_ a: UInt64, _ bits: Int) -> UInt64 { UInt64(bitPattern: Int64(bitPattern: a << (64 - bits)) >> (64 - bits)) }
    func zeroExtend(_ a: UInt64, _ bits: Int) -> UInt64 { (a << (64 - bits)) >> (64 - bits) }
    func call(_ function: PureFunction, _ a: UInt64, _ b: UInt64) -> UInt64 { function(a, b) }
    func equal(_ a: UInt64, _ b: UInt64) -> Bool { a == b }
    func notEqual(_ a: UInt64, _ b: UInt64) -> Bool { a != b }
    func lessSigned(_ a: UInt64, _ b: UInt64) -> Bool { Int64(bitPattern: a) < Int64(bitPattern: b) }
    func lessUnsigned(_ a: UInt64, _ b: UInt64) -> Bool { a < b }
    func not(_ a: Bool) -> Bool { !a }
    func word(_ condition: Bool) -> UInt64 { condition ? 1 : 0 }
    func select(_ condition: Bool, _ a: UInt64, _ b: UInt64) -> UInt64 { condition ? a : b }
    func select(_ condition: Bool, _ a: Double, _ b: Double) -> Double { condition ? a : b }

    func offset(_ address: UInt64, _ size: Int) throws(GuestException) -> Int {
        guard address >= 0x1000, address <= 0x1040 - UInt64(size) else { throw .PIL }
        return Int(address - 0x1000)
    }
    mutating func loadFloat(_ address: UInt64, _ format: FloatFormat, aligned: Bool) throws(GuestException) -> Double {
        let size = format == .single ? 4 : 8
        let start = try offset(address, size)
        return Double(bitPattern: memory[start..<start + size].reversed().reduce(0) { $0 << 8 | UInt64($1) })
    }
    mutating func storeFloat(_ address: UInt64, _ value: Double, _ format: FloatFormat, aligned: Bool) throws(GuestException) {
        let size = format == .single ? 4 : 8
        let start = try offset(address, size)
        for i in 0..<size { memory[start + i] = UInt8(truncatingIfNeeded: value.bitPattern >> UInt64(8 * i)) }
    }

    mutating func branch(if condition: Bool, offset: Int64) { branched = condition ? offset : nil }
    mutating func raise(_ exception: GuestException) throws(GuestException) { throw exception }
    mutating func raise(_ exception: GuestException, if condition: Bool, detail: UInt64) throws(GuestException) { if condition { throw exception } }

    func bits(_ a: Double) -> UInt64 { a.bitPattern }
    func float(_ bits: UInt64) -> Double { Double(bitPattern: bits) }
    mutating func arithmetic(_ operation: FloatOperation, _ a: Double, _ b: Double, _ c: Double) throws(GuestException) -> Double {
        self.operation = (operation, a.bitPattern, b.bitPattern, c.bitPattern)
        if traps { throw .FPE }
        return Double(bitPattern: 0x1234)
    }
    mutating func compare(_ predicate: FloatPredicate, _ format: FloatFormat, _ a: Double, _ b: Double) throws(GuestException) -> Bool {
        comparison = (predicate, format, a.bitPattern, b.bitPattern)
        if traps { throw .FPE }
        return true
    }
    mutating func readFCSR(_ number: UInt8) -> UInt64 { fcsr[Int(number)] }
    mutating func writeFCSR(_ number: UInt8, _ value: UInt64) { fcsr[Int(number)] = value }
}

/// What floating-point instructions never ask for.
extension RecordingEmitter {
    private func unused() -> Never { fatalError("not for floating point") }
    func pcRelative(_ offset: Int64) -> UInt64 { unused() }
    func subtract(_ a: UInt64, _ b: UInt64) -> UInt64 { unused() }
    func multiply(_ a: UInt64, _ b: UInt64) -> UInt64 { unused() }
    func multiplyHigh(_ a: UInt64, _ b: UInt64, signed: Bool) -> UInt64 { unused() }
    func quotient(_ a: UInt64, _ b: UInt64, _ kind: Division) -> UInt64 { unused() }
    func remainder(_ a: UInt64, _ b: UInt64, _ kind: Division) -> UInt64 { unused() }
    func rotateRight(_ a: UInt64, _ count: UInt64) -> UInt64 { unused() }
    func shiftLeft32(_ a: UInt64, _ count: UInt64) -> UInt64 { unused() }
    func shiftRight32(_ a: UInt64, _ count: UInt64) -> UInt64 { unused() }
    func shiftRightSigned32(_ a: UInt64, _ count: UInt64) -> UInt64 { unused() }
    func rotateRight32(_ a: UInt64, _ count: UInt64) -> UInt64 { unused() }
    func leadingZeros(_ a: UInt64) -> UInt64 { unused() }
    func trailingZeros(_ a: UInt64) -> UInt64 { unused() }
    func byteSwap(_ a: UInt64) -> UInt64 { unused() }
    mutating func load(_ address: UInt64, _ type: MemoryType, aligned: Bool) throws(GuestException) -> UInt64 { unused() }
    mutating func store(_ address: UInt64, _ value: UInt64, _ type: MemoryType, aligned: Bool) throws(GuestException) { unused() }
    mutating func atomic(_ o: AtomicOperation, _ address: UInt64, _ operand: UInt64, _ type: MemoryType) throws(GuestException) -> UInt64 { unused() }
    mutating func compareExchange(_ address: UInt64, expected: UInt64, desired: UInt64, _ type: MemoryType) throws(GuestException) -> UInt64 { unused() }
    mutating func loadLinked(_ address: UInt64, _ type: MemoryType) throws(GuestException) -> UInt64 { unused() }
    mutating func storeConditional(_ address: UInt64, _ value: UInt64, _ type: MemoryType) throws(GuestException) -> UInt64 { unused() }
    mutating func storeConditionalPair(_ address: UInt64, low: UInt64, high: UInt64) throws(GuestException) -> UInt64 { unused() }
    mutating func dataBarrier(isFull: Bool) { unused() }
    mutating func instructionBarrier() { unused() }
    mutating func vector(_ i: Instruction) throws(GuestException) { unused() }
    mutating func system(_ i: Instruction) throws(GuestException) { unused() }
    mutating func jump(to target: UInt64, link: UInt8) { unused() }
    mutating func jump(offset: Int64, link: UInt8) { unused() }
    mutating func configurationWord(_ index: UInt64) -> UInt64 { unused() }
    mutating func stableCounter() -> UInt64 { unused() }
    mutating func stableCounterID() -> UInt64 { unused() }
}
