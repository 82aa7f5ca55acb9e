/// A decoded LA64 instruction word: its row of the instruction table and its operand fields, ready to execute. 16 bytes.
///
/// The four register fields are the raw bit fields of every word, whether or not the form uses them; the immediates are
/// the form's own, sign- or zero-extended and scaled as the table says (a branch offset is in bytes, a shift amount of `alsl.d` is 1...4).
@frozen
public struct Instruction: Equatable, Sendable {
    /// Which row of the table the word belongs to.
    public var opcode: Opcode
    /// Bits 4:0: `rd`, `fd`, or with `& 7` `cd`.
    public var rd: UInt8
    /// Bits 9:5: `rj`, `fj`, or with `& 7` `cj`.
    public var rj: UInt8
    /// Bits 14:10: `rk` or `fk`.
    public var rk: UInt8
    /// Bits 19:15: `fa`, or with `& 7` `ca`.
    public var ra: UInt8
    /// The second immediate in assembly order (`lsb` of `bstrpick.d`), 0 when there is none.
    public var immediate2: Int16
    /// The first immediate in assembly order, 0 when there is none.
    public var immediate: Int32
    /// The instruction word itself.
    public var word: UInt32

    @inlinable
    public init(opcode: Opcode, rd: UInt8, rj: UInt8, rk: UInt8, ra: UInt8, immediate: Int32, immediate2: Int16, word: UInt32) {
        self.opcode = opcode
        self.rd = rd
        self.rj = rj
        self.rk = rk
        self.ra = ra
        self.immediate = immediate
        self.immediate2 = immediate2
        self.word = word
    }
}
