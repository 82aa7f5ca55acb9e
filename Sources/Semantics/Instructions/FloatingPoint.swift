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
