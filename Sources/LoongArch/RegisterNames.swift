/// The names of registers in assembly text, without the `$`.
enum RegisterNames {
    /// The calling convention's names of the general registers; `r21` has none.
    static let general =
        ["zero", "ra", "tp", "sp"] + numbered("a", 8) + numbered("t", 9) + ["r21", "fp"] + numbered("s", 9)

    /// The calling convention's names of the floating-point registers.
    static let float = numbered("fa", 8) + numbered("ft", 16) + numbered("fs", 8)

    /// What a disassembler writes for register `number` of `kind`.
    static func name(of kind: InstructionOperand.Kind, _ number: Int) -> String {
        switch kind {
        case .general: general[number]
        case .float: float[number]
        case .vector: "vr\(number)"
        case .wideVector: "xr\(number)"
        case .conditionFlag: "fcc\(number)"
        case .scratch: "scr\(number)"
        case .floatControl: "fcsr\(number)"
        case .unsignedImmediate, .signedImmediate: String(number)
        }
    }

    /// What a register name means.
    struct Register {
        let kind: InstructionOperand.Kind
        let number: Int
    }

    /// All names that the assembler knows.
    static let registers: [String: Register] = {
        var registers: [String: Register] = [:]
        func add(_ kind: InstructionOperand.Kind, _ names: [String]) {
            for (number, name) in names.enumerated() { registers[name] = Register(kind: kind, number: number) }
        }
        add(.general, general)
        add(.general, numbered("r", 32))
        registers["s9"] = registers["fp"]
        add(.float, float)
        add(.float, numbered("f", 32))
        add(.vector, numbered("vr", 32))
        add(.wideVector, numbered("xr", 32))
        add(.conditionFlag, numbered("fcc", 8))
        add(.scratch, numbered("scr", 4))
        add(.floatControl, numbered("fcsr", 32))
        return registers
    }()

    private static func numbered(_ prefix: String, _ count: Int) -> [String] {
        (0..<count).map { "\(prefix)\($0)" }
    }
}

extension InstructionOperand.Kind {
    /// The kind in an error message.
    var description: String {
        switch self {
        case .general: "a general register"
        case .float: "a floating-point register"
        case .vector: "a 128-bit vector register"
        case .wideVector: "a 256-bit vector register"
        case .conditionFlag: "a condition flag register"
        case .scratch: "a scratch register"
        case .floatControl: "a floating-point control register"
        case .unsignedImmediate, .signedImmediate: "a number"
        }
    }
}
