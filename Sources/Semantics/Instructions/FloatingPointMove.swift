import LoongArch

extension Semantics {}

extension Emitter {
    @inlinable @inline(__always)
    mutating func setFloatBits(_ n: UInt8, _ bits: Word) { setFPR(n, float(bits)) }

    /// The magnitude of fj with the sign of fk.
    @inlinable @inline(__always)
    func signCopied(_ i: Instruction, magnitude: UInt64, sign: UInt64) -> Word {
        or(and(bits(fpr(i.rj)), constant(magnitude)), and(bits(fpr(i.rk)), constant(sign)))
    }

    @inlinable @inline(__always)
    func isOdd(_ a: Word) -> Condition { notEqual(and(a, constant(1)), constant(0)) }
}
