/// A word of assembly source.
struct AssemblyToken {
    enum Kind: Equatable {
        /// A mnemonic, directive or symbol.
        case identifier(String)
        /// A register's name without the `$`.
        case register(String)
        case number(Int64)
        /// `1b` or `1f`.
        case numericLabel(Int, forward: Bool)
        case string([UInt8])
        /// An operator or punctuation mark; `<<` and `>>` are one token.
        case mark(String)
        /// A line end or `;`.
        case end
    }

    let kind: Kind
    let line: Int
}

/// Splits assembly source into tokens; comments (`#`, `//`, `/* */`) vanish.
struct AssemblyLexer {
    private let source: [UInt8]
    private var next = 0
    private var line = 1

    /// The tokens of `source`; the last one is `.end`.
    static func tokens(of source: String) throws(AssemblerError) -> [AssemblyToken] {
        var lexer = AssemblyLexer(source: Array(source.utf8))
        var tokens: [AssemblyToken] = []
        while true {
            try lexer.skipBlanks()
            let line = lexer.line
            guard let kind = try lexer.token() else {
                tokens.append(AssemblyToken(kind: .end, line: line))
                return tokens
            }
            tokens.append(AssemblyToken(kind: kind, line: line))
        }
    }

    private init(source: [UInt8]) {
        self.source = source
    }

    /// The byte at `offset` from the next one, 0 behind the end.
    private func peek(_ offset: Int = 0) -> UInt8 {
        next + offset < source.count ? source[next + offset] : 0
    }

    private func fail(_ message: String) -> AssemblerError {
        AssemblerError(line: line, message: message)
    }

    private mutating func skipBlanks() throws(AssemblerError) {
        while next < source.count {
            switch (peek(), peek(1)) {
            case (UInt8(ascii: " "), _), (UInt8(ascii: "\t"), _), (UInt8(ascii: "\r"), _):
                next += 1
            case (UInt8(ascii: "#"), _), (UInt8(ascii: "/"), UInt8(ascii: "/")):
                while next < source.count && peek() != UInt8(ascii: "\n") { next += 1 }
            case (UInt8(ascii: "/"), UInt8(ascii: "*")):
                let start = line
                next += 2
                while !(peek() == UInt8(ascii: "*") && peek(1) == UInt8(ascii: "/")) {
                    guard next < source.count else { throw AssemblerError(line: start, message: "this /* comment does not end") }
                    if peek() == UInt8(ascii: "\n") { line += 1 }
                    next += 1
                }
                next += 2
            default:
                return
            }
        }
    }

    private mutating func token() throws(AssemblerError) -> AssemblyToken.Kind? {
        guard next < source.count else { return nil }
        let byte = peek()
        switch byte {
        case UInt8(ascii: "\n"):
            next += 1
            line += 1
            return .end
        case UInt8(ascii: ";"):
            next += 1
            return .end
        case UInt8(ascii: "$"):
            next += 1
            let name = identifier()
            if name.isEmpty { throw fail("a register name must follow $") }
            return .register(name)
        case UInt8(ascii: "\""):
            return .string(try string())
        case UInt8(ascii: "'"):
            return .number(try character())
        case UInt8(ascii: "0")...UInt8(ascii: "9"):
            return try number()
        case _ where Self.startsIdentifier(byte):
            return .identifier(identifier())
        default:
            return .mark(try mark())
        }
    }

