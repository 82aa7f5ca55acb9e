import GuestMemory
import LinuxProcess
import Testing

@Suite struct ElfImageTests {
    private func parse(_ bytes: [UInt8]) throws(ElfError) -> ElfImage {
        let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: max(bytes.count, 1), alignment: 16)
        defer { copy.deallocate() }
        copy.copyBytes(from: bytes)
        return try ElfImage(parsing: UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(copy)[..<bytes.count]))
    }

    private func error(_ bytes: [UInt8]) -> ElfError? {
        do throws(ElfError) {
            _ = try parse(bytes)
            return nil
        } catch {
            return error
        }
    }

    private func error(_ change: (inout ElfBytes) -> Void) -> ElfError? {
        var file = ElfBytes()
        change(&file)
        return error(file.bytes)
    }

    @Test func aGoodFile() throws {
        let image = try parse(ElfBytes().bytes)
        #expect(image.entry == 0x10100 && !image.isRelocatable && image.programHeaders == 0x10040 && image.programHeaderCount == 1)
        let segment = try #require(image.segments.first)
        #expect(image.segments.count == 1 && segment.address == 0x10000 && segment.memorySize == 0x200 && segment.fileOffset == 0)
        #expect(segment.fileSize == 0x200 && segment.protection == [.read, .execute])
    }

    @Test func whatIsNoProgram() {
        #expect(error([]) == .empty)
        #expect(error(Array("#!/bin/sh\n".utf8)) == .script)
        #expect(error(Array("hello".utf8)) == .notELF)
        #expect(error(Array(ElfBytes().bytes.prefix(10))) == .truncated)
        #expect(error(Array(ElfBytes().bytes.prefix(63))) == .truncated)
        #expect(error(Array(ElfBytes().bytes.prefix(100))) == .truncated)
        #expect(error(Array(ElfBytes().bytes.prefix(0x1ff))) == .truncated)
    }

    @Test func otherMachines() {
        #expect(error { $0.machine = 62 } == .otherMachine("x86-64"))
        #expect(error { $0.machine = 62 }?.description == "is for x86-64, not LoongArch")
        #expect(error { $0.machine = 183 } == .otherMachine("AArch64"))
        #expect(error { $0.machine = 9999 } == .otherMachine("another machine (number 9999)"))
        var bytes = ElfBytes().bytes
        bytes[4] = 1
        #expect(error(bytes) == .otherMachine("32-bit LoongArch"))
    }

    @Test func otherTypes() {
        #expect(error { $0.type = 1 } == .notExecutable(1))
        #expect(error { $0.type = 4 } == .notExecutable(4))
    }

    @Test func absurdHeaders() {
        let damaged: [(inout ElfBytes) -> Void] = [
            { $0.count = 0 }, { $0.count = 60000 }, { $0.entrySize = 32 }, { $0.segments[0].fileSize = 0x300 },
            { $0.segments[0].memorySize = .max }, { $0.segments[0].address = .max - 0xfff }, { $0.segments[0].address = 0x4000_0000_0000 },
            { $0.segments[0].address = 0x3fff_ffff_f000; $0.segments[0].memorySize = 0x2000 }, { $0.segments[0].offset = 8; $0.length = 0x300 },
            { $0.segments = [] ; $0.count = 1; $0.headerOffset = 0x80 }, { $0.entry = 0x20000 }, { $0.segments[0].flags = 6 },
            { $0.segments[0].address = 0 }, { $0.segments.append($0.segments[0]) },
        ]
        for (index, change) in damaged.enumerated() {
            guard case .badHeader = error(change) else {
                Issue.record("case \(index): \(String(describing: error(change)))")
                continue
            }
        }
        #expect(error { $0.headerOffset = .max } == .truncated)
        #expect(error { $0.segments[0].offset = .max - 0xfff } == .truncated)
        #expect(error { $0.segments[0].offset = 0x1000 } == .truncated)
    }

    @Test func aDynamicProgramNamesItsLoader() throws {
        var file = ElfBytes()
        file.code = [0x6269_6c2f, 0x002f_0064]
        file.segments.append(.init(type: 3, flags: 4, offset: 0x100, address: 0x10100, fileSize: 8, memorySize: 8))
        // "/lib", "d\0/\0": the path ends at its first null byte
        #expect(try parse(file.bytes).interpreter == "/libd")
    }

    /// Tests/Fuzzing/regressions/elf-program-headers-outside-segments: PT_PHDR named an address where the headers are not.
    @Test func programHeadersThatNoSegmentHolds() throws {
        var file = ElfBytes()
        file.segments[0] = .init(offset: 0x100, address: 0x10100, fileSize: 0x100, memorySize: 0x100)
        file.segments.append(.init(type: 6, flags: 4, offset: 64, address: 0x10040, fileSize: 112, memorySize: 112))
        #expect(try parse(file.bytes).programHeaders == nil)
        file.segments[0] = .init()
        file.segments[1].address = .max
        #expect(try parse(file.bytes).programHeaders == 0x10040)
    }

    @Test func mutationsNeverCrashAndStayInBounds() {
        let seed = UInt64.random(in: 0 ... .max)
        print("ElfImage mutation seed: \(seed)")
        var random = Generator(state: seed)
        var file = ElfBytes()
        file.segments.append(.init(flags: 6, offset: 0x100, address: 0x20100, fileSize: 0x80, memorySize: 0x5000))
        file.segments.append(.init(type: 3, flags: 4, offset: 0x180, address: 0x10180, fileSize: 8, memorySize: 8))
        let original = file.bytes
        for _ in 0..<100_000 {
            var bytes = original
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                let at = Int.random(in: 0..<min(bytes.count, 0x100), using: &random)
                switch Int.random(in: 0...3, using: &random) {
                case 0: bytes[at] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes[at] ^= 1 << UInt8.random(in: 0...7, using: &random)
                case 2: for offset in at..<min(at + 8, bytes.count) { bytes[offset] = 0xff }
                default: bytes.removeLast(min(bytes.count - 1, Int.random(in: 0...100, using: &random)))
                }
                if bytes.count < 8 { break }
            }
            guard let image = try? parse(bytes) else { continue }
            for segment in image.segments {
                #expect(segment.fileOffset + segment.fileSize <= UInt64(bytes.count) && segment.address + segment.memorySize <= FlatAddressSpace.limit)
            }
        }
    }
}

/// A generator that repeats from its seed.
struct Generator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state &* 0x2545_f491_4f6c_dd1d
    }
}
