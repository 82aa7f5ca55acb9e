import LoongArch

extension Semantics {
    /// Atomic memory operations, load-linked and store-conditional, with the LA v1.1 additions (manual volume 1: atomic memory access instructions).
    /// All of them order fully, which the `_db` forms must and the plain ones may.
    @inlinable @inline(__always)
    static func atomics<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        switch i.opcode {
        case .amswap_w, .amswap_db_w: try modify(i, &e, .swap, .int32)
        case .amadd_w, .amadd_db_w: try modify(i, &e, .add, .int32)
        case .amand_w, .amand_db_w: try modify(i, &e, .and, .int32)
        case .amor_w, .amor_db_w: try modify(i, &e, .or, .int32)
        case .amxor_w, .amxor_db_w: try modify(i, &e, .xor, .int32)
        case .ammax_w, .ammax_db_w: try modify(i, &e, .maxSigned, .int32)
        case .ammin_w, .ammin_db_w: try modify(i, &e, .minSigned, .int32)
        case .ammax_wu, .ammax_db_wu: try modify(i, &e, .maxUnsigned, .int32)
        case .ammin_wu, .ammin_db_wu: try modify(i, &e, .minUnsigned, .int32)
        case .amswap_d, .amswap_db_d: try modify(i, &e, .swap, .int64)
        case .amadd_d, .amadd_db_d: try modify(i, &e, .add, .int64)
        case .amand_d, .amand_db_d: try modify(i, &e, .and, .int64)
        case .amor_d, .amor_db_d: try modify(i, &e, .or, .int64)
        case .amxor_d, .amxor_db_d: try modify(i, &e, .xor, .int64)
        case .ammax_d, .ammax_db_d: try modify(i, &e, .maxSigned, .int64)
        case .ammin_d, .ammin_db_d: try modify(i, &e, .minSigned, .int64)
        case .ammax_du, .ammax_db_du: try modify(i, &e, .maxUnsigned, .int64)
        case .ammin_du, .ammin_db_du: try modify(i, &e, .minUnsigned, .int64)
        case .amswap_b, .amswap_db_b: try modify(i, &e, .swap, .int8)
        case .amswap_h, .amswap_db_h: try modify(i, &e, .swap, .int16)
        case .amadd_b, .amadd_db_b: try modify(i, &e, .add, .int8)
        case .amadd_h, .amadd_db_h: try modify(i, &e, .add, .int16)

        case .amcas_b, .amcas_db_b: try swapIfEqual(i, &e, .int8)
        case .amcas_h, .amcas_db_h: try swapIfEqual(i, &e, .int16)
        case .amcas_w, .amcas_db_w: try swapIfEqual(i, &e, .int32)
        case .amcas_d, .amcas_db_d: try swapIfEqual(i, &e, .int64)

        case .ll_w, .llacq_w: e.setGPR(i.rd, try e.loadLinked(e.displaced(i), .int32))
        case .ll_d, .llacq_d: e.setGPR(i.rd, try e.loadLinked(e.displaced(i), .int64))
        case .sc_w, .screl_w: e.setGPR(i.rd, try e.storeConditional(e.displaced(i), e.gpr(i.rd), .int32))
        case .sc_d, .screl_d: e.setGPR(i.rd, try e.storeConditional(e.displaced(i), e.gpr(i.rd), .int64))
        case .sc_q: e.setGPR(i.rd, try e.storeConditionalPair(e.gpr(i.rj), low: e.gpr(i.rd), high: e.gpr(i.rk)))
        default: try floatingPoint(i, &e)
        }
    }

    @inlinable @inline(__always)
    static func modify<E: Emitter>(_ i: Instruction, _ e: inout E, _ operation: AtomicOperation, _ type: MemoryType) throws(E.Trap) {
        if i.rd != 0 && (i.rd == i.rj || i.rd == i.rk) { return try e.raise(.INE) }
        e.setGPR(i.rd, try e.atomic(operation, e.gpr(i.rj), e.gpr(i.rk), type))
    }

    @inlinable @inline(__always)
    static func swapIfEqual<E: Emitter>(_ i: Instruction, _ e: inout E, _ type: MemoryType) throws(E.Trap) {
        e.setGPR(i.rd, try e.compareExchange(e.gpr(i.rj), expected: e.gpr(i.rd), desired: e.gpr(i.rk), type))
    }
}