    private static func startsIdentifier(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"), UInt8(ascii: "."): true
        default: false
        }
    }

    private static func continuesIdentifier(_ byte: UInt8) -> Bool {
        startsIdentifier(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: "$")
    }

    private mutating func identifier() -> String {
        let start = next
        while Self.continuesIdentifier(peek()) { next += 1 }
        return String(decoding: source[start..<next], as: UTF8.self)
    }

    /// A decimal, `0x`, `0b` or (with a leading 0) octal number, or a reference to a numeric label.
    private mutating func number() throws(AssemblerError) -> AssemblyToken.Kind {
        let text = identifier()
        let lower = text.lowercased()
        var value: UInt64?
        if lower.hasPrefix("0x") {
            value = UInt64(lower.dropFirst(2), radix: 16)
        } else if lower.hasPrefix("0b") && lower.count > 2 {
            value = UInt64(lower.dropFirst(2), radix: 2)
        } else if let last = lower.last, last == "b" || last == "f", let label = Int(lower.dropLast()) {
            return .numericLabel(label, forward: last == "f")
        } else if lower.count > 1 && lower.hasPrefix("0") {
            value = UInt64(lower.dropFirst(), radix: 8)
        } else {
            value = UInt64(lower)
        }
        guard let value else { throw fail("'\(text)' is not a number of at most 64 bits") }
        return .number(Int64(bitPattern: value))
    }

    private mutating func mark() throws(AssemblerError) -> String {
        let byte = peek()
        if (byte == UInt8(ascii: "<") || byte == UInt8(ascii: ">")) && peek(1) == byte {
            next += 2
            return byte == UInt8(ascii: "<") ? "<<" : ">>"
        }
        guard ",:()+-*/%&|^~=@".utf8.contains(byte) else {
            let rest = String(decoding: source[next...].prefix(8), as: UTF8.self)
            throw fail("unexpected character '\(rest.first ?? "?")'")
        }
        next += 1
        return String(UnicodeScalar(byte))
    }

    private mutating func string() throws(AssemblerError) -> [UInt8] {
        var bytes: [UInt8] = []
        next += 1
        while peek() != UInt8(ascii: "\"") {
            guard next < source.count, peek() != UInt8(ascii: "\n") else { throw fail("this string does not end") }
            bytes.append(try stringByte())
        }
        next += 1
        return bytes
    }

    private mutating func character() throws(AssemblerError) -> Int64 {
        next += 1
        guard next < source.count, peek() != UInt8(ascii: "\n") else { throw fail("a character must follow '") }
        let value = try stringByte()
        guard peek() == UInt8(ascii: "'") else { throw fail("a character constant must be one byte in '…'") }
        next += 1
        return Int64(value)
    }

    /// The next byte of a string or character constant, with its escape resolved.
    private mutating func stringByte() throws(AssemblerError) -> UInt8 {
        let byte = peek()
        next += 1
        guard byte == UInt8(ascii: "\\") else { return byte }
        let escape = peek()
        next += 1
        switch escape {
        case UInt8(ascii: "n"): return 10
        case UInt8(ascii: "t"): return 9
        case UInt8(ascii: "r"): return 13
        case UInt8(ascii: "b"): return 8
        case UInt8(ascii: "f"): return 12
        case UInt8(ascii: "\\"), UInt8(ascii: "\""), UInt8(ascii: "'"): return escape
        case UInt8(ascii: "x"):
            let digits = identifierPrefix(ofHexadecimalDigits: 2)
            guard let value = UInt8(digits, radix: 16) else { throw fail("hexadecimal digits must follow \\x") }
            return value
        case UInt8(ascii: "0")...UInt8(ascii: "7"):
            var value = Int(escape - UInt8(ascii: "0"))
            for _ in 0..<2 where (UInt8(ascii: "0")...UInt8(ascii: "7")).contains(peek()) {
                value = value * 8 + Int(peek() - UInt8(ascii: "0"))
                next += 1
            }
            return UInt8(truncatingIfNeeded: value)
        default:
            throw fail("unknown escape '\\\(String(UnicodeScalar(escape)))'")
        }
    }

    private mutating func identifierPrefix(ofHexadecimalDigits limit: Int) -> String {
        let start = next
        while next - start < limit, UnicodeScalar(peek()).properties.isASCIIHexDigit { next += 1 }
        return String(decoding: source[start..<next], as: UTF8.self)
    }
}
