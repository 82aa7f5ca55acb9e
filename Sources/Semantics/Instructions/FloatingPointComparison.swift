import LoongArch

extension Semantics {
    /// `fcmp.cond`, and what branches or selects by a condition flag.
    @inlinable @inline(__always)
    static func floatingPointComparison<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        switch i.opcode {
        case .fcmp_caf_s: try floatCompare(.caf, .single, i, &e)
        case .fcmp_caf_d: try floatCompare(.caf, .double, i, &e)
        case .fcmp_saf_s: try floatCompare(.saf, .single, i, &e)
        case .fcmp_saf_d: try floatCompare(.saf, .double, i, &e)
        case .fcmp_clt_s: try floatCompare(.clt, .single, i, &e)
        case .fcmp_clt_d: try floatCompare(.clt, .double, i, &e)
        case .fcmp_slt_s: try floatCompare(.slt, .single, i, &e)
        case .fcmp_slt_d: try floatCompare(.slt, .double, i, &e)
        case .fcmp_ceq_s: try floatCompare(.ceq, .single, i, &e)
        case .fcmp_ceq_d: try floatCompare(.ceq, .double, i, &e)
        case .fcmp_seq_s: try floatCompare(.seq, .single, i, &e)
        case .fcmp_seq_d: try floatCompare(.seq, .double, i, &e)
        case .fcmp_cle_s: try floatCompare(.cle, .single, i, &e)
        case .fcmp_cle_d: try floatCompare(.cle, .double, i, &e)
        case .fcmp_sle_s: try floatCompare(.sle, .single, i, &e)
        case .fcmp_sle_d: try floatCompare(.sle, .double, i, &e)
        case .fcmp_cun_s: try floatCompare(.cun, .single, i, &e)
        case .fcmp_cun_d: try floatCompare(.cun, .double, i, &e)
        case .fcmp_sun_s: try floatCompare(.sun, .single, i, &e)
        case .fcmp_sun_d: try floatCompare(.sun, .double, i, &e)
        case .fcmp_cult_s: try floatCompare(.cult, .single, i, &e)
        case .fcmp_cult_d: try floatCompare(.cult, .double, i, &e)
        case .fcmp_sult_s: try floatCompare(.sult, .single, i, &e)
        case .fcmp_sult_d: try floatCompare(.sult, .double, i, &e)
        case .fcmp_cueq_s: try floatCompare(.cueq, .single, i, &e)
        case .fcmp_cueq_d: try floatCompare(.cueq, .double, i, &e)
        case .fcmp_sueq_s: try floatCompare(.sueq, .single, i, &e)
        case .fcmp_sueq_d: try floatCompare(.sueq, .double, i, &e)
        case .fcmp_cule_s: try floatCompare(.cule, .single, i, &e)
        case .fcmp_cule_d: try floatCompare(.cule, .double, i, &e)
        case .fcmp_sule_s: try floatCompare(.sule, .single, i, &e)
        case .fcmp_sule_d: try floatCompare(.sule, .double, i, &e)
        case .fcmp_cne_s: try floatCompare(.cne, .single, i, &e)
        case .fcmp_cne_d: try floatCompare(.cne, .double, i, &e)
        case .fcmp_sne_s: try floatCompare(.sne, .single, i, &e)
        case .fcmp_sne_d: try floatCompare(.sne, .double, i, &e)
        case .fcmp_cor_s: try floatCompare(.cor, .single, i, &e)
        case .fcmp_cor_d: try floatCompare(.cor, .double, i, &e)
        case .fcmp_sor_s: try floatCompare(.sor, .single, i, &e)
        case .fcmp_sor_d: try floatCompare(.sor, .double, i, &e)
        case .fcmp_cune_s: try floatCompare(.cune, .single, i, &e)
        case .fcmp_cune_d: try floatCompare(.cune, .double, i, &e)
        case .fcmp_sune_s: try floatCompare(.sune, .single, i, &e)
        case .fcmp_sune_d: try floatCompare(.sune, .double, i, &e)
        case .fsel: e.setFPR(i.rd, e.select(e.fcc(i.ra & 7), e.fpr(i.rk), e.fpr(i.rj)))
        case .bceqz: e.branch(if: e.not(e.fcc(i.rj & 7)), offset: Int64(i.immediate))
        case .bcnez: e.branch(if: e.fcc(i.rj & 7), offset: Int64(i.immediate))
        default: try floatingPointMove(i, &e)
        }
    }

    /// fcc[cd] = predicate(fj, fk).
    @inlinable @inline(__always)
    static func floatCompare<E: Emitter>(_ predicate: FloatPredicate, _ format: FloatFormat, _ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setFCC(i.rd & 7, try e.compare(predicate, format, e.fpr(i.rj), e.fpr(i.rk)))
    }
}
