import CHost

/// LA64 floating-point arithmetic on the host's floating-point unit.
///
/// While guest code runs, the host's MXCSR holds the guest's rounding mode and its sticky flags, with every exception masked. Each operation is the host's
/// instruction; what the host answers differently (NaNs, values no integer can hold) is put right out of line. A register image is a `Double` that is only
/// ever moved, never computed with in Swift; a single-precision value or a 32-bit integer is its low half.
public enum FloatUnit {
    /// The LA64 result of `operation` under the current MXCSR; its exceptions are added to MXCSR's flags. Operands that the operation does not have are
    /// ignored; the upper half of a single-precision or 32-bit result is open.
    ///
    /// With a constant `operation` this is the machine instruction and a test for NaN. With a variable one call ``execute(_:_:_:_:)`` instead.
    @inlinable @inline(__always)
    public static func evaluate(_ operation: FloatOperation, _ a: Double, _ b: Double, _ c: Double) -> Double {
        switch operation {
        case .addSingle: return checkedSingle(longma_add_s(a, b), a, b)
        case .addDouble: return checkedDouble(longma_add_d(a, b), a, b)
        case .subtractSingle: return checkedSingle(longma_subtract_s(a, b), a, b)
        case .subtractDouble: return checkedDouble(longma_subtract_d(a, b), a, b)
        case .multiplySingle: return checkedSingle(longma_multiply_s(a, b), a, b)
        case .multiplyDouble: return checkedDouble(longma_multiply_d(a, b), a, b)
        case .divideSingle: return checkedSingle(longma_divide_s(a, b), a, b)
        case .divideDouble: return checkedDouble(longma_divide_d(a, b), a, b)

        case .fusedAddSingle: return fusedSingle(longma_fused_add_s(a, b, c), a, b, c, flip: 0)
        case .fusedAddDouble: return fusedDouble(longma_fused_add_d(a, b, c), a, b, c, flip: 0)
        case .fusedSubtractSingle: return fusedSingle(longma_fused_subtract_s(a, b, c), a, b, c, flip: 0)
        case .fusedSubtractDouble: return fusedDouble(longma_fused_subtract_d(a, b, c), a, b, c, flip: 0)
        case .negatedFusedAddSingle: return fusedSingle(longma_fused_add_s(a, b, c), a, b, c, flip: 1 << 31)
        case .negatedFusedAddDouble: return fusedDouble(longma_fused_add_d(a, b, c), a, b, c, flip: 1 << 63)
        case .negatedFusedSubtractSingle: return fusedSingle(longma_fused_subtract_s(a, b, c), a, b, c, flip: 1 << 31)
        case .negatedFusedSubtractDouble: return fusedDouble(longma_fused_subtract_d(a, b, c), a, b, c, flip: 1 << 63)

        case .maxSingle:
            return longma_less_quiet_s(b, a) ? a : longma_less_quiet_s(a, b) ? b : extremumOfTie(.single, maximum: true, a, b)
        case .maxDouble:
            return longma_less_quiet_d(b, a) ? a : longma_less_quiet_d(a, b) ? b : extremumOfTie(.double, maximum: true, a, b)
        case .minSingle:
            return longma_less_quiet_s(a, b) ? a : longma_less_quiet_s(b, a) ? b : extremumOfTie(.single, maximum: false, a, b)
        case .minDouble:
            return longma_less_quiet_d(a, b) ? a : longma_less_quiet_d(b, a) ? b : extremumOfTie(.double, maximum: false, a, b)
        case .maxMagnitudeSingle: return extremumOfMagnitude(.single, maximum: true, a, b)
        case .maxMagnitudeDouble: return extremumOfMagnitude(.double, maximum: true, a, b)
        case .minMagnitudeSingle: return extremumOfMagnitude(.single, maximum: false, a, b)
        case .minMagnitudeDouble: return extremumOfMagnitude(.double, maximum: false, a, b)

        case .scaleSingle: return scaleSingle(a, b)
        case .scaleDouble: return scaleDouble(a, b)
        case .squareRootSingle: return checkedSingle(longma_square_root_s(a), a, a)
        case .squareRootDouble: return checkedDouble(longma_square_root_d(a), a, a)
        case .reciprocalSingle: return checkedSingle(longma_divide_s(oneSingle, a), a, a)
        case .reciprocalDouble: return checkedDouble(longma_divide_d(1, a), a, a)
        case .reciprocalSquareRootSingle: return checkedSingle(longma_divide_s(oneSingle, longma_square_root_s(a)), a, a)
        case .reciprocalSquareRootDouble: return checkedDouble(longma_divide_d(1, longma_square_root_d(a)), a, a)
        case .logBSingle: return logB(.single, a)
        case .logBDouble: return logB(.double, a)

        // The host quiets, keeps and cuts a NaN just as LA64 does where there is one operand and no invalid operation but a signaling NaN.
        case .singleFromDouble: return longma_single_from_double(a)
        case .doubleFromSingle: return longma_double_from_single(a)
        case .roundSingle: return longma_round_s(a)
        case .roundDouble: return longma_round_d(a)

        case .singleFromInt32: return longma_s_from_int32(Int32(truncatingIfNeeded: a.bitPattern))
        case .singleFromInt64: return longma_s_from_int64(Int64(bitPattern: a.bitPattern))
        case .doubleFromInt32: return longma_d_from_int32(Int32(truncatingIfNeeded: a.bitPattern))
        case .doubleFromInt64: return longma_d_from_int64(Int64(bitPattern: a.bitPattern))

        case .int32FromSingle: return checkedInt32(longma_int32_from_s(a), .single, a)
        case .int32FromDouble: return checkedInt32(longma_int32_from_d(a), .double, a)
        case .int64FromSingle: return checkedInt64(longma_int64_from_s(a), .single, a)
        case .int64FromDouble: return checkedInt64(longma_int64_from_d(a), .double, a)
        case .int32FromSingleZero: return checkedInt32(longma_int32_truncating_s(a), .single, a)
        case .int32FromDoubleZero: return checkedInt32(longma_int32_truncating_d(a), .double, a)
        case .int64FromSingleZero: return checkedInt64(longma_int64_truncating_s(a), .single, a)
        case .int64FromDoubleZero: return checkedInt64(longma_int64_truncating_d(a), .double, a)
        default: return integer(operation, a)
        }
    }

