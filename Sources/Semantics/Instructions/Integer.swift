import LoongArch

extension Semantics {
    /// Integer arithmetic, comparison, constants and shifts (manual volume 1: arithmetic operation, bit-shift instructions).
    @inlinable @inline(__always)
    static func integer<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        switch i.opcode {
        case .add_w: e.setGPR(i.rd, e.signExtend(e.add(e.gpr(i.rj), e.gpr(i.rk)), 32))
        case .add_d: e.setGPR(i.rd, e.add(e.gpr(i.rj), e.gpr(i.rk)))
        case .sub_w: e.setGPR(i.rd, e.signExtend(e.subtract(e.gpr(i.rj), e.gpr(i.rk)), 32))
        case .sub_d: e.setGPR(i.rd, e.subtract(e.gpr(i.rj), e.gpr(i.rk)))
        case .addi_w: e.setGPR(i.rd, e.signExtend(e.add(e.gpr(i.rj), e.immediate(i)), 32))
        case .addi_d: e.setGPR(i.rd, e.add(e.gpr(i.rj), e.immediate(i)))
        case .addu16i_d: e.setGPR(i.rd, e.add(e.gpr(i.rj), e.constant(i.value << 16)))
        case .alsl_w: e.setGPR(i.rd, e.signExtend(e.shiftedSum(i), 32))
        case .alsl_wu: e.setGPR(i.rd, e.zeroExtend(e.shiftedSum(i), 32))
        case .alsl_d: e.setGPR(i.rd, e.shiftedSum(i))

        case .lu12i_w: e.setGPR(i.rd, e.constant(i.value << 12))
        case .lu32i_d: e.setGPR(i.rd, e.or(e.zeroExtend(e.gpr(i.rd), 32), e.constant(i.value << 32)))
        case .lu52i_d: e.setGPR(i.rd, e.or(e.and(e.gpr(i.rj), e.constant((1 << 52) - 1)), e.constant(i.value << 52)))
        case .pcaddi: e.setGPR(i.rd, e.pcRelative(Int64(i.immediate) << 2))
        case .pcaddu12i: e.setGPR(i.rd, e.pcRelative(Int64(i.immediate) << 12))
        case .pcaddu18i: e.setGPR(i.rd, e.pcRelative(Int64(i.immediate) << 18))
        case .pcalau12i: e.setGPR(i.rd, e.and(e.pcRelative(Int64(i.immediate) << 12), e.constant(~0xFFF)))

        case .slt: e.setGPR(i.rd, e.word(e.lessSigned(e.gpr(i.rj), e.gpr(i.rk))))
        case .sltu: e.setGPR(i.rd, e.word(e.lessUnsigned(e.gpr(i.rj), e.gpr(i.rk))))
        case .slti: e.setGPR(i.rd, e.word(e.lessSigned(e.gpr(i.rj), e.immediate(i))))
        case .sltui: e.setGPR(i.rd, e.word(e.lessUnsigned(e.gpr(i.rj), e.immediate(i))))
        case .maskeqz: e.setGPR(i.rd, e.select(e.equal(e.gpr(i.rk), e.constant(0)), e.constant(0), e.gpr(i.rj)))
        case .masknez: e.setGPR(i.rd, e.select(e.notEqual(e.gpr(i.rk), e.constant(0)), e.constant(0), e.gpr(i.rj)))

        case .and: e.setGPR(i.rd, e.and(e.gpr(i.rj), e.gpr(i.rk)))
        case .or: e.setGPR(i.rd, e.or(e.gpr(i.rj), e.gpr(i.rk)))
        case .xor: e.setGPR(i.rd, e.xor(e.gpr(i.rj), e.gpr(i.rk)))
        case .nor: e.setGPR(i.rd, e.not(e.or(e.gpr(i.rj), e.gpr(i.rk))))
        case .orn: e.setGPR(i.rd, e.or(e.gpr(i.rj), e.not(e.gpr(i.rk))))
        case .andn: e.setGPR(i.rd, e.and(e.gpr(i.rj), e.not(e.gpr(i.rk))))
        case .andi: e.setGPR(i.rd, e.and(e.gpr(i.rj), e.immediate(i)))
        case .ori: e.setGPR(i.rd, e.or(e.gpr(i.rj), e.immediate(i)))
        case .xori: e.setGPR(i.rd, e.xor(e.gpr(i.rj), e.immediate(i)))

        case .sll_w: e.setGPR(i.rd, e.shiftLeft32(e.gpr(i.rj), e.gpr(i.rk)))
        case .srl_w: e.setGPR(i.rd, e.shiftRight32(e.gpr(i.rj), e.gpr(i.rk)))
        case .sra_w: e.setGPR(i.rd, e.shiftRightSigned32(e.gpr(i.rj), e.gpr(i.rk)))
        case .rotr_w: e.setGPR(i.rd, e.rotateRight32(e.gpr(i.rj), e.gpr(i.rk)))
        case .sll_d: e.setGPR(i.rd, e.shiftLeft(e.gpr(i.rj), e.gpr(i.rk)))
        case .srl_d: e.setGPR(i.rd, e.shiftRight(e.gpr(i.rj), e.gpr(i.rk)))
        case .sra_d: e.setGPR(i.rd, e.shiftRightSigned(e.gpr(i.rj), e.gpr(i.rk)))
        case .rotr_d: e.setGPR(i.rd, e.rotateRight(e.gpr(i.rj), e.gpr(i.rk)))
        case .slli_w: e.setGPR(i.rd, e.shiftLeft32(e.gpr(i.rj), e.immediate(i)))
        case .srli_w: e.setGPR(i.rd, e.shiftRight32(e.gpr(i.rj), e.immediate(i)))
        case .srai_w: e.setGPR(i.rd, e.shiftRightSigned32(e.gpr(i.rj), e.immediate(i)))
        case .rotri_w: e.setGPR(i.rd, e.rotateRight32(e.gpr(i.rj), e.immediate(i)))
        case .slli_d: e.setGPR(i.rd, e.shiftLeft(e.gpr(i.rj), e.immediate(i)))
        case .srli_d: e.setGPR(i.rd, e.shiftRight(e.gpr(i.rj), e.immediate(i)))
        case .srai_d: e.setGPR(i.rd, e.shiftRightSigned(e.gpr(i.rj), e.immediate(i)))
        case .rotri_d: e.setGPR(i.rd, e.rotateRight(e.gpr(i.rj), e.immediate(i)))

        case .mul_w: e.setGPR(i.rd, e.signExtend(e.multiply(e.gpr(i.rj), e.gpr(i.rk)), 32))
        case .mul_d: e.setGPR(i.rd, e.multiply(e.gpr(i.rj), e.gpr(i.rk)))
        case .mulw_d_w: e.setGPR(i.rd, e.multiply(e.signExtend(e.gpr(i.rj), 32), e.signExtend(e.gpr(i.rk), 32)))
        case .mulw_d_wu: e.setGPR(i.rd, e.multiply(e.zeroExtend(e.gpr(i.rj), 32), e.zeroExtend(e.gpr(i.rk), 32)))
        case .mulh_w:
            let product = e.multiply(e.signExtend(e.gpr(i.rj), 32), e.signExtend(e.gpr(i.rk), 32))
            e.setGPR(i.rd, e.shiftRightSigned(product, e.constant(32)))
        case .mulh_wu:
            let product = e.multiply(e.zeroExtend(e.gpr(i.rj), 32), e.zeroExtend(e.gpr(i.rk), 32))
            e.setGPR(i.rd, e.shiftRightSigned(product, e.constant(32)))
        case .mulh_d: e.setGPR(i.rd, e.multiplyHigh(e.gpr(i.rj), e.gpr(i.rk), signed: true))
        case .mulh_du: e.setGPR(i.rd, e.multiplyHigh(e.gpr(i.rj), e.gpr(i.rk), signed: false))
        case .div_w: e.setGPR(i.rd, e.quotient(e.gpr(i.rj), e.gpr(i.rk), .signed32))
        case .div_wu: e.setGPR(i.rd, e.quotient(e.gpr(i.rj), e.gpr(i.rk), .unsigned32))
        case .div_d: e.setGPR(i.rd, e.quotient(e.gpr(i.rj), e.gpr(i.rk), .signed64))
        case .div_du: e.setGPR(i.rd, e.quotient(e.gpr(i.rj), e.gpr(i.rk), .unsigned64))
        case .mod_w: e.setGPR(i.rd, e.remainder(e.gpr(i.rj), e.gpr(i.rk), .signed32))
        case .mod_wu: e.setGPR(i.rd, e.remainder(e.gpr(i.rj), e.gpr(i.rk), .unsigned32))
        case .mod_d: e.setGPR(i.rd, e.remainder(e.gpr(i.rj), e.gpr(i.rk), .signed64))
        case .mod_du: e.setGPR(i.rd, e.remainder(e.gpr(i.rj), e.gpr(i.rk), .unsigned64))
        default: try memoryAccess(i, &e)
        }
    }
}

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
