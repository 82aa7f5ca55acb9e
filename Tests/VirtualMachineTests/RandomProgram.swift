/// A sequence of numbers that a seed decides (splitmix64).
struct RandomNumbers {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
        return z ^ z >> 31
    }

    mutating func below(_ limit: Int) -> Int { Int(next() % UInt64(limit)) }
    mutating func within(_ range: ClosedRange<Int>) -> Int { range.lowerBound + below(range.count) }
    mutating func pick<Element>(_ elements: [Element]) -> Element { elements[below(elements.count)] }
}

/// Assembly of a loop of random instructions for a guest's kernel mode: arithmetic, accesses around page ends, branches, registers of the machine, exits. Ends
/// with `hvcl 7`. $a0...$t3 hold data, $t4...$t6 and $s0...$s2 addresses, $s8 counts rounds; $t7 and $t8 are the handlers'.
struct RandomProgram {
    private static let data = ["$a0", "$a1", "$a2", "$a3", "$a4", "$a5", "$a6", "$a7", "$t0", "$t1", "$t2", "$t3", "$zero"]
    private static let bases = ["$t4", "$t5", "$t6", "$s0", "$s1", "$s2"]
    private static let floats = ["$fa0", "$fa1", "$fa2", "$fa3", "$ft0", "$ft1"]

    private var numbers: RandomNumbers
    private(set) var lines: [String] = []
    private var labels = 0

    /// Where addresses go: virtual pages that may be mapped or not.
    static let window: ClosedRange<Int> = 0x4_0000...0x3F_FFFF

    init(seed: UInt64, length: Int, rounds: Int) {
        numbers = RandomNumbers(seed: seed)
        for register in Self.data.dropLast() { lines.append("li.d \(register), 0x\(String(numbers.next(), radix: 16))") }
        for register in Self.bases { setBase(register) }
        lines.append("li.d $s8, \(rounds)\nround:")
        while lines.count < length { addInstruction() }
        // The distance is more than a conditional branch's.
        lines.append("addi.d $s8, $s8, -1\nbeqz $s8, done\nb round\ndone: hvcl 7")
    }

    var source: String { lines.joined(separator: "\n") }

    private mutating func addInstruction() {
        switch numbers.below(100) {
        case 0..<25: addArithmetic()
        case 25..<60: addAccess()
        case 60..<66: addRun()
        case 66..<74: addBranch()
        case 74..<78: setBase(numbers.pick(Self.bases))
        case 78..<84: addFloat()
        case 84..<88: addAtomic()
        default: addSystem()
        }
    }

    private mutating func setBase(_ register: String) {
        var address = numbers.within(Self.window)
        // Often next to a page's end, and mostly aligned.
        if numbers.below(3) == 0 { address = address & ~4095 | 0xFC0 | numbers.below(64) }
        if numbers.below(3) != 0 { address &= ~7 }
        lines.append("li.d \(register), 0x\(String(address, radix: 16))")
    }

    private mutating func addArithmetic() {
        let (d, j, k) = (numbers.pick(Self.data), numbers.pick(Self.data), numbers.pick(Self.data))
        switch numbers.below(4) {
        case 0: lines.append("\(numbers.pick(["addi.d", "addi.w", "slti", "sltui"])) \(d), \(j), \(numbers.within(-2048...2047))")
        case 1: lines.append("\(numbers.pick(["slli.d", "srli.d", "srai.d", "rotri.d"])) \(d), \(j), \(numbers.below(64))")
        default:
            let names = ["add.d", "sub.d", "add.w", "xor", "and", "or", "nor", "mul.d", "mulh.du", "div.d", "mod.wu", "sll.d", "sra.w", "slt", "maskeqz", "masknez"]
            lines.append("\(numbers.pick(names)) \(d), \(j), \(k)")
        }
    }

    private mutating func addAccess() {
        let base = numbers.pick(Self.bases)
        let offset = numbers.below(4) == 0 ? numbers.within(-2048...2047) : numbers.within(-8...8) * 8
        switch numbers.below(8) {
        case 0: lines.append("\(numbers.pick(["ldptr.w", "ldptr.d", "stptr.w", "stptr.d"])) \(numbers.pick(Self.data)), \(base), \(offset & ~3)")
        case 1: lines.append("\(numbers.pick(["fld.s", "fld.d", "fst.s", "fst.d"])) \(numbers.pick(Self.floats)), \(base), \(offset)")
        case 2:
            lines.append("andi $t3, \(numbers.pick(Self.data)), 0x7F8")
            lines.append("\(numbers.pick(["ldx.b", "ldx.hu", "ldx.w", "ldx.wu", "ldx.d", "stx.b", "stx.h", "stx.w", "stx.d"])) \(numbers.pick(Self.data)), \(base), $t3")
        default:
            let names = ["ld.b", "ld.bu", "ld.h", "ld.hu", "ld.w", "ld.wu", "ld.d", "ld.d", "st.b", "st.h", "st.w", "st.d", "st.d"]
            lines.append("\(numbers.pick(names)) \(numbers.pick(Self.data)), \(base), \(offset)")
        }
    }

