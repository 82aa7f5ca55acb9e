import GCCBackend
import Glibc
import GuestMemory
import LoongArch
import Testing
import Translator

/// Blocks of one thread's stencil code: translated, linked, forgotten.
@Suite struct StencilCodeTests {
    /// Writable guest code in host memory.
    private final class Memory: CodeSource {
        let words: UnsafeMutablePointer<UInt32>
        let count: Int
        var start: UInt64 { UInt64(UInt(bitPattern: words)) }

        init(_ content: [UInt32]) {
            count = content.count
            words = .allocate(capacity: count)
            words.initialize(from: content, count: count)
        }

        deinit { words.deallocate() }

        func executableRange(containing address: UInt64) -> (range: Range<UInt64>, writable: Bool)? {
            let range = start..<start + UInt64(4 * count)
            return range.contains(address) ? (range, true) : nil
        }
    }

    private static let library = HostStencils.content.map { StencilLibrary($0) }

    /// add.d $a0, $a0, $a1; bnez $a0, -4; jr $ra
    private static let loop: [UInt32] = [0x0010_9484, 0x47ff_fc9f, 0x4c00_0020]

    @Test func aBlockIsTranslatedOnce() throws {
        let memory = Memory(Self.loop)
        let code = try #require(StencilCode(try Self.library.get(), source: memory))
        let first = try #require(code.code(at: memory.start))
        #expect(code.translatedBlocks == 1 && code.translatedInstructions == 2)
        #expect(code.code(at: memory.start) == first)
        #expect(code.translatedBlocks == 1)
        #expect(code.code(at: memory.start + 8) != nil && code.translatedBlocks == 2)
        #expect(code.code(at: memory.start + 12) == nil && code.code(at: memory.start + 2) == nil)
    }

    @Test func onlyWhatHasChangedIsForgotten() throws {
        let memory = Memory(Self.loop)
        let code = try #require(StencilCode(try Self.library.get(), source: memory))
        _ = code.code(at: memory.start)
        let second = code.code(at: memory.start + 8)
        #expect(!code.synchronizeCode())
        memory.words[0] = 0x0011_9484
        #expect(code.synchronizeCode() && !code.synchronizeCode())
        #expect(code.code(at: memory.start + 8) == second && code.translatedBlocks == 2)
        #expect(code.code(at: memory.start) != nil && code.translatedBlocks == 3)
        #expect(!code.invalidate(0..<16) && code.invalidate(memory.start + 8..<memory.start + 12))
        #expect(code.code(at: memory.start + 8) != nil && code.translatedBlocks == 4)
    }

    /// Whoever rewrites one buffer for ever gets the same memory again and again.
    @Test func rewritingIsBounded() throws {
        let memory = Memory([UInt32](repeating: 0x0010_9484, count: 100) + [0x4c00_0020])
        let code = try #require(StencilCode(try Self.library.get(), source: memory))
        for round in 0..<30_000 {
            memory.words[50] = round & 1 == 0 ? 0x0011_9484 : 0x0010_9484
            code.synchronizeCode()
            try #require(code.code(at: memory.start) != nil)
        }
        #expect(code.translatedBlocks == 30_000 && code.flushes > 0)
    }

    @Test func translatingIsQuick() throws {
        var generator = SystemRandomNumberGenerator()
        let forms = InstructionTable.forms.filter { $0.extension == .base && $0.opcode.isOrdinary }
        let words = (0..<200_000).map { index -> UInt32 in
            if index % 8 == 7 { return 0x5800_0c85 }
            let form = forms.randomElement(using: &generator)!
            return form.bits | UInt32.random(in: 0 ... .max, using: &generator) & ~form.mask
        }
        let memory = Memory(words + [0x4c00_0020])
        let code = try #require(StencilCode(try Self.library.get(), source: memory))
        var time = timespec()
        func seconds() -> Double {
            clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
            return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
        }
        let start = seconds()
        for index in stride(from: 0, to: words.count, by: 8) { _ = code.code(at: memory.start + UInt64(4 * index)) }
        let each = (seconds() - start) / Double(code.translatedInstructions)
        print("StencilCodeTests: \(Int(each * 1e9)) ns per instruction, \(code.translatedInstructions) instructions in blocks of 8")
        #expect(each < 1e-6)
    }
}

extension Opcode {
    /// Arithmetic, loads and stores.
    fileprivate var isOrdinary: Bool {
        Instruction(opcode: self, rd: 4, rj: 5, rk: 6, ra: 7, immediate: 0, immediate2: 0, word: 0).controlFlow == .sequential && !isAtomic && !isSystem
            && ![.crc_w_b_w, .bitrev_d].contains(self)
    }
}
