import CHost

/// `fscaleb` and `flogb`.
extension FloatUnit {
    /// 2^`exponent` as a double; `exponent` is -1022...1023.
    private static func powerOfTwo(_ exponent: Int64) -> Double { Double(bitPattern: UInt64(bitPattern: exponent + 1023) << 52) }

    /// `a` times 2 to the signed 32-bit integer in `b`: exactly, as a double, and then rounded once.
    @inline(never) @usableFromInline
    static func scaleSingle(_ a: Double, _ b: Double) -> Double {
        let n = Int64(Int32(truncatingIfNeeded: b.bitPattern))
        // Beyond +-400 nothing changes: the smallest single overflows, the largest is less than half of the smallest.
        return longma_single_from_double(longma_multiply_d(longma_double_from_single(a), powerOfTwo(min(max(n, -400), 400))))
    }

    /// `a` times 2 to the signed 64-bit integer in `b`.
    @inline(never) @usableFromInline
    static func scaleDouble(_ a: Double, _ b: Double) -> Double {
        let layout = FloatLayout(.double)
        var bits = a.bitPattern
        if layout.isNaN(bits) { return notANumber(.double, longma_multiply_d(a, 1), a, a) }
        if layout.isInfinite(bits) || layout.magnitude(bits) == 0 { return a }
        // What the value's exponent is to be. Beyond +-5000 nothing changes.
        var exponent = min(max(Int64(bitPattern: b.bitPattern), -5000), 5000)
        if bits & layout.infinity == 0 {  // subnormal: make it normal
            bits = longma_multiply_d(a, powerOfTwo(64)).bitPattern
            exponent -= 64
        }
        exponent += Int64((bits & layout.infinity) >> 52) - 1023
        // One multiplication rounds: of the value at the exponent nearest to the goal that it can have, by the power of two that is left.
        let nearest = min(max(exponent, -1022), 1023)
        let near = Double(bitPattern: bits & ~layout.infinity | UInt64(bitPattern: nearest + 1023) << 52)
        return longma_multiply_d(near, powerOfTwo(min(max(exponent - nearest, -100), 100)))
    }

    /// The exponent of `a` as a floating-point number.
    @inline(never) @usableFromInline
    static func logB(_ format: FloatFormat, _ a: Double) -> Double {
        let layout = FloatLayout(format)
        let bits = layout.bits(a)
        if layout.isNaN(bits) {
            if layout.isSignaling(bits) { signal(hostInvalid) }
            return notANumber(format, a, a, a)
        }
        if layout.magnitude(bits) == 0 {
            signal(hostDivideByZero)
            return Double(bitPattern: layout.sign | layout.infinity)
        }
        if layout.isNegative(bits) {
            signal(hostInvalid)
            return Double(bitPattern: layout.infinity | layout.quiet)
        }
        if layout.isInfinite(bits) { return a }
        let fractionBits = Int32(layout.infinity.trailingZeroBitCount)
        var field = Int32(truncatingIfNeeded: bits >> UInt64(fractionBits))
        // A subnormal counts on downwards by the place of its leading bit.
        if field == 0 { field = Int32(64 - bits.leadingZeroBitCount) - fractionBits }
        let bias = Int32(truncatingIfNeeded: layout.infinity >> (UInt64(fractionBits) + 1))
        return format == .single ? longma_s_from_int32(field - bias) : longma_d_from_int32(field - bias)
    }
}
