/// A row of the instruction table: how one instruction is spelled and encoded, and what a core needs to have for it.
public struct InstructionForm: Sendable {
    /// The group of instructions that a form came with.
    public enum Extension: String, CaseIterable, Sendable {
        case base
        case floatingPoint = "fp"
        case atomicsV11 = "la-v1.1"
        case privileged = "priv"
        case virtualization = "lvz"
        case lsx
        case lasx
        case binaryTranslation = "lbt"
        /// Implemented in silicon but absent from the manual; assemblers do not know them.
        case undocumented = "undoc"
    }

    /// What must be enabled for a form to execute.
    public enum Unit: String, CaseIterable, Sendable {
        /// Nothing: always enabled.
        case base
        /// EUEN.FPE.
        case floatingPoint = "fp"
        /// EUEN.SXE.
        case lsx
        /// EUEN.ASXE.
        case lasx
        /// EUEN.BTE.
        case binaryTranslation = "lbt"
        /// Privilege level 0.
        case privileged = "priv"
        /// The virtualization extension's own rules.
        case virtualization = "lvz"
    }

    /// A flag of a CPUCFG word.
    public struct ConfigurationFlag: Equatable, Sendable {
        /// The number of the CPUCFG word.
        public let word: UInt8
        /// The bits of the word, any of which says that the instruction is there.
        public let bits: ClosedRange<UInt8>
        /// The flag's name in the manual.
        public let name: String
    }

    /// The row itself.
    public let opcode: Opcode
    /// The spelling, as in `amadd_db.w`.
    public let mnemonic: String
    /// The fixed bits of the word; operand bits are 0.
    public let bits: UInt32
    /// Which bits are fixed: a word is of this form when `word & mask == bits` and no form with more fixed bits matches too
    /// (`csrrd` and `csrwr` are special cases of `csrxchg`).
    public let mask: UInt32
    /// The operands in assembly order.
    public let operands: [InstructionOperand]
    /// The group of instructions that the form came with.
    public let `extension`: Extension
    /// What must be enabled for it to execute.
    public let unit: Unit
    /// The CPUCFG flags that must all be there; none means that every LA64 core has the instruction.
    public let requirements: [ConfigurationFlag]
}

extension Opcode {
    /// The row number, without the switch that `rawValue` may be.
    @inlinable
    public var index: Int { Int(unsafeBitCast(self, to: UInt16.self)) }

    /// The opcode of a row number below `InstructionTable.count`.
    @inlinable
    public init(index: Int) {
        assert(index >= 0 && index < InstructionTable.count)
        self = unsafeBitCast(UInt16(truncatingIfNeeded: index), to: Opcode.self)
    }

    /// The opcode spelled `mnemonic`, nil when there is none.
    public init?(mnemonic: String) {
        guard let opcode = InstructionTable.opcodes[mnemonic] else { return nil }
        self = opcode
    }

    /// The row of the instruction table.
    public var form: InstructionForm { InstructionTable.forms[index] }

    /// The spelling, as in `amadd_db.w`.
    public var mnemonic: String { InstructionTable.forms[index].mnemonic }
}
