/// Turns instruction words into decoded instructions.
public enum Decoder {
    /// The decoded instruction, or nil when `word` is not an instruction (the core raises INE).
    ///
    /// Every one of the 2^32 words has an answer. `csrrd`, `csrwr` and their guest twins win over `csrxchg`.
    @inlinable
    public static func decode(_ word: UInt32) -> Instruction? {
        DecoderTables.shared.decode(word)
    }
}

/// The decoder's tables: a trie over runs of bits that ends in one candidate form for each word, and the forms' checks and immediates.
///
/// Loops over many words may keep a copy of `shared` in a local constant; the tables live as long as the process.
@frozen
public struct DecoderTables {
    /// How the candidate form of a word is checked and its immediates are taken out.
    @frozen
    public struct Form {
        @usableFromInline var bits: UInt32 = 1
        @usableFromInline var mask: UInt32 = 0
        /// The first immediate: two masked pieces of the word, the sign bit, then the scale and the addend.
        @usableFromInline var lowMask: UInt32 = 0
        @usableFromInline var highMask: UInt32 = 0
        @usableFromInline var sign: UInt32 = 0
        @usableFromInline var opcode: UInt16 = 0
        @usableFromInline var lowShift: UInt8 = 0
        @usableFromInline var highShift: UInt8 = 0
        @usableFromInline var scale: UInt8 = 0
        @usableFromInline var addend: UInt8 = 0
        /// The second immediate: a contiguous, unscaled field.
        @usableFromInline var secondShift: UInt8 = 0
        @usableFromInline var secondMask: UInt16 = 0
        @usableFromInline var secondSign: UInt16 = 0

        /// The form that no word has: its check always fails.
        init() {}
    }

    /// The trie. The first 1024 nodes are selected by bits 31:22 of the word. A node with bit 31 set goes on to another table:
    /// bits 30:26 are the lowest bit of the word that selects there, bits 25:22 their number, bits 21:0 the table's first node.
    /// Any other node is the number of a form.
    @usableFromInline let nodes: UnsafePointer<UInt32>
    /// The forms by opcode, and behind them the form that no word has.
    @usableFromInline let forms: UnsafePointer<Form>
    @usableFromInline let nodeCount: Int

    /// The tables, built at first use unless they were provided.
    public static let shared = provided ?? DecoderTables(forms: InstructionTable.forms)

    /// See `Decoder.decode`.
    @inlinable
    @inline(__always)
    public func decode(_ word: UInt32) -> Instruction? {
        var node = nodes[Int(word &>> 22)]
        while node & 0x8000_0000 != 0 {
            let selected = (word &>> (node &>> 26)) & ((1 &<< ((node &>> 22) & 15)) &- 1)
            node = nodes[Int((node & 0x3f_ffff) &+ selected)]
        }
        let form = forms + Int(node)
        guard word & form.pointee.mask == form.pointee.bits else { return nil }
        let field = ((word &>> UInt32(form.pointee.lowShift)) & form.pointee.lowMask)
            | ((word & form.pointee.highMask) &<< UInt32(form.pointee.highShift))
        let signed = (field ^ form.pointee.sign) &- form.pointee.sign
        let immediate = (signed &<< UInt32(form.pointee.scale)) &+ UInt32(form.pointee.addend)
        let second = UInt16(truncatingIfNeeded: word &>> UInt32(form.pointee.secondShift)) & form.pointee.secondMask
        return Instruction(
            opcode: unsafeBitCast(form.pointee.opcode, to: Opcode.self),
            rd: UInt8(truncatingIfNeeded: word & 31),
            rj: UInt8(truncatingIfNeeded: (word &>> 5) & 31),
            rk: UInt8(truncatingIfNeeded: (word &>> 10) & 31),
            ra: UInt8(truncatingIfNeeded: (word &>> 15) & 31),
            immediate: Int32(bitPattern: immediate),
            immediate2: Int16(bitPattern: (second ^ form.pointee.secondSign) &- form.pointee.secondSign),
            word: word)
    }
}

// The pointers are to memory that is written before the value exists and never after.
extension DecoderTables: @unchecked Sendable {}
