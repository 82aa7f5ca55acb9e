/// Turns instruction words into assembly text, spelled as LLVM 19 does.
public enum Disassembler {
    /// The assembly text of `instruction`, such as `add.w $a0, $a1, $a2`.
    ///
    /// A branch shows its offset, as LLVM does; with `pc`, the instruction's address, a comment adds the target: `b 16  # 0x120000010`.
    public static func text(_ instruction: Instruction, at pc: UInt64? = nil) -> String {
        if let alias = alias(of: instruction) { return alias }
        let form = instruction.opcode.form
        var text = form.mnemonic
        var separator = " "
        for operand in form.operands {
            text += separator
            separator = ", "
            let value = operand.value(in: instruction.word)
            if operand.kind.isImmediate {
                text += String(value)
            } else {
                text += "$"
                text += RegisterNames.name(of: operand.kind, Int(value))
            }
        }
        if let pc, instruction.opcode.isRelativeBranch {
            text += "  # 0x" + String(pc &+ UInt64(bitPattern: Int64(instruction.immediate)), radix: 16)
        }
        return text
    }

    /// The assembly text of `word`: `.word 0x…` when it is not an instruction.
    public static func text(word: UInt32, at pc: UInt64? = nil) -> String {
        guard let instruction = Decoder.decode(word) else { return ".word 0x" + String(word, radix: 16) }
        return text(instruction, at: pc)
    }

    /// One line for each word: address, word, text.
    public static func listing(words: [UInt32], at address: UInt64) -> [String] {
        let last = address &+ UInt64(words.count) &* 4
        let width = max(8, String(max(last, address), radix: 16).count)
        return words.enumerated().map { index, word in
            let pc = address &+ UInt64(index) &* 4
            return "\(padded(pc, to: width, with: " ")):  \(padded(UInt64(word), to: 8, with: "0"))  \(text(word: word, at: pc))"
        }
    }

    /// What LLVM prints in place of the instruction's own mnemonic, nil when it prints that.
    private static func alias(of instruction: Instruction) -> String? {
        func name(_ number: UInt8) -> String { "$" + RegisterNames.general[Int(number)] }
        switch instruction.opcode {
        case .andi where instruction.rd == 0 && instruction.rj == 0 && instruction.immediate == 0:
            return "nop"
        case .or where instruction.rk == 0:
            return "move \(name(instruction.rd)), \(name(instruction.rj))"
        case .jirl where instruction.rd == 0 && instruction.immediate == 0:
            return instruction.rj == 1 ? "ret" : "jr \(name(instruction.rj))"
        default:
            return nil
        }
    }

    private static func padded(_ value: UInt64, to width: Int, with filler: Character) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: filler, count: max(0, width - digits.count)) + digits
    }
}

extension Opcode {
    /// Whether the last operand is a distance in bytes from the instruction to where it branches.
    @inlinable
    public var isRelativeBranch: Bool {
        switch self {
        case .b, .bl, .beq, .bne, .blt, .bge, .bltu, .bgeu, .beqz, .bnez, .bceqz, .bcnez: true
        default: false
        }
    }
}
