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
