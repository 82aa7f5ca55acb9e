import LoongArch

// On merging take the main branch's file: this is the part of it that the floating-point semantics need.

/// What each LA64 instruction does, written once over `Emitter`.
public enum Semantics {
    /// The end of the chain: rows of the table without semantics.
    @inlinable @inline(__always)
    static func withoutSemantics<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try e.raise(.unimplemented)
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
}
