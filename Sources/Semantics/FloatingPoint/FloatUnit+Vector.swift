import CHost

/// The rounding of an instruction: that of FCSR, or its own.
public enum FloatRounding: Sendable { case current, down, up, zero, nearest }

/// Operations that only vector instructions have. Exceptions are added to MXCSR's flags, as with all operations here.
extension FloatUnit {
    /// `vfrint*`: rounds to an integral value.
    public static func integral(_ format: FloatFormat, _ a: Double, _ rounding: FloatRounding) -> Double {
        switch (format, rounding) {
        case (.single, .current): longma_round_s(a)
        case (.single, .down): longma_round_down_s(a)
        case (.single, .up): longma_round_up_s(a)
        case (.single, .zero): longma_round_zero_s(a)
        case (.single, .nearest): longma_round_nearest_s(a)
        case (.double, .current): longma_round_d(a)
        case (.double, .down): longma_round_down_d(a)
        case (.double, .up): longma_round_up_d(a)
        case (.double, .zero): longma_round_zero_d(a)
        case (.double, .nearest): longma_round_nearest_d(a)
        }
    }

    /// `vftint.wu.s`, `vftint.lu.d` and their truncating forms: a NaN is 0, what lies outside of the range is its limit, both invalid.
    public static func unsigned(_ format: FloatFormat, _ a: Double, truncating: Bool) -> UInt64 {
        let layout = FloatLayout(format)
        let bits = layout.bits(a)
        let limit: UInt64 = format == .single ? 0xFFFF_FFFF : .max
        if layout.isNaN(bits) {
            signal(hostInvalid)
            return 0
        }
        let rounded =
            switch format {
            case .single: truncating ? longma_round_zero_silent_s(a) : longma_round_silent_s(a)
            case .double: truncating ? longma_round_zero_silent_d(a) : longma_round_silent_d(a)
            }
        let integral = layout.bits(rounded)
        let fractionBits = UInt64(layout.infinity.trailingZeroBitCount)
        let bias = layout.infinity >> (fractionBits + 1)
        if layout.magnitude(integral) != 0, layout.isNegative(integral) {
            signal(hostInvalid)
            return 0
        }
        if layout.magnitude(integral) >= (bias + (format == .single ? 32 : 64)) << fractionBits {
            signal(hostInvalid)
            return limit
        }
        // The limits are passed: now the rounding counts.
        _ = Self.integral(format, a, truncating ? .zero : .current)
        if layout.magnitude(integral) == 0 { return 0 }
        let significand = integral & ((1 << fractionBits) - 1) | 1 << fractionBits
        let exponent = layout.magnitude(integral) >> fractionBits - bias
        return exponent >= fractionBits ? significand << (exponent - fractionBits) : significand >> (fractionBits - exponent)
    }

    /// `vffint.s.wu`.
    public static func single(fromUnsigned value: UInt32) -> Double { longma_s_from_int64(Int64(value)) }

    /// `vffint.d.lu`.
    public static func double(fromUnsigned value: UInt64) -> Double {
        if value >> 63 == 0 { return longma_d_from_int64(Int64(value)) }
        // Half of it, with what is lost kept in the last bit, rounds alike; doubling that is exact.
        let half = longma_d_from_int64(Int64(value >> 1 | value & 1))
        return longma_add_d(half, half)
    }

    /// `vfcvt.h.s`, of a single image whose upper half is zero; the result is in the low 16 bits. `cpu` is asked whether underflow is enabled.
    public static func half(fromSingle a: Double, _ cpu: UnsafeMutablePointer<LongmaCPU>) -> UInt16 {
        let half = UInt16(truncatingIfNeeded: longma_half_from_single(a).bitPattern)
        if cpu.pointee.fcsr & FloatStatus.underflow != 0, half & 0x7FFF != 0, half & 0x7C00 == 0 { signal(hostUnderflow) }
        return half
    }

    /// `vfcvtl.s.h`.
    public static func single(fromHalf value: UInt16) -> Double { longma_single_from_half(Double(bitPattern: UInt64(value))) }
}
