import Foundation
import Testing

/// Operations that use each other's results, on NaNs of all kinds, infinities and what overflows: regions look at several results at once and do them again
/// where one is a NaN. Registers, Flags and Cause must be the interpreter's. `LONGMA_SEED` repeats a run.
@Suite struct FloatChainTests {
    private enum Format: CaseIterable {
        case single, double

        var binary: [UInt32] { self == .single ? [0x0100_8000, 0x0102_8000, 0x0104_8000, 0x0106_8000] : [0x0101_0000, 0x0103_0000, 0x0105_0000, 0x0107_0000] }
        var fused: [UInt32] { self == .single ? [0x0810_0000, 0x0850_0000, 0x0890_0000, 0x08d0_0000] : [0x0820_0000, 0x0860_0000, 0x08a0_0000, 0x08e0_0000] }
        /// `fsqrt`, `frecip`.
        var unary: [UInt32] { self == .single ? [0x0114_4400, 0x0114_5400] : [0x0114_4800, 0x0114_5800] }
        /// `fmax` and a comparison: what sees a result as it is.
        var fmax: UInt32 { self == .single ? 0x0108_8000 : 0x0109_0000 }
        var fcmp: UInt32 { self == .single ? 0x0c11_0000 : 0x0c21_0000 }
        var special: [UInt64] {
            self == .single
                ? [0x7f80_0000, 0xff80_0000, 0x7fc0_0000, 0xffc0_0000, 0x7f80_0001, 0xffa0_0123, 0x7fc0_0abc, 0xffc0_0def]
                : [0x7ff << 52, 0xfff << 52, 0x7ff8 << 48, 0xfff8 << 48, 0x7ff << 52 | 1, 0xfff4 << 48 | 0x123, 0x7ff8 << 48 | 0xabc, 0xfff8 << 48 | 0xdef]
        }
        var usual: [UInt64] {
            self == .single
                ? [0, 1 << 31, 0x3f80_0000, 0xbfc0_0000, 0x4040_0000, 1, 0x7f7f_ffff, 0x3dcc_cccd]
                : [0, 1 << 63, 0x3ff0 << 48, 0xbff8 << 48, 0x4008 << 48, 1, 0x7fef_ffff_ffff_ffff, 0x3fb9_9999_9999_999a]
        }
    }

    private static func testCase(_ random: inout SeededGenerator) -> String {
        let usual = Format.allCases.randomElement(using: &random)!
        let registers: UInt32 = [4, 6, 8, 12].randomElement(using: &random)!
        let words = (0..<Int.random(in: 2...22, using: &random)).map { _ -> UInt32 in
            func register() -> UInt32 { UInt32.random(in: 0..<registers, using: &random) }
            let format = UInt32.random(in: 0..<15, using: &random) == 0 ? Format.allCases.randomElement(using: &random)! : usual
            let operands = register() << 10 | register() << 5 | register()
            let pair = operands & 0x3ff
            switch Int.random(in: 0..<100, using: &random) {
            case 0..<62: return format.binary.randomElement(using: &random)! | operands
            case 62..<78: return format.fused.randomElement(using: &random)! | register() << 15 | operands
            case 78..<84: return format.unary.randomElement(using: &random)! | pair
            case 84..<88: return 0x0114_9800 | pair  // fmov.d
            case 88..<91: return 0x0114_b800 | pair & 0x3e3 | 4  // movfr2gr.d to r4 ... r7
            case 91..<93: return 0x0114_c808 | pair & 3  // movfcsr2gr of fcsr0 to r8 ... r11
            case 93..<96: return format.fmax | operands
            default: return format.fcmp | operands & 0x7fe7
            }
        }
        let values = (0..<registers).map { n -> String in
            let chosen = Bool.random(using: &random) ? usual.special : usual.usual
            return "\"\(n)\": \(chosen.randomElement(using: &random)!)"
        }
        let state = [0, 0x100, 0x200, 0x300, 0x1f_0000].randomElement(using: &random)!
        return "{\"words\": \(words), \"vr\": {\(values.joined(separator: ", "))}, \"fcsr\": \(state)}"
    }

    private static func results(_ file: String, _ options: [String]) throws -> [Substring] {
        let result = try LongmaCommand(["vectors", file] + options, environment: ["LONGMA_CACHE": Fixture.commonCache.path])
        #expect(result.status == 0, "\(options): \(result.error)")
        return result.output.split(separator: "\n")
    }

    @Test func chainsGiveWhatTheInterpreterGives() throws {
        let seed = ProcessInfo.processInfo.environment["LONGMA_SEED"].flatMap { UInt64($0) } ?? UInt64.random(in: 0 ... .max)
        print("FloatChainTests: LONGMA_SEED=\(seed)")
        var random = SeededGenerator(state: seed)
        let cases = (0..<150).map { _ in Self.testCase(&random) }
        let directory = try TemporaryDirectory()
        let file = try directory.file("cases.jsonl", cases.joined(separator: "\n") + "\n")
        let interpreted = try Self.results(file, ["--engine", "interpreter"])
        try #require(interpreted.count == cases.count)
        #expect(interpreted.count { $0.contains("\"exc\": null") } == cases.count)
        for options in [["--engine", "jit"], ["--engine", "jit", "--precise"], ["--engine", "jit", "--tier", "stencil"]] {
            let translated = try Self.results(file, options)
            try #require(translated.count == cases.count)
            for index in cases.indices where interpreted[index] != translated[index] {
                Issue.record("LONGMA_SEED=\(seed) \(options) \(cases[index]):\n\(interpreted[index])\n\(translated[index])")
            }
        }
    }
}
