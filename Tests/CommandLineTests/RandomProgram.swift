import Foundation
import LoongArch

/// A seeded generator (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = (state ^ state >> 30) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ z >> 27) &* 0x94d0_49bb_1331_11eb
        return z ^ z >> 31
    }

    /// A number near a corner, or any.
    mutating func number() -> UInt64 {
        let corners: [UInt64] = [
            0, 1, 0x7fff_ffff, 0xffff_ffff_8000_0000, .max, 1 << 63, 0x3ff0_0000_0000_0000, 0x7ff0_0000_0000_0000, 0x7ff4_0000_0000_0000,
            0x7f80_0001_ffc0_0000,
        ]
        return below(3) == 0 ? corners[below(corners.count)] : next() >> UInt64(below(41))
    }

    mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &self) }

    /// True once in `count` times, about.
    mutating func once(in count: Int) -> Bool { below(count) == 0 }
}

/// A program for `longma vectors`, made at random: loops, calls, indirect jumps and branches around instructions of all kinds, with now and then what raises an
/// exception. Some never end, but for their fuel.
struct RandomProgram {
    var words: [UInt32]
    /// Registers and memory at the start, as members of the case's JSON object.
    let state: String

    var json: String { "{\"words\": [\(words.map { "\($0)" }.joined(separator: ","))], \"fuel\": \(Self.fuel), \(state)}" }

    /// Enough for loops in loops. The last 4096 are interpreted.
    private static let fuel = 16_000

    /// What registers are for that random instructions read, but do not write.
    private enum Register {
        static let link: UInt32 = 1
        static let outerLink: UInt32 = 20
        /// The ends of the memory window, where a mapping ends.
        static let low: UInt32 = 21
        static let high: UInt32 = 22
        static let target: UInt32 = 23
        static let index: UInt32 = 24
        static let code: UInt32 = 25
        /// For the loops of the program, of functions that call, and of those that do not.
        static let counters: [UInt32] = [26, 27, 19]
        static let base: UInt32 = 28
        static let all: Set<UInt32> = [1, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28]
    }
    private static let window: UInt64 = 0x6000_0000
    private static let windowSize: UInt64 = 0x1_0000
    private static let codeBase: UInt64 = 0x4000_0000

    init(seed: UInt64) {
        var writer = Writer(generator: SeededGenerator(state: seed))
        writer.program()
        words = writer.words
        state = Self.state(&writer.generator)
    }

    private static func state(_ generator: inout SeededGenerator) -> String {
        let fixed: [UInt32: UInt64] = [
            Register.low: window, Register.high: window + windowSize, Register.code: codeBase, Register.base: window + windowSize / 2,
            Register.index: UInt64(generator.below(64)), Register.link: codeBase, Register.outerLink: codeBase, Register.target: codeBase,
        ]
        let registers = (1..<32).map { "\"\($0)\":\(fixed[UInt32($0)] ?? generator.number())" }
        let vectors = (0..<32).map { "\"\($0)\":\"0x\(hexadecimal(generator.number() | 1 << 60))\(hexadecimal(generator.number()))\"" }
        let memory = (0..<32).map { _ in hexadecimal(generator.next()) }.joined()
        let fcsr = generator.below(4) << 8
        return "\"gpr\":{\(registers.joined(separator: ","))},\"vr\":{\(vectors.joined(separator: ","))},\"fcc\":\(generator.below(256)),\"fcsr\":\(fcsr),"
            + "\"mem\":{\"32640\":\"\(memory)\"}"
    }

    private static func hexadecimal(_ value: UInt64) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    // MARK: Words

    /// The forms that random instructions are of, by kind.
    private struct Forms {
        var plain: [[InstructionForm]] = []
        var memory: [InstructionForm] = []
        var branches: [InstructionForm] = []
        var moves: [InstructionForm] = []

        static let all = Forms()

        private init() {
            let elsewhere: Set = ["syscall", "break", "jirl", "b", "bl", "ibar", "idle"]
            let branching: Set = ["beq", "bne", "blt", "bge", "bltu", "bgeu", "beqz", "bnez", "bceqz", "bcnez"]
            var groups: [InstructionForm.Extension: [InstructionForm]] = [:]
            for form in InstructionTable.forms where [.base, .floatingPoint, .lsx, .atomicsV11].contains(form.extension) && form.unit != .lasx {
                if elsewhere.contains(form.mnemonic) || form.mnemonic.hasPrefix("rdtime") { continue }
                if branching.contains(form.mnemonic) {
                    branches.append(form)
                } else {
                    if Self.isMemory(form) { memory.append(form) }
                    if form.extension == .floatingPoint, form.mnemonic.hasPrefix("mov") || form.mnemonic == "fsel" { moves.append(form) }
                    groups[form.extension, default: []].append(form)
                }
            }
            // Instructions of compilers' everyday code more often than their number says.
            let everyday = groups[.base]!
            plain = [everyday, everyday, everyday, groups[.floatingPoint]!, groups[.floatingPoint]!, groups[.lsx]!, groups[.lsx]!, memory]
        }

