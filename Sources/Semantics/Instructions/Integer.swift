import LoongArch

extension Semantics {}

extension Instruction {
    /// The first immediate as a 64-bit word (the sign extension was made when decoding).
    @inlinable
    public var value: UInt64 { UInt64(bitPattern: Int64(immediate)) }
}

extension Emitter {
    /// The instruction's first immediate.
    @inlinable @inline(__always)
    func immediate(_ i: Instruction) -> Word { constant(i.value) }

    /// `(rj << sa) + rk` of the alsl forms.
    @inlinable @inline(__always)
    func shiftedSum(_ i: Instruction) -> Word { add(shiftLeft(gpr(i.rj), immediate(i)), gpr(i.rk)) }
}
