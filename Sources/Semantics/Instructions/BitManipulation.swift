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
    @inlinable
    var fieldMask: UInt64 {
        let width = max(Int64(immediate) - Int64(immediate2), 0) + 1
        return ~0 >> UInt64(64 - min(width, 64))
    }
}
