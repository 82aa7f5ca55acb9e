/// Reads test vectors from JSON text, a list or one object per line, at the speed of the text: a file of 35,000 vectors has over 100 MB,
/// most of them hexadecimal numbers that go straight into registers.
struct VectorCaseReader {
    private let text: UnsafeBufferPointer<UInt8>
    private var at = 0

    /// Reads from `text`, which must stay where it is.
    init(_ text: UnsafeBufferPointer<UInt8>) { self.text = text }

    /// The next case, or nil at the end.
    mutating func next() throws -> VectorCase? {
        while let byte = peek(), byte == UInt8(ascii: "[") || byte == UInt8(ascii: ",") || byte == UInt8(ascii: "]") { at += 1 }
        guard peek() != nil else { return nil }
        var result = VectorCase()
        try object { reader, key in
            switch key {
            case "words":
                try reader.list { reader, _ in
                    let word = try reader.number()
                    guard let word = UInt32(exactly: word) else { throw reader.failure("a word of more than 32 bits") }
                    result.words.append(word)
                }
            case "gpr":
                try reader.registers { reader, n in result.gpr[n] = try reader.number() }
            case "vr":
                try reader.registers { reader, n in
                    let value = try reader.wideNumber()
                    if value != .zero { result.vr.append((n, value)) }
                }
            case "fcc": result.fcc = try reader.number()
            case "fcsr": result.fcsr = try reader.number()
            case "entry": result.entry = try reader.number()
            case "fuel":
                let fuel = try reader.number()
                guard let fuel = Int64(exactly: fuel), fuel > 0 else { throw reader.failure("fuel must be from 1 to \(Int64.max)") }
                result.fuel = fuel
            case "mem":
                if reader.peek() == UInt8(ascii: "{") {
                    try reader.object { reader, key in
                        guard let offset = Int(key) else { throw reader.failure("the memory offset \(key) is not a number") }
                        result.memory.append((offset, try reader.bytes()))
                    }
                } else {
                    result.memory.append((0, try reader.bytes()))
                }
                for (offset, bytes) in result.memory where offset < 0 || offset > VectorMachine.windowSize - bytes.count {
                    throw reader.failure("memory beyond the window of \(VectorMachine.windowSize) bytes")
                }
            default: try reader.skipValue()
            }
        }
        return result
    }

    // MARK: Structure

    /// The next byte that is not blank.
    private mutating func peek() -> UInt8? {
        while at < text.count, text[at] <= 0x20 { at += 1 }
        return at < text.count ? text[at] : nil
    }

    private mutating func take(_ character: Unicode.Scalar) throws {
        guard peek() == UInt8(ascii: character) else { throw failure("expected \(character)") }
        at += 1
    }

    private mutating func takes(_ character: Unicode.Scalar) -> Bool {
        guard peek() == UInt8(ascii: character) else { return false }
        at += 1
        return true
    }

    private mutating func object(_ member: (inout Self, String) throws -> Void) throws {
        try take("{")
        if takes("}") { return }
        repeat {
            let key = String(decoding: UnsafeBufferPointer(rebasing: try string()), as: UTF8.self)
            try take(":")
            try member(&self, key)
        } while takes(",")
        try take("}")
    }

    private mutating func list(_ element: (inout Self, Int) throws -> Void) throws {
        try take("[")
        if takes("]") { return }
        var index = 0
        repeat {
            try element(&self, index)
            index += 1
        } while takes(",")
        try take("]")
    }

    /// An object by register number or a list of all 32.
    private mutating func registers(_ value: (inout Self, Int) throws -> Void) throws {
        if peek() == UInt8(ascii: "[") {
            try list { reader, index in
                guard index < 32 else { throw reader.failure("more than 32 registers") }
                try value(&reader, index)
            }
        } else {
            try object { reader, key in
                guard let index = Int(key), 0..<32 ~= index else { throw reader.failure("there is no register \(key)") }
                try value(&reader, index)
            }
        }
    }

