extension AssemblyLayout {
    /// Adds a directive to the layout.
    mutating func addDirective(_ name: String, _ operands: [AssemblyOperand], line: Int) throws(AssemblerError) {
        func fail(_ message: String) -> AssemblerError { AssemblerError(line: line, message: "\(name): \(message)") }
        func expression(_ index: Int) throws(AssemblerError) -> AssemblyExpression {
            guard case .expression(let expression) = operands[index] else { throw fail("operand \(index + 1) must be a number") }
            return expression
        }

        switch name {
        case ".byte", ".half", ".short", ".2byte", ".word", ".long", ".4byte", ".dword", ".8byte", ".quad":
            let width = Self.dataWidths[name]!
            for index in operands.indices {
                try append(.data(width: width, try expression(index)), size: UInt64(width), line: line)
            }
        case ".ascii", ".asciz", ".string":
            for operand in operands {
                guard case .string(var bytes) = operand else { throw fail("a string in \"…\" is needed") }
                if name != ".ascii" { bytes.append(0) }
                try append(.bytes(bytes), size: UInt64(bytes.count), line: line)
            }
        case ".space", ".skip", ".zero":
            guard (1...2).contains(operands.count) else { throw fail("a size and perhaps a fill byte are needed") }
            let count = try knownNumber(try expression(0), line: line)
            guard count >= 0, UInt64(count) <= Self.sizeLimit else { throw fail("the size \(count) must be in 0...\(Self.sizeLimit)") }
            try append(.bytes(Array(repeating: try fillByte(1), count: Int(count))), size: UInt64(count), line: line)
        case ".align", ".p2align", ".balign":
            guard (1...2).contains(operands.count) else { throw fail("an alignment and perhaps a fill byte are needed") }
            let value = try knownNumber(try expression(0), line: line)
            if name == ".balign" {
                guard value > 0, value <= 1 << 16, value & (value - 1) == 0 else { throw fail("\(value) is not a power of two up to 65536") }
            } else {
                guard (0...16).contains(value) else { throw fail("\(value) must be in 0...16: it is the power of two to align to") }
            }
            let alignment = name == ".balign" ? UInt64(value) : 1 << UInt64(value)
            let size = Int(truncatingIfNeeded: (0 &- scope.here) & (alignment - 1))
            let padding = operands.count == 2 ? Array(repeating: try fillByte(1), count: size) : Self.padding(size)
            try append(.bytes(padding), size: UInt64(size), line: line)
        case ".equ", ".set":
            guard operands.count == 2, case .symbol(let symbol) = try expression(0) else { throw fail("a name and a value are needed") }
            try assign(symbol, try expression(1), line: line)
        default:
            let isIgnored = AssemblyParser.ignoredDirectives.contains(name) || name.hasPrefix(".cfi_")
            guard isIgnored else { throw AssemblerError(line: line, message: "unknown directive '\(name)'") }
        }

        func fillByte(_ index: Int) throws(AssemblerError) -> UInt8 {
            guard operands.count > index else { return 0 }
            let value = try knownNumber(try expression(index), line: line)
            guard (-128...255).contains(value) else { throw fail("the fill byte \(value) must be in -128...255") }
            return UInt8(truncatingIfNeeded: value)
        }
    }

    /// The bytes that the data directives' numbers take.
    private static let dataWidths = [
        ".byte": 1, ".half": 2, ".short": 2, ".2byte": 2, ".word": 4, ".long": 4, ".4byte": 4, ".dword": 8, ".8byte": 8, ".quad": 8,
    ]

    /// `size` bytes in front of a multiple of at least 4: zeros up to a multiple of 4, then `nop`s.
    private static func padding(_ size: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: size % 4)
        for _ in 0..<size / 4 { bytes += [0x00, 0x00, 0x40, 0x03] }
        return bytes
    }
}
