import CHost

/// Conversions to integers: saturation, and the forms whose rounding is part of the instruction.
extension FloatUnit {
    @inlinable @inline(__always)
    static func checkedInt32(_ result: Int32, _ format: FloatFormat, _ a: Double) -> Double {
        _fastPath(result != .min) ? Double(bitPattern: UInt64(UInt32(bitPattern: result))) : saturated(format, a, limit: 1 << 31)
    }

    @inlinable @inline(__always)
    static func checkedInt64(_ result: Int64, _ format: FloatFormat, _ a: Double) -> Double {
        _fastPath(result != .min) ? Double(bitPattern: UInt64(bitPattern: result)) : saturated(format, a, limit: 1 << 63)
    }

    /// What a conversion gives where the host's gives the most negative integer, whose bits are `limit`: that integer if the value is it or below
    /// it, the most positive one if it is above. The host has set the flags as they should be.
    @inline(never) @usableFromInline
    static func saturated(_ format: FloatFormat, _ a: Double, limit: UInt64) -> Double {
        let layout = FloatLayout(format)
        let bits = layout.bits(a)
        return Double(bitPattern: layout.isNaN(bits) ? 0 : layout.isNegative(bits) ? limit : limit - 1)
    }

    /// The forms that round down, up or to nearest whatever MXCSR says.
    @inlinable @inline(__always)
    static func integer(_ operation: FloatOperation, _ a: Double) -> Double {
        switch operation {
        case .int32FromSingleDown: return integer32Single(longma_round_down_silent_s(a), { longma_round_down_s($0) }, a)
        case .int32FromDoubleDown: return integer32Double(longma_round_down_silent_d(a), { longma_round_down_d($0) }, a)
        case .int64FromSingleDown: return integer64Single(longma_round_down_silent_s(a), { longma_round_down_s($0) }, a)
        case .int64FromDoubleDown: return integer64Double(longma_round_down_silent_d(a), { longma_round_down_d($0) }, a)
        case .int32FromSingleUp: return integer32Single(longma_round_up_silent_s(a), { longma_round_up_s($0) }, a)
        case .int32FromDoubleUp: return integer32Double(longma_round_up_silent_d(a), { longma_round_up_d($0) }, a)
        case .int64FromSingleUp: return integer64Single(longma_round_up_silent_s(a), { longma_round_up_s($0) }, a)
        case .int64FromDoubleUp: return integer64Double(longma_round_up_silent_d(a), { longma_round_up_d($0) }, a)
        case .int32FromSingleNearest: return integer32Single(longma_round_nearest_silent_s(a), { longma_round_nearest_s($0) }, a)
        case .int32FromDoubleNearest: return integer32Double(longma_round_nearest_silent_d(a), { longma_round_nearest_d($0) }, a)
        case .int64FromSingleNearest: return integer64Single(longma_round_nearest_silent_s(a), { longma_round_nearest_s($0) }, a)
        case .int64FromDoubleNearest: return integer64Double(longma_round_nearest_silent_d(a), { longma_round_nearest_d($0) }, a)
        default: fatalError("FloatUnit.integer: not a conversion with its own rounding")
        }
    }

    // `rounded` is the integral value, made without setting PE: whether the conversion is inexact counts only if the integer holds it. If so, `rounding` the
    // operand once more sets PE. An integral value above 2^24 or 2^53 is its own rounding, so only the limit itself (-2^31 of a double) needs a closer look.

    @inlinable @inline(__always)
    static func integer32Single(_ rounded: Double, _ rounding: (Double) -> Double, _ a: Double) -> Double {
        let result = longma_int32_truncating_s(rounded)
        if _slowPath(result == .min) { return saturated(.single, a, limit: 1 << 31) }
        _ = rounding(a)
        return Double(bitPattern: UInt64(UInt32(bitPattern: result)))
    }

    @inlinable @inline(__always)
    static func integer64Single(_ rounded: Double, _ rounding: (Double) -> Double, _ a: Double) -> Double {
        let result = longma_int64_truncating_s(rounded)
        if _slowPath(result == .min) { return saturated(.single, a, limit: 1 << 63) }
        _ = rounding(a)
        return Double(bitPattern: UInt64(bitPattern: result))
    }

    @inlinable @inline(__always)
    static func integer32Double(_ rounded: Double, _ rounding: (Double) -> Double, _ a: Double) -> Double {
        let result = longma_int32_truncating_d(rounded)
        if _slowPath(result == .min) {
            if rounded.bitPattern != 0xC1E0_0000_0000_0000 { return saturated(.double, a, limit: 1 << 31) }
        }
        _ = rounding(a)
        return Double(bitPattern: UInt64(UInt32(bitPattern: result)))
    }

    @inlinable @inline(__always)
    static func integer64Double(_ rounded: Double, _ rounding: (Double) -> Double, _ a: Double) -> Double {
        let result = longma_int64_truncating_d(rounded)
        if _slowPath(result == .min) { return saturated(.double, a, limit: 1 << 63) }
        _ = rounding(a)
        return Double(bitPattern: UInt64(bitPattern: result))
    }
}
