/// A number, symbol or computation in assembly source.
indirect enum AssemblyExpression {
    case number(Int64)
    case symbol(String)
    /// `.`, the address of the statement.
    case here
    /// `1b` or `1f`.
    case numericLabel(Int, forward: Bool)
    case negation(AssemblyExpression)
    case complement(AssemblyExpression)
    case binary(Operation, AssemblyExpression, AssemblyExpression)
    /// `%name(…)`: a part of an address that fits in an instruction.
    case part(AddressPart, AssemblyExpression)

    enum Operation: String {
        case add = "+"
        case subtract = "-"
        case multiply = "*"
        case divide = "/"
        case remainder = "%"
        case shiftLeft = "<<"
        case shiftRight = ">>"
        case and = "&"
        case or = "|"
        case exclusiveOr = "^"

        /// How strongly the operator binds, as in the GNU assembler: shifts like products, bitwise operators above sums.
        var precedence: Int {
            switch self {
            case .multiply, .divide, .remainder, .shiftLeft, .shiftRight: 3
            case .and, .or, .exclusiveOr: 2
            case .add, .subtract: 1
            }
        }
    }

    /// The parts of an address that the `%` operators take.
    enum AddressPart: String {
        /// The page distance from the instruction, for `pcalau12i`.
        case pcHigh20 = "pc_hi20"
        /// The signed low 12 bits that belong to `pcHigh20`.
        case pcLow12 = "pc_lo12"
        /// Bits 31:12, for `lu12i.w`.
        case absoluteHigh20 = "abs_hi20"
        /// Bits 11:0, for `ori`.
        case absoluteLow12 = "abs_lo12"
        /// Bits 51:32, for `lu32i.d`.
        case absolute64Low20 = "abs64_lo20"
        /// Bits 63:52, for `lu52i.d`.
        case absolute64High12 = "abs64_hi12"
    }

    /// A value, and whether it moves with the program.
    struct Value {
        var number: Int64
        /// How many addresses were added minus how many were subtracted: 0 for a plain number, 1 for an address.
        var addresses: Int

        /// Whether the value is an address within the program.
        var isAddress: Bool { addresses == 1 }
    }

    /// Where an expression gets the values of its symbols.
    protocol Scope {
        /// The address of the statement that the expression stands in.
        var here: UInt64 { get }
        /// The value of a symbol, nil when there is none (yet).
        func value(of symbol: String) -> Value?
        /// The address of the nearest numeric label before or after the statement.
        func address(ofNumericLabel number: Int, forward: Bool) -> UInt64?
    }

    /// Why an expression has no value.
    enum Failure: Error {
        /// A symbol or label is not defined.
        case undefined(String)
        case other(String)

        var message: String {
            switch self {
            case .undefined(let name): "'\(name)' is not defined"
            case .other(let message): message
            }
        }
    }

    /// The value of the expression.
    func evaluate(in scope: some Scope) throws(Failure) -> Value {
        switch self {
        case .number(let number):
            return Value(number: number, addresses: 0)
        case .symbol(let name):
            guard let value = scope.value(of: name) else { throw .undefined(name) }
            return value
        case .here:
            return Value(number: Int64(bitPattern: scope.here), addresses: 1)
        case .numericLabel(let number, let forward):
            guard let address = scope.address(ofNumericLabel: number, forward: forward) else {
                throw .undefined("\(number)\(forward ? "f" : "b")")
            }
            return Value(number: Int64(bitPattern: address), addresses: 1)
        case .negation(let operand):
            let value = try operand.evaluate(in: scope)
            return Value(number: 0 &- value.number, addresses: -value.addresses)
        case .complement(let operand):
            let value = try operand.evaluate(in: scope)
            guard value.addresses == 0 else { throw .other("~ does not apply to an address") }
            return Value(number: ~value.number, addresses: 0)
        case .binary(let operation, let left, let right):
            return try Self.apply(operation, left.evaluate(in: scope), right.evaluate(in: scope))
        case .part(let part, let operand):
            let value = try operand.evaluate(in: scope)
            guard value.addresses == 0 || value.isAddress else { throw .other("%\(part.rawValue) needs an address") }
            return Value(number: Self.take(part, of: value.number, at: Int64(bitPattern: scope.here)), addresses: 0)
        }
    }

    private static func apply(_ operation: Operation, _ left: Value, _ right: Value) throws(Failure) -> Value {
        let (a, b) = (left.number, right.number)
        switch operation {
        case .add: return Value(number: a &+ b, addresses: left.addresses + right.addresses)
        case .subtract: return Value(number: a &- b, addresses: left.addresses - right.addresses)
        default: break
        }
        guard left.addresses == 0, right.addresses == 0 else { throw .other("\(operation.rawValue) does not apply to an address") }
        let result: Int64
        switch operation {
        case .divide, .remainder:
            guard b != 0 else { throw .other("division by zero") }
            let (quotient, _) = a.dividedReportingOverflow(by: b)
            result = operation == .divide ? quotient : a &- quotient &* b
        case .shiftLeft: result = a << b
        case .shiftRight: result = a >> b
        case .and: result = a & b
        case .or: result = a | b
        case .exclusiveOr: result = a ^ b
        default: result = a &* b
        }
        return Value(number: result, addresses: 0)
    }

    private static func take(_ part: AddressPart, of value: Int64, at pc: Int64) -> Int64 {
        /// The `width` bits from `position` on, sign extended.
        func signedField(_ position: Int64, _ width: Int64) -> Int64 {
            ((value >> position) << (64 - width)) >> (64 - width)
        }
        switch part {
        case .pcHigh20: return (((value &+ 0x800) & ~0xfff) &- (pc & ~0xfff)) >> 12
        case .pcLow12: return signedField(0, 12)
        case .absoluteHigh20: return signedField(12, 20)
        case .absoluteLow12: return value & 0xfff
        case .absolute64Low20: return signedField(32, 20)
        case .absolute64High12: return signedField(52, 12)
        }
    }
}
