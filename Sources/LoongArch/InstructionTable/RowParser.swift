/// Reads the columns of the instruction table's rows, left to right.
struct RowParser {
    private typealias Bytes = UnsafeBufferPointer<UInt8>

    /// The last value parsed from a column, given again while the column's text stays the same.
    private struct Repeated<Value> {
        var text: Bytes
        var value: Value

        mutating func value(of text: Bytes, parse: (Bytes) -> Value) -> Value {
            if !text.elementsEqual(self.text) {
                value = parse(text)
                self.text = text
            }
            return value
        }
    }

    private var next: UnsafePointer<UInt8>
    private var end: UnsafePointer<UInt8>
    private var lastOperands = Repeated(text: Bytes(start: nil, count: 0), value: [InstructionOperand]())
    private var lastExtension = Repeated(text: Bytes(start: nil, count: 0), value: InstructionForm.Extension.base)
    private var lastUnit = Repeated(text: Bytes(start: nil, count: 0), value: InstructionForm.Unit.base)
    private var lastRequirements = Repeated(text: Bytes(start: nil, count: 0), value: [InstructionForm.ConfigurationFlag]())

    init() {
        let nothing: StaticString = ""
        next = nothing.utf8Start
        end = next
    }

    /// Reads from the first row of `source` on.
    mutating func start(_ source: StaticString) {
        next = source.utf8Start
        end = next + source.utf8CodeUnitCount
    }

    /// Whether all rows have been read.
    var isAtEnd: Bool { next == end }

    /// The next column; steps over the blank or line end behind it.
    private mutating func column() -> Bytes {
        let start = next
        while next < end && next.pointee > UInt8(ascii: " ") { next += 1 }
        let text = Bytes(start: start, count: next - start)
        if next < end { next += 1 }
        return text
    }

    mutating func string() -> String {
        String(decoding: column(), as: UTF8.self)
    }

    mutating func hexadecimal() -> UInt32 {
        var value: UInt32 = 0
        for byte in column() {
            value = value << 4 | UInt32(byte >= UInt8(ascii: "a") ? byte - UInt8(ascii: "a") + 10 : byte - UInt8(ascii: "0"))
        }
        return value
    }

    mutating func extensionName() -> InstructionForm.Extension {
        lastExtension.value(of: column()) { .init(rawValue: String(decoding: $0, as: UTF8.self))! }
    }

    mutating func unitName() -> InstructionForm.Unit {
        lastUnit.value(of: column()) { .init(rawValue: String(decoding: $0, as: UTF8.self))! }
    }

    mutating func operands() -> [InstructionOperand] {
        lastOperands.value(of: column()) { text in
            text.elementsEqual("-".utf8) ? [] : text.split(separator: UInt8(ascii: ",")).map { Self.operand($0) }
        }
    }

    mutating func requirements() -> [InstructionForm.ConfigurationFlag] {
        lastRequirements.value(of: column()) { text in
            text.elementsEqual("-".utf8) ? [] : text.split(separator: UInt8(ascii: "+")).map { Self.flag($0) }
        }
    }

    /// Reads digits from the front of `text`.
    private static func number(_ text: inout Slice<Bytes>) -> UInt8 {
        var value: UInt8 = 0
        while let digit = text.first, digit >= UInt8(ascii: "0"), digit <= UInt8(ascii: "9") {
            value = value * 10 + (digit - UInt8(ascii: "0"))
            text.removeFirst()
        }
        return value
    }

    /// An operand such as `D5`, `Fj5`, `Sd5k16<<2` or `Ua2+1`.
    private static func operand(_ slice: Slice<Bytes>) -> InstructionOperand {
        var text = slice
        let kind: InstructionOperand.Kind
        switch text.first! {
        case UInt8(ascii: "F"): kind = .float
        case UInt8(ascii: "V"): kind = .vector
        case UInt8(ascii: "X"): kind = .wideVector
        case UInt8(ascii: "C"): kind = .conditionFlag
        case UInt8(ascii: "T"): kind = .scratch
        case UInt8(ascii: "Q"): kind = .floatControl
        case UInt8(ascii: "U"): kind = .unsignedImmediate
        case UInt8(ascii: "S"): kind = .signedImmediate
        default: kind = .general  // D, J, K and A name the field themselves
        }
        if kind != .general { text.removeFirst() }
        var fields: [InstructionOperand.BitField] = []
        while let letter = text.first, let position = position(of: letter) {
            text.removeFirst()
            fields.append(.init(position: position, width: number(&text)))
        }
        var shift: UInt8 = 0
        var addend: UInt8 = 0
        if text.first == UInt8(ascii: "<") {
            text.removeFirst(2)
            shift = number(&text)
        } else if text.first == UInt8(ascii: "+") {
            text.removeFirst()
            addend = number(&text)
        }
        precondition(text.isEmpty && (1...2).contains(fields.count), "instruction table: bad operand")
        return InstructionOperand(
            kind: kind, lowField: fields.last!, highField: fields.count == 2 ? fields[0] : nil, shift: shift, addend: addend)
    }

    /// The bit that a field letter stands for.
    private static func position(of letter: UInt8) -> UInt8? {
        switch letter {
        case UInt8(ascii: "d"), UInt8(ascii: "D"): 0
        case UInt8(ascii: "j"), UInt8(ascii: "J"): 5
        case UInt8(ascii: "k"), UInt8(ascii: "K"): 10
        case UInt8(ascii: "a"), UInt8(ascii: "A"): 15
        case UInt8(ascii: "m"): 16
        case UInt8(ascii: "n"): 18
        default: nil
        }
    }

    /// A flag such as `2.6:LSX` or `2.18-20:LBT`.
    private static func flag(_ slice: Slice<Bytes>) -> InstructionForm.ConfigurationFlag {
        var text = slice
        let word = number(&text)
        text.removeFirst()
        let first = number(&text)
        var last = first
        if text.first == UInt8(ascii: "-") {
            text.removeFirst()
            last = number(&text)
        }
        text.removeFirst()
        return .init(word: word, bits: first...last, name: String(decoding: text, as: UTF8.self))
    }
}
