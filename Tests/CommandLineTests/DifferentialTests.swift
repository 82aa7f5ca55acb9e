import Foundation
import LoongArch
import Testing

/// Random programs give the same under interpretation and each kind of translation, to the last bit: registers, memory, exception, instructions retired.
/// `LONGMA_SEED` repeats a run; `LONGMA_FUZZ_SECONDS` goes on for so long, and says how much has been compared; `LONGMA_FUZZ_REGIONS` of each 2000 programs
/// go through regions, too.
@Suite struct DifferentialTests {
    /// A way to run cases.
    private struct Way: CustomStringConvertible {
        let description: String
        let options: [String]
        /// Whether registers are promised behind an exception.
        var isExact = true

        static let interpreter = Way(description: "interpreter", options: ["--engine", "interpreter"])
        static let stencils = Way(description: "stencils", options: ["--engine", "jit", "--tier", "stencil"])
        static let regions = Way(description: "regions", options: ["--engine", "jit"], isExact: false)
        static let preciseRegions = Way(description: "precise regions", options: ["--engine", "jit", "--precise"])
        static let tiers = Way(description: "both tiers", options: ["--engine", "jit", "--heat", "3"], isExact: false)
        static let preciseTiers = Way(description: "both tiers, precise", options: ["--engine", "jit", "--heat", "2", "--precise"])
        static let translators = [stencils, regions, preciseRegions, tiers, preciseTiers]

        /// What of a result must be as the interpreter has it.
        func promised(_ line: Substring) -> [Substring] {
            guard !isExact, !line.contains("\"exc\": null"), !line.contains("TIMEOUT"), let registers = line.range(of: "\"gpr\""),
                let memory = line.range(of: "\"mem\"")
            else { return [line] }
            return [line[..<registers.lowerBound], line[memory.lowerBound...]]
        }
    }

    /// What became of cases: a line for each, and instructions translated.
    private struct Results {
        var lines: [Substring]
        var stencilInstructions = 0
        var regionInstructions = 0
    }

    private static func results(_ cases: [String], _ way: Way) throws -> Results {
        let directory = try TemporaryDirectory()
        let file = try directory.file("cases.jsonl", cases.joined(separator: "\n") + "\n")
        // A hang is a difference too.
        let result = try LongmaCommand(
            "timeout", ["-k", "5", "\(60 + cases.count / 4)", LongmaCommand.path, "vectors", "--counts", file] + way.options,
            environment: ["LONGMA_CACHE": Fixture.commonCache.path])
        var results = Results(lines: result.output.split(separator: "\n"))
        #expect(result.status == 0, "\(way): \(result.status) \(result.error)")
        let counts = result.error.split(separator: "\n").last?.split(separator: " ").compactMap { Int($0) } ?? []
        if counts.count == 4 { (results.stencilInstructions, results.regionInstructions) = (counts[2], counts[3]) }
        return results
    }

    private static func same(_ a: Results, _ b: Results, _ index: Int, _ way: Way) -> Bool {
        a.lines.indices.contains(index) && b.lines.indices.contains(index) && way.promised(a.lines[index]) == way.promised(b.lines[index])
    }

    /// The program with as many words as can be turned into `nop` while it still differs, in rounds of one process for each engine.
    private static func shrunk(_ program: RandomProgram, _ way: Way) throws -> RandomProgram {
        let nop: UInt32 = 0x0340_0000
        var smallest = program
        var size = max(1, program.words.count / 4)
        while true {
            let starts = stride(from: 0, to: smallest.words.count, by: size).filter { start in
                smallest.words[start..<min(start + size, smallest.words.count)].contains { $0 != nop }
            }
            let candidates = starts.map { start in
                var candidate = smallest
                for index in start..<min(start + size, candidate.words.count) { candidate.words[index] = nop }
                return candidate
            }
            let (a, b) = (try results(candidates.map(\.json), .interpreter), try results(candidates.map(\.json), way))
            // One at a time: two that do not matter alone may matter together.
            if let first = candidates.indices.first(where: { !same(a, b, $0, way) }) {
                smallest = candidates[first]
            } else if size > 1 {
                size = max(1, size / 2)
            } else {
                return smallest
            }
        }
    }

    /// Compares `programs` with what the interpreter made of them; answers what was translated. A difference is shrunk, reported and kept.
    private static func compare(_ programs: [RandomProgram], _ interpreted: Results, _ way: Way, seed: UInt64) throws -> Results {
        let translated = try results(programs.map(\.json), way)
        guard let first = programs.indices.first(where: { !same(interpreted, translated, $0, way) }) else { return translated }
        let (a, b) = (try results([programs[first].json], .interpreter), try results([programs[first].json], way))
        let isAlone = !same(a, b, 0, way)
        let smallest = isAlone ? try shrunk(programs[first], way) : programs[first]
        let kept = FileManager.default.temporaryDirectory.appendingPathComponent("longma-difference-\(seed)-\(first).jsonl")
        try ((isAlone ? [smallest] : programs).map(\.json).joined(separator: "\n") + "\n").write(to: kept, atomically: true, encoding: .utf8)
        let text = smallest.words.enumerated().filter { $1 != 0x0340_0000 }.map { "\(4 * $0): \(Disassembler.text(word: $1))" }.joined(separator: "\n")
        let lines = try isAlone
            ? (results([smallest.json], .interpreter).lines + results([smallest.json], way).lines)
            : [interpreted, translated].map { $0.lines.indices.contains(first) ? $0.lines[first] : "(no result)" }
        Issue.record(
            """
            LONGMA_SEED=\(seed), \(way), program \(first)\(isAlone ? "" : ", only behind those before it"), kept in \(kept.path):
            \(text)
            \(lines.joined(separator: "\n"))
            """)
        return translated
    }

