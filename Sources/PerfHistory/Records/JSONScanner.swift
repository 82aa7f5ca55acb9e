import Glibc

/// Reads JSON text from front to back without building a tree: result files are long, and most of each is numbers.
struct JSONScanner {
    /// What is wrong, and in which line.
    struct Trouble: Error {
        let sentence: String
        let line: Int
    }

    private static let deepest = 100
    /// Ends with a 0 that is not counted.
    private let bytes: UnsafeBufferPointer<UInt8>
    private var position = 0
    private var depth = 0

    private init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

    /// Reads one text; `body` has to read one whole value.
    static func scan<Result>(_ text: [UInt8], _ body: (inout JSONScanner) throws -> Result) throws -> Result {
        try (text + [0]).withUnsafeBufferPointer { buffer in
            var scanner = JSONScanner(UnsafeBufferPointer(rebasing: buffer.dropLast()))
            let result = try body(&scanner)
            scanner.skipBlanks()
            guard scanner.position == scanner.bytes.count else { throw scanner.trouble("text stands behind the end of the JSON value") }
            return result
        }
    }

    /// What is wrong here.
    func trouble(_ sentence: String) -> Trouble {
        Trouble(sentence: sentence, line: 1 + bytes[..<min(position, bytes.count)].reduce(0) { $0 + ($1 == UInt8(ascii: "\n") ? 1 : 0) })
    }

    private mutating func skipBlanks() {
        while position < bytes.count, bytes[position] == 0x20 || (9...13).contains(bytes[position]) { position += 1 }
    }

    /// The first byte of what comes next; 0 at the end.
    mutating func next() -> UInt8 {
        skipBlanks()
        return position < bytes.count ? bytes[position] : 0
    }

    private mutating func expect(_ byte: UInt8) throws {
        guard next() == byte else {
            throw trouble(position == bytes.count ? "the text ends too early" : "\(Character(UnicodeScalar(byte))) is missing")
        }
        position += 1
    }

    private mutating func isTaken(_ byte: UInt8) -> Bool {
        guard next() == byte else { return false }
        position += 1
        return true
    }

    /// Reads an object; `member` has to read each member's value.
    mutating func object(_ member: (inout JSONScanner, String) throws -> Void) throws {
        try expect(UInt8(ascii: "{"))
        try descend()
        if isTaken(UInt8(ascii: "}")) { depth -= 1; return }
        repeat {
            let name = try string()
            try expect(UInt8(ascii: ":"))
            try member(&self, name)
        } while isTaken(UInt8(ascii: ","))
        try expect(UInt8(ascii: "}"))
        depth -= 1
    }

    /// Reads an array; `element` has to read each element.
    mutating func array(_ element: (inout JSONScanner) throws -> Void) throws {
        try expect(UInt8(ascii: "["))
        try descend()
        if isTaken(UInt8(ascii: "]")) { depth -= 1; return }
        repeat { try element(&self) } while isTaken(UInt8(ascii: ","))
        try expect(UInt8(ascii: "]"))
        depth -= 1
    }

    private mutating func descend() throws {
        depth += 1
        guard depth <= Self.deepest else { throw trouble("it is nested too deeply") }
    }

    mutating func string() throws -> String {
        try expect(UInt8(ascii: "\""))
        let start = position
        while position < bytes.count, bytes[position] != UInt8(ascii: "\""), bytes[position] != UInt8(ascii: "\\") { position += 1 }
        guard position < bytes.count else { throw trouble("the text ends within a string") }
        if bytes[position] == UInt8(ascii: "\"") {
            let text = String(decoding: UnsafeBufferPointer(rebasing: bytes[start..<position]), as: UTF8.self)
            position += 1
            return text
        }
        position = start
        return try escapedString()
    }

