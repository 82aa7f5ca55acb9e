/// Turns opcodes and operand values into instruction words.
public enum Encoder {
    /// The instruction word of `opcode` with `operands` in assembly order: register numbers, and immediates as the
    /// assembler writes them (a branch offset in bytes, a shift amount of `alsl.d` as 1...4).
    public static func encode(_ opcode: Opcode, _ operands: [Int64]) throws(EncodingError) -> UInt32 {
        let form = opcode.form
        guard operands.count == form.operands.count else {
            throw EncodingError(opcode: opcode, problem: .operandCount(operands.count))
        }
        var word = form.bits
        for (index, operand) in form.operands.enumerated() {
            guard let bits = operand.bits(of: operands[index]) else {
                let problem: EncodingError.Problem =
                    operand.range.contains(operands[index])
                    ? .misaligned(operand: index, value: operands[index]) : .outOfRange(operand: index, value: operands[index])
                throw EncodingError(opcode: opcode, problem: problem)
            }
            word |= bits
        }
        // With rj 0 or 1 the word would be a read or a write of the CSR.
        if (opcode == .csrxchg || opcode == .gcsrxchg) && word >> 5 & 31 < 2 {
            throw EncodingError(opcode: opcode, problem: .reservedRegister(operand: 1, value: operands[1]))
        }
        return word
    }
}

/// Why an instruction cannot be encoded.
public struct EncodingError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What is wrong; operands count from 0.
    public enum Problem: Equatable, Sendable {
        /// The instruction takes another number of operands than the one given.
        case operandCount(Int)
        /// The operand cannot have the value.
        case outOfRange(operand: Int, value: Int64)
        /// The operand must be a multiple of its step.
        case misaligned(operand: Int, value: Int64)
        /// The operand may not be this register here.
        case reservedRegister(operand: Int, value: Int64)
    }

    /// The instruction.
    public let opcode: Opcode
    /// What is wrong with it.
    public let problem: Problem

    public var description: String {
        let form = opcode.form
        switch problem {
        case .operandCount(let count):
            let expected = form.operands.count
            return "\(form.mnemonic) takes \(expected) operand\(expected == 1 ? "" : "s"), not \(count)"
        case .outOfRange(let index, let value):
            let range = form.operands[index].range
            return "\(form.mnemonic): operand \(index + 1) is \(value), must be in \(range.lowerBound)...\(range.upperBound)"
        case .misaligned(let index, let value):
            return "\(form.mnemonic): operand \(index + 1) is \(value), must be a multiple of \(form.operands[index].step)"
        case .reservedRegister(let index, let value):
            return "\(form.mnemonic): operand \(index + 1) must not be $r0 or $r1 (is $r\(value)); use csrrd or csrwr"
        }
    }
}