    /// ``evaluate(_:_:_:_:)`` as one function, for an operation that is not a constant.
    @inline(never)
    public static func execute(_ operation: FloatOperation, _ a: Double, _ b: Double, _ c: Double) -> Double {
        evaluate(operation, a, b, c)
    }

    /// The image of 1 in single precision.
    @inlinable @inline(__always)
    static var oneSingle: Double { Double(bitPattern: 0x3F80_0000) }

    @inlinable @inline(__always)
    static func checkedSingle(_ result: Double, _ a: Double, _ b: Double) -> Double {
        _fastPath(!longma_is_nan_s(result)) ? result : notANumber(.single, a, b, b)
    }

    @inlinable @inline(__always)
    static func checkedDouble(_ result: Double, _ a: Double, _ b: Double) -> Double {
        _fastPath(!longma_is_nan_d(result)) ? result : notANumber(.double, a, b, b)
    }

    @inlinable @inline(__always)
    static func fusedSingle(_ result: Double, _ a: Double, _ b: Double, _ c: Double, flip: UInt64) -> Double {
        _fastPath(!longma_is_nan_s(result)) ? Double(bitPattern: result.bitPattern ^ flip) : fusedNotANumber(.single, a, b, c)
    }

    @inlinable @inline(__always)
    static func fusedDouble(_ result: Double, _ a: Double, _ b: Double, _ c: Double, flip: UInt64) -> Double {
        _fastPath(!longma_is_nan_d(result)) ? Double(bitPattern: result.bitPattern ^ flip) : fusedNotANumber(.double, a, b, c)
    }
}
