import CHost

/// The fields of FCSR, and how they lie in the host's MXCSR. Exceptions are the bits V = 16, Z = 8, O = 4, U = 2, I = 1 of a group.
public enum FloatStatus {
    /// The bits of `fcsr0` that exist: Enables 4:0, rounding mode 9:8, Flags 20:16, Cause 28:24.
    public static let mask: UInt32 = 0x1F1F_031F
    /// FCSR0.TM of the binary translation extension, which Linux processes do not have.
    public static let topMode: UInt32 = 0x40
    /// The bits that `fcsr0`...`fcsr3` show: all; Enables; Flags and Cause; rounding mode.
    @inlinable
    public static func mask(ofRegister number: UInt8) -> UInt32 {
        switch number {
        case 0: mask
        case 1: 0x1F
        case 2: 0x1F1F_0000
        case 3: 0x300
        default: 0
        }
    }

    /// The underflow bit of a group.
    static let underflow: UInt32 = 2
    /// MXCSR's six exception flags.
    static let hostFlags: UInt32 = 0x3F

    /// The exceptions that MXCSR's flags say; the host's "denormal operand" is none of them.
    @inlinable @inline(__always)
    public static func exceptions(mxcsr: UInt32) -> UInt32 {
        (mxcsr & 1) << 4 | (mxcsr & 4) << 1 | (mxcsr & 8) >> 1 | (mxcsr & 16) >> 3 | (mxcsr & 32) >> 5
    }

    /// MXCSR for an FCSR: its rounding mode, all exceptions masked, no flags. (Rounding modes count nearest, zero, up, down here and nearest, down, up, zero there.)
    @inlinable @inline(__always)
    public static func mxcsr(fcsr: UInt32) -> UInt32 {
        let mode = (fcsr >> 8) & 3
        return 0x1F80 | (mode ^ (mode & 1) << 1) << 13
    }
}
