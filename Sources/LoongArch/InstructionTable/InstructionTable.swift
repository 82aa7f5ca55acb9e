/// The instruction table: every LA64 instruction form in the order of `Opcode`.
public enum InstructionTable {
    /// The number of forms.
    public static let count = 2042

    /// The forms, parsed from the rows at first use; index with `Opcode.index`.
    public static let forms: [InstructionForm] = parse()

    /// The opcodes by mnemonic.
    static let opcodes = Dictionary(uniqueKeysWithValues: forms.map { ($0.mnemonic, $0.opcode) })

    /// The rows in the order of `Opcode`.
    private static let sources: [StaticString] = [
        base, floatingPoint, atomicsV11, privileged, virtualization, lsx, lasx, lbt, undocumented,
    ]

    /// Parses the rows. Only for `forms` and for those who measure it.
    package static func parse() -> [InstructionForm] {
        var forms: [InstructionForm] = []
        forms.reserveCapacity(count)
        var columns = RowParser()
        for source in sources {
            columns.start(source)
            while !columns.isAtEnd {
                // Neighbouring rows mostly share what follows the mask, hence `Repeated`.
                forms.append(InstructionForm(
                    opcode: Opcode(index: forms.count), mnemonic: columns.string(), bits: columns.hexadecimal(),
                    mask: columns.hexadecimal(), operands: columns.operands(), extension: columns.extensionName(),
                    unit: columns.unitName(), requirements: columns.requirements()))
            }
        }
        precondition(forms.count == count, "the instruction table has \(forms.count) rows")
        return forms
    }
}
