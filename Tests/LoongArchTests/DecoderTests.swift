import Dispatch
import Foundation
import LoongArch
import Testing

/// Finds a word's row by scanning the table's masks, without the decoder's trie.
private enum ScannedTable {
    struct Row: Sendable {
        let bits: UInt32
        let mask: UInt32
        let opcode: Opcode
    }

    /// All rows, those with more fixed bits first.
    static let rows = InstructionTable.forms.map { Row(bits: $0.bits, mask: $0.mask, opcode: $0.opcode) }
        .sorted { $0.mask.nonzeroBitCount > $1.mask.nonzeroBitCount }
}

extension [ScannedTable.Row] {
    /// The rows that agree with `word` in the bits `known`.
    fileprivate func agreeing(with word: UInt32, in known: UInt32) -> [ScannedTable.Row] {
        filter { (word ^ $0.bits) & $0.mask & known == 0 }
    }
}

@Suite struct DecoderTests {
    /// Which barriers order stores before later loads: all but those whose hint says that they need not.
    @Test func fullBarriers() {
        let weak: Set<UInt32> = [0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x1A, 0x1B, 0x1C, 0x1D, 0x1E, 0x1F, 0x700]
        for hint in UInt32(0)..<0x8000 { #expect(Decoder.decode(0x3872_0000 | hint)!.isFullBarrier == !weak.contains(hint)) }
    }

    /// Compares the decoder with the scanned table for `lowBits` of each of the 2^22 upper prefixes.
    private func sweep(lowBits: @escaping @Sendable (_ prefix: UInt32, _ hasLowMask: Bool) -> StrideTo<UInt32>) -> (words: Int, failures: String) {
        let rows = ScannedTable.rows
        let log = FailureLog()
        nonisolated(unsafe) let counts = UnsafeMutablePointer<Int>.allocate(capacity: 1024)
        defer { counts.deallocate() }
        DispatchQueue.concurrentPerform(iterations: 1024) { chunk in
            var count = 0
            let top = UInt32(chunk) << 22
            let topRows = rows.agreeing(with: top, in: 0xffc0_0000)
            for middle in stride(from: top, through: top | 0x3f_8000, by: 0x8000) {
                let middleRows = topRows.agreeing(with: middle, in: 0xffff_8000)
                for upper in stride(from: middle, through: middle | 0x7c00, by: 0x400) {
                    let candidates = middleRows.agreeing(with: upper, in: 0xffff_fc00)
                    let hasLowMask = candidates.contains { $0.mask & 0x3ff != 0 }
                    candidates.withUnsafeBufferPointer { candidates in
                        for low in lowBits(upper >> 10, hasLowMask) {
                            let word = upper | low
                            count += 1
                            var expected: Opcode?
                            for row in candidates where word & row.mask == row.bits {
                                expected = row.opcode
                                break
                            }
                            if Decoder.decode(word)?.opcode != expected {
                                log.add("\(String(word, radix: 16)): \(String(describing: expected))")
                            }
                        }
                    }
                }
            }
            counts[chunk] = count
        }
        return ((0..<1024).reduce(0) { $0 + counts[$1] }, log.text)
    }

    /// All upper prefixes with one pseudo-random low part, and every low part where the masks reach below bit 10.
    @Test func agreesWithTheScannedTable() {
        let seed = UInt32(truncatingIfNeeded: SeededGenerator.seed)
        let (words, failures) = sweep { prefix, hasLowMask in
            let low = ((prefix &+ seed) &* 0x9e37_79b1) >> 22
            // Wide immediates make many prefixes of csrxchg and the like; each gets every eighth low part.
            return hasLowMask ? stride(from: low & 7, to: 1024, by: prefix % 64 == 0 ? 1 : 8) : stride(from: low, to: low + 1, by: 1)
        }
        #expect(failures == "")
        #expect(words > 1 << 22)
    }

    @Test(.enabled(if: ProcessInfo.processInfo.environment["LONGMA_EXHAUSTIVE"] == "1", "needs LONGMA_EXHAUSTIVE=1 (about a minute)"))
    func agreesWithTheScannedTableOnEveryWord() {
        let clock = ContinuousClock()
        var result = (words: 0, failures: "")
        let time = clock.measure { result = sweep { _, _ in stride(from: 0, to: 1024, by: 1) } }
        print("\(result.words) words compared in \(time)")
        #expect(result.failures == "")
        #expect(result.words == 1 << 32)
    }

    /// Without the sweep's shortcuts: a plain scan of all rows for each word.
    @Test func agreesWithAPlainScan() {
        var generator = SeededGenerator(seed: SeededGenerator.seed)
        for index in 0..<20_000 {
            let random = UInt32(truncatingIfNeeded: generator.next())
            let word = index % 2 == 0 ? random : InstructionTable.forms[Int(random % 2042)].randomWord(using: &generator)
            let plain = ScannedTable.rows.first { word & $0.mask == $0.bits }?.opcode
            if plain != Decoder.decode(word)?.opcode { Issue.record("\(String(word, radix: 16))") }
        }
    }

    @Test func overlapsAndHoles() {
        #expect(Decoder.decode(0) == nil)
        #expect(Decoder.decode(0xffff_ffff) == nil)
        #expect(Decoder.decode(0x0400_0004)?.opcode == .csrrd)
        #expect(Decoder.decode(0x0400_0024)?.opcode == .csrwr)
        #expect(Decoder.decode(0x0400_0044)?.opcode == .csrxchg)
        #expect(Decoder.decode(0x0500_0004)?.opcode == .gcsrrd)
        #expect(Decoder.decode(0x0500_0024)?.opcode == .gcsrwr)
        #expect(Decoder.decode(0x0500_03e4)?.opcode == .gcsrxchg)
        // asrtle.d and ldpte need their unused field zero.
        #expect(Decoder.decode(0x0001_0000)?.opcode == .asrtle_d)
        #expect(Decoder.decode(0x0001_0001) == nil)
        #expect(Decoder.decode(0x0644_0000)?.opcode == .ldpte)
        #expect(Decoder.decode(0x0644_0001) == nil)
    }
}
