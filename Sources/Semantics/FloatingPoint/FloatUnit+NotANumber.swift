import CHost

/// The bit fields of a floating-point format.
@usableFromInline
struct FloatLayout {
    /// The sign bit; also the number above every magnitude.
    let sign: UInt64
    /// The magnitude of infinity: all exponent bits.
    let infinity: UInt64
    /// The bit that makes a NaN quiet.
    let quiet: UInt64

    init(_ format: FloatFormat) {
        switch format {
        case .single: (sign, infinity, quiet) = (1 << 31, 0x7F80_0000, 1 << 22)
        case .double: (sign, infinity, quiet) = (1 << 63, 0x7FF0_0000_0000_0000, 1 << 51)
        }
    }

    /// The bits of a register image that belong to the format.
    func bits(_ image: Double) -> UInt64 { image.bitPattern & (sign | (sign - 1)) }
    func magnitude(_ bits: UInt64) -> UInt64 { bits & (sign - 1) }
    func isNegative(_ bits: UInt64) -> Bool { bits & sign != 0 }
    func isNaN(_ bits: UInt64) -> Bool { magnitude(bits) > infinity }
    func isSignaling(_ bits: UInt64) -> Bool { isNaN(bits) && bits & quiet == 0 }
    func isInfinite(_ bits: UInt64) -> Bool { magnitude(bits) == infinity }

    /// The NaN that an operation returns, of its operands in order of priority: the first signaling one, quieted, or else the first quiet one, or else the default.
    func propagate(_ a: UInt64, _ b: UInt64, _ c: UInt64) -> UInt64 {
        if isSignaling(a) { return a | quiet }
        if isSignaling(b) { return b | quiet }
        if isSignaling(c) { return c | quiet }
        return isNaN(a) ? a : isNaN(b) ? b : isNaN(c) ? c : infinity | quiet
    }
}

extension FloatUnit {
    /// The NaN of an operation whose host instruction gave a NaN (and has set IE as it should); operands in order of priority.
    @inline(never) @usableFromInline
    static func notANumber(_ format: FloatFormat, _ a: Double, _ b: Double, _ c: Double) -> Double {
        let layout = FloatLayout(format)
        return Double(bitPattern: layout.propagate(layout.bits(a), layout.bits(b), layout.bits(c)))
    }

    /// The same for a fused operation. Infinity times zero is invalid also when the addend is a quiet NaN, of which the host sets no flag.
    @inline(never) @usableFromInline
    static func fusedNotANumber(_ format: FloatFormat, _ a: Double, _ b: Double, _ c: Double) -> Double {
        let layout = FloatLayout(format)
        let (x, y, addend) = (layout.bits(a), layout.bits(b), layout.bits(c))
        if layout.isInfinite(x) && layout.magnitude(y) == 0 || layout.magnitude(x) == 0 && layout.isInfinite(y) { signal(hostInvalid) }
        return Double(bitPattern: layout.propagate(addend, x, y))
    }

    /// `fmax` or `fmin` of operands that are unordered or equal; IE is set already if it should be.
    @inline(never) @usableFromInline
    static func extremumOfTie(_ format: FloatFormat, maximum: Bool, _ a: Double, _ b: Double) -> Double {
        let layout = FloatLayout(format)
        let (x, y) = (layout.bits(a), layout.bits(b))
        switch (layout.isNaN(x), layout.isNaN(y)) {
        case (false, false): return Double(bitPattern: maximum ? x & y : x | y)  // equal, but for the sign of zero
        case (true, false) where !layout.isSignaling(x): return b
        case (false, true) where !layout.isSignaling(y): return a
        default: return Double(bitPattern: layout.propagate(x, y, y))
        }
    }

    /// `fmaxa` or `fmina`.
    @inline(never) @usableFromInline
    static func extremumOfMagnitude(_ format: FloatFormat, maximum: Bool, _ a: Double, _ b: Double) -> Double {
        let layout = FloatLayout(format)
        let (x, y) = (layout.bits(a), layout.bits(b))
        if layout.isNaN(x) || layout.isNaN(y) {
            if layout.isSignaling(x) || layout.isSignaling(y) { signal(hostInvalid) }
            return extremumOfTie(format, maximum: maximum, a, b)
        }
        let (m, n) = (layout.magnitude(x), layout.magnitude(y))
        if m == n { return Double(bitPattern: maximum ? x & y : x | y) }
        return (m > n) == maximum ? a : b
    }

    /// MXCSR's flags for an invalid operation, a division by zero and an underflow.
    static var hostInvalid: UInt32 { 1 }
    static var hostDivideByZero: UInt32 { 4 }
    static var hostUnderflow: UInt32 { 16 }

    /// Sets sticky flags.
    static func signal(_ flags: UInt32) { longma_write_mxcsr(longma_read_mxcsr() | flags) }
}
