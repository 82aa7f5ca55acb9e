extension DecoderTables {
    /// Builds the tables for `forms`, whose opcodes are their indices. The memory is never freed: only for
    /// `shared` and for those who measure it.
    package init(forms source: [InstructionForm]) {
        let table = UnsafeMutablePointer<Form>.allocate(capacity: source.count + 1)
        for (index, form) in source.enumerated() {
            (table + index).initialize(to: Form(form))
        }
        (table + source.count).initialize(to: Form())
        forms = UnsafePointer(table)

        var trie = Trie(forms: table, undefined: UInt32(source.count))
        // Forms with more fixed bits come first, so that the first candidate is the most special.
        var byFixedBits = [[UInt16]](repeating: [], count: 33)
        for index in source.indices { byFixedBits[table[index].mask.nonzeroBitCount].append(UInt16(index)) }
        let order = byFixedBits.reversed().flatMap { $0 }
        order.withUnsafeBufferPointer { trie.addTable($0, level: 0, known: 0) }
        let nodes = UnsafeMutablePointer<UInt32>.allocate(capacity: trie.nodes.count)
        trie.nodes.withUnsafeBufferPointer { nodes.initialize(from: $0.baseAddress!, count: $0.count) }
        self.nodes = UnsafePointer(nodes)
        nodeCount = trie.nodes.count
    }
}

// Building the tables takes longer than a short program runs, so they can be kept in a file.
extension DecoderTables {
    /// What `shared` is to be. Only looked at when that is first asked for.
    fileprivate(set) nonisolated(unsafe) static var provided: DecoderTables?

    private static let formBytes = (InstructionTable.count + 1) * MemoryLayout<Form>.stride

    /// The tables as bytes for `provide`.
    package var image: [UInt8] {
        Array(UnsafeRawBufferPointer(start: forms, count: Self.formBytes)) + Array(UnsafeRawBufferPointer(start: nodes, count: 4 * nodeCount))
    }

    /// Makes what `image` gave in another process of the same program `shared`, unless that is there already. The bytes must be aligned to 4, and stay.
    package static func provide(_ image: UnsafeRawBufferPointer) {
        guard image.count > formBytes, let start = image.baseAddress else { return }
        provided = DecoderTables(
            nodes: (start + formBytes).assumingMemoryBound(to: UInt32.self), forms: start.assumingMemoryBound(to: Form.self),
            nodeCount: (image.count - formBytes) / 4)
    }
}

extension DecoderTables.Form {
    /// The check and the immediates of one row of the instruction table.
    fileprivate init(_ form: InstructionForm) {
        self.init()
        bits = form.bits
        mask = form.mask
        opcode = UInt16(form.opcode.index)
        var isFirst = true
        for operand in form.operands where operand.kind.isImmediate {
            let low = operand.lowField
            let signBit: UInt32 = operand.kind == .signedImmediate ? 1 << UInt32(operand.width - 1) : 0
            if isFirst {
                lowShift = low.position
                lowMask = low.mask >> UInt32(low.position)
                if let high = operand.highField {
                    highMask = high.mask
                    precondition(low.width >= high.position, "the high field must move up")
                    highShift = low.width - high.position
                }
                sign = signBit
                scale = operand.shift
                addend = operand.addend
                isFirst = false
            } else {
                precondition(operand.highField == nil && operand.shift == 0 && operand.addend == 0 && operand.width < 16)
                secondShift = low.position
                secondMask = UInt16(low.mask >> UInt32(low.position))
                secondSign = UInt16(signBit)
            }
        }
    }
}

/// The decoder's trie while it grows.
private struct Trie {
    /// The runs of bits that tables are selected by, from the top of the word down; a table skips those that tell nothing.
    private static let levels: [(shift: UInt32, width: UInt32)] = [(22, 10), (15, 7), (10, 5), (5, 5), (0, 5)]

    let forms: UnsafePointer<DecoderTables.Form>
    let undefined: UInt32
    var nodes: [UInt32] = []

    init(forms: UnsafePointer<DecoderTables.Form>, undefined: UInt32) {
        self.forms = forms
        self.undefined = undefined
        nodes.reserveCapacity(1 << 14)
    }

    /// Adds the table of `level` for words that agree with `candidates` in the bits `known`.
    mutating func addTable(_ candidates: UnsafeBufferPointer<UInt16>, level: Int, known: UInt32) {
        let (shift, width) = Self.levels[level]
        let size = 1 << Int(width)
        let selector = UInt32(size - 1)
        // Sort the candidates into the table's slots: count, sum up, place from the slots' ends down.
        withUnsafeTemporaryAllocation(of: Int.self, capacity: size + 1) { end in
            end.initialize(repeating: 0)
            forEachSlot(of: candidates, shift: shift, selector: selector) { _, slot in end[slot] += 1 }
            for slot in 1...size { end[slot] += end[slot - 1] }
            withUnsafeTemporaryAllocation(of: UInt16.self, capacity: end[size]) { placed in
                forEachSlot(of: candidates, shift: shift, selector: selector) { candidate, slot in
                    end[slot] -= 1
                    placed[end[slot]] = candidate
                }
                // Now each number is the start of its slot.
                let base = nodes.count
                nodes.append(contentsOf: repeatElement(undefined, count: size))
                for slot in 0..<size where end[slot] < end[slot + 1] {
                    let inside = UnsafeBufferPointer(rebasing: placed[end[slot]..<end[slot + 1]])
                    nodes[base + slot] = node(inside, level: level + 1, known: known | selector << shift)
                }
            }
        }
    }

    /// The node for words that agree with `candidates` in the bits `known`: a form, or a table of `level` or one below.
    private mutating func node(_ candidates: UnsafeBufferPointer<UInt16>, level: Int, known: UInt32) -> UInt32 {
        let first = candidates[0]
        if candidates.count == 1 || forms[Int(first)].mask & ~known == 0 {
            return UInt32(first)
        }
        let telling = candidates.reduce(0) { $0 | forms[Int($1)].mask } & ~known
        let next = Self.levels.indices.first { $0 >= level && telling >> Self.levels[$0].shift != 0 }!
        let (shift, width) = Self.levels[next]
        let node: UInt32 = 0x8000_0000 | shift << 26 | width << 22 | UInt32(nodes.count)
        addTable(candidates, level: next, known: known)
        return node
    }

    /// Calls `body` for each candidate and each slot that a word of the candidate's form may select.
    private func forEachSlot(of candidates: UnsafeBufferPointer<UInt16>, shift: UInt32, selector: UInt32, _ body: (UInt16, Int) -> Void) {
        for candidate in candidates.reversed() {  // so that placing downwards keeps the order
            let form = forms[Int(candidate)]
            let fixed = form.bits >> shift & selector
            let open = ~(form.mask >> shift) & selector
            var subset: UInt32 = 0
            repeat {
                body(candidate, Int(fixed | subset))
                subset = (subset &- open) & open
            } while subset != 0
        }
    }
}
