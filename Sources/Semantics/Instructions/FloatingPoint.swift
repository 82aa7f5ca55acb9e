import LoongArch

extension Semantics {
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

// MARK: The instructions

extension Semantics {
    @inlinable @inline(__always)
    package static func fadd_s<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try floatBinary(.addSingle, i, &e)
    }
    @inlinable @inline(__always)
    package static func fadd_d<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try floatBinary(.addDouble, i, &e)
    }
    @inlinable @inline(__always)
    package static func fsub_s<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try floatBinary(.subtractSingle, i, &e)
    }
    @inlinable @inline(__always)
    package static func fsub_d<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try floatBinary(.subtractDouble, i, &e)
    }
    @inlinable @inline(__always)
    package static func fmul_s<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try floatBinary(.multiplySingle, i, &e)
    }
    @inlinable @inline(__always)
    package static func fmul_d<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try floatBinary(.multiplyDouble, i, &e)
    }
    @inlinable @inline(__always)
    package static func fdiv_s<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try floatBinary(.divideSingle, i, &e)
    }
    @inlinable @inline(__always)
    package static func fdiv_d<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try floatBinary(.divideDouble, i, &e)
    }
    @inlinable @inline(__always)
    package static func fmax_s<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try floatBinary(.maxSingle, i, &e)
    }
    @inlinable @inline(__always)
    package static func fmax_d<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try floatBinary(.maxDouble, i, &e)
    }
    @inlinable @inline(__always)
    package static func fmin_s<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try floatBinary(.minSingle, i, &e)
    }
    @inlinable @inline(__always)
    package static func fmin_d<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try floatBinary(.minDouble, i, &e)
    }
    @inlinable @inline(__always)
    package static func fmaxa_s<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try floatBinary(.maxMagnitudeSingle, i, &e)
    }
    @inlinable @inline(__always)
    package static func fmaxa_d<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try floatBinary(.maxMagnitudeDouble, i, &e)
    }
    @inlinable @inline(__always)
    package static func fmina_s<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try floatBinary(.minMagnitudeSingle, i, &e)
    }
    @inlinable @inline(__always)
    package static func fmina_d<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try floatBinary(.minMagnitudeDouble, i, &e)
    }
    @inlinable @inline(__always)
    package static func fscaleb_s<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try floatBinary(.scaleSingle, i, &e)
    }
    @inlinable @inline(__always)
    package static func fscaleb_d<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try floatBinary(.scaleDouble, i, &e)
    }
    @inlinable @inline(__always)
    package static func fmadd_s<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try floatFused(.fusedAddSingle, i, &e)
    }
    @inlinable @inline(__always)
    package static func fmadd_d<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try floatFused(.fusedAddDouble, i, &e)
    }
    @inlinable @inline(__always)
    package static func fmsub_s<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try floatFused(.fusedSubtractSingle, i, &e)
    }
    @inlinable @inline(__always)
    package static func fmsub_d<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try floatFused(.fusedSubtractDouble, i, &e)
    }
    @inlinable @inline(__always)
    package static func fnmadd_s<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try floatFused(.negatedFusedAddSingle, i, &e)
    }
    @inlinable @inline(__always)
    package static func fnmadd_d<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try floatFused(.negatedFusedAddDouble, i, &e)
    }
    @inlinable @inline(__always)
    package static func fnmsub_s<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try floatFused(.negatedFusedSubtractSingle, i, &e)
    }
    @inlinable @inline(__always)
    package static func fnmsub_d<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try floatFused(.negatedFusedSubtractDouble, i, &e)
    }
    @inlinable @inline(__always)
    package static func fsqrt_s<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try floatUnary(.squareRootSingle, i, &e)
    }
    @inlinable @inline(__always)
    package static func fsqrt_d<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try floatUnary(.squareRootDouble, i, &e)
    }
    // The approximations of LA v1.1 may be exact.
    @inlinable @inline(__always)
    package static func frecip_s<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try floatUnary(.reciprocalSingle, i, &e)
    }
    @inlinable @inline(__always)
    package static func frecip_d<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try floatUnary(.reciprocalDouble, i, &e)
    }
    @inlinable @inline(__always)
    package static func frsqrt_s<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try floatUnary(.reciprocalSquareRootSingle, i, &e)
    }
    @inlinable @inline(__always)
    package static func frsqrt_d<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try floatUnary(.reciprocalSquareRootDouble, i, &e)
    }
    @inlinable @inline(__always)
    package static func flogb_s<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try floatUnary(.logBSingle, i, &e)
    }
    @inlinable @inline(__always)
    package static func flogb_d<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try floatUnary(.logBDouble, i, &e)
    }
    @inlinable @inline(__always)
    package static func frint_s<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try floatUnary(.roundSingle, i, &e)
    }
    @inlinable @inline(__always)
    package static func frint_d<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try floatUnary(.roundDouble, i, &e)
    }
    @inlinable @inline(__always)
    package static func fcvt_s_d<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try floatUnary(.singleFromDouble, i, &e)
    }
    @inlinable @inline(__always)
    package static func fcvt_d_s<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try floatUnary(.doubleFromSingle, i, &e)
    }
    @inlinable @inline(__always)
    package static func ffint_s_w<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try floatUnary(.singleFromInt32, i, &e)
    }
    @inlinable @inline(__always)
    package static func ffint_s_l<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try floatUnary(.singleFromInt64, i, &e)
    }
    @inlinable @inline(__always)
    package static func ffint_d_w<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try floatUnary(.doubleFromInt32, i, &e)
    }
    @inlinable @inline(__always)
    package static func ffint_d_l<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try floatUnary(.doubleFromInt64, i, &e)
    }
    @inlinable @inline(__always)
    package static func ftint_w_s<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try floatUnary(.int32FromSingle, i, &e)
    }
    @inlinable @inline(__always)
    package static func ftint_w_d<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try floatUnary(.int32FromDouble, i, &e)
    }
    @inlinable @inline(__always)
    package static func ftint_l_s<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try floatUnary(.int64FromSingle, i, &e)
    }
    @inlinable @inline(__always)
    package static func ftint_l_d<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try floatUnary(.int64FromDouble, i, &e)
    }
    @inlinable @inline(__always)
    package static func ftintrm_w_s<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try floatUnary(.int32FromSingleDown, i, &e)
    }
    @inlinable @inline(__always)
    package static func ftintrm_w_d<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try floatUnary(.int32FromDoubleDown, i, &e)
    }
    @inlinable @inline(__always)
    package static func ftintrm_l_s<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try floatUnary(.int64FromSingleDown, i, &e)
    }
    @inlinable @inline(__always)
    package static func ftintrm_l_d<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try floatUnary(.int64FromDoubleDown, i, &e)
    }
    @inlinable @inline(__always)
    package static func ftintrp_w_s<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try floatUnary(.int32FromSingleUp, i, &e)
    }
    @inlinable @inline(__always)
    package static func ftintrp_w_d<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try floatUnary(.int32FromDoubleUp, i, &e)
    }
    @inlinable @inline(__always)
    package static func ftintrp_l_s<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try floatUnary(.int64FromSingleUp, i, &e)
    }
    @inlinable @inline(__always)
    package static func ftintrp_l_d<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try floatUnary(.int64FromDoubleUp, i, &e)
    }
    @inlinable @inline(__always)
    package static func ftintrz_w_s<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try floatUnary(.int32FromSingleZero, i, &e)
    }
    @inlinable @inline(__always)
    package static func ftintrz_w_d<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try floatUnary(.int32FromDoubleZero, i, &e)
    }
    @inlinable @inline(__always)
    package static func ftintrz_l_s<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try floatUnary(.int64FromSingleZero, i, &e)
    }
    @inlinable @inline(__always)
    package static func ftintrz_l_d<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try floatUnary(.int64FromDoubleZero, i, &e)
    }
    @inlinable @inline(__always)
    package static func ftintrne_w_s<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try floatUnary(.int32FromSingleNearest, i, &e)
    }
    @inlinable @inline(__always)
    package static func ftintrne_w_d<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try floatUnary(.int32FromDoubleNearest, i, &e)
    }
    @inlinable @inline(__always)
    package static func ftintrne_l_s<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try floatUnary(.int64FromSingleNearest, i, &e)
    }
    @inlinable @inline(__always)
    package static func ftintrne_l_d<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try floatUnary(.int64FromDoubleNearest, i, &e)
    }
}
