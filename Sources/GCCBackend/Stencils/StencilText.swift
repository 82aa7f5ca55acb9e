import Translator

/// The compiler's assembly text of one stencil, with its control flow straightened out: what is left of it is two runs of instructions, the common part,
/// which ends where it goes on with what follows, and the rare part.
struct StencilText {
    /// The registers that the compiler takes for the operands. None of their parts has a name that the other registers' parts do not have.
    static let operands = ["r12", "r13", "r14", "rbx"]
    /// Holds the limit of guest addresses; in mapped stencils, the address of the soft TLB.
    static let limit = "rbp"
    /// Directive before two labels and a flag: the access, what stands for one beyond the limit, whether it is a store.
    static let siteMark = ".longma_site"

    /// What stands in front of an indirect jump out of a frame, behind a load of the stack pointer.
    static let frameDrop = "leaq -8(%rsp), %rsp"

    struct Unusable: Error { let reason: String }

    /// A label, a directive, or an instruction: mnemonic and operands.
    enum Line: Equatable {
        case label(String)
        case site(String, String, Int)
        case instruction(String, String)
    }

    private(set) var common: [Line] = []
    private(set) var rare: [Line] = []
    /// Jumps here go on with what follows.
    private static let end = "END"

    /// Takes the lines of a function.
    init(_ lines: [Substring]) throws(Unusable) {
        var isRare = false
        for line in lines {
            var rest = line.drop { $0 == " " || $0 == "\t" }
            if rest.hasPrefix("#") { continue }
            if let colon = rest.firstIndex(of: ":"), rest[..<colon].allSatisfy({ $0.isLetter || $0.isNumber || $0 == "." || $0 == "_" }) {
                append(.label(Self.numeric(String(rest[..<colon]))), isRare)
                rest = rest[rest.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
            }
            if rest.isEmpty { continue }
            let parts = rest.split(maxSplits: 1) { $0 == " " || $0 == "\t" }
            let mnemonic = String(parts[0])
            let operands = parts.count > 1 ? String(parts[1]) : ""
            switch mnemonic {
            case ".subsection": isRare = true
            case ".previous": isRare = false
            case Self.siteMark:
                let words = operands.split(separator: " ").map(String.init)
                append(.site(Self.target(words[0]), Self.target(words[1]), Int(words[2])!), isRare)
            case "ret": append(.instruction("jmp", Self.end), isRare)
            case _ where mnemonic.hasPrefix("."): throw Unusable(reason: "directive \(mnemonic)")
            case _ where mnemonic.hasPrefix("j"): append(.instruction(mnemonic, Self.target(operands)), isRare)
            default: append(.instruction(mnemonic, operands), isRare)
            }
        }
        straighten()
        try check()
    }

    private mutating func append(_ line: Line, _ isRare: Bool) { if isRare { rare.append(line) } else { common.append(line) } }

    /// Numeric labels get names; each number stands once.
    private static func numeric(_ label: String) -> String { label.allSatisfy(\.isNumber) ? ".N\(label)" : label }
    private static func target(_ operand: String) -> String {
        let digits = operand.dropLast()
        return !digits.isEmpty && digits.allSatisfy(\.isNumber) && (operand.hasSuffix("f") || operand.hasSuffix("b")) ? ".N\(digits)" : operand
    }

    // MARK: Control flow

    private mutating func straighten() {
        var previous: [Line] = []
        repeat {
            previous = common
            dropUnreachable()
            forwardJumps()
            dropUnreachable()
            moveExits()
        } while previous != common
        if case .instruction("jmp", Self.end) = common.last { common.removeLast() }
    }

    private func isJump(_ line: Line) -> Bool {
        if case .instruction("jmp", _) = line { return true }
        return false
    }

    private mutating func dropUnreachable() {
        var targets: Set<String> = []
        for case .instruction(let mnemonic, let operand) in common + rare where mnemonic.hasPrefix("j") { targets.insert(operand) }
        for case .site(let access, let refusal, _) in common + rare { targets.formUnion([access, refusal]) }
        var isReachable = true
        var lines = common
        lines.removeAll { line in
            if case .label(let name) = line {
                if !targets.contains(name) { return true }
                isReachable = true
            }
            defer { if isJump(line) { isReachable = false } }
            if case .site = line { return false }
            return !isReachable
        }
        common = lines
    }

    /// What jumps to a jump jumps on.
    private mutating func forwardJumps() {
        for (index, line) in common.enumerated() {
            guard case .label(let name) = line, index + 1 < common.count, case .instruction("jmp", let goal) = common[index + 1], !goal.hasPrefix("*") else { continue }
            for other in common.indices {
                if case .instruction(let mnemonic, name) = common[other], mnemonic.hasPrefix("j") { common[other] = .instruction(mnemonic, goal) }
            }
        }
    }

    /// A conditional jump over code that does not come back: that code goes to the rare part, or, if it is a mere jump, becomes the jump.
    private mutating func moveExits() {
        for index in common.indices {
            guard case .instruction(let mnemonic, let label) = common[index], let opposite = Self.opposite(mnemonic) else { continue }
            // From behind the jump up to the label, or, for one to the end, whatever stands last.
            let stop = common[index...].firstIndex(of: .label(label)) ?? (label == Self.end ? common.endIndex : nil)
            guard let stop, stop > index + 1, isJump(common[stop - 1]) else { continue }
            let body = Array(common[(index + 1)..<stop])
            guard body.dropLast().allSatisfy({ if case .instruction(let mnemonic, _) = $0 { !mnemonic.hasPrefix("j") } else { false } }) else { continue }
            if body.count == 1, case .instruction(_, let goal) = body[0], !goal.hasPrefix("*") {
                if goal == Self.end { continue }
                common[index] = .instruction(opposite, goal)
            } else {
                let name = ".R\(rare.count)"
                common[index] = .instruction(opposite, name)
                rare += [.label(name)] + body
            }
            common.removeSubrange((index + 1)..<stop)
            return
        }
        // What stands behind the place where it goes on.
        let onward = Line.instruction("jmp", Self.end)
        if let middle = common.firstIndex(of: onward), middle + 1 < common.count, let last = common.last, isJump(last), last != onward {
            rare += common[(middle + 1)...]
            common.removeSubrange((middle + 1)...)
        }
    }

    private static func opposite(_ mnemonic: String) -> String? {
        let pairs = [
            ("je", "jne"), ("jl", "jge"), ("jg", "jle"), ("jb", "jae"), ("ja", "jbe"), ("jc", "jnc"), ("js", "jns"), ("jo", "jno"), ("jp", "jnp"),
            ("jz", "jnz"), ("jnb", "jb"), ("jnbe", "jbe"), ("jnl", "jl"), ("jnle", "jle"),
        ]
        for (a, b) in pairs {
            if mnemonic == a { return b }
            if mnemonic == b { return a }
        }
        return nil
    }

    /// The parts that a stencil cannot have.
    private func check() throws(Unusable) {
        var depth = 0
        var previous = ""
        for case .instruction(let mnemonic, let operands) in common + rare {
            defer { previous = "\(mnemonic) \(operands)" }
            if ["%ah", "%bh", "%ch", "%dh"].contains(where: operands.contains) { throw Unusable(reason: "register part in \(mnemonic) \(operands)") }
            if mnemonic == "jmp", operands.hasPrefix("*"), depth != 0, previous != Self.frameDrop { throw Unusable(reason: "a jump out of a frame") }
            if mnemonic == "subq", operands.hasSuffix("%rsp") { depth += 1 }
            if operands.contains("(%rip)") || operands.contains(".LC") { throw Unusable(reason: "a constant in memory") }
        }
        for case .instruction(_, let goal) in common where depth > 0 && (goal == "hole\(HoleValue.taken)" || goal == "hole\(HoleValue.other)") {
            throw Unusable(reason: "a branch out of a frame")
        }
    }

    // MARK: Registers

    /// Names of the 16 general registers' parts, from 64 bits down to 8.
    private static let names: [[String]] = {
        let old = ["a", "c", "d", "b"].map { ["r\($0)x", "e\($0)x", "\($0)x", "\($0)l"] }
        let others = ["sp", "bp", "si", "di"].map { ["r\($0)", "e\($0)", $0, "\($0)l"] }
        return old + others + (8..<16).map { ["r\($0)", "r\($0)d", "r\($0)w", "r\($0)b"] }
    }()
    private static let places: [String: (register: Int, part: Int)] = {
        var result: [String: (register: Int, part: Int)] = [:]
        for (register, parts) in names.enumerated() { for (part, name) in parts.enumerated() { result[name] = (register, part) } }
        return result
    }()
    private static let operandRegisters = operands.map { places[$0]!.register }

    /// The general registers that a line names, in order.
    private static func registers(in operands: String) -> [Int] {
        operands.split(separator: "%", omittingEmptySubsequences: false).dropFirst().compactMap {
            places[String($0.prefix { $0.isLetter || $0.isNumber })]?.register
        }
    }

    private static func registers(in lines: [Line]) -> [(line: Int, register: Int)] {
        lines.enumerated().flatMap { index, line -> [(line: Int, register: Int)] in
            guard case .instruction(_, let operands) = line else { return [] }
            return registers(in: operands).map { (index, $0) }
        }
    }

    /// Bit n: operand n occurs.
    var operandMask: UInt8 {
        Self.registers(in: common + rare).reduce(0) { mask, use in Self.operandRegisters.firstIndex(of: use.register).map { mask | 1 << UInt8($0) } ?? mask }
    }

    /// Bit n: what is written may share the register of operand n: it is written when that has been read for the last time.
    var shareable: UInt8 {
        let uses = Self.registers(in: common)
        let rareUses = Self.registers(in: rare)
        guard let written = uses.first(where: { $0.register == Self.operandRegisters[0] })?.line else { return 0 }
        var result: UInt8 = 0
        for n in 1..<4 {
            let isRare = rareUses.contains { $0.register == Self.operandRegisters[n] }
            let last = uses.last { $0.register == Self.operandRegisters[n] }?.line
            if !isRare, let last, last <= written { result |= 1 << UInt8(n) }
        }
        return result
    }

    /// Bit n: host register n, which is no operand, is changed, or at least named, or a call may change it.
    var clobbers: UInt16 {
        var result = Self.registers(in: common + rare).reduce(UInt16(0)) { $0 | 1 << UInt16($1.register) }
        for register in Self.operandRegisters { result &= ~(1 << UInt16(register)) }
        for case .instruction(let mnemonic, let operands) in common + rare {
            // The stubs of the floating-point helper and of slow accesses keep everything.
            if mnemonic == "call", !operands.contains(FloatTemplate.helperCall), !operands.contains(ProbedAccess.stub) { result |= 0b1111_1100_0111 }
            if ["mulq", "mull", "cqto", "cltd", "cqo", "cdq"].contains(mnemonic) || mnemonic.hasPrefix("div") || mnemonic.hasPrefix("idiv") { result |= 0b101 }
            // One operand: rdx:rax.
            if mnemonic.hasPrefix("imul"), !operands.contains(",") { result |= 0b101 }
        }
        return result
    }

    // MARK: Assembly

    /// Writes the stencil for the assembler, with the operands in the given registers and `name` in all labels.
    func assembly(_ name: String, registers: [Int], sites identifier: Int?) -> String {
        var text = ".text\ncommon_\(name):\n"
        for line in common { text += assembly(line, name, registers, nil) }
        text += "end_\(name):\n.section .rare,\"ax\",@progbits\nrare_\(name):\n"
        for line in rare { text += assembly(line, name, registers, nil) }
        text += "rareend_\(name):\n"
        if let identifier {
            for case .site(let access, let refusal, let isStore) in common + rare {
                let common = "\(access)_\(name) - common_\(name)"
                text += ".section longma_sites,\"a\",@progbits\n.long \(identifier), \(common), \(refusal)_\(name) - rare_\(name), \(isStore)\n"
            }
        }
        return text
    }

    private func assembly(_ line: Line, _ name: String, _ registers: [Int], _ sites: Int?) -> String {
        switch line {
        case .label(let label): return "\(label)_\(name):\n"
        case .site: return ""
        case .instruction(let mnemonic, let operands):
            if mnemonic.hasPrefix("j"), operands == Self.end || operands.hasPrefix(".") {
                return "\t\(mnemonic) \(operands == Self.end ? "end" : operands)_\(name)\n"
            }
            let uses = Self.registers(in: operands)
            guard uses.contains(where: Self.operandRegisters.contains) else { return "\t\(mnemonic) \(operands)\n" }
            // All registers' encodings must have the same length.
            let prefix = mnemonic.hasPrefix("v") ? "{vex3} " : Self.isVEX(mnemonic) ? "" : "{rex} "
            return "\t\(prefix)\(mnemonic) \(Self.renamed(operands, registers))\n"
        }
    }

    private static func isVEX(_ mnemonic: String) -> Bool {
        ["andn", "bextr", "bls", "bzhi", "mulx", "pdep", "pext", "rorx", "sarx", "shlx", "shrx"].contains { mnemonic.hasPrefix($0) }
    }

    private static func renamed(_ operands: String, _ registers: [Int]) -> String {
        var result = ""
        for (index, piece) in operands.split(separator: "%", omittingEmptySubsequences: false).enumerated() {
            guard index > 0 else {
                result += piece
                continue
            }
            let name = piece.prefix { $0.isLetter || $0.isNumber }
            result += "%"
            if let place = places[String(name)], let operand = operandRegisters.firstIndex(of: place.register) {
                result += names[registers[operand]][place.part] + piece.dropFirst(name.count)
            } else {
                result += piece
            }
        }
        return result
    }
}