    @Test func enginesAgree() throws {
        let environment = ProcessInfo.processInfo.environment
        let first = environment["LONGMA_SEED"].flatMap { UInt64($0) } ?? UInt64.random(in: 0 ... .max)
        let seconds = environment["LONGMA_FUZZ_SECONDS"].flatMap { Double($0) }
        let end = Date(timeIntervalSinceNow: seconds ?? 0)
        var (stencils, regions, programs, seed) = (0, 0, 0, first)
        // Regions cost a hundred times as much as stencils: they get the first few of each round's programs.
        let (many, few) = (2000, environment["LONGMA_FUZZ_REGIONS"].flatMap { Int($0) } ?? 40)
        repeat {
            print("DifferentialTests: LONGMA_SEED=\(seed)")
            let round = (0..<many).map { RandomProgram(seed: seed &+ UInt64($0) &* 0x1234_5678_9abc_def1) }
            let interpreted = try Self.results(round.map(\.json), .interpreter)
            try #require(interpreted.lines.count == many)
            let finished = interpreted.lines.count { $0.contains("\"exc\": null") }
            #expect(finished > many / 4, "only \(finished) of \(many) end without an exception")
            for way in Way.translators {
                let part = way.description == Way.stencils.description ? many : few
                let translated = try Self.compare(Array(round.prefix(part)), interpreted, way, seed: seed)
                stencils += translated.stencilInstructions
                regions += translated.regionInstructions
                #expect(translated.stencilInstructions + translated.regionInstructions > 20 * part, "\(way) translates hardly anything")
            }
            programs += many
            seed &+= 1
            if seconds != nil { print("DifferentialTests: \(programs) programs, translated instructions: \(stencils) by stencils, \(regions) in regions") }
        } while Date() < end
    }

    /// What random programs have found.
    @Test func foundCasesAgree() throws {
        let cases = [
            // A scalar result leaves the upper half of a register that is a vector elsewhere.
            Self.sequence([0x3834_0392, 0x704d_ee53], "\"gpr\": {\"28\": \(Self.window)}, \"vr\": {\"18\": \"0x123456789abcdef0fedcba9876543210\"}"),
            // `vfrstp` leaves FCSR.Cause to the operation before it.
            Self.sequence(
                [0x7140_ccba, 0x0101_7cd7, 0x712b_1458],
                "\"vr\": {\"5\": \"0x7f8000017f8000017f8000017f800001\", \"6\": \"0x1\", \"31\": \"0x2\"}, \"fcsr\": 768"),
        ]
        let interpreted = try Self.results(cases, .interpreter)
        for way in Way.translators { #expect(try Self.results(cases, way).lines == interpreted.lines, "\(way)") }
    }

    private static let window: UInt64 = 0x6000_8000

    private static func sequence(_ words: [UInt32], _ state: String) -> String { "{\"words\": [\(words.map { "\($0)" }.joined(separator: ", "))], \(state)}" }

    /// Loads and stores around the ends of guest memory, and through a register that an access has shown to be inside: exceptions and their addresses agree.
    @Test func accessesNearTheEndsAgree() throws {
        func word(_ bits: UInt32, _ rd: UInt32, _ rj: UInt32, _ immediate: Int32) -> UInt32 {
            bits | UInt32(bitPattern: immediate & 0xFFF) << 10 | rj << 5 | rd
        }
        let (ld, st, addi, vld, vst): (UInt32, UInt32, UInt32, UInt32, UInt32) = (0x28c0_0000, 0x29c0_0000, 0x02c0_0000, 0x2c00_0000, 0x2c40_0000)
        let limit: UInt64 = 1 << 46
        let bases: [UInt64] = [0, 8, 2047, limit - 2048, limit - 8, limit - 1, limit, limit + 8, limit + 2047, limit + 4096, 1 << 47, 1 << 63, .max - 7, .max]
        var cases: [String] = []
        for base in bases {
            for offset: Int32 in [-2048, -16, -8, -1, 0, 1, 8, 2032] {
                for bits in [ld, st, vld, vst] {
                    cases.append(Self.sequence([word(ld, 4, 28, 0), word(bits, 4, 5, offset)], "\"gpr\": {\"28\": \(Self.window), \"5\": \(base)}"))
                }
            }
        }
        // Steps that lead out of the window, without another check on the way.
        for step: Int32 in [-2048, 2047] {
            let steps = (0..<40).flatMap { _ in [word(addi, 28, 28, step), word(ld, 4, 28, 8)] }
            cases.append(Self.sequence([word(ld, 4, 28, 0)] + steps, "\"gpr\": {\"28\": \(Self.window)}"))
        }
        let interpreted = try Self.results(cases, .interpreter)
        #expect(interpreted.lines.count == cases.count && interpreted.lines.allSatisfy { !$0.contains("\"exc\": null") })
        for way in Way.translators {
            let translated = try Self.results(cases, way)
            for index in cases.indices where !Self.same(interpreted, translated, index, way) {
                Issue.record("\(way) \(cases[index]):\n\(interpreted.lines[index])\n\(translated.lines[index])")
            }
        }
    }
}
