import LoongArch

extension Semantics {
    /// Branches, system calls, and what the machine says about itself (manual volume 1: branch, other miscellaneous instructions).
    @inlinable @inline(__always)
    static func control<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        let offset = Int64(i.immediate)
        switch i.opcode {
        case .beqz: e.branch(if: e.equal(e.gpr(i.rj), e.constant(0)), offset: offset)
        case .bnez: e.branch(if: e.notEqual(e.gpr(i.rj), e.constant(0)), offset: offset)
        case .beq: e.branch(if: e.equal(e.gpr(i.rj), e.gpr(i.rd)), offset: offset)
        case .bne: e.branch(if: e.notEqual(e.gpr(i.rj), e.gpr(i.rd)), offset: offset)
        case .blt: e.branch(if: e.lessSigned(e.gpr(i.rj), e.gpr(i.rd)), offset: offset)
        case .bge: e.branch(if: e.not(e.lessSigned(e.gpr(i.rj), e.gpr(i.rd))), offset: offset)
        case .bltu: e.branch(if: e.lessUnsigned(e.gpr(i.rj), e.gpr(i.rd)), offset: offset)
        case .bgeu: e.branch(if: e.not(e.lessUnsigned(e.gpr(i.rj), e.gpr(i.rd))), offset: offset)
        case .b: e.jump(offset: offset, link: 0)
        case .bl: e.jump(offset: offset, link: 1)
        case .jirl: e.jump(to: e.add(e.gpr(i.rj), e.immediate(i)), link: i.rd)

        case .syscall: try e.raise(.SYS)
        case .break: try e.raise(.BRK)

        case .cpucfg: e.setGPR(i.rd, e.configurationWord(e.gpr(i.rj)))
        case .rdtimel_w: readCounter(i, &e) { e, counter in e.signExtend(counter, 32) }
        case .rdtimeh_w: readCounter(i, &e) { e, counter in e.shiftRightSigned(counter, e.constant(32)) }
        case .rdtime_d: readCounter(i, &e) { _, counter in counter }
        default: try bitManipulation(i, &e)
        }
    }

    /// rd = part of the counter, then rj = the counter's id, which wins where both are the same register.
    @inlinable @inline(__always)
    static func readCounter<E: Emitter>(_ i: Instruction, _ e: inout E, _ part: (inout E, E.Word) -> E.Word) {
        let counter = e.stableCounter()
        e.setGPR(i.rd, part(&e, counter))
        e.setGPR(i.rj, e.stableCounterID())
    }
}
