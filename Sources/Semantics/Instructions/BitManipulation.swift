import LoongArch

extension Semantics {}

extension Emitter {
    @inlinable @inline(__always)
    func leadingZeros32(_ a: Word) -> Word {
        leadingZeros(or(shiftLeft(a, constant(32)), constant(1 << 31)))
    }

    /// Swaps neighbouring groups of `bits` bits; `mask` selects the lower group of each pair.
    @inlinable @inline(__always)
    func swapGroups(_ a: Word, _ bits: UInt64, mask: UInt64) -> Word {
        or(shiftLeft(and(a, constant(mask)), constant(bits)), and(shiftRight(a, constant(bits)), constant(mask)))
    }

    @inlinable @inline(__always)
    func reversed(_ a: Word) -> Word { call(.bitReverse, a, constant(0)) }

    /// Bits msb...lsb (the two immediates) of `a`, zero-extended.
    @inlinable @inline(__always)
    func field(_ a: Word, _ i: Instruction) -> Word {
        let lsb = UInt64(i.immediate2 & 63)
        return and(shiftRight(a, constant(lsb)), constant(i.fieldMask))
    }

    /// rd with bits msb...lsb replaced by the low bits of rj.
    @inlinable @inline(__always)
    func inserted(_ i: Instruction) -> Word {
        let lsb = UInt64(i.immediate2 & 63)
        let kept = and(gpr(i.rd), constant(~(i.fieldMask << lsb)))
        return or(kept, shiftLeft(and(gpr(i.rj), constant(i.fieldMask)), constant(lsb)))
    }
}

extension Instruction {
    /// As many low one bits as the field msb...lsb has. An inverted field (msb < lsb) is reserved; it reads as one bit wide.
    @inlinable @inline(__always)
    var fieldMask: UInt64 {
        let width = max(Int64(immediate) - Int64(immediate2), 0) + 1
        return ~0 >> UInt64(64 - min(width, 64))
    }
}

// MARK: The instructions

