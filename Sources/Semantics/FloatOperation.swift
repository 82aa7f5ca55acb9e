import LoongArch

/// The floating-point operations that set FCSR. Raw value 0 is kept free for "none".
public enum FloatOperation: UInt8, CaseIterable, Sendable {
    case addSingle = 1, addDouble, subtractSingle, subtractDouble, multiplySingle, multiplyDouble, divideSingle, divideDouble
    /// a * b + c, a * b - c, and both negated after rounding.
    case fusedAddSingle, fusedAddDouble, fusedSubtractSingle, fusedSubtractDouble
    case negatedFusedAddSingle, negatedFusedAddDouble, negatedFusedSubtractSingle, negatedFusedSubtractDouble
    case maxSingle, maxDouble, minSingle, minDouble, maxMagnitudeSingle, maxMagnitudeDouble, minMagnitudeSingle, minMagnitudeDouble
    /// b is the integer exponent, in the low 32 (single) or all 64 bits.
    case scaleSingle, scaleDouble
    case squareRootSingle, squareRootDouble, reciprocalSingle, reciprocalDouble
    case reciprocalSquareRootSingle, reciprocalSquareRootDouble, logBSingle, logBDouble
    case singleFromDouble, doubleFromSingle
    case singleFromInt32, singleFromInt64, doubleFromInt32, doubleFromInt64
    case roundSingle, roundDouble
    // Float to integer: target width, source format, rounding (current mode, down, up, toward zero, to nearest even).
    case int32FromSingle, int32FromDouble, int64FromSingle, int64FromDouble
    case int32FromSingleDown, int32FromDoubleDown, int64FromSingleDown, int64FromDoubleDown
    case int32FromSingleUp, int32FromDoubleUp, int64FromSingleUp, int64FromDoubleUp
    case int32FromSingleZero, int32FromDoubleZero, int64FromSingleZero, int64FromDoubleZero
    case int32FromSingleNearest, int32FromDoubleNearest, int64FromSingleNearest, int64FromDoubleNearest
}

/// Conditions of `fcmp.cond`, by the encoding's 5-bit field (bits 19:15); bit 0 is "signaling".
public enum FloatPredicate: UInt8, CaseIterable, Sendable {
    case caf = 0x00, saf, clt, slt, ceq, seq, cle, sle, cun, sun, cult, sult, cueq, sueq, cule, sule
    case cne = 0x10, sne
    case cor = 0x14, sor
    case cune = 0x18, sune
}
