import LoongArch

extension Semantics {
    /// fcc[cd] = predicate(fj, fk).
    @inlinable @inline(__always)
    static func floatCompare<E: Emitter>(_ predicate: FloatPredicate, _ format: FloatFormat, _ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setFCC(i.rd & 7, try e.compare(predicate, format, e.fpr(i.rj), e.fpr(i.rk)))
    }
}

// MARK: The instructions

extension Semantics {
    @inlinable @inline(__always)
    package static func fcmp_caf_s<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try floatCompare(.caf, .single, i, &e)
    }
    @inlinable @inline(__always)
    package static func fcmp_caf_d<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try floatCompare(.caf, .double, i, &e)
    }
    @inlinable @inline(__always)
    package static func fcmp_saf_s<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try floatCompare(.saf, .single, i, &e)
    }
    @inlinable @inline(__always)
    package static func fcmp_saf_d<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try floatCompare(.saf, .double, i, &e)
    }
    @inlinable @inline(__always)
    package static func fcmp_clt_s<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try floatCompare(.clt, .single, i, &e)
    }
    @inlinable @inline(__always)
    package static func fcmp_clt_d<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try floatCompare(.clt, .double, i, &e)
    }
    @inlinable @inline(__always)
    package static func fcmp_slt_s<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try floatCompare(.slt, .single, i, &e)
    }
    @inlinable @inline(__always)
    package static func fcmp_slt_d<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try floatCompare(.slt, .double, i, &e)
    }
    @inlinable @inline(__always)
    package static func fcmp_ceq_s<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try floatCompare(.ceq, .single, i, &e)
    }
    @inlinable @inline(__always)
    package static func fcmp_ceq_d<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try floatCompare(.ceq, .double, i, &e)
    }
    @inlinable @inline(__always)
    package static func fcmp_seq_s<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try floatCompare(.seq, .single, i, &e)
    }
    @inlinable @inline(__always)
    package static func fcmp_seq_d<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try floatCompare(.seq, .double, i, &e)
    }
    @inlinable @inline(__always)
    package static func fcmp_cle_s<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try floatCompare(.cle, .single, i, &e)
    }
    @inlinable @inline(__always)
    package static func fcmp_cle_d<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try floatCompare(.cle, .double, i, &e)
    }
    @inlinable @inline(__always)
    package static func fcmp_sle_s<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try floatCompare(.sle, .single, i, &e)
    }
    @inlinable @inline(__always)
    package static func fcmp_sle_d<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try floatCompare(.sle, .double, i, &e)
    }
    @inlinable @inline(__always)
    package static func fcmp_cun_s<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try floatCompare(.cun, .single, i, &e)
    }
    @inlinable @inline(__always)
    package static func fcmp_cun_d<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try floatCompare(.cun, .double, i, &e)
    }
    @inlinable @inline(__always)
    package static func fcmp_sun_s<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try floatCompare(.sun, .single, i, &e)
    }
    @inlinable @inline(__always)
    package static func fcmp_sun_d<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try floatCompare(.sun, .double, i, &e)
    }
    @inlinable @inline(__always)
    package static func fcmp_cult_s<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try floatCompare(.cult, .single, i, &e)
    }
    @inlinable @inline(__always)
    package static func fcmp_cult_d<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try floatCompare(.cult, .double, i, &e)
    }
    @inlinable @inline(__always)
    package static func fcmp_sult_s<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try floatCompare(.sult, .single, i, &e)
    }
    @inlinable @inline(__always)
    package static func fcmp_sult_d<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try floatCompare(.sult, .double, i, &e)
    }
    @inlinable @inline(__always)
    package static func fcmp_cueq_s<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try floatCompare(.cueq, .single, i, &e)
    }
    @inlinable @inline(__always)
    package static func fcmp_cueq_d<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try floatCompare(.cueq, .double, i, &e)
    }
    @inlinable @inline(__always)
    package static func fcmp_sueq_s<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try floatCompare(.sueq, .single, i, &e)
    }
    @inlinable @inline(__always)
    package static func fcmp_sueq_d<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try floatCompare(.sueq, .double, i, &e)
    }
    @inlinable @inline(__always)
    package static func fcmp_cule_s<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try floatCompare(.cule, .single, i, &e)
    }
    @inlinable @inline(__always)
    package static func fcmp_cule_d<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try floatCompare(.cule, .double, i, &e)
    }
    @inlinable @inline(__always)
    package static func fcmp_sule_s<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try floatCompare(.sule, .single, i, &e)
    }
    @inlinable @inline(__always)
    package static func fcmp_sule_d<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try floatCompare(.sule, .double, i, &e)
    }
    @inlinable @inline(__always)
    package static func fcmp_cne_s<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try floatCompare(.cne, .single, i, &e)
    }
    @inlinable @inline(__always)
    package static func fcmp_cne_d<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try floatCompare(.cne, .double, i, &e)
    }
    @inlinable @inline(__always)
    package static func fcmp_sne_s<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try floatCompare(.sne, .single, i, &e)
    }
    @inlinable @inline(__always)
    package static func fcmp_sne_d<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try floatCompare(.sne, .double, i, &e)
    }
    @inlinable @inline(__always)
    package static func fcmp_cor_s<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try floatCompare(.cor, .single, i, &e)
    }
    @inlinable @inline(__always)
    package static func fcmp_cor_d<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try floatCompare(.cor, .double, i, &e)
    }
    @inlinable @inline(__always)
    package static func fcmp_sor_s<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try floatCompare(.sor, .single, i, &e)
    }
    @inlinable @inline(__always)
    package static func fcmp_sor_d<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try floatCompare(.sor, .double, i, &e)
    }
    @inlinable @inline(__always)
    package static func fcmp_cune_s<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try floatCompare(.cune, .single, i, &e)
    }
    @inlinable @inline(__always)
    package static func fcmp_cune_d<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try floatCompare(.cune, .double, i, &e)
    }
    @inlinable @inline(__always)
    package static func fcmp_sune_s<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try floatCompare(.sune, .single, i, &e)
    }
    @inlinable @inline(__always)
    package static func fcmp_sune_d<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try floatCompare(.sune, .double, i, &e)
    }
    @inlinable @inline(__always)
    package static func fsel<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setFPR(i.rd, e.select(e.fcc(i.ra & 7), e.fpr(i.rk), e.fpr(i.rj)))
    }
    @inlinable @inline(__always)
    package static func bceqz<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.branch(if: e.not(e.fcc(i.rj & 7)), offset: Int64(i.immediate))
    }
    @inlinable @inline(__always)
    package static func bcnez<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.branch(if: e.fcc(i.rj & 7), offset: Int64(i.immediate))
    }
}