    private mutating func escapedString() throws -> String {
        var units: [UInt8] = []
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            if byte == UInt8(ascii: "\"") { return String(decoding: units, as: UTF8.self) }
            guard byte == UInt8(ascii: "\\") else { units.append(byte); continue }
            guard position < bytes.count else { break }
            let escape = bytes[position]
            position += 1
            switch escape {
            case UInt8(ascii: "n"): units.append(10)
            case UInt8(ascii: "t"): units.append(9)
            case UInt8(ascii: "r"): units.append(13)
            case UInt8(ascii: "b"): units.append(8)
            case UInt8(ascii: "f"): units.append(12)
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): units.append(escape)
            case UInt8(ascii: "u"):
                var code = try hexadecimal()
                if 0xD800..<0xDC00 ~= code, position + 1 < bytes.count, bytes[position] == UInt8(ascii: "\\"), bytes[position + 1] == UInt8(ascii: "u") {
                    position += 2
                    let low = try hexadecimal()
                    code = 0xDC00..<0xE000 ~= low ? 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00) : 0xFFFD
                }
                units += Array(String(Character(UnicodeScalar(code) ?? "\u{FFFD}")).utf8)
            default: throw trouble("a string has an escape that JSON does not know")
            }
        }
        throw trouble("the text ends within a string")
    }

    private mutating func hexadecimal() throws -> UInt32 {
        guard position + 4 <= bytes.count, let code = UInt32(String(decoding: bytes[position..<position + 4], as: UTF8.self), radix: 16) else {
            throw trouble("a string has a broken \\u escape")
        }
        position += 4
        return code
    }

    /// Reads a number; the strings that stand for those that JSON lacks (`nan`, `inf`, `-inf`) are read as them.
    mutating func number() throws -> Double {
        let first = next()
        if first == UInt8(ascii: "\"") {
            guard let value = ["nan": Double.nan, "inf": .infinity, "-inf": -.infinity][try string()] else { throw trouble("a number is wanted here, not a string") }
            return value
        }
        guard first == UInt8(ascii: "-") || (48...57).contains(first) else {
            throw trouble(position == bytes.count ? "the text ends too early" : "a number is wanted here")
        }
        let start = position
        var mantissa: UInt64 = 0
        var digits = 0
        var fraction = 0
        if first == UInt8(ascii: "-") { position += 1 }
        while position < bytes.count, (48...57).contains(bytes[position]) {
            mantissa = mantissa &* 10 &+ UInt64(bytes[position] - 48)
            digits += 1
            position += 1
        }
        if position < bytes.count, bytes[position] == UInt8(ascii: ".") {
            position += 1
            while position < bytes.count, (48...57).contains(bytes[position]) {
                mantissa = mantissa &* 10 &+ UInt64(bytes[position] - 48)
                digits += 1
                fraction += 1
                position += 1
            }
        }
        let isPlain = position == bytes.count || bytes[position] | 0x20 != UInt8(ascii: "e")
        // Both are exact then, so the quotient is rounded once.
        if isPlain, digits > 0, digits <= 15 {
            let value = Double(mantissa) / Self.powers[fraction]
            return first == UInt8(ascii: "-") ? -value : value
        }
        var end: UnsafeMutablePointer<CChar>?
        let text = UnsafeRawPointer(bytes.baseAddress! + start).assumingMemoryBound(to: CChar.self)
        let value = strtod(text, &end)
        guard let end, end != UnsafeMutablePointer(mutating: text) else { throw trouble("a number is wanted here") }
        position = start + (UnsafePointer(end) - text)
        return value
    }

    private static let powers: [Double] = (0...15).map { pow(10, Double($0)) }

    /// Passes over a value.
    mutating func skip() throws {
        switch next() {
        case UInt8(ascii: "{"): try object { scanner, _ in try scanner.skip() }
        case UInt8(ascii: "["): try array { try $0.skip() }
        case UInt8(ascii: "\""): _ = try string()
        case UInt8(ascii: "t"): try word("true")
        case UInt8(ascii: "f"): try word("false")
        case UInt8(ascii: "n"): try word("null")
        default: _ = try number()
        }
    }

    /// Whether a `null` was next; it is passed over.
    mutating func isNull() throws -> Bool {
        guard next() == UInt8(ascii: "n") else { return false }
        try word("null")
        return true
    }

    private mutating func word(_ text: String) throws {
        guard position + text.utf8.count <= bytes.count, bytes[position..<position + text.utf8.count].elementsEqual(text.utf8) else {
            throw trouble("this is no JSON value")
        }
        position += text.utf8.count
    }
}
