import Foundation
import LoongArch
import Testing

/// Every LSX instruction as each tier performs it, alone and in chains that share registers, against the interpreter. `LONGMA_SEED` repeats a run.
@Suite struct VectorTierTests {
    private static let forms = InstructionTable.forms.filter { form in
        form.extension == .lsx && !["vld", "vst"].contains { form.mnemonic.hasPrefix($0) } || form.mnemonic == "vldi"
    }

    /// A word of a form whose vector and general registers are below 8, so that results are used.
    private static func word(_ form: InstructionForm, _ random: inout SeededGenerator) -> UInt32 {
        while true {
            var word = UInt32.random(in: 0 ... .max, using: &random)
            for operand in form.operands where operand.kind == .vector || operand.kind == .general { word &= ~(0x18 << UInt32(operand.lowField.position)) }
            word = word & ~form.mask | form.bits
            if Decoder.decode(word)?.opcode.form.mnemonic == form.mnemonic { return word }
        }
    }

    private static func lane(_ random: inout SeededGenerator) -> UInt64 {
        let special: [UInt64] = [
            0, ~0, 1 << 63, 1, 0x7fff_ffff_8000_0000, 0x7f80_ff7f_0001_8000, 0x3ff0_0000_bf80_0000, 0x7ff8_0000_7fc0_0000, 0x0102_0304_0506_0708,
        ]
        let value = UInt64.random(in: 0 ... .max, using: &random)
        switch Int.random(in: 0..<4, using: &random) {
        case 0: return special.randomElement(using: &random)!
        case 1: return value & 0x0f0f_0f0f_0f0f_0f0f
        default: return value
        }
    }

    private static func testCase(_ words: [UInt32], _ random: inout SeededGenerator) -> String {
        let vectors = (0..<8).map { "\"\($0)\": \"0x\(String(lane(&random), radix: 16))\(String(format: "%016lx", lane(&random)))\"" }
        let generals = (1..<8).map { "\"\($0)\": \(lane(&random))" }
        let state = [0, 0, 0x100, 0x200, 0x300].randomElement(using: &random)!
        return "{\"words\": \(words), \"vr\": {\(vectors.joined(separator: ", "))}, \"gpr\": {\(generals.joined(separator: ", "))}, \"fcsr\": \(state)}"
    }

    private static func results(_ file: String, _ options: [String]) throws -> [Substring] {
        let result = try LongmaCommand(["vectors", file] + options, environment: ["LONGMA_CACHE": Fixture.commonCache.path])
        #expect(result.status == 0, "\(options): \(result.error)")
        return result.output.split(separator: "\n")
    }

    @Test func everyInstructionGivesWhatTheInterpreterGives() throws {
        let seed = ProcessInfo.processInfo.environment["LONGMA_SEED"].flatMap { UInt64($0) } ?? UInt64.random(in: 0 ... .max)
        print("VectorTierTests: LONGMA_SEED=\(seed)")
        var random = SeededGenerator(state: seed)
        try #require(Self.forms.count > 690)
        var cases: [String] = []
        for form in Self.forms { for _ in 0..<2 { cases.append(Self.testCase([Self.word(form, &random)], &random)) } }
        let integers = Self.forms.filter { !$0.mnemonic.hasPrefix("vf") }
        for index in 0..<200 {
            let forms = index % 2 == 0 ? Self.forms : integers
            cases.append(Self.testCase((0..<12).map { _ in Self.word(forms.randomElement(using: &random)!, &random) }, &random))
        }
        let directory = try TemporaryDirectory()
        let file = try directory.file("cases.jsonl", cases.joined(separator: "\n") + "\n")
        let interpreted = try Self.results(file, ["--engine", "interpreter"])
        try #require(interpreted.count == cases.count)
        #expect(interpreted.count { $0.contains("\"exc\": null") } == cases.count)
        for tier in ["region", "stencil"] {
            let translated = try Self.results(file, ["--engine", "jit", "--tier", tier])
            try #require(translated.count == cases.count)
            for index in cases.indices where interpreted[index] != translated[index] {
                Issue.record("LONGMA_SEED=\(seed) \(tier) \(cases[index]):\n\(interpreted[index])\n\(translated[index])")
            }
        }
    }
}
