import LoongArch

extension Semantics {
    /// rd = part of the counter, then rj = the counter's id, which wins where both are the same register.
    @inlinable @inline(__always)
    static func readCounter<E: Emitter>(_ i: Instruction, _ e: inout E, _ part: (inout E, E.Word) -> E.Word) {
        let counter = e.stableCounter()
        e.setGPR(i.rd, part(&e, counter))
        e.setGPR(i.rj, e.stableCounterID())
    }
}
