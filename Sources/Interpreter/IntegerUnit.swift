import LoongArch
import Semantics

extension InterpreterEmitter {
    @inlinable @inline(__always) public func add(_ a: UInt64, _ b: UInt64) -> UInt64 { a &+ b }
    @inlinable @inline(__always) public func subtract(_ a: UInt64, _ b: UInt64) -> UInt64 { a &- b }
    @inlinable @inline(__always) public func multiply(_ a: UInt64, _ b: UInt64) -> UInt64 { a &* b }
    @inlinable @inline(__always) public func multiplyHigh(_ a: UInt64, _ b: UInt64, signed: Bool) -> UInt64 {
        signed ? UInt64(bitPattern: Int64(bitPattern: a).multipliedFullWidth(by: Int64(bitPattern: b)).high) : a.multipliedFullWidth(by: b).high
    }

    @inlinable @inline(__always) public func quotient(_ a: UInt64, _ b: UInt64, _ kind: Division) -> UInt64 {
        switch kind {
        case .signed32:
            let divisor = Int32(truncatingIfNeeded: b)
            return extended(divisor == 0 ? Int32(truncatingIfNeeded: a) : Int32(truncatingIfNeeded: a).dividedReportingOverflow(by: divisor).partialValue)
        case .unsigned32:
            let divisor = UInt32(truncatingIfNeeded: b)
            return extended(Int32(bitPattern: divisor == 0 ? UInt32(truncatingIfNeeded: a) : UInt32(truncatingIfNeeded: a) / divisor))
        case .signed64:
            return b == 0 ? a : UInt64(bitPattern: Int64(bitPattern: a).dividedReportingOverflow(by: Int64(bitPattern: b)).partialValue)
        case .unsigned64:
            return b == 0 ? a : a / b
        }
    }

    @inlinable @inline(__always) public func remainder(_ a: UInt64, _ b: UInt64, _ kind: Division) -> UInt64 {
        switch kind {
        case .signed32:
            let divisor = Int32(truncatingIfNeeded: b)
            return extended(divisor == 0 ? 0 : Int32(truncatingIfNeeded: a).remainderReportingOverflow(dividingBy: divisor).partialValue)
        case .unsigned32:
            let divisor = UInt32(truncatingIfNeeded: b)
            return extended(Int32(bitPattern: divisor == 0 ? 0 : UInt32(truncatingIfNeeded: a) % divisor))
        case .signed64:
            return b == 0 ? 0 : UInt64(bitPattern: Int64(bitPattern: a).remainderReportingOverflow(dividingBy: Int64(bitPattern: b)).partialValue)
        case .unsigned64:
            return b == 0 ? 0 : a % b
        }
    }

    @inlinable @inline(__always) public func and(_ a: UInt64, _ b: UInt64) -> UInt64 { a & b }
    @inlinable @inline(__always) public func or(_ a: UInt64, _ b: UInt64) -> UInt64 { a | b }
    @inlinable @inline(__always) public func xor(_ a: UInt64, _ b: UInt64) -> UInt64 { a ^ b }
    @inlinable @inline(__always) public func not(_ a: UInt64) -> UInt64 { ~a }
    @inlinable @inline(__always) public func shiftLeft(_ a: UInt64, _ count: UInt64) -> UInt64 { a &<< count }
    @inlinable @inline(__always) public func shiftRight(_ a: UInt64, _ count: UInt64) -> UInt64 { a &>> count }
    @inlinable @inline(__always) public func shiftRightSigned(_ a: UInt64, _ count: UInt64) -> UInt64 {
        UInt64(bitPattern: Int64(bitPattern: a) &>> Int64(bitPattern: count))
    }
    @inlinable @inline(__always) public func rotateRight(_ a: UInt64, _ count: UInt64) -> UInt64 { a &>> count | a &<< (0 &- count) }
    @inlinable @inline(__always) public func shiftLeft32(_ a: UInt64, _ count: UInt64) -> UInt64 {
        extended(Int32(truncatingIfNeeded: a) &<< Int32(truncatingIfNeeded: count))
    }
    @inlinable @inline(__always) public func shiftRight32(_ a: UInt64, _ count: UInt64) -> UInt64 {
        extended(Int32(bitPattern: UInt32(truncatingIfNeeded: a) &>> UInt32(truncatingIfNeeded: count)))
    }
    @inlinable @inline(__always) public func shiftRightSigned32(_ a: UInt64, _ count: UInt64) -> UInt64 {
        extended(Int32(truncatingIfNeeded: a) &>> Int32(truncatingIfNeeded: count))
    }
    @inlinable @inline(__always) public func rotateRight32(_ a: UInt64, _ count: UInt64) -> UInt64 {
        let value = UInt32(truncatingIfNeeded: a)
        let by = UInt32(truncatingIfNeeded: count)
        return extended(Int32(bitPattern: value &>> by | value &<< (0 &- by)))
    }

    @inlinable @inline(__always) func extended(_ a: Int32) -> UInt64 { UInt64(bitPattern: Int64(a)) }
    @inlinable @inline(__always) public func signExtend(_ a: UInt64, _ bits: Int) -> UInt64 {
        switch bits {
        case 8: UInt64(bitPattern: Int64(Int8(truncatingIfNeeded: a)))
        case 16: UInt64(bitPattern: Int64(Int16(truncatingIfNeeded: a)))
        default: UInt64(bitPattern: Int64(Int32(truncatingIfNeeded: a)))
        }
    }
    @inlinable @inline(__always) public func zeroExtend(_ a: UInt64, _ bits: Int) -> UInt64 { a & (1 &<< UInt64(bits) &- 1) }
    @inlinable @inline(__always) public func leadingZeros(_ a: UInt64) -> UInt64 { UInt64(a.leadingZeroBitCount) }
    @inlinable @inline(__always) public func trailingZeros(_ a: UInt64) -> UInt64 { UInt64(a.trailingZeroBitCount) }
    @inlinable @inline(__always) public func byteSwap(_ a: UInt64) -> UInt64 { a.byteSwapped }

    @inlinable @inline(__always) public func equal(_ a: UInt64, _ b: UInt64) -> Bool { a == b }
    @inlinable @inline(__always) public func notEqual(_ a: UInt64, _ b: UInt64) -> Bool { a != b }
    @inlinable @inline(__always) public func lessSigned(_ a: UInt64, _ b: UInt64) -> Bool { Int64(bitPattern: a) < Int64(bitPattern: b) }
    @inlinable @inline(__always) public func lessUnsigned(_ a: UInt64, _ b: UInt64) -> Bool { a < b }
    @inlinable @inline(__always) public func not(_ a: Bool) -> Bool { !a }
    @inlinable @inline(__always) public func word(_ condition: Bool) -> UInt64 { condition ? 1 : 0 }
    @inlinable @inline(__always) public func select(_ condition: Bool, _ a: UInt64, _ b: UInt64) -> UInt64 { condition ? a : b }
    @inlinable @inline(__always) public func select(_ condition: Bool, _ a: Double, _ b: Double) -> Double { condition ? a : b }
}
