import LoongArch

extension Semantics {
    /// Moves between register files, and the operations that only change bits: they touch no FCSR. A single-precision result made here has a zero upper half;
    /// `fmov.s` and `fsel` copy all 64 bits, `movgr2frh.w` keeps the lower half.
    @inlinable @inline(__always)
    static func floatingPointMove<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        switch i.opcode {
        case .fmov_s, .fmov_d: e.setFPR(i.rd, e.fpr(i.rj))
        case .fabs_s: e.setFloatBits(i.rd, e.and(e.bits(e.fpr(i.rj)), e.constant(0x7FFF_FFFF)))
        case .fabs_d: e.setFloatBits(i.rd, e.and(e.bits(e.fpr(i.rj)), e.constant(0x7FFF_FFFF_FFFF_FFFF)))
        case .fneg_s: e.setFloatBits(i.rd, e.zeroExtend(e.xor(e.bits(e.fpr(i.rj)), e.constant(0x8000_0000)), 32))
        case .fneg_d: e.setFloatBits(i.rd, e.xor(e.bits(e.fpr(i.rj)), e.constant(0x8000_0000_0000_0000)))
        case .fcopysign_s: e.setFloatBits(i.rd, e.signCopied(i, magnitude: 0x7FFF_FFFF, sign: 0x8000_0000))
        case .fcopysign_d: e.setFloatBits(i.rd, e.signCopied(i, magnitude: 0x7FFF_FFFF_FFFF_FFFF, sign: 0x8000_0000_0000_0000))
        case .fclass_s: e.setFloatBits(i.rd, e.call(.classSingle, e.bits(e.fpr(i.rj)), e.constant(0)))
        case .fclass_d: e.setFloatBits(i.rd, e.call(.classDouble, e.bits(e.fpr(i.rj)), e.constant(0)))

        case .movgr2fr_w: e.setFloatBits(i.rd, e.zeroExtend(e.gpr(i.rj), 32))
        case .movgr2fr_d: e.setFloatBits(i.rd, e.gpr(i.rj))
        case .movgr2frh_w: e.setFloatBits(i.rd, e.or(e.zeroExtend(e.bits(e.fpr(i.rd)), 32), e.shiftLeft(e.gpr(i.rj), e.constant(32))))
        case .movfr2gr_s: e.setGPR(i.rd, e.signExtend(e.bits(e.fpr(i.rj)), 32))
        case .movfr2gr_d: e.setGPR(i.rd, e.bits(e.fpr(i.rj)))
        case .movfrh2gr_s: e.setGPR(i.rd, e.shiftRightSigned(e.bits(e.fpr(i.rj)), e.constant(32)))

        case .movcf2fr: e.setFloatBits(i.rd, e.word(e.fcc(i.rj & 7)))
        case .movcf2gr: e.setGPR(i.rd, e.word(e.fcc(i.rj & 7)))
        case .movfr2cf: e.setFCC(i.rd & 7, e.isOdd(e.bits(e.fpr(i.rj))))
        case .movgr2cf: e.setFCC(i.rd & 7, e.isOdd(e.gpr(i.rj)))

        // There are four registers; what other numbers do is open.
        case .movgr2fcsr: i.rd < 4 ? e.writeFCSR(i.rd, e.gpr(i.rj)) : try e.raise(.INE)
        case .movfcsr2gr: i.rj < 4 ? e.setGPR(i.rd, e.readFCSR(i.rj)) : try e.raise(.INE)
        default: try floatingPointMemory(i, &e)
        }
    }
}

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
