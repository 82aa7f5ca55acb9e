/// The second pass of the assembler: evaluates expressions and encodes.
enum AssemblyOutput {
    /// The program's bytes and the final values of its symbols.
    static func bytes(
        of items: [AssemblyLayout.Item], size: Int, in finalScope: AssemblyScope
    ) throws(AssemblerError) -> (bytes: [UInt8], symbols: [String: AssemblyExpression.Value]) {
        // A use sees the assignment above it, or, when there is none above it, the last one.
        var scope = finalScope
        var bytes: [UInt8] = []
        bytes.reserveCapacity(size)
        for item in items {
            scope.here = item.address
            scope.order = item.order
            switch item.content {
            case .bytes(let more):
                bytes += more
            case .assignment(let name, let expression):
                scope.symbols[name] = try value(of: expression, in: scope, line: item.line)
            case .data(let width, let expression):
                let number = try value(of: expression, in: scope, line: item.line).number
                let bits = Int64(width * 8)
                guard width == 8 || (-(1 << (bits - 1))..<(1 << bits)).contains(number) else {
                    throw AssemblerError(line: item.line, message: "\(number) does not fit in \(bits) bits")
                }
                append(UInt64(bitPattern: number), width: width, to: &bytes)
            case .instruction(let opcode, let operands):
                let word = try encode(opcode, operands, in: scope, line: item.line)
                append(UInt64(word), width: 4, to: &bytes)
            }
        }
        return (bytes, scope.symbols)
    }

    private static func append(_ value: UInt64, width: Int, to bytes: inout [UInt8]) {
        for index in 0..<width { bytes.append(UInt8(truncatingIfNeeded: value >> UInt64(index * 8))) }
    }

    private static func value(
        of expression: AssemblyExpression, in scope: AssemblyScope, line: Int
    ) throws(AssemblerError) -> AssemblyExpression.Value {
        do throws(AssemblyExpression.Failure) {
            return try expression.evaluate(in: scope)
        } catch {
            throw AssemblerError(line: line, message: error.message)
        }
    }

    private static func encode(
        _ opcode: Opcode, _ operands: [AssemblyOperand], in scope: AssemblyScope, line: Int
    ) throws(AssemblerError) -> UInt32 {
        let form = opcode.form
        func fail(_ index: Int, _ message: String) -> AssemblerError {
            AssemblerError(line: line, message: "\(form.mnemonic): operand \(index + 1) \(message)")
        }
        var values: [Int64] = []
        var branchDistance: Int64?
        for (index, operand) in operands.enumerated() {
            guard index < form.operands.count else {
                values.append(0)  // the encoder reports the count
                continue
            }
            let kind = form.operands[index].kind
            switch operand {
            case .register(let name):
                guard let register = RegisterNames.registers[name] else { throw fail(index, "is '$\(name)', which is no register") }
                // Older sources name the control registers by general registers.
                let matches = register.kind == kind || (kind == .floatControl && register.kind == .general && register.number < 4)
                guard matches else { throw fail(index, "must be \(kind.description), not $\(name)") }
                values.append(Int64(register.number))
            case .expression(let expression):
                guard kind.isImmediate else { throw fail(index, "must be \(kind.description)") }
                var value = try value(of: expression, in: scope, line: line)
                let isTarget = index == form.operands.count - 1 && (opcode.isRelativeBranch || opcode == .pcaddi)
                if value.isAddress && isTarget {
                    let distance = value.number &- Int64(bitPattern: scope.here)
                    branchDistance = distance
                    if opcode == .pcaddi {
                        guard distance & 3 == 0 else { throw fail(index, "is not at a multiple of 4") }
                        value = .init(number: distance >> 2, addresses: 0)
                    } else {
                        value = .init(number: distance, addresses: 0)
                    }
                }
                guard value.addresses == 0 else {
                    throw fail(index, "must be a number, not an address; la.local loads an address")
                }
                values.append(value.number)
            case .string:
                throw fail(index, "must be \(kind.description), not a string")
            }
        }
        do throws(EncodingError) {
            return try Encoder.encode(opcode, values)
        } catch {
            if let branchDistance, case .outOfRange(let index, _) = error.problem, index == values.count - 1 {
                let range = form.operands[index].range
                let scale: Int64 = opcode == .pcaddi ? 4 : 1
                throw fail(
                    index,
                    "is \(branchDistance) bytes away, must be within \(range.lowerBound * scale)...\(range.upperBound * scale)")
            }
            throw AssemblerError(line: line, message: error.description)
        }
    }
}
