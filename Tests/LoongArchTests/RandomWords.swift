import Foundation
import LoongArch

/// A small seeded generator (SplitMix64), so that a failing run can be repeated.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }

    /// The seed of this run: `LONGMA_SEED`, or the same one always.
    static let seed: UInt64 = {
        let seed = ProcessInfo.processInfo.environment["LONGMA_SEED"].flatMap { UInt64($0) } ?? 20_251_122
        print("LONGMA_SEED=\(seed)")
        return seed
    }()
}

extension InstructionForm {
    /// A word of the form with random operands; `csrxchg` keeps clear of `csrrd` and `csrwr`.
    func randomWord(using generator: inout SeededGenerator) -> UInt32 {
        let word = bits | UInt32(truncatingIfNeeded: generator.next()) & ~mask
        return isExchange && word >> 5 & 31 < 2 ? word | 1 << 6 : word
    }

    /// Words whose operands are all 0, all ones, only the top bit, all but the top bit.
    var cornerWords: [UInt32] {
        var words = [bits, bits | ~mask]
        words.append(operands.reduce(bits) { $0 | $1.lowField.topBit | ($1.highField?.topBit ?? 0) })
        words.append(words[1] & ~(words[2] & ~mask))
        return words.map { isExchange && $0 >> 5 & 31 < 2 ? $0 | 1 << 6 : $0 }
    }

    private var isExchange: Bool { opcode == .csrxchg || opcode == .gcsrxchg }
}

extension InstructionOperand.BitField {
    /// The highest bit of the field.
    var topBit: UInt32 { mask & ~(mask >> 1) }
}

/// Collects the first few failures from several threads.
final class FailureLog: @unchecked Sendable {
    private let lock = NSLock()
    private var lines: [String] = []

    func add(_ line: String) {
        lock.withLock { if lines.count < 20 { lines.append(line) } }
    }

    var text: String { lock.withLock { lines.joined(separator: "\n") } }
}