    /// Many accesses off one register, as where registers are saved.
    private mutating func addRun() {
        let base = numbers.pick(Self.bases)
        let start = numbers.within(-16...8) * 8
        let names = numbers.pick([["st.d"], ["ld.d"], ["st.d", "ld.d"], ["st.w", "ld.w", "ld.bu", "ld.h", "fst.d", "fld.d"]])
        for index in 0..<numbers.within(3...16) {
            let name = numbers.pick(names)
            lines.append("\(name) \(numbers.pick(name.hasPrefix("f") ? Self.floats : Self.data)), \(base), \(start + 8 * index)")
            if numbers.below(5) == 0 { addArithmetic() }
        }
    }

    private mutating func addBranch() {
        labels += 1
        let (label, a, b) = ("l\(labels)", numbers.pick(Self.data), numbers.pick(Self.data))
        switch numbers.below(4) {
        case 0: lines.append("\(numbers.pick(["beqz", "bnez"])) \(a), \(label)")
        case 1: lines.append("b \(label)")
        case 2:
            // A short loop.
            lines.append("ori $s7, $zero, \(numbers.within(2...5))\n\(label):")
            for _ in 0..<numbers.within(1...4) { if numbers.below(2) == 0 { addArithmetic() } else { addAccess() } }
            lines.append("addi.d $s7, $s7, -1\nbnez $s7, \(label)")
            return
        default: lines.append("\(numbers.pick(["beq", "bne", "blt", "bge", "bltu", "bgeu"])) \(a), \(b), \(label)")
        }
        for _ in 0..<numbers.within(1...6) { if numbers.below(2) == 0 { addArithmetic() } else { addAccess() } }
        lines.append("\(label):")
    }

    private mutating func addFloat() {
        let (d, j, k) = (numbers.pick(Self.floats), numbers.pick(Self.floats), numbers.pick(Self.floats))
        switch numbers.below(5) {
        case 0: lines.append("movgr2fr.d \(d), \(numbers.pick(Self.data))")
        case 1: lines.append("movfr2gr.d \(numbers.pick(Self.data)), \(j)")
        case 2: lines.append("fcmp.clt.d $fcc0, \(j), \(k)")
        default: lines.append("\(numbers.pick(["fadd.d", "fmul.d", "fsub.s", "fdiv.d"])) \(d), \(j), \(k)")
        }
    }

    private mutating func addAtomic() {
        let base = numbers.pick(Self.bases)
        switch numbers.below(3) {
        case 0: lines.append("\(numbers.pick(["amadd.d", "amswap.w", "amor.d", "ammax_db.d"])) $a0, $a1, \(base)")
        case 1: lines.append("ll.d $a2, \(base), 8\naddi.d $a2, $a2, 1\nsc.d $a2, \(base), 8")
        default: lines.append("dbar 0")
        }
    }

    private mutating func addSystem() {
        let register = numbers.pick(Self.data)
        switch numbers.below(16) {
        case 0, 1, 2: lines.append("csrrd \(register), 0x\(String(numbers.pick([0x0, 0x1, 0x5, 0x6, 0x18, 0x19, 0x1B, 0x33, 0x60, 0x88, 0x1FF]), radix: 16))")
        case 3, 4: lines.append("csrwr \(register), 0x\(String(numbers.pick([0x33, 0x34, 0x35, 0x7, 0x10, 0x12, 0x8C]), radix: 16))")
        case 5: lines.append("csrxchg \(register), \(numbers.pick(["$a0", "$a1", "$t0"])), 0x\(String(numbers.pick([0x33, 0x34, 0x10, 0x13]), radix: 16))")
        case 6: lines.append("ori $s3, $zero, \(numbers.below(4))\ncsrwr $s3, 2")
        case 7: lines.append("ori $s3, $zero, \(numbers.below(2))\ncsrwr $s3, 0x18")
        case 8: lines.append("ori $s3, $zero, \(4 * numbers.below(2))\nori $s4, $zero, 4\ncsrxchg $s3, $s4, 0")
        case 9: lines.append("invtlb 0, $zero, $zero")
        case 10: lines.append("cpucfg \(register), $zero")
        case 11: lines.append("rdtime.d \(register), $a7")
        case 12: lines.append("hvcl \(numbers.within(8...20))")
        case 13: lines.append(numbers.pick(["syscall 1", "break 2", "csrrd $a0, 0x15", "iocsrrd.w $a0, $zero", "asrtle.d $a0, $a1"]))
        case 14: addRewriting()
        default: lines.append("csrrd \(register), 0x42")
        }
    }

    /// Changes an instruction that comes later.
    private mutating func addRewriting() {
        labels += 1
        let word = 0x02C0_0000 | UInt32(numbers.below(4096)) << 10 | 4 << 5 | 5
        lines.append("la.local $s3, p\(labels)\nli.d $s4, \(word)\nst.w $s4, $s3, 0\nibar 0\np\(labels): nop")
    }
}
