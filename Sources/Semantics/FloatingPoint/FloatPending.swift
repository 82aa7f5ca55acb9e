import CHost

/// Codes of `LongmaPendingFloat.operation`, the operation whose `FCSR.Cause` has yet to be worked out: 0 none, below 0x100 the raw value of a
/// ``FloatOperation``, from 0x100 on a comparison: format in bit 5, predicate in bits 4:0.
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

    /// The Cause bits of a pending operation, 0 for none; MXCSR is left as it was.
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