extension Semantics {
    @inlinable @inline(__always)
    package static func ext_w_b<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setGPR(i.rd, e.signExtend(e.gpr(i.rj), 8))
    }
    @inlinable @inline(__always)
    package static func ext_w_h<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setGPR(i.rd, e.signExtend(e.gpr(i.rj), 16))
    }
    // Counting: the 32-bit forms put a stop bit beyond the word, the "ones" forms count zeros of the complement.
    @inlinable @inline(__always)
    package static func clz_d<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setGPR(i.rd, e.leadingZeros(e.gpr(i.rj)))
    }
    @inlinable @inline(__always)
    package static func clo_d<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setGPR(i.rd, e.leadingZeros(e.not(e.gpr(i.rj))))
    }
    @inlinable @inline(__always)
    package static func ctz_d<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setGPR(i.rd, e.trailingZeros(e.gpr(i.rj)))
    }
    @inlinable @inline(__always)
    package static func cto_d<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setGPR(i.rd, e.trailingZeros(e.not(e.gpr(i.rj))))
    }
    @inlinable @inline(__always)
    package static func clz_w<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setGPR(i.rd, e.leadingZeros32(e.gpr(i.rj)))
    }
    @inlinable @inline(__always)
    package static func clo_w<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setGPR(i.rd, e.leadingZeros32(e.not(e.gpr(i.rj))))
    }
    @inlinable @inline(__always)
    package static func ctz_w<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setGPR(i.rd, e.trailingZeros(e.or(e.gpr(i.rj), e.constant(1 << 32))))
    }
    @inlinable @inline(__always)
    package static func cto_w<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setGPR(i.rd, e.trailingZeros(e.or(e.not(e.gpr(i.rj)), e.constant(1 << 32))))
    }
    // Byte order: reversing all eight bytes, then rotating or swapping the larger units back into place.
    @inlinable @inline(__always)
    package static func revb_d<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setGPR(i.rd, e.byteSwap(e.gpr(i.rj)))
    }
    @inlinable @inline(__always)
    package static func revb_2w<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setGPR(i.rd, e.rotateRight(e.byteSwap(e.gpr(i.rj)), e.constant(32)))
    }
    @inlinable @inline(__always)
    package static func revb_4h<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setGPR(i.rd, e.swapGroups(e.gpr(i.rj), 8, mask: 0x00FF_00FF_00FF_00FF))
    }
    @inlinable @inline(__always)
    package static func revb_2h<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setGPR(i.rd, e.signExtend(e.swapGroups(e.gpr(i.rj), 8, mask: 0x00FF_00FF_00FF_00FF), 32))
    }
    @inlinable @inline(__always)
    package static func revh_2w<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setGPR(i.rd, e.swapGroups(e.gpr(i.rj), 16, mask: 0x0000_FFFF_0000_FFFF))
    }
    @inlinable @inline(__always)
    package static func revh_d<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setGPR(i.rd, e.rotateRight(e.swapGroups(e.gpr(i.rj), 16, mask: 0x0000_FFFF_0000_FFFF), e.constant(32)))
    }
    @inlinable @inline(__always)
    package static func bitrev_d<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setGPR(i.rd, e.reversed(e.gpr(i.rj)))
    }
    @inlinable @inline(__always)
    package static func bitrev_8b<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setGPR(i.rd, e.byteSwap(e.reversed(e.gpr(i.rj))))
    }
    @inlinable @inline(__always)
    package static func bitrev_w<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setGPR(i.rd, e.shiftRightSigned(e.reversed(e.gpr(i.rj)), e.constant(32)))
    }
    @inlinable @inline(__always)
    package static func bitrev_4b<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setGPR(i.rd, e.signExtend(e.byteSwap(e.reversed(e.gpr(i.rj))), 32))
    }
    @inlinable @inline(__always)
    package static func bytepick_w<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        let pair = e.or(e.shiftLeft(e.gpr(i.rk), e.constant(32)), e.zeroExtend(e.gpr(i.rj), 32))
        e.setGPR(i.rd, e.signExtend(e.shiftRight(pair, e.constant(32 - 8 * i.value)), 32))
    }
    @inlinable @inline(__always)
    package static func bytepick_d<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        let high = e.shiftLeft(e.gpr(i.rk), e.constant(8 * i.value))
        e.setGPR(i.rd, i.immediate == 0 ? high : e.or(high, e.shiftRight(e.gpr(i.rj), e.constant(64 - 8 * i.value))))
    }
    @inlinable @inline(__always)
    package static func bstrpick_d<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setGPR(i.rd, e.field(e.gpr(i.rj), i))
    }
    @inlinable @inline(__always)
    package static func bstrpick_w<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setGPR(i.rd, e.signExtend(e.field(e.gpr(i.rj), i), 32))
    }
    @inlinable @inline(__always)
    package static func bstrins_d<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setGPR(i.rd, e.inserted(i))
    }
    @inlinable @inline(__always)
    package static func bstrins_w<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setGPR(i.rd, e.signExtend(e.inserted(i), 32))
    }
    @inlinable @inline(__always)
    package static func crc_w_b_w<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setGPR(i.rd, e.call(.crc8, e.gpr(i.rj), e.gpr(i.rk)))
    }
    @inlinable @inline(__always)
    package static func crc_w_h_w<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setGPR(i.rd, e.call(.crc16, e.gpr(i.rj), e.gpr(i.rk)))
    }
    @inlinable @inline(__always)
    package static func crc_w_w_w<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setGPR(i.rd, e.call(.crc32, e.gpr(i.rj), e.gpr(i.rk)))
    }
    @inlinable @inline(__always)
    package static func crc_w_d_w<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setGPR(i.rd, e.call(.crc64, e.gpr(i.rj), e.gpr(i.rk)))
    }
    @inlinable @inline(__always)
    package static func crcc_w_b_w<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setGPR(i.rd, e.call(.crcc8, e.gpr(i.rj), e.gpr(i.rk)))
    }
    @inlinable @inline(__always)
    package static func crcc_w_h_w<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setGPR(i.rd, e.call(.crcc16, e.gpr(i.rj), e.gpr(i.rk)))
    }
    @inlinable @inline(__always)
    package static func crcc_w_w_w<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setGPR(i.rd, e.call(.crcc32, e.gpr(i.rj), e.gpr(i.rk)))
    }
    @inlinable @inline(__always)
    package static func crcc_w_d_w<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setGPR(i.rd, e.call(.crcc64, e.gpr(i.rj), e.gpr(i.rk)))
    }
}