        static func isMemory(_ form: InstructionForm) -> Bool {
            let prefixes = ["ld", "st", "fld", "fst", "vld", "vst", "am", "ll", "sc", "preld"]
            return prefixes.contains { form.mnemonic.hasPrefix($0) } && form.mnemonic != "vldi"
        }
    }

    private struct Writer {
        var generator: SeededGenerator
        var words: [UInt32] = []
        private var functions: [Int: Int] = [:]
        private var calls: [(at: Int, function: Int)] = []
        private var isInLoop = false
        /// Functions are reached by displacements of 12 bits, so no more words than that.
        private var limit = 250
        private static let functionCount = 4

        init(generator: SeededGenerator) { self.generator = generator }

        mutating func program() {
            items(20 + generator.below(40), level: 0)
            let end = words.count
            words.append(0)
            for function in 0..<Self.functionCount {
                functions[function] = words.count
                limit = words.count + 50
                // The first two call the others, and keep their link.
                let calls = function < Self.functionCount / 2
                if calls { words.append(move(Register.outerLink, Register.link)) }
                items(3 + generator.below(12), level: calls ? 1 : 2)
                words.append(0x4c00_0000 | (calls ? Register.outerLink : Register.link) << 5)
            }
            words[end] = branch(0x5000_0000, words.count - end)
            for call in calls {
                let distance = functions[call.function]! - call.at
                // Through a register, or directly.
                words[call.at] = words[call.at] == 0 ? branch(0x5400_0000, distance) : words[call.at] | UInt32(4 * functions[call.function]!) << 10
            }
        }

        private mutating func items(_ count: Int, level: Int) { for _ in 0..<count where words.count < limit { item(level: level) } }

        private mutating func item(level: Int) {
            switch generator.below(100) {
            case 0..<9: forward()
            case 9..<15: loop(level)
            case 15..<22 where level < 2: call(level)
            case 22..<26: computed()
            case 26..<30: atTheEdge()
            case 30..<33: loadLinked()
            case 33..<35: words.append(conversion())
            case 35: words.append(generator.once(in: 8) ? oddWord() : plain())
            case 36: backward()
            case 37: words.append(generator.once(in: 2) ? 0x3872_8000 /* ibar */ : 0x3872_0000 /* dbar */)
            default: words.append(plain())
            }
        }

        private func move(_ rd: UInt32, _ rj: UInt32) -> UInt32 { 0x0015_0000 | rj << 5 | rd }
        private func addImmediate(_ rd: UInt32, _ rj: UInt32, _ value: Int) -> UInt32 { 0x02c0_0000 | UInt32(value & 0xfff) << 10 | rj << 5 | rd }
        /// `b` or `bl`.
        private func branch(_ bits: UInt32, _ distance: Int) -> UInt32 { bits | UInt32(distance & 0xffff) << 10 | UInt32(distance >> 16 & 0x3ff) }

        private mutating func conditional(_ distance: Int) -> UInt32 {
            let form = Forms.all.branches[generator.below(Forms.all.branches.count)]
            let word = form.bits | UInt32(truncatingIfNeeded: generator.next()) & ~form.mask
            let hasLongOffset = ["beqz", "bnez", "bceqz", "bcnez"].contains(form.mnemonic)
            return word & ~(0xffff << 10 | (hasLongOffset ? 0x1f : 0)) | UInt32(distance & 0xffff) << 10 | (hasLongOffset ? UInt32(distance >> 16 & 0x1f) : 0)
        }

        /// A branch over some of what comes next.
        private mutating func forward() {
            let at = words.count
            words.append(0)
            for _ in 0...generator.below(4) { words.append(plain()) }
            words[at] = conditional(words.count - at)
        }

        /// A branch back, which may or may not end.
        private mutating func backward() {
            let start = words.count
            for _ in 0...generator.below(4) { words.append(plain()) }
            words.append(conditional(start - words.count))
        }

        private mutating func loop(_ level: Int) {
            if isInLoop { return words.append(plain()) }
            isInLoop = true
            let counter = Register.counters[level]
            words.append(addImmediate(counter, 0, 1 + generator.below(generator.once(in: 4) ? 100 : 8)))
            let start = words.count
            items(2 + generator.below(5), level: level)
            words.append(addImmediate(counter, counter, -1))
            words.append(0x5c00_0000 | UInt32((start - words.count) & 0xffff) << 10 | counter << 5)
            isInLoop = false
        }

        private mutating func call(_ level: Int) {
            let half = Self.functionCount / 2
            // Functions that call keep one link only, so nothing calls them but the program itself.
            let function = level == 0 ? generator.below(Self.functionCount) : half + generator.below(half)
            calls.append((words.count, function))
            if generator.once(in: 3) {
                words.append(addImmediate(Register.target, Register.code, 0))
                words.append(0x4c00_0000 | Register.target << 5 | Register.link)
            } else {
                words.append(0)
            }
        }

