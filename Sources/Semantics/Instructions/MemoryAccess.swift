import LoongArch

extension Semantics {
    /// BCE unless rj > rk (`greater`) or rj <= rk, signed.
    @inlinable @inline(__always)
    static func checkBound<E: Emitter>(_ i: Instruction, _ e: inout E, greater: Bool) throws(E.Trap) {
        let isGreater = e.lessSigned(e.gpr(i.rk), e.gpr(i.rj))
        try e.raise(.BCE, if: greater ? e.not(isGreater) : isGreater, detail: e.gpr(i.rj))
    }

    /// ALE unless the address is a multiple of the access size. It comes before the bound check.
    @inlinable @inline(__always)
    static func checkAlignment<E: Emitter>(_ i: Instruction, _ e: inout E, size: UInt64) throws(E.Trap) {
        guard size > 1 else { return }
        let misaligned = e.notEqual(e.and(e.gpr(i.rj), e.constant(size - 1)), e.constant(0))
        try e.raise(.ALE, if: misaligned, detail: e.gpr(i.rj))
    }

    @inlinable @inline(__always)
    static func boundedLoad<E: Emitter>(_ i: Instruction, _ e: inout E, _ type: MemoryType, greater: Bool) throws(E.Trap) {
        try checkAlignment(i, &e, size: type.size)
        try checkBound(i, &e, greater: greater)
        e.setGPR(i.rd, try e.load(e.gpr(i.rj), type, aligned: false))
    }

    @inlinable @inline(__always)
    static func boundedStore<E: Emitter>(_ i: Instruction, _ e: inout E, _ type: MemoryType, greater: Bool) throws(E.Trap) {
        try checkAlignment(i, &e, size: type.size)
        try checkBound(i, &e, greater: greater)
        try e.store(e.gpr(i.rj), e.gpr(i.rd), type, aligned: false)
    }
}

extension Emitter {
    /// rj + immediate.
    @inlinable @inline(__always)
    func displaced(_ i: Instruction) -> Word { add(gpr(i.rj), immediate(i)) }

    /// rj + rk.
    @inlinable @inline(__always)
    func indexed(_ i: Instruction) -> Word { add(gpr(i.rj), gpr(i.rk)) }
}
