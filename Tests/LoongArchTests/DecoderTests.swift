import Dispatch
import Foundation
import LoongArch
import Testing

/// Finds a word's row by scanning the table's masks, without the decoder's trie.
private struct ScannedTable: Sendable {
    struct Row: Sendable {
        let bits: UInt32
        let mask: UInt32
        let opcode: Opcode
    }

    /// All rows, those with more fixed bits first.
    let rows = InstructionTable.forms.map { Row(bits: $0.bits, mask: $0.mask, opcode: $0.opcode) }
        .sorted { $0.mask.nonzeroBitCount > $1.mask.nonzeroBitCount }
    /// The rows under each value of their mask's upper 22 bits.
    private let byUpperMask: [UInt32: [UInt32: [Row]]]

    init() {
        byUpperMask = Dictionary(grouping: rows, by: { $0.mask & ~0x3ff })
            .mapValues { Dictionary(grouping: $0, by: { $0.bits & ~0x3ff }) }
    }

    /// The rows that agree with `word` in its upper 22 bits, those with more fixed bits first.
    func candidates(upper word: UInt32) -> [Row] {
        var found: [Row] = []
        for (mask, rows) in byUpperMask {
            if let rows = rows[word & mask] { found += rows }
        }
        return found.sorted { $0.mask.nonzeroBitCount > $1.mask.nonzeroBitCount }
    }
}

@Suite struct DecoderTests {
    /// Compares the decoder with the scanned table for `low` values of bits 9:0 under each of the 2^22 upper prefixes.
    private func sweep(lowBits: @escaping @Sendable (_ prefix: UInt32, _ hasLowMask: Bool) -> StrideTo<UInt32>) -> (words: Int, failures: String) {
        let table = ScannedTable()
        let log = FailureLog()
        let chunks = 64
        nonisolated(unsafe) let counts = UnsafeMutablePointer<Int>.allocate(capacity: chunks)
        defer { counts.deallocate() }
        DispatchQueue.concurrentPerform(iterations: chunks) { chunk in
            var count = 0
            let size = UInt32((1 << 22) / chunks)
            for prefix in UInt32(chunk) * size..<UInt32(chunk + 1) * size {
                let candidates = table.candidates(upper: prefix << 10)
                let hasLowMask = candidates.contains { $0.mask & 0x3ff != 0 }
                candidates.withUnsafeBufferPointer { candidates in
                    for low in lowBits(prefix, hasLowMask) {
                        let word = prefix << 10 | low
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
            counts[chunk] = count
        }
        return ((0..<chunks).reduce(0) { $0 + counts[$1] }, log.text)
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

    @Test(.enabled(if: ProcessInfo.processInfo.environment["LONGMA_EXHAUSTIVE"] == "1", "skipped: needs LONGMA_EXHAUSTIVE=1 (about a minute)"))
    func agreesWithTheScannedTableOnEveryWord() {
        let clock = ContinuousClock()
        var result = (words: 0, failures: "")
        let time = clock.measure { result = sweep { _, _ in stride(from: 0, to: 1024, by: 1) } }
        print("\(result.words) words compared in \(time)")
        #expect(result.failures == "")
        #expect(result.words == 1 << 32)
    }

    /// The candidates by upper bits are those that a plain scan of all rows finds.
    @Test func scannedTableIsSound() {
        let table = ScannedTable()
        var generator = SeededGenerator(seed: SeededGenerator.seed)
        for index in 0..<20_000 {
            let random = UInt32(truncatingIfNeeded: generator.next())
            let word = index % 2 == 0 ? random : InstructionTable.forms[Int(random % 2042)].randomWord(using: &generator)
            let plain = table.rows.first { word & $0.mask == $0.bits }?.opcode
            #expect(plain == table.candidates(upper: word).first { word & $0.mask == $0.bits }?.opcode)
            #expect(plain == Decoder.decode(word)?.opcode)
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