        /// An indirect jump, to one of two places or, seldom, to no instruction's address.
        private mutating func computed() {
            let chosen = UInt32(generator.below(20))
            words.append(0x0340_0400 | chosen << 5 | Register.target)  // andi target, chosen, 1
            words.append(0x0041_0000 | (generator.once(in: 40) ? 1 : 2) << 10 | Register.target << 5 | Register.target)  // slli.d
            words.append(0x0010_8000 | Register.code << 10 | Register.target << 5 | Register.target)  // add.d
            let next = words.count + 1
            words.append(0x4c00_0000 | UInt32(next) << 10 | Register.target << 5)
            let over = 1 + generator.below(3)
            words.append(branch(0x5000_0000, over + 1))
            for _ in 0..<over { words.append(plain()) }
        }

        /// An access just inside or just outside of the window.
        private mutating func atTheEdge() {
            let form = Forms.all.memory[generator.below(Forms.all.memory.count)]
            let isLow = generator.once(in: 2)
            var word = form.bits | UInt32(truncatingIfNeeded: generator.next()) & ~form.mask
            let isInside = !generator.once(in: 12)
            word = word & ~(0x1f << 5) | (isLow ? Register.low : Register.high) << 5
            if form.mask & 0x3f_fc00 == 0, form.mask & 0x40_0000 != 0 {
                let step = isInside ? (isLow ? generator.below(16) : -32 + generator.below(16)) : generator.below(40) - 20
                word = word & ~0x3f_fc00 | UInt32(step & 0xfff) << 10
            } else if isInside {
                // Displacements of other lengths, and indices, reach farther: those from the middle.
                return words.append(plain())
            }
            words.append(harmless(word, form))
        }

        private mutating func loadLinked() {
            let isDouble = generator.once(in: 2)
            let displacement = UInt32(generator.below(8)) << 11
            let (load, store): (UInt32, UInt32) = isDouble ? (0x2200_0000, 0x2300_0000) : (0x2000_0000, 0x2100_0000)
            words.append(load | displacement | Register.base << 5 | UInt32(2 + generator.below(16)))
            for _ in 0..<generator.below(2) { words.append(plain()) }
            words.append(store | displacement | Register.base << 5 | UInt32(2 + generator.below(16)))
        }

        /// What raises an exception by itself: a breakpoint, a system call, any word at all.
        private mutating func oddWord() -> UInt32 {
            switch generator.below(3) {
            case 0: 0x002a_0000 | UInt32(generator.below(1 << 15))
            case 1: 0x002b_0000
            default: UInt32(truncatingIfNeeded: generator.next())
            }
        }

        /// Any instruction that goes on with the next one, unless its operands are wrong.
        private mutating func plain() -> UInt32 {
            let group = Forms.all.plain[generator.below(Forms.all.plain.count)]
            let form = group[generator.below(group.count)]
            // What compares an address first, and mostly raises an exception.
            if ["asrt", "ldgt", "ldle", "stgt", "stle", "fldgt", "fldle", "fstgt", "fstle"].contains(where: form.mnemonic.hasPrefix), !generator.once(in: 60) {
                return plain()
            }
            var word = form.bits | UInt32(truncatingIfNeeded: generator.next()) & ~form.mask
            if form.mnemonic == "movgr2fcsr" {
                // Flags or the rounding mode; seldom what enables traps, for those are interpreted.
                word = generator.once(in: 8) ? word & ~0x1f | UInt32(generator.below(2)) : word & ~0x1f | UInt32(2 + generator.below(2))
            } else if Forms.isMemory(form) {
                word = word & ~(0x1f << 5) | Register.base << 5
                if form.operands.last?.kind == .general, form.mnemonic.contains("x"), !generator.once(in: 30) {
                    word = word & ~(0x1f << 10) | (generator.once(in: 2) ? Register.index : 0) << 10
                }
            }
            word = harmless(word, form)
            // Few of what is no instruction after all, and of atomic ones whose registers must differ.
            let isDoubtful = Decoder.decode(word) == nil || form.mnemonic.hasPrefix("am") && (word & 0x1f == word >> 5 & 0x1f || word & 0x1f == word >> 10 & 0x1f)
            return isDoubtful && !generator.once(in: 50) ? plain() : word
        }

        /// Between general, floating-point and condition registers.
        private mutating func conversion() -> UInt32 {
            let form = Forms.all.moves[generator.below(Forms.all.moves.count)]
            var word = form.bits | UInt32(truncatingIfNeeded: generator.next()) & ~form.mask
            if form.mnemonic == "movgr2fcsr" { word = word & ~0x1f | UInt32(2 + generator.below(2)) }
            return harmless(word, form)
        }

        /// The instruction with another destination if it would write what programs rest on.
        private mutating func harmless(_ word: UInt32, _ form: InstructionForm) -> UInt32 {
            guard form.mask & 0x1f == 0, form.operands.first?.kind == .general, Register.all.contains(word & 0x1f) else { return word }
            return word & ~0x1f | UInt32(2 + generator.below(18))
        }
    }
}
