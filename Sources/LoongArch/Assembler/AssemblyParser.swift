/// A label, instruction or directive of assembly source.
struct AssemblyStatement {
    enum Kind {
        case label(String)
        case numericLabel(Int)
        /// `name = value`.
        case assignment(String, AssemblyExpression)
        /// A mnemonic or directive with its operands.
        case command(String, [AssemblyOperand])
    }

    let kind: Kind
    let line: Int
}

/// An operand as written.
enum AssemblyOperand {
    /// A register's name without the `$`.
    case register(String)
    case expression(AssemblyExpression)
    case string([UInt8])
}

/// Turns tokens into statements.
struct AssemblyParser {
    /// Directives for object files, which change nothing here.
    static let ignoredDirectives: Set<String> = [
        ".text", ".globl", ".global", ".weak", ".hidden", ".type", ".size", ".file", ".ident",
    ]

    private let tokens: [AssemblyToken]
    private var next = 0
    /// The binary operators of the current operand so far; their number bounds how deep evaluation recurses.
    private var operators = 0

    /// The statements of `source`.
    static func statements(of source: String) throws(AssemblerError) -> [AssemblyStatement] {
        var parser = AssemblyParser(tokens: try AssemblyLexer.tokens(of: source))
        var statements: [AssemblyStatement] = []
        while parser.next < parser.tokens.count {
            if parser.kind == .end {
                parser.next += 1
            } else {
                let line = parser.line
                statements.append(AssemblyStatement(kind: try parser.statement(), line: line))
            }
        }
        return statements
    }

    private init(tokens: [AssemblyToken]) {
        self.tokens = tokens
    }

    // The last token is `.end`, and only `statements` steps over an `.end`, so there is always one.
    private var kind: AssemblyToken.Kind { tokens[next].kind }
    private var line: Int { tokens[next].line }

    private func fail(_ message: String) -> AssemblerError {
        AssemblerError(line: line, message: message)
    }

    /// Steps over `mark` if it is next.
    private mutating func take(_ mark: String) -> Bool {
        guard kind == .mark(mark) else { return false }
        next += 1
        return true
    }

    private mutating func statement() throws(AssemblerError) -> AssemblyStatement.Kind {
        switch kind {
        case .number(let number):
            next += 1
            guard take(":"), let label = Int(exactly: number), label >= 0 else {
                throw fail("an instruction, a directive or a label is expected")
            }
            return .numericLabel(label)
        case .identifier(let name):
            next += 1
            if take(":") { return .label(name) }
            if take("=") {
                let value = try expression()
                try expectEnd()
                return .assignment(name, value)
            }
            if Self.ignoredDirectives.contains(name) || name.hasPrefix(".cfi_") {
                while kind != .end { next += 1 }
                return .command(name, [])
            }
            return .command(name, try operands())
        default:
            throw fail("an instruction, a directive or a label is expected")
        }
    }

    private func expectEnd() throws(AssemblerError) {
        guard kind == .end else { throw fail("unexpected \(Self.description(of: kind)) behind an operand; is a comma missing?") }
    }

    private mutating func operands() throws(AssemblerError) -> [AssemblyOperand] {
        guard kind != .end else { return [] }
        var operands: [AssemblyOperand] = []
        repeat {
            switch kind {
            case .register(let name):
                next += 1
                operands.append(.register(name))
            case .string(let bytes):
                next += 1
                operands.append(.string(bytes))
            default:
                operands.append(.expression(try expression()))
            }
        } while take(",")
        try expectEnd()
        return operands
    }

    /// An expression of operators that bind at least as strongly as `precedence`.
    private mutating func expression(precedence: Int = 1, depth: Int = 0) throws(AssemblerError) -> AssemblyExpression {
        if precedence == 1 && depth == 0 { operators = 0 }
        var left = try primary(depth: depth)
        while case .mark(let mark) = kind, let operation = AssemblyExpression.Operation(rawValue: mark),
            operation.precedence >= precedence
        {
            next += 1
            operators += 1
            guard operators < 1000 else { throw fail("this expression is too long") }
            left = .binary(operation, left, try expression(precedence: operation.precedence + 1, depth: depth))
        }
        return left
    }

    private mutating func primary(depth: Int) throws(AssemblerError) -> AssemblyExpression {
        guard depth < 200 else { throw fail("this expression is nested too deeply") }
        let kind = kind
        let expected = fail("a number, symbol or register is expected, not \(Self.description(of: kind))")
        guard kind != .end else { throw expected }
        next += 1
        switch kind {
        case .number(let number):
            return .number(number)
        case .identifier(let name):
            return name == "." ? .here : .symbol(name)
        case .numericLabel(let number, let forward):
            return .numericLabel(number, forward: forward)
        case .mark("("):
            return try parenthesized(depth: depth)
        case .mark("-"):
            return .negation(try primary(depth: depth + 1))
        case .mark("+"):
            return try primary(depth: depth + 1)
        case .mark("~"):
            return .complement(try primary(depth: depth + 1))
        case .mark("%"):
            guard case .identifier(let name) = self.kind else { throw fail("an operator name must follow %") }
            guard let part = AssemblyExpression.AddressPart(rawValue: name) else { throw fail("unknown operator '%\(name)'") }
            next += 1
            guard take("(") else { throw fail("( must follow %\(name)") }
            return .part(part, try parenthesized(depth: depth))
        default:
            throw expected
        }
    }

    /// The rest of a parenthesized expression.
    private mutating func parenthesized(depth: Int) throws(AssemblerError) -> AssemblyExpression {
        let inner = try expression(depth: depth + 1)
        guard take(")") else { throw fail(") is missing") }
        return inner
    }

    private static func description(of kind: AssemblyToken.Kind) -> String {
        switch kind {
        case .identifier(let name): "'\(name)'"
        case .register(let name): "'$\(name)'"
        case .number(let number): "'\(number)'"
        case .numericLabel(let number, let forward): "'\(number)\(forward ? "f" : "b")'"
        case .string: "a string"
        case .mark(let mark): "'\(mark)'"
        case .end: "the end of the line"
        }
    }
}
