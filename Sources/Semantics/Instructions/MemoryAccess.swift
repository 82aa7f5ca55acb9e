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

// MARK: The instructions

extension Semantics {
    @inlinable @inline(__always)
    package static func ld_b<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setGPR(i.rd, try e.load(e.displaced(i), .int8, aligned: false))
    }
    @inlinable @inline(__always)
    package static func ld_bu<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setGPR(i.rd, try e.load(e.displaced(i), .uint8, aligned: false))
    }
    @inlinable @inline(__always)
    package static func ld_h<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setGPR(i.rd, try e.load(e.displaced(i), .int16, aligned: false))
    }
    @inlinable @inline(__always)
    package static func ld_hu<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setGPR(i.rd, try e.load(e.displaced(i), .uint16, aligned: false))
    }
    @inlinable @inline(__always)
    package static func ld_w<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setGPR(i.rd, try e.load(e.displaced(i), .int32, aligned: false))
    }
    @inlinable @inline(__always)
    package static func ld_wu<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setGPR(i.rd, try e.load(e.displaced(i), .uint32, aligned: false))
    }
    @inlinable @inline(__always)
    package static func ld_d<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setGPR(i.rd, try e.load(e.displaced(i), .int64, aligned: false))
    }
    @inlinable @inline(__always)
    package static func st_b<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try e.store(e.displaced(i), e.gpr(i.rd), .uint8, aligned: false)
    }
    @inlinable @inline(__always)
    package static func st_h<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try e.store(e.displaced(i), e.gpr(i.rd), .uint16, aligned: false)
    }
    @inlinable @inline(__always)
    package static func st_w<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try e.store(e.displaced(i), e.gpr(i.rd), .uint32, aligned: false)
    }
    @inlinable @inline(__always)
    package static func st_d<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try e.store(e.displaced(i), e.gpr(i.rd), .int64, aligned: false)
    }
    @inlinable @inline(__always)
    package static func ldx_b<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setGPR(i.rd, try e.load(e.indexed(i), .int8, aligned: false))
    }
    @inlinable @inline(__always)
    package static func ldx_bu<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setGPR(i.rd, try e.load(e.indexed(i), .uint8, aligned: false))
    }
    @inlinable @inline(__always)
    package static func ldx_h<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setGPR(i.rd, try e.load(e.indexed(i), .int16, aligned: false))
    }
    @inlinable @inline(__always)
    package static func ldx_hu<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setGPR(i.rd, try e.load(e.indexed(i), .uint16, aligned: false))
    }
    @inlinable @inline(__always)
    package static func ldx_w<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setGPR(i.rd, try e.load(e.indexed(i), .int32, aligned: false))
    }
    @inlinable @inline(__always)
    package static func ldx_wu<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setGPR(i.rd, try e.load(e.indexed(i), .uint32, aligned: false))
    }
    @inlinable @inline(__always)
    package static func ldx_d<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setGPR(i.rd, try e.load(e.indexed(i), .int64, aligned: false))
    }
    @inlinable @inline(__always)
    package static func stx_b<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try e.store(e.indexed(i), e.gpr(i.rd), .uint8, aligned: false)
    }
    @inlinable @inline(__always)
    package static func stx_h<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try e.store(e.indexed(i), e.gpr(i.rd), .uint16, aligned: false)
    }
    @inlinable @inline(__always)
    package static func stx_w<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try e.store(e.indexed(i), e.gpr(i.rd), .uint32, aligned: false)
    }
    @inlinable @inline(__always)
    package static func stx_d<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try e.store(e.indexed(i), e.gpr(i.rd), .int64, aligned: false)
    }
    @inlinable @inline(__always)
    package static func ldgt_b<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try boundedLoad(i, &e, .int8, greater: true)
    }
    @inlinable @inline(__always)
    package static func ldgt_h<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try boundedLoad(i, &e, .int16, greater: true)
    }
    @inlinable @inline(__always)
    package static func ldgt_w<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try boundedLoad(i, &e, .int32, greater: true)
    }
    @inlinable @inline(__always)
    package static func ldgt_d<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try boundedLoad(i, &e, .int64, greater: true)
    }
    @inlinable @inline(__always)
    package static func ldle_b<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try boundedLoad(i, &e, .int8, greater: false)
    }
    @inlinable @inline(__always)
    package static func ldle_h<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try boundedLoad(i, &e, .int16, greater: false)
    }
    @inlinable @inline(__always)
    package static func ldle_w<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try boundedLoad(i, &e, .int32, greater: false)
    }
    @inlinable @inline(__always)
    package static func ldle_d<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try boundedLoad(i, &e, .int64, greater: false)
    }
    @inlinable @inline(__always)
    package static func stgt_b<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try boundedStore(i, &e, .uint8, greater: true)
    }
    @inlinable @inline(__always)
    package static func stgt_h<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try boundedStore(i, &e, .uint16, greater: true)
    }
    @inlinable @inline(__always)
    package static func stgt_w<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try boundedStore(i, &e, .uint32, greater: true)
    }
    @inlinable @inline(__always)
    package static func stgt_d<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try boundedStore(i, &e, .int64, greater: true)
    }
    @inlinable @inline(__always)
    package static func stle_b<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try boundedStore(i, &e, .uint8, greater: false)
    }
    @inlinable @inline(__always)
    package static func stle_h<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try boundedStore(i, &e, .uint16, greater: false)
    }
    @inlinable @inline(__always)
    package static func stle_w<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try boundedStore(i, &e, .uint32, greater: false)
    }
    @inlinable @inline(__always)
    package static func stle_d<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try boundedStore(i, &e, .int64, greater: false)
    }
    @inlinable @inline(__always)
    package static func asrtle_d<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try checkBound(i, &e, greater: false)
    }
    @inlinable @inline(__always)
    package static func asrtgt_d<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try checkBound(i, &e, greater: true)
    }
    @inlinable @inline(__always)
    package static func preld<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {}
    @inlinable @inline(__always)
    package static func dbar<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.dataBarrier(isFull: i.isFullBarrier)
    }
    @inlinable @inline(__always)
    package static func ibar<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.instructionBarrier()
    }
}
