/// The first pass of the assembler: gives each statement its address, so that the second pass knows all symbols.
struct AssemblyLayout {
    /// What a statement leaves for the second pass.
    struct Item {
        enum Content {
            case instruction(Opcode, [AssemblyOperand])
            /// A number of `width` bytes.
            case data(width: Int, AssemblyExpression)
            case bytes([UInt8])
            case assignment(String, AssemblyExpression)
        }

        let content: Content
        let line: Int
        let address: UInt64
        /// The number of statements before this one.
        let order: Int
    }

    /// The most bytes that one source may make.
    static let sizeLimit: UInt64 = 1 << 28

    let base: UInt64
    private(set) var items: [Item] = []
    private(set) var scope: AssemblyScope
    /// The symbols that the source defines; labels map to true.
    private(set) var defined: [String: Bool] = [:]
    /// Assignments that need symbols from further down.
    private var deferred: [Item] = []

    init(base: UInt64, symbols: [String: UInt64]) {
        self.base = base
        scope = AssemblyScope(here: base, symbols: symbols.mapValues { .init(number: Int64(bitPattern: $0), addresses: 0) })
    }

    /// Adds the next statement of the source.
    mutating func add(_ statement: AssemblyStatement) throws(AssemblerError) {
        let line = statement.line
        switch statement.kind {
        case .label(let name):
            guard defined[name] == nil else { throw AssemblerError(line: line, message: "'\(name)' is defined twice") }
            defined[name] = true
            scope.symbols[name] = .init(number: Int64(bitPattern: scope.here), addresses: 1)
        case .numericLabel(let number):
            scope.numericLabels[number, default: []].append((order: scope.order, address: scope.here))
        case .assignment(let name, let value):
            try assign(name, value, line: line)
        case .command(let name, let operands):
            try add(command: name, operands, line: line)
        }
        scope.order += 1
    }

    private mutating func add(command name: String, _ operands: [AssemblyOperand], line: Int) throws(AssemblerError) {
        if name.hasPrefix(".") {
            try addDirective(name, operands, line: line)
        } else if let opcode = Opcode(mnemonic: name) {
            try append(opcode, operands, line: line)
        } else if let instructions = try AssemblyPseudoInstruction.expand(name, operands, line: line, in: scope) {
            for instruction in instructions { try append(instruction.opcode, instruction.operands, line: line) }
        } else {
            throw AssemblerError(line: line, message: "unknown instruction '\(name)'")
        }
    }

    /// Adds an item of `size` bytes.
    mutating func append(_ content: Item.Content, size: UInt64, line: Int) throws(AssemblerError) {
        guard size <= Self.sizeLimit - (scope.here &- base) else {
            throw AssemblerError(line: line, message: "the program grows beyond \(Self.sizeLimit) bytes here")
        }
        items.append(Item(content: content, line: line, address: scope.here, order: scope.order))
        scope.here &+= size
    }

    private mutating func append(_ opcode: Opcode, _ operands: [AssemblyOperand], line: Int) throws(AssemblerError) {
        guard scope.here % 4 == 0 else {
            throw AssemblerError(line: line, message: "an instruction must stand at a multiple of 4; put '.align 2' before it")
        }
        try append(.instruction(opcode, operands), size: 4, line: line)
    }

    /// Defines or redefines a symbol.
    mutating func assign(_ name: String, _ value: AssemblyExpression, line: Int) throws(AssemblerError) {
        guard defined[name] != true else { throw AssemblerError(line: line, message: "'\(name)' is a label already") }
        defined[name] = false
        try append(.assignment(name, value), size: 0, line: line)
        do throws(AssemblyExpression.Failure) {
            scope.symbols[name] = try value.evaluate(in: scope)
        } catch .undefined {
            scope.symbols[name] = nil
            deferred.append(items[items.count - 1])
        } catch {
            throw AssemblerError(line: line, message: error.message)
        }
    }

    /// The value of an expression that the layout depends on.
    func knownNumber(_ expression: AssemblyExpression, line: Int) throws(AssemblerError) -> Int64 {
        try scope.number(expression, line: line, known: "before this line")
    }

    /// Runs the second pass.
    mutating func assembly() throws(AssemblerError) -> Assembly {
        // Each round gives a value to at least one assignment or is the last.
        var waiting = deferred
        while !waiting.isEmpty {
            let before = waiting.count
            waiting = waiting.filter { item in
                guard case .assignment(let name, let value) = item.content else { return false }
                guard scope.symbols[name] == nil else { return false }
                guard let known = try? value.evaluate(in: scope.at(item)) else { return true }
                scope.symbols[name] = known
                return false
            }
            if waiting.count == before { break }
        }
        let (bytes, symbols) = try AssemblyOutput.bytes(of: items, size: Int(scope.here &- base), in: scope)
        var values: [String: UInt64] = [:]
        for name in defined.keys {
            values[name] = symbols[name].map { UInt64(bitPattern: $0.number) }
        }
        return Assembly(base: base, bytes: bytes, symbols: values)
    }
}

/// The symbols and labels that an expression sees.
struct AssemblyScope: AssemblyExpression.Scope {
    var here: UInt64
    /// The number of statements before the one that the expression stands in.
    var order = 0
    var symbols: [String: AssemblyExpression.Value]
    /// The definitions of each numeric label, in the source's order.
    var numericLabels: [Int: [(order: Int, address: UInt64)]] = [:]

    init(here: UInt64, symbols: [String: AssemblyExpression.Value]) {
        self.here = here
        self.symbols = symbols
    }

    /// The scope of an item.
    func at(_ item: AssemblyLayout.Item) -> AssemblyScope {
        var scope = self
        scope.here = item.address
        scope.order = item.order
        return scope
    }

    func value(of symbol: String) -> AssemblyExpression.Value? { symbols[symbol] }

    func address(ofNumericLabel number: Int, forward: Bool) -> UInt64? {
        guard let definitions = numericLabels[number] else { return nil }
        // The first definition behind the statement; both directions look around it.
        var low = 0
        var high = definitions.count
        while low < high {
            let middle = (low + high) / 2
            if definitions[middle].order < order { low = middle + 1 } else { high = middle }
        }
        if forward { return low < definitions.count ? definitions[low].address : nil }
        return low > 0 ? definitions[low - 1].address : nil
    }

    /// The value of an expression that must be a plain number; `known` says where its symbols must be defined.
    func number(_ expression: AssemblyExpression, line: Int, known: String? = nil) throws(AssemblerError) -> Int64 {
        let value: AssemblyExpression.Value
        do throws(AssemblyExpression.Failure) {
            value = try expression.evaluate(in: self)
        } catch {
            var message = error.message
            if case .undefined = error, let known { message += "; it must be defined " + known }
            throw AssemblerError(line: line, message: message)
        }
        guard value.addresses == 0 else { throw AssemblerError(line: line, message: "a number is needed here, not an address") }
        return value.number
    }
}
