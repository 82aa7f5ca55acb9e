import LoongArch

extension Semantics {
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

// MARK: The instructions

extension Semantics {
    @inlinable @inline(__always)
    package static func fld_s<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try floatLoad(.single, e.floatDisplaced(i), i, &e)
    }
    @inlinable @inline(__always)
    package static func fldx_s<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try floatLoad(.single, e.add(e.gpr(i.rj), e.gpr(i.rk)), i, &e)
    }
    @inlinable @inline(__always)
    package static func fst_s<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try floatStore(.single, e.floatDisplaced(i), i, &e)
    }
    @inlinable @inline(__always)
    package static func fstx_s<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try floatStore(.single, e.add(e.gpr(i.rj), e.gpr(i.rk)), i, &e)
    }
    @inlinable @inline(__always)
    package static func fld_d<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try floatLoad(.double, e.floatDisplaced(i), i, &e)
    }
    @inlinable @inline(__always)
    package static func fldx_d<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try floatLoad(.double, e.add(e.gpr(i.rj), e.gpr(i.rk)), i, &e)
    }
    @inlinable @inline(__always)
    package static func fst_d<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try floatStore(.double, e.floatDisplaced(i), i, &e)
    }
    @inlinable @inline(__always)
    package static func fstx_d<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try floatStore(.double, e.add(e.gpr(i.rj), e.gpr(i.rk)), i, &e)
    }
    @inlinable @inline(__always)
    package static func fldgt_s<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try floatBoundedLoad(.single, greater: true, i, &e)
    }
    @inlinable @inline(__always)
    package static func fstgt_s<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try floatBoundedStore(.single, greater: true, i, &e)
    }
    @inlinable @inline(__always)
    package static func fldle_s<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try floatBoundedLoad(.single, greater: false, i, &e)
    }
    @inlinable @inline(__always)
    package static func fstle_s<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try floatBoundedStore(.single, greater: false, i, &e)
    }
    @inlinable @inline(__always)
    package static func fldgt_d<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try floatBoundedLoad(.double, greater: true, i, &e)
    }
    @inlinable @inline(__always)
    package static func fstgt_d<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try floatBoundedStore(.double, greater: true, i, &e)
    }
    @inlinable @inline(__always)
    package static func fldle_d<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try floatBoundedLoad(.double, greater: false, i, &e)
    }
    @inlinable @inline(__always)
    package static func fstle_d<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try floatBoundedStore(.double, greater: false, i, &e)
    }
}
