import LoongArch

extension Semantics {
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

// MARK: The instructions

extension Semantics {
    @inlinable @inline(__always)
    package static func amswap_w<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try modify(i, &e, .swap, .int32)
    }
    @inlinable @inline(__always)
    package static func amadd_w<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try modify(i, &e, .add, .int32)
    }
    @inlinable @inline(__always)
    package static func amand_w<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try modify(i, &e, .and, .int32)
    }
    @inlinable @inline(__always)
    package static func amor_w<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try modify(i, &e, .or, .int32)
    }
    @inlinable @inline(__always)
    package static func amxor_w<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try modify(i, &e, .xor, .int32)
    }
    @inlinable @inline(__always)
    package static func ammax_w<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try modify(i, &e, .maxSigned, .int32)
    }
    @inlinable @inline(__always)
    package static func ammin_w<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try modify(i, &e, .minSigned, .int32)
    }
    @inlinable @inline(__always)
    package static func ammax_wu<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try modify(i, &e, .maxUnsigned, .int32)
    }
    @inlinable @inline(__always)
    package static func ammin_wu<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try modify(i, &e, .minUnsigned, .int32)
    }
    @inlinable @inline(__always)
    package static func amswap_d<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try modify(i, &e, .swap, .int64)
    }
    @inlinable @inline(__always)
    package static func amadd_d<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try modify(i, &e, .add, .int64)
    }
    @inlinable @inline(__always)
    package static func amand_d<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try modify(i, &e, .and, .int64)
    }
    @inlinable @inline(__always)
    package static func amor_d<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try modify(i, &e, .or, .int64)
    }
    @inlinable @inline(__always)
    package static func amxor_d<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try modify(i, &e, .xor, .int64)
    }
    @inlinable @inline(__always)
    package static func ammax_d<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try modify(i, &e, .maxSigned, .int64)
    }
    @inlinable @inline(__always)
    package static func ammin_d<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try modify(i, &e, .minSigned, .int64)
    }
    @inlinable @inline(__always)
    package static func ammax_du<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try modify(i, &e, .maxUnsigned, .int64)
    }
    @inlinable @inline(__always)
    package static func ammin_du<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try modify(i, &e, .minUnsigned, .int64)
    }
    @inlinable @inline(__always)
    package static func amswap_b<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try modify(i, &e, .swap, .int8)
    }
    @inlinable @inline(__always)
    package static func amswap_h<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try modify(i, &e, .swap, .int16)
    }
    @inlinable @inline(__always)
    package static func amadd_b<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try modify(i, &e, .add, .int8)
    }
    @inlinable @inline(__always)
    package static func amadd_h<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try modify(i, &e, .add, .int16)
    }
    @inlinable @inline(__always)
    package static func amcas_b<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try swapIfEqual(i, &e, .int8)
    }
    @inlinable @inline(__always)
    package static func amcas_h<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try swapIfEqual(i, &e, .int16)
    }
    @inlinable @inline(__always)
    package static func amcas_w<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try swapIfEqual(i, &e, .int32)
    }
    @inlinable @inline(__always)
    package static func amcas_d<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try swapIfEqual(i, &e, .int64)
    }
    @inlinable @inline(__always)
    package static func ll_w<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setGPR(i.rd, try e.loadLinked(e.displaced(i), .int32))
    }
    @inlinable @inline(__always)
    package static func ll_d<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setGPR(i.rd, try e.loadLinked(e.displaced(i), .int64))
    }
    @inlinable @inline(__always)
    package static func sc_w<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setGPR(i.rd, try e.storeConditional(e.displaced(i), e.gpr(i.rd), .int32))
    }
    @inlinable @inline(__always)
    package static func sc_d<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setGPR(i.rd, try e.storeConditional(e.displaced(i), e.gpr(i.rd), .int64))
    }
    @inlinable @inline(__always)
    package static func sc_q<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setGPR(i.rd, try e.storeConditionalPair(e.gpr(i.rj), low: e.gpr(i.rd), high: e.gpr(i.rk)))
    }
}
