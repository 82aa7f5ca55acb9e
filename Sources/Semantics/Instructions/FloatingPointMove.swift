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

// MARK: The instructions

extension Semantics {
    @inlinable @inline(__always)
    package static func fmov_s<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setFPR(i.rd, e.fpr(i.rj))
    }
    @inlinable @inline(__always)
    package static func fabs_s<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setFloatBits(i.rd, e.and(e.bits(e.fpr(i.rj)), e.constant(0x7FFF_FFFF)))
    }
    @inlinable @inline(__always)
    package static func fabs_d<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setFloatBits(i.rd, e.and(e.bits(e.fpr(i.rj)), e.constant(0x7FFF_FFFF_FFFF_FFFF)))
    }
    @inlinable @inline(__always)
    package static func fneg_s<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setFloatBits(i.rd, e.zeroExtend(e.xor(e.bits(e.fpr(i.rj)), e.constant(0x8000_0000)), 32))
    }
    @inlinable @inline(__always)
    package static func fneg_d<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setFloatBits(i.rd, e.xor(e.bits(e.fpr(i.rj)), e.constant(0x8000_0000_0000_0000)))
    }
    @inlinable @inline(__always)
    package static func fcopysign_s<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setFloatBits(i.rd, e.signCopied(i, magnitude: 0x7FFF_FFFF, sign: 0x8000_0000))
    }
    @inlinable @inline(__always)
    package static func fcopysign_d<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setFloatBits(i.rd, e.signCopied(i, magnitude: 0x7FFF_FFFF_FFFF_FFFF, sign: 0x8000_0000_0000_0000))
    }
    @inlinable @inline(__always)
    package static func fclass_s<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setFloatBits(i.rd, e.call(.classSingle, e.bits(e.fpr(i.rj)), e.constant(0)))
    }
    @inlinable @inline(__always)
    package static func fclass_d<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setFloatBits(i.rd, e.call(.classDouble, e.bits(e.fpr(i.rj)), e.constant(0)))
    }
    @inlinable @inline(__always)
    package static func movgr2fr_w<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setFloatBits(i.rd, e.zeroExtend(e.gpr(i.rj), 32))
    }
    @inlinable @inline(__always)
    package static func movgr2fr_d<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setFloatBits(i.rd, e.gpr(i.rj))
    }
    @inlinable @inline(__always)
    package static func movgr2frh_w<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setFloatBits(i.rd, e.or(e.zeroExtend(e.bits(e.fpr(i.rd)), 32), e.shiftLeft(e.gpr(i.rj), e.constant(32))))
    }
    @inlinable @inline(__always)
    package static func movfr2gr_s<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setGPR(i.rd, e.signExtend(e.bits(e.fpr(i.rj)), 32))
    }
    @inlinable @inline(__always)
    package static func movfr2gr_d<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setGPR(i.rd, e.bits(e.fpr(i.rj)))
    }
    @inlinable @inline(__always)
    package static func movfrh2gr_s<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setGPR(i.rd, e.shiftRightSigned(e.bits(e.fpr(i.rj)), e.constant(32)))
    }
    @inlinable @inline(__always)
    package static func movcf2fr<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setFloatBits(i.rd, e.word(e.fcc(i.rj & 7)))
    }
    @inlinable @inline(__always)
    package static func movcf2gr<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setGPR(i.rd, e.word(e.fcc(i.rj & 7)))
    }
    @inlinable @inline(__always)
    package static func movfr2cf<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setFCC(i.rd & 7, e.isOdd(e.bits(e.fpr(i.rj))))
    }
    @inlinable @inline(__always)
    package static func movgr2cf<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        e.setFCC(i.rd & 7, e.isOdd(e.gpr(i.rj)))
    }
    // There are four registers; what other numbers do is open.
    @inlinable @inline(__always)
    package static func movgr2fcsr<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        i.rd < 4 ? e.writeFCSR(i.rd, e.gpr(i.rj)) : try e.raise(.INE)
    }
    @inlinable @inline(__always)
    package static func movfcsr2gr<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        i.rj < 4 ? e.setGPR(i.rd, e.readFCSR(i.rj)) : try e.raise(.INE)
    }
}
