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
