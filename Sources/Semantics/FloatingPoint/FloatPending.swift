import CHost

/// Codes of `LongmaPendingFloat.operation`, the operation whose `FCSR.Cause` has yet to be worked out: 0 none, below 0x100 the raw value of a
/// ``FloatOperation``, with bit 8 a comparison: format in bit 5, predicate in bits 4:0.
/// With bit 9 it is done in each lane of vectors, whose upper halves are in `cpu.pendingHigh…`: of two doublewords, with bit 10 of four words.
public enum FloatPending {
    /// No operation is pending; `cpu.fcsr` holds Cause.
    public static let none: UInt64 = 0

    /// The code of an operation.
    @inlinable @inline(__always)
    public static func code(_ operation: FloatOperation) -> UInt64 { UInt64(operation.rawValue) }

    /// The code of a comparison.
    @inlinable @inline(__always)
    public static func code(_ predicate: FloatPredicate, _ format: FloatFormat) -> UInt64 {
        0x100 | UInt64(format.rawValue) << 5 | UInt64(predicate.rawValue)
    }

    /// The code of the operation `code` in the lanes of vectors, where `format` is as wide as a lane.
    @inlinable @inline(__always)
    public static func code(lanes code: UInt64, _ format: FloatFormat) -> UInt64 { code | 0x200 | (format == .single ? 0x400 : 0) }

    /// The Cause bits of what is pending on a CPU, 0 for nothing; MXCSR is left as it was.
    public static func cause(of cpu: UnsafeMutablePointer<LongmaCPU>) -> UInt32 {
        let pending = cpu.pointee.pendingFloat
        guard pending.operation & 0x200 != 0 else { return cause(of: pending) }
        let high = LongmaPendingFloat(operation: 0, a: cpu.pointee.pendingHighA, b: cpu.pointee.pendingHighB, c: cpu.pointee.pendingHighC)
        let areWords = pending.operation & 0x400 != 0
        var result: UInt32 = 0
        for half in [pending, high] {
            for shift in areWords ? [UInt64(0), 32] : [0] {
                func lane(_ image: Double) -> Double {
                    areWords ? Double(bitPattern: image.bitPattern >> shift & 0xFFFF_FFFF) : image
                }
                result |= cause(of: LongmaPendingFloat(operation: pending.operation & 0x1FF, a: lane(half.a), b: lane(half.b), c: lane(half.c)))
            }
        }
        return result
    }

    /// The Cause bits of a pending scalar operation, 0 for none; MXCSR is left as it was.
    public static func cause(of pending: LongmaPendingFloat) -> UInt32 {
        if pending.operation & 0x100 != 0 {
            let format: FloatFormat = pending.operation & 0x20 == 0 ? .single : .double
            guard let predicate = FloatPredicate(rawValue: UInt8(truncatingIfNeeded: pending.operation & 0x1F)) else { return 0 }
            return FloatUnit.cause(of: predicate, format, pending.a, pending.b)
        }
        guard let operation = FloatOperation(rawValue: UInt8(truncatingIfNeeded: pending.operation)) else { return 0 }
        return FloatUnit.cause(of: operation, pending.a, pending.b, pending.c)
    }
}
