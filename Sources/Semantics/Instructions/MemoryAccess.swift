import LoongArch

extension Semantics {
    /// Integer loads and stores, plain, indexed and bound-checked (manual volume 1: memory access, bound check memory access instructions).
    @inlinable @inline(__always)
    static func memoryAccess<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        switch i.opcode {
        case .ld_b: e.setGPR(i.rd, try e.load(e.displaced(i), .int8, aligned: false))
        case .ld_bu: e.setGPR(i.rd, try e.load(e.displaced(i), .uint8, aligned: false))
        case .ld_h: e.setGPR(i.rd, try e.load(e.displaced(i), .int16, aligned: false))
        case .ld_hu: e.setGPR(i.rd, try e.load(e.displaced(i), .uint16, aligned: false))
        case .ld_w, .ldptr_w: e.setGPR(i.rd, try e.load(e.displaced(i), .int32, aligned: false))
        case .ld_wu: e.setGPR(i.rd, try e.load(e.displaced(i), .uint32, aligned: false))
        case .ld_d, .ldptr_d: e.setGPR(i.rd, try e.load(e.displaced(i), .int64, aligned: false))
        case .st_b: try e.store(e.displaced(i), e.gpr(i.rd), .uint8, aligned: false)
        case .st_h: try e.store(e.displaced(i), e.gpr(i.rd), .uint16, aligned: false)
        case .st_w, .stptr_w: try e.store(e.displaced(i), e.gpr(i.rd), .uint32, aligned: false)
        case .st_d, .stptr_d: try e.store(e.displaced(i), e.gpr(i.rd), .int64, aligned: false)

        case .ldx_b: e.setGPR(i.rd, try e.load(e.indexed(i), .int8, aligned: false))
        case .ldx_bu: e.setGPR(i.rd, try e.load(e.indexed(i), .uint8, aligned: false))
        case .ldx_h: e.setGPR(i.rd, try e.load(e.indexed(i), .int16, aligned: false))
        case .ldx_hu: e.setGPR(i.rd, try e.load(e.indexed(i), .uint16, aligned: false))
        case .ldx_w: e.setGPR(i.rd, try e.load(e.indexed(i), .int32, aligned: false))
        case .ldx_wu: e.setGPR(i.rd, try e.load(e.indexed(i), .uint32, aligned: false))
        case .ldx_d: e.setGPR(i.rd, try e.load(e.indexed(i), .int64, aligned: false))
        case .stx_b: try e.store(e.indexed(i), e.gpr(i.rd), .uint8, aligned: false)
        case .stx_h: try e.store(e.indexed(i), e.gpr(i.rd), .uint16, aligned: false)
        case .stx_w: try e.store(e.indexed(i), e.gpr(i.rd), .uint32, aligned: false)
        case .stx_d: try e.store(e.indexed(i), e.gpr(i.rd), .int64, aligned: false)

        case .ldgt_b: try boundedLoad(i, &e, .int8, greater: true)
        case .ldgt_h: try boundedLoad(i, &e, .int16, greater: true)
        case .ldgt_w: try boundedLoad(i, &e, .int32, greater: true)
        case .ldgt_d: try boundedLoad(i, &e, .int64, greater: true)
        case .ldle_b: try boundedLoad(i, &e, .int8, greater: false)
        case .ldle_h: try boundedLoad(i, &e, .int16, greater: false)
        case .ldle_w: try boundedLoad(i, &e, .int32, greater: false)
        case .ldle_d: try boundedLoad(i, &e, .int64, greater: false)
        case .stgt_b: try boundedStore(i, &e, .uint8, greater: true)
        case .stgt_h: try boundedStore(i, &e, .uint16, greater: true)
        case .stgt_w: try boundedStore(i, &e, .uint32, greater: true)
        case .stgt_d: try boundedStore(i, &e, .int64, greater: true)
        case .stle_b: try boundedStore(i, &e, .uint8, greater: false)
        case .stle_h: try boundedStore(i, &e, .uint16, greater: false)
        case .stle_w: try boundedStore(i, &e, .uint32, greater: false)
        case .stle_d: try boundedStore(i, &e, .int64, greater: false)

        case .asrtle_d: try checkBound(i, &e, greater: false)
        case .asrtgt_d: try checkBound(i, &e, greater: true)
        case .preld, .preldx: break
        case .dbar: e.dataBarrier()
        case .ibar: e.instructionBarrier()
        default: try control(i, &e)
        }
    }

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
