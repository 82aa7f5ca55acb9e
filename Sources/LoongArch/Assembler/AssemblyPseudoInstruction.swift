/// Mnemonics that stand for one or more instructions of the table.
enum AssemblyPseudoInstruction {
    typealias Expansion = (opcode: Opcode, operands: [AssemblyOperand])

    private static let zero = AssemblyOperand.register("zero")
    private static let nothing = AssemblyOperand.expression(.number(0))

    /// The number of operands of each.
    private static let operandCounts: [String: Int] = [
        "nop": 0, "ret": 0, "jr": 1, "move": 2,
        "bltz": 2, "bgtz": 2, "blez": 2, "bgez": 2, "bgt": 3, "ble": 3, "bgtu": 3, "bleu": 3,
        "li.w": 2, "li.d": 2, "la": 2, "la.local": 2, "la.pcrel": 2, "la.global": 2, "la.abs": 2,
    ]

    /// The instructions that `name` stands for, nil when it is no pseudo-instruction.
    static func expand(
        _ name: String, _ operands: [AssemblyOperand], line: Int, in scope: AssemblyScope
    ) throws(AssemblerError) -> [Expansion]? {
        guard let count = operandCounts[name] else { return nil }
        guard operands.count == count else {
            throw AssemblerError(
                line: line, message: "\(name) takes \(count) operand\(count == 1 ? "" : "s"), not \(operands.count)")
        }
        switch name {
        case "nop": return [(.andi, [zero, zero, nothing])]
        case "ret": return [(.jirl, [zero, .register("ra"), nothing])]
        case "jr": return [(.jirl, [zero, operands[0], nothing])]
        case "move": return [(.or, [operands[0], operands[1], zero])]
        case "bltz": return [(.blt, [operands[0], zero, operands[1]])]
        case "bgtz": return [(.blt, [zero, operands[0], operands[1]])]
        case "blez": return [(.bge, [zero, operands[0], operands[1]])]
        case "bgez": return [(.bge, [operands[0], zero, operands[1]])]
        case "bgt": return [(.blt, [operands[1], operands[0], operands[2]])]
        case "ble": return [(.bge, [operands[1], operands[0], operands[2]])]
        case "bgtu": return [(.bltu, [operands[1], operands[0], operands[2]])]
        case "bleu": return [(.bgeu, [operands[1], operands[0], operands[2]])]
        default: break
        }
        guard case .expression(let expression) = operands[1] else {
            throw AssemblerError(line: line, message: "\(name): operand 2 must be a number or an address")
        }
        let register = operands[0]
        func part(_ part: AssemblyExpression.AddressPart) -> AssemblyOperand { .expression(.part(part, expression)) }
        switch name {
        case "li.w", "li.d":
            let value = try scope.number(expression, line: line, known: "before this line")
            guard name == "li.d" || (Int64(Int32.min)...Int64(UInt32.max)).contains(value) else {
                throw AssemblerError(line: line, message: "li.w: \(value) does not fit in 32 bits")
            }
            return load(name == "li.d" ? value : Int64(Int32(truncatingIfNeeded: value)), into: register)
        case "la.abs":
            return [
                (.lu12i_w, [register, part(.absoluteHigh20)]), (.ori, [register, register, part(.absoluteLow12)]),
                (.lu32i_d, [register, part(.absolute64Low20)]), (.lu52i_d, [register, register, part(.absolute64High12)]),
            ]
        default:
            return [(.pcalau12i, [register, part(.pcHigh20)]), (.addi_d, [register, register, part(.pcLow12)])]
        }
    }

    /// The shortest run of `ori`/`addi.w`, `lu12i.w`, `lu32i.d` and `lu52i.d` that loads `value`.
    private static func load(_ value: Int64, into register: AssemblyOperand) -> [Expansion] {
        func number(_ number: Int64) -> AssemblyOperand { .expression(.number(number)) }
        if value != 0 && value << 12 == 0 {
            return [(.lu52i_d, [register, zero, number(value >> 52)])]
        }
        var sequence: [Expansion] = []
        var loaded = Int64(Int32(truncatingIfNeeded: value))
        if (0...0xfff).contains(loaded) {
            sequence.append((.ori, [register, zero, number(loaded)]))
        } else if (-0x800..<0).contains(loaded) {
            sequence.append((.addi_w, [register, zero, number(loaded)]))
        } else {
            sequence.append((.lu12i_w, [register, number(loaded >> 12)]))
            if loaded & 0xfff != 0 { sequence.append((.ori, [register, register, number(loaded & 0xfff)])) }
        }
        // lu32i.d sets bits 51:32 and extends the sign; lu52i.d sets bits 63:52.
        if (value ^ loaded) << 12 != 0 {
            loaded = (value << 12) >> 12
            sequence.append((.lu32i_d, [register, number(loaded >> 32)]))
        }
        if value != loaded {
            sequence.append((.lu52i_d, [register, register, number(value >> 52)]))
        }
        return sequence
    }
}
