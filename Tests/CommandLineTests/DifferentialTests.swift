import Foundation
import LoongArch
import Testing

/// Random instruction sequences give the same under interpretation and translation, to the last bit; where an exception ends one, with `--precise`.
/// `LONGMA_SEED` repeats a run.
@Suite struct DifferentialTests {
    /// What stands in a sequence's case beside the words.
    private struct Sequence {
        var words: [UInt32]
        let state: String

        var json: String { "{\"words\": [\(words.map { "\($0)" }.joined(separator: ", "))], \(state)}" }
    }

    /// A seeded generator (SplitMix64).
    private struct Generator: RandomNumberGenerator {
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
            return UInt8.random(in: 0...2, using: &self) == 0 ? corners.randomElement(using: &self)! : next() >> UInt64.random(in: 0...40, using: &self)
        }
    }

    /// The register that memory accesses start from: it points to the middle of the window.
    private static let base: UInt32 = 28
    private static let window: UInt64 = 0x6000_8000
    private static let compared = ["beq", "bne", "blt", "bge", "bltu", "bgeu"]
    private static let tested = ["beqz", "bnez", "bceqz", "bcnez"]
    private static let forms = InstructionTable.forms.filter { form in
        guard [.base, .floatingPoint, .lsx, .atomicsV11].contains(form.extension), form.unit != .lasx else { return false }
        let elsewhere = ["syscall", "break", "jirl", "b", "bl", "ibar", "idle"]
        return !elsewhere.contains(form.mnemonic) && !form.mnemonic.hasPrefix("rdtime")
    }

    private static func isMemory(_ mnemonic: String) -> Bool {
        let prefixes = ["ld", "st", "fld", "fst", "vld", "vst", "am", "ll", "sc", "preld"]
        return prefixes.contains { mnemonic.hasPrefix($0) } && mnemonic != "vldi"
    }

    private static func word(_ generator: inout Generator) -> UInt32 {
        let form = forms.randomElement(using: &generator)!
        var word = form.bits | UInt32(truncatingIfNeeded: generator.next()) & ~form.mask
        let distance = UInt32.random(in: 1...4, using: &generator) << 10
        if compared.contains(form.mnemonic) { return word & ~(0xffff << 10) | distance }
        if tested.contains(form.mnemonic) { return word & ~(0xffff << 10 | 0x1f) | distance }
        if isMemory(form.mnemonic) {
            word = word & ~(0x1f << 5) | base << 5
            // An index of 0, mostly; a little of everything else.
            if form.operands.last?.kind == .general, form.mnemonic.contains("x"), Bool.random(using: &generator) { word &= ~(0x1f << 10) }
        }
        // Nothing writes the base.
        if form.mask & 0x1f == 0, word & 0x1f == base { word ^= 1 }
        return word
    }

    private static func sequence(_ generator: inout Generator) -> Sequence {
        let registers = (1..<32).map { "\"\($0)\": \($0 == base ? window : generator.number())" }
        let vectors = (0..<32).map {
            "\"\($0)\": \"0x\(String(generator.number() | 1 << 60, radix: 16))\(String(format: "%016lx", UInt(generator.number())))\""
        }
        let memory = (0..<512).map { _ in String(format: "%02x", UInt8.random(in: 0...255, using: &generator)) }.joined()
        let fcsr = UInt64.random(in: 0...3, using: &generator) << 8
        return Sequence(
            words: (0..<24).map { _ in word(&generator) },
            state: """
                "gpr": {\(registers.joined(separator: ", "))}, "vr": {\(vectors.joined(separator: ", "))}, "fcc": \(generator.next() & 255), \
                "fcsr": \(fcsr), "mem": {"32512": "\(memory)"}
                """)
    }

    /// The results of `sequences` under an engine, line by line.
    private static func results(_ sequences: [Sequence], _ options: [String]) throws -> [Substring] {
        let directory = try TemporaryDirectory()
        let file = try directory.file("sequences.jsonl", sequences.map(\.json).joined(separator: "\n") + "\n")
        let result = try LongmaCommand(["vectors", file] + options)
        #expect(result.status == 0, "\(options): \(result.error)")
        let lines = result.output.split(separator: "\n")
        try #require(lines.count == sequences.count, "\(options): \(result.error)")
        return lines
    }

    private static let interpreter = ["--engine", "interpreter"]
    // Vectors are regions unless they are stencils.
    private static let translators = [["--engine", "jit"], ["--engine", "jit", "--precise"], ["--engine", "jit", "--tier", "stencil"]]

    /// What of a line must be the same: without precise registers only exception and pc, if there is an exception.
    private static func promised(_ line: Substring, _ options: [String]) -> Substring {
        options.contains { ["--precise", "stencil"].contains($0) } || line.contains("\"exc\": null") ? line : line[..<(line.range(of: "\"gpr\"")?.lowerBound ?? line.endIndex)]
    }

    private static func differs(_ sequence: Sequence, _ options: [String]) throws -> Bool {
        try promised(results([sequence], interpreter)[0], options) != promised(results([sequence], options)[0], options)
    }

    /// The sequence without what does not matter to the difference.
    private static func shrunk(_ sequence: Sequence, _ options: [String]) throws -> Sequence {
        var smallest = sequence
        var index = smallest.words.count - 1
        while index >= 0 {
            var smaller = smallest
            smaller.words.remove(at: index)
            if !smaller.words.isEmpty, try differs(smaller, options) { smallest = smaller }
            index -= 1
        }
        return smallest
    }

    @Test func enginesAgree() throws {
        let seed = ProcessInfo.processInfo.environment["LONGMA_SEED"].flatMap { UInt64($0) } ?? UInt64.random(in: 0 ... .max)
        print("DifferentialTests: LONGMA_SEED=\(seed)")
        var generator = Generator(state: seed)
        let sequences = (0..<80).map { _ in Self.sequence(&generator) }
        let interpreted = try Self.results(sequences, Self.interpreter)
        let finished = interpreted.count { $0.contains("\"exc\": null") }
        #expect(finished > sequences.count / 4, "only \(finished) of \(sequences.count) end without an exception")
        for options in Self.translators {
            let translated = try Self.results(sequences, options)
            let first = sequences.indices.first { Self.promised(interpreted[$0], options) != Self.promised(translated[$0], options) }
            guard let first else { continue }
            let smallest = try Self.shrunk(sequences[first], options)
            let text = smallest.words.map { Disassembler.text(word: $0) }.joined(separator: "\n")
            let lines = try (Self.results([smallest], Self.interpreter) + Self.results([smallest], options)).joined(separator: "\n")
            Issue.record("LONGMA_SEED=\(seed), sequence \(first), \(options):\n\(text)\n\(lines)\n\(smallest.json)")
        }
    }

    /// What random sequences have found.
    @Test func foundCasesAgree() throws {
        let sequences = [
            // A scalar result leaves the upper half of a register that is a vector elsewhere.
            Sequence(words: [0x3834_0392, 0x704d_ee53], state: "\"gpr\": {\"28\": \(Self.window)}, \"vr\": {\"18\": \"0x123456789abcdef0fedcba9876543210\"}"),
            // `vfrstp` leaves FCSR.Cause to the operation before it.
            Sequence(
                words: [0x7140_ccba, 0x0101_7cd7, 0x712b_1458],
                state: "\"vr\": {\"5\": \"0x7f8000017f8000017f8000017f800001\", \"6\": \"0x1\", \"31\": \"0x2\"}, \"fcsr\": 768"),
        ]
        let interpreted = try Self.results(sequences, Self.interpreter)
        for options in Self.translators { #expect(try Self.results(sequences, options) == interpreted, "\(options)") }
    }

    /// Loads and stores around the ends of guest memory, and through a register that an access has shown to be inside: exceptions and their addresses agree.
    @Test func accessesNearTheEndsAgree() throws {
        func word(_ bits: UInt32, _ rd: UInt32, _ rj: UInt32, _ immediate: Int32) -> UInt32 {
            bits | UInt32(bitPattern: immediate & 0xFFF) << 10 | rj << 5 | rd
        }
        let (ld, st, addi, vld, vst): (UInt32, UInt32, UInt32, UInt32, UInt32) = (0x28c0_0000, 0x29c0_0000, 0x02c0_0000, 0x2c00_0000, 0x2c40_0000)
        let limit: UInt64 = 1 << 46
        let bases: [UInt64] = [0, 8, 2047, limit - 2048, limit - 8, limit - 1, limit, limit + 8, limit + 2047, limit + 4096, 1 << 47, 1 << 63, .max - 7, .max]
        var sequences: [Sequence] = []
        for base in bases {
            for offset: Int32 in [-2048, -16, -8, -1, 0, 1, 8, 2032] {
                for bits in [ld, st, vld, vst] {
                    let state = "\"gpr\": {\"28\": \(Self.window), \"5\": \(base)}"
                    sequences.append(Sequence(words: [word(ld, 4, 28, 0), word(bits, 4, 5, offset)], state: state))
                }
            }
        }
        // Steps that lead out of the window, without another check on the way.
        for step: Int32 in [-2048, 2047] {
            let steps = (0..<40).flatMap { _ in [word(addi, 28, 28, step), word(ld, 4, 28, 8)] }
            sequences.append(Sequence(words: [word(ld, 4, 28, 0)] + steps, state: "\"gpr\": {\"28\": \(Self.window)}"))
        }
        let interpreted = try Self.results(sequences, Self.interpreter)
        #expect(interpreted.allSatisfy { !$0.contains("\"exc\": null") })
        for options in Self.translators {
            let translated = try Self.results(sequences, options)
            for index in sequences.indices where Self.promised(interpreted[index], options) != Self.promised(translated[index], options) {
                Issue.record("\(options) \(sequences[index].json):\n\(interpreted[index])\n\(translated[index])")
            }
        }
    }
}
