import LoongArch

extension Semantics {
    /// fcc[cd] = predicate(fj, fk).
    @inlinable @inline(__always)
    static func floatCompare<E: Emitter>(_ predicate: FloatPredicate, _ format: FloatFormat, _ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setFCC(i.rd & 7, try e.compare(predicate, format, e.fpr(i.rj), e.fpr(i.rk)))
    }
}