    private mutating func skipValue() throws {
        var depth = 0
        repeat {
            guard let byte = peek() else { throw failure("the text ends inside a value") }
            switch byte {
            case UInt8(ascii: "\""): _ = try string()
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                depth += 1
                at += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                depth -= 1
                at += 1
            case UInt8(ascii: ","), UInt8(ascii: ":"):
                at += 1
            default:  // a number or a word
                guard Self.isPlain(byte) else { throw failure("no JSON value") }
                while at < text.count, Self.isPlain(text[at]) { at += 1 }
            }
        } while depth > 0
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."):
            true
        default: false
        }
    }

    // MARK: Values

    /// The bytes of a string, escapes as they stand: no string that matters here has any.
    private mutating func string() throws -> Slice<UnsafeBufferPointer<UInt8>> {
        try take("\"")
        let start = at
        while at < text.count, text[at] != UInt8(ascii: "\"") { at += text[at] == UInt8(ascii: "\\") ? 2 : 1 }
        guard at < text.count else { throw failure("a string does not end") }
        at += 1
        return text[start..<(at - 1)]
    }

    /// A number up to 64 bits, plain or as a string, decimal or with 0x.
    private mutating func number() throws -> UInt64 {
        let value = try wideNumber()
        guard value[1] | value[2] | value[3] == 0 else { throw failure("a number of more than 64 bits") }
        return value[0]
    }

    /// A number up to 256 bits if it is hexadecimal, least significant part first.
    private mutating func wideNumber() throws -> SIMD4<UInt64> {
        let digits: Slice<UnsafeBufferPointer<UInt8>>
        if peek() == UInt8(ascii: "\"") {
            digits = try string()
        } else {
            let start = at
            while at < text.count, Self.isPlain(text[at]) { at += 1 }
            digits = text[start..<at]
        }
        guard let first = digits.first else { throw failure("expected a number") }
        var value = SIMD4<UInt64>.zero
        if first == UInt8(ascii: "0"), digits.count > 2, digits[digits.startIndex + 1] | 0x20 == UInt8(ascii: "x") {
            var position = 0
            for digit in digits.dropFirst(2).reversed() {
                guard let nibble = Self.nibble(digit), position < 64 || nibble == 0 else { throw failure("not a hexadecimal number of up to 256 bits") }
                if position < 64 { value[position >> 4] |= UInt64(nibble) << UInt64(4 * (position & 15)) }
                position += 1
            }
        } else {
            for digit in digits {
                guard case UInt8(ascii: "0")...UInt8(ascii: "9") = digit else { throw failure("not a number") }
                let (product, overflow) = value[0].multipliedReportingOverflow(by: 10)
                let (sum, carry) = product.addingReportingOverflow(UInt64(digit - UInt8(ascii: "0")))
                guard !overflow, !carry else { throw failure("a decimal number of more than 64 bits") }
                value[0] = sum
            }
        }
        return value
    }

    /// A string of hexadecimal digits as bytes.
    private mutating func bytes() throws -> [UInt8] {
        let digits = try string()
        guard digits.count % 2 == 0 else { throw failure("an odd number of hexadecimal digits") }
        var result: [UInt8] = []
        result.reserveCapacity(digits.count / 2)
        var index = digits.startIndex
        while index < digits.endIndex {
            guard let high = Self.nibble(digits[index]), let low = Self.nibble(digits[index + 1]) else { throw failure("not hexadecimal digits") }
            result.append(high << 4 | low)
            index += 2
        }
        return result
    }

    private static func nibble(_ digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    private func failure(_ what: String) -> Failure {
        let line = text.prefix(min(at, text.count)).reduce(1) { $0 + ($1 == UInt8(ascii: "\n") ? 1 : 0) }
        return Failure(.badImage, "line \(line), byte \(at): \(what); vectors are JSON as `oracle.py gen` writes it")
    }
}
