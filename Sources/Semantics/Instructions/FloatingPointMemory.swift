import LoongArch

extension Semantics {
    /// Floating-point loads and stores, plain, indexed and bound-checked. The address of a bound-checked one is rj alone.
    @inlinable @inline(__always)
    static func floatingPointMemory<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        switch i.opcode {
        case .fld_s: try floatLoad(.single, e.floatDisplaced(i), i, &e)
        case .fldx_s: try floatLoad(.single, e.add(e.gpr(i.rj), e.gpr(i.rk)), i, &e)
        case .fst_s: try floatStore(.single, e.floatDisplaced(i), i, &e)
        case .fstx_s: try floatStore(.single, e.add(e.gpr(i.rj), e.gpr(i.rk)), i, &e)
        case .fld_d: try floatLoad(.double, e.floatDisplaced(i), i, &e)
        case .fldx_d: try floatLoad(.double, e.add(e.gpr(i.rj), e.gpr(i.rk)), i, &e)
        case .fst_d: try floatStore(.double, e.floatDisplaced(i), i, &e)
        case .fstx_d: try floatStore(.double, e.add(e.gpr(i.rj), e.gpr(i.rk)), i, &e)
        case .fldgt_s: try floatBoundedLoad(.single, greater: true, i, &e)
        case .fstgt_s: try floatBoundedStore(.single, greater: true, i, &e)
        case .fldle_s: try floatBoundedLoad(.single, greater: false, i, &e)
        case .fstle_s: try floatBoundedStore(.single, greater: false, i, &e)
        case .fldgt_d: try floatBoundedLoad(.double, greater: true, i, &e)
        case .fstgt_d: try floatBoundedStore(.double, greater: true, i, &e)
        case .fldle_d: try floatBoundedLoad(.double, greater: false, i, &e)
        case .fstle_d: try floatBoundedStore(.double, greater: false, i, &e)
        default: try withoutSemantics(i, &e)
        }
    }

    @inlinable @inline(__always)
    static func floatLoad<E: Emitter>(_ format: FloatFormat, _ address: E.Word, _ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setFPR(i.rd, try e.loadFloat(address, format, aligned: false))
    }

    @inlinable @inline(__always)
    static func floatStore<E: Emitter>(_ format: FloatFormat, _ address: E.Word, _ i: Instruction, _ e: inout E) throws(E.Trap) {
        try e.storeFloat(address, e.fpr(i.rd), format, aligned: false)
    }

    @inlinable @inline(__always)
    static func floatBoundedLoad<E: Emitter>(_ format: FloatFormat, greater: Bool, _ i: Instruction, _ e: inout E) throws(E.Trap) {
        try checkAlignment(i, &e, size: format == .single ? 4 : 8)
        try checkBound(i, &e, greater: greater)
        try floatLoad(format, e.gpr(i.rj), i, &e)
    }

    @inlinable @inline(__always)
    static func floatBoundedStore<E: Emitter>(_ format: FloatFormat, greater: Bool, _ i: Instruction, _ e: inout E) throws(E.Trap) {
        try checkAlignment(i, &e, size: format == .single ? 4 : 8)
        try checkBound(i, &e, greater: greater)
        try floatStore(format, e.gpr(i.rj), i, &e)
    }
}

extension Emitter {
    /// rj + the 12-bit displacement.
    @inlinable @inline(__always)
    func floatDisplaced(_ i: Instruction) -> Word { add(gpr(i.rj), constant(UInt64(bitPattern: Int64(i.immediate)))) }
}
