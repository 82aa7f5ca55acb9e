import LoongArch

extension Semantics {
    /// Floating-point arithmetic and conversions, then in a chain comparisons, moves and memory accesses (manual volume 1: floating-point instructions).
    @inlinable @inline(__always)
    public static func floatingPoint<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        switch i.opcode {
        case .fadd_s: try floatBinary(.addSingle, i, &e)
        case .fadd_d: try floatBinary(.addDouble, i, &e)
        case .fsub_s: try floatBinary(.subtractSingle, i, &e)
        case .fsub_d: try floatBinary(.subtractDouble, i, &e)
        case .fmul_s: try floatBinary(.multiplySingle, i, &e)
        case .fmul_d: try floatBinary(.multiplyDouble, i, &e)
        case .fdiv_s: try floatBinary(.divideSingle, i, &e)
        case .fdiv_d: try floatBinary(.divideDouble, i, &e)
        case .fmax_s: try floatBinary(.maxSingle, i, &e)
        case .fmax_d: try floatBinary(.maxDouble, i, &e)
        case .fmin_s: try floatBinary(.minSingle, i, &e)
        case .fmin_d: try floatBinary(.minDouble, i, &e)
        case .fmaxa_s: try floatBinary(.maxMagnitudeSingle, i, &e)
        case .fmaxa_d: try floatBinary(.maxMagnitudeDouble, i, &e)
        case .fmina_s: try floatBinary(.minMagnitudeSingle, i, &e)
        case .fmina_d: try floatBinary(.minMagnitudeDouble, i, &e)
        case .fscaleb_s: try floatBinary(.scaleSingle, i, &e)
        case .fscaleb_d: try floatBinary(.scaleDouble, i, &e)

        case .fmadd_s: try floatFused(.fusedAddSingle, i, &e)
        case .fmadd_d: try floatFused(.fusedAddDouble, i, &e)
        case .fmsub_s: try floatFused(.fusedSubtractSingle, i, &e)
        case .fmsub_d: try floatFused(.fusedSubtractDouble, i, &e)
        case .fnmadd_s: try floatFused(.negatedFusedAddSingle, i, &e)
        case .fnmadd_d: try floatFused(.negatedFusedAddDouble, i, &e)
        case .fnmsub_s: try floatFused(.negatedFusedSubtractSingle, i, &e)
        case .fnmsub_d: try floatFused(.negatedFusedSubtractDouble, i, &e)

        case .fsqrt_s: try floatUnary(.squareRootSingle, i, &e)
        case .fsqrt_d: try floatUnary(.squareRootDouble, i, &e)
        // The approximations of LA v1.1 may be exact.
        case .frecip_s, .frecipe_s: try floatUnary(.reciprocalSingle, i, &e)
        case .frecip_d, .frecipe_d: try floatUnary(.reciprocalDouble, i, &e)
        case .frsqrt_s, .frsqrte_s: try floatUnary(.reciprocalSquareRootSingle, i, &e)
        case .frsqrt_d, .frsqrte_d: try floatUnary(.reciprocalSquareRootDouble, i, &e)
        case .flogb_s: try floatUnary(.logBSingle, i, &e)
        case .flogb_d: try floatUnary(.logBDouble, i, &e)
        case .frint_s: try floatUnary(.roundSingle, i, &e)
        case .frint_d: try floatUnary(.roundDouble, i, &e)

        case .fcvt_s_d: try floatUnary(.singleFromDouble, i, &e)
        case .fcvt_d_s: try floatUnary(.doubleFromSingle, i, &e)
        case .ffint_s_w: try floatUnary(.singleFromInt32, i, &e)
        case .ffint_s_l: try floatUnary(.singleFromInt64, i, &e)
        case .ffint_d_w: try floatUnary(.doubleFromInt32, i, &e)
        case .ffint_d_l: try floatUnary(.doubleFromInt64, i, &e)
        case .ftint_w_s: try floatUnary(.int32FromSingle, i, &e)
        case .ftint_w_d: try floatUnary(.int32FromDouble, i, &e)
        case .ftint_l_s: try floatUnary(.int64FromSingle, i, &e)
        case .ftint_l_d: try floatUnary(.int64FromDouble, i, &e)
        case .ftintrm_w_s: try floatUnary(.int32FromSingleDown, i, &e)
        case .ftintrm_w_d: try floatUnary(.int32FromDoubleDown, i, &e)
        case .ftintrm_l_s: try floatUnary(.int64FromSingleDown, i, &e)
        case .ftintrm_l_d: try floatUnary(.int64FromDoubleDown, i, &e)
        case .ftintrp_w_s: try floatUnary(.int32FromSingleUp, i, &e)
        case .ftintrp_w_d: try floatUnary(.int32FromDoubleUp, i, &e)
        case .ftintrp_l_s: try floatUnary(.int64FromSingleUp, i, &e)
        case .ftintrp_l_d: try floatUnary(.int64FromDoubleUp, i, &e)
        case .ftintrz_w_s: try floatUnary(.int32FromSingleZero, i, &e)
        case .ftintrz_w_d: try floatUnary(.int32FromDoubleZero, i, &e)
        case .ftintrz_l_s: try floatUnary(.int64FromSingleZero, i, &e)
        case .ftintrz_l_d: try floatUnary(.int64FromDoubleZero, i, &e)
        case .ftintrne_w_s: try floatUnary(.int32FromSingleNearest, i, &e)
        case .ftintrne_w_d: try floatUnary(.int32FromDoubleNearest, i, &e)
        case .ftintrne_l_s: try floatUnary(.int64FromSingleNearest, i, &e)
        case .ftintrne_l_d: try floatUnary(.int64FromDoubleNearest, i, &e)
        default: try floatingPointComparison(i, &e)
        }
    }

    /// fd = operation(fj).
    @inlinable @inline(__always)
    static func floatUnary<E: Emitter>(_ operation: FloatOperation, _ i: Instruction, _ e: inout E) throws(E.Trap) {
        let a = e.fpr(i.rj)
        e.setFPR(i.rd, try e.arithmetic(operation, a, a, a))
    }

    /// fd = operation(fj, fk).
    @inlinable @inline(__always)
    static func floatBinary<E: Emitter>(_ operation: FloatOperation, _ i: Instruction, _ e: inout E) throws(E.Trap) {
        let (a, b) = (e.fpr(i.rj), e.fpr(i.rk))
        e.setFPR(i.rd, try e.arithmetic(operation, a, b, b))
    }

    /// fd = operation(fj, fk, fa).
    @inlinable @inline(__always)
    static func floatFused<E: Emitter>(_ operation: FloatOperation, _ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setFPR(i.rd, try e.arithmetic(operation, e.fpr(i.rj), e.fpr(i.rk), e.fpr(i.ra)))
    }
}
