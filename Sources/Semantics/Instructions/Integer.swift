import LoongArch

extension Semantics {}

extension Instruction {
    /// The first immediate as a 64-bit word (the sign extension was made when decoding).
    @inlinable @inline(__always)
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

// MARK: The instructions

extension Semantics {
    @inlinable @inline(__always)
    package static func add_w<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setGPR(i.rd, e.signExtend(e.add(e.gpr(i.rj), e.gpr(i.rk)), 32))
    }
    @inlinable @inline(__always)
    package static func add_d<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setGPR(i.rd, e.add(e.gpr(i.rj), e.gpr(i.rk)))
    }
    @inlinable @inline(__always)
    package static func sub_w<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setGPR(i.rd, e.signExtend(e.subtract(e.gpr(i.rj), e.gpr(i.rk)), 32))
    }
    @inlinable @inline(__always)
    package static func sub_d<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setGPR(i.rd, e.subtract(e.gpr(i.rj), e.gpr(i.rk)))
    }
    @inlinable @inline(__always)
    package static func addi_w<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setGPR(i.rd, e.signExtend(e.add(e.gpr(i.rj), e.immediate(i)), 32))
    }
    @inlinable @inline(__always)
    package static func addi_d<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setGPR(i.rd, e.add(e.gpr(i.rj), e.immediate(i)))
    }
    @inlinable @inline(__always)
    package static func addu16i_d<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setGPR(i.rd, e.add(e.gpr(i.rj), e.constant(i.value << 16)))
    }
    @inlinable @inline(__always)
    package static func alsl_w<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setGPR(i.rd, e.signExtend(e.shiftedSum(i), 32))
    }
    @inlinable @inline(__always)
    package static func alsl_wu<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setGPR(i.rd, e.zeroExtend(e.shiftedSum(i), 32))
    }
    @inlinable @inline(__always)
    package static func alsl_d<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setGPR(i.rd, e.shiftedSum(i))
    }
    @inlinable @inline(__always)
    package static func lu12i_w<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setGPR(i.rd, e.constant(i.value << 12))
    }
    @inlinable @inline(__always)
    package static func lu32i_d<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setGPR(i.rd, e.or(e.zeroExtend(e.gpr(i.rd), 32), e.constant(i.value << 32)))
    }
    @inlinable @inline(__always)
    package static func lu52i_d<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setGPR(i.rd, e.or(e.and(e.gpr(i.rj), e.constant((1 << 52) - 1)), e.constant(i.value << 52)))
    }
    @inlinable @inline(__always)
    package static func pcaddi<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setGPR(i.rd, e.pcRelative(Int64(i.immediate) << 2))
    }
    @inlinable @inline(__always)
    package static func pcaddu12i<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setGPR(i.rd, e.pcRelative(Int64(i.immediate) << 12))
    }
    @inlinable @inline(__always)
    package static func pcaddu18i<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setGPR(i.rd, e.pcRelative(Int64(i.immediate) << 18))
    }
    @inlinable @inline(__always)
    package static func pcalau12i<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setGPR(i.rd, e.and(e.pcRelative(Int64(i.immediate) << 12), e.constant(~0xFFF)))
    }
    @inlinable @inline(__always)
    package static func slt<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setGPR(i.rd, e.word(e.lessSigned(e.gpr(i.rj), e.gpr(i.rk))))
    }
    @inlinable @inline(__always)
    package static func sltu<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setGPR(i.rd, e.word(e.lessUnsigned(e.gpr(i.rj), e.gpr(i.rk))))
    }
    @inlinable @inline(__always)
    package static func slti<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setGPR(i.rd, e.word(e.lessSigned(e.gpr(i.rj), e.immediate(i))))
    }
    @inlinable @inline(__always)
    package static func sltui<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setGPR(i.rd, e.word(e.lessUnsigned(e.gpr(i.rj), e.immediate(i))))
    }
    @inlinable @inline(__always)
    package static func maskeqz<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setGPR(i.rd, e.select(e.equal(e.gpr(i.rk), e.constant(0)), e.constant(0), e.gpr(i.rj)))
    }
    @inlinable @inline(__always)
    package static func masknez<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setGPR(i.rd, e.select(e.notEqual(e.gpr(i.rk), e.constant(0)), e.constant(0), e.gpr(i.rj)))
    }
    @inlinable @inline(__always)
    package static func and<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setGPR(i.rd, e.and(e.gpr(i.rj), e.gpr(i.rk)))
    }
    @inlinable @inline(__always)
    package static func or<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setGPR(i.rd, e.or(e.gpr(i.rj), e.gpr(i.rk)))
    }
    @inlinable @inline(__always)
    package static func xor<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setGPR(i.rd, e.xor(e.gpr(i.rj), e.gpr(i.rk)))
    }
    @inlinable @inline(__always)
    package static func nor<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setGPR(i.rd, e.not(e.or(e.gpr(i.rj), e.gpr(i.rk))))
    }
    @inlinable @inline(__always)
    package static func orn<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setGPR(i.rd, e.or(e.gpr(i.rj), e.not(e.gpr(i.rk))))
    }
    @inlinable @inline(__always)
    package static func andn<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setGPR(i.rd, e.and(e.gpr(i.rj), e.not(e.gpr(i.rk))))
    }
    @inlinable @inline(__always)
    package static func andi<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setGPR(i.rd, e.and(e.gpr(i.rj), e.immediate(i)))
    }
    @inlinable @inline(__always)
    package static func ori<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setGPR(i.rd, e.or(e.gpr(i.rj), e.immediate(i)))
    }
    @inlinable @inline(__always)
    package static func xori<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setGPR(i.rd, e.xor(e.gpr(i.rj), e.immediate(i)))
    }
    @inlinable @inline(__always)
    package static func sll_w<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setGPR(i.rd, e.shiftLeft32(e.gpr(i.rj), e.gpr(i.rk)))
    }
    @inlinable @inline(__always)
    package static func srl_w<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setGPR(i.rd, e.shiftRight32(e.gpr(i.rj), e.gpr(i.rk)))
    }
    @inlinable @inline(__always)
    package static func sra_w<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setGPR(i.rd, e.shiftRightSigned32(e.gpr(i.rj), e.gpr(i.rk)))
    }
    @inlinable @inline(__always)
    package static func rotr_w<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setGPR(i.rd, e.rotateRight32(e.gpr(i.rj), e.gpr(i.rk)))
    }
    @inlinable @inline(__always)
    package static func sll_d<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setGPR(i.rd, e.shiftLeft(e.gpr(i.rj), e.gpr(i.rk)))
    }
    @inlinable @inline(__always)
    package static func srl_d<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setGPR(i.rd, e.shiftRight(e.gpr(i.rj), e.gpr(i.rk)))
    }
    @inlinable @inline(__always)
    package static func sra_d<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setGPR(i.rd, e.shiftRightSigned(e.gpr(i.rj), e.gpr(i.rk)))
    }
    @inlinable @inline(__always)
    package static func rotr_d<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setGPR(i.rd, e.rotateRight(e.gpr(i.rj), e.gpr(i.rk)))
    }
    @inlinable @inline(__always)
    package static func slli_w<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setGPR(i.rd, e.shiftLeft32(e.gpr(i.rj), e.immediate(i)))
    }
    @inlinable @inline(__always)
    package static func srli_w<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setGPR(i.rd, e.shiftRight32(e.gpr(i.rj), e.immediate(i)))
    }
    @inlinable @inline(__always)
    package static func srai_w<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setGPR(i.rd, e.shiftRightSigned32(e.gpr(i.rj), e.immediate(i)))
    }
    @inlinable @inline(__always)
    package static func rotri_w<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setGPR(i.rd, e.rotateRight32(e.gpr(i.rj), e.immediate(i)))
    }
    @inlinable @inline(__always)
    package static func slli_d<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setGPR(i.rd, e.shiftLeft(e.gpr(i.rj), e.immediate(i)))
    }
    @inlinable @inline(__always)
    package static func srli_d<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setGPR(i.rd, e.shiftRight(e.gpr(i.rj), e.immediate(i)))
    }
    @inlinable @inline(__always)
    package static func srai_d<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setGPR(i.rd, e.shiftRightSigned(e.gpr(i.rj), e.immediate(i)))
    }
    @inlinable @inline(__always)
    package static func rotri_d<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setGPR(i.rd, e.rotateRight(e.gpr(i.rj), e.immediate(i)))
    }
    @inlinable @inline(__always)
    package static func mul_w<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setGPR(i.rd, e.signExtend(e.multiply(e.gpr(i.rj), e.gpr(i.rk)), 32))
    }
    @inlinable @inline(__always)
    package static func mul_d<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setGPR(i.rd, e.multiply(e.gpr(i.rj), e.gpr(i.rk)))
    }
    @inlinable @inline(__always)
    package static func mulw_d_w<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setGPR(i.rd, e.multiply(e.signExtend(e.gpr(i.rj), 32), e.signExtend(e.gpr(i.rk), 32)))
    }
    @inlinable @inline(__always)
    package static func mulw_d_wu<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setGPR(i.rd, e.multiply(e.zeroExtend(e.gpr(i.rj), 32), e.zeroExtend(e.gpr(i.rk), 32)))
    }
    @inlinable @inline(__always)
    package static func mulh_w<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        let product = e.multiply(e.signExtend(e.gpr(i.rj), 32), e.signExtend(e.gpr(i.rk), 32))
        e.setGPR(i.rd, e.shiftRightSigned(product, e.constant(32)))
    }
    @inlinable @inline(__always)
    package static func mulh_wu<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        let product = e.multiply(e.zeroExtend(e.gpr(i.rj), 32), e.zeroExtend(e.gpr(i.rk), 32))
        e.setGPR(i.rd, e.shiftRightSigned(product, e.constant(32)))
    }
    @inlinable @inline(__always)
    package static func mulh_d<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setGPR(i.rd, e.multiplyHigh(e.gpr(i.rj), e.gpr(i.rk), signed: true))
    }
    @inlinable @inline(__always)
    package static func mulh_du<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setGPR(i.rd, e.multiplyHigh(e.gpr(i.rj), e.gpr(i.rk), signed: false))
    }
    @inlinable @inline(__always)
    package static func div_w<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setGPR(i.rd, e.quotient(e.gpr(i.rj), e.gpr(i.rk), .signed32))
    }
    @inlinable @inline(__always)
    package static func div_wu<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setGPR(i.rd, e.quotient(e.gpr(i.rj), e.gpr(i.rk), .unsigned32))
    }
    @inlinable @inline(__always)
    package static func div_d<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setGPR(i.rd, e.quotient(e.gpr(i.rj), e.gpr(i.rk), .signed64))
    }
    @inlinable @inline(__always)
    package static func div_du<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setGPR(i.rd, e.quotient(e.gpr(i.rj), e.gpr(i.rk), .unsigned64))
    }
    @inlinable @inline(__always)
    package static func mod_w<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setGPR(i.rd, e.remainder(e.gpr(i.rj), e.gpr(i.rk), .signed32))
    }
    @inlinable @inline(__always)
    package static func mod_wu<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setGPR(i.rd, e.remainder(e.gpr(i.rj), e.gpr(i.rk), .unsigned32))
    }
    @inlinable @inline(__always)
    package static func mod_d<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setGPR(i.rd, e.remainder(e.gpr(i.rj), e.gpr(i.rk), .signed64))
    }
    @inlinable @inline(__always)
    package static func mod_du<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setGPR(i.rd, e.remainder(e.gpr(i.rj), e.gpr(i.rk), .unsigned64))
    }
}
