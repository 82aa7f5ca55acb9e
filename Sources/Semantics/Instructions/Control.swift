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

// MARK: The instructions

extension Semantics {
    @inlinable @inline(__always)
    package static func beqz<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.branch(if: e.equal(e.gpr(i.rj), e.constant(0)), offset: Int64(i.immediate))
    }
    @inlinable @inline(__always)
    package static func bnez<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.branch(if: e.notEqual(e.gpr(i.rj), e.constant(0)), offset: Int64(i.immediate))
    }
    @inlinable @inline(__always)
    package static func beq<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.branch(if: e.equal(e.gpr(i.rj), e.gpr(i.rd)), offset: Int64(i.immediate))
    }
    @inlinable @inline(__always)
    package static func bne<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.branch(if: e.notEqual(e.gpr(i.rj), e.gpr(i.rd)), offset: Int64(i.immediate))
    }
    @inlinable @inline(__always)
    package static func blt<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.branch(if: e.lessSigned(e.gpr(i.rj), e.gpr(i.rd)), offset: Int64(i.immediate))
    }
    @inlinable @inline(__always)
    package static func bge<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.branch(if: e.not(e.lessSigned(e.gpr(i.rj), e.gpr(i.rd))), offset: Int64(i.immediate))
    }
    @inlinable @inline(__always)
    package static func bltu<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.branch(if: e.lessUnsigned(e.gpr(i.rj), e.gpr(i.rd)), offset: Int64(i.immediate))
    }
    @inlinable @inline(__always)
    package static func bgeu<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.branch(if: e.not(e.lessUnsigned(e.gpr(i.rj), e.gpr(i.rd))), offset: Int64(i.immediate))
    }
    @inlinable @inline(__always)
    package static func b<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.jump(offset: Int64(i.immediate), link: 0)
    }
    @inlinable @inline(__always)
    package static func bl<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.jump(offset: Int64(i.immediate), link: 1)
    }
    @inlinable @inline(__always)
    package static func jirl<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.jump(to: e.add(e.gpr(i.rj), e.immediate(i)), link: i.rd)
    }
    @inlinable @inline(__always)
    package static func syscall<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try e.raise(.SYS)
    }
    @inlinable @inline(__always)
    package static func `break`<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try e.raise(.BRK)
    }
    @inlinable @inline(__always)
    package static func cpucfg<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setGPR(i.rd, e.configurationWord(e.gpr(i.rj)))
    }
    @inlinable @inline(__always)
    package static func rdtimel_w<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        readCounter(i, &e) { e, counter in e.signExtend(counter, 32) }
    }
    @inlinable @inline(__always)
    package static func rdtimeh_w<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        readCounter(i, &e) { e, counter in e.shiftRightSigned(counter, e.constant(32)) }
    }
    @inlinable @inline(__always)
    package static func rdtime_d<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        readCounter(i, &e) { _, counter in counter }
    }
}
