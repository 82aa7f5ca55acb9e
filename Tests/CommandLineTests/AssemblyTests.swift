import Foundation
import Testing

@Suite struct AssemblyTests {
    @Test func wordsAreShown() throws {
        let result = try LongmaCommand(["disassemble", "00101885", "0x02a00085"])
        #expect(result.status == 0)
        let lines = result.output.split(separator: "\n")
        try #require(lines.count == 2)
        #expect(lines[0].contains("00101885") && lines[0].hasSuffix("add.w $a1, $a0, $a2"))
    }

    @Test func listingAssemblesToTheSameBytes() throws {
        let directory = try TemporaryDirectory()
        let source = try directory.file("loop.s", "loop: addi.d $a0, $a0, -1\n ld.bu $t0, $a1, 5\n fmadd.d $fa0, $fa1, $fa2, $fa3\n bnez $a0, loop\n ret\n")
        let first = directory.path("first")
        #expect(try LongmaCommand(["assemble", source, "-o", first]).status == 0)
        let listing = try LongmaCommand(["disassemble", first])
        #expect(listing.status == 0)
        // Address, word, text.
        let text = listing.output.split(separator: "\n").map { $0.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: true)[2] }.joined(
            separator: "\n")
        let again = try directory.file("again.s", text + "\n")
        let second = directory.path("second")
        #expect(try LongmaCommand(["assemble", again, "-o", second]).status == 0)
        #expect(try Data(contentsOf: URL(fileURLWithPath: first)) == Data(contentsOf: URL(fileURLWithPath: second)))
    }

    @Test func executableWithStartRuns() throws {
        let directory = try TemporaryDirectory()
        let source = try directory.file("exit.s", "_start: li.w $a0, 42\n li.w $a7, 93\n syscall 0\n")
        let program = directory.path("exit")
        #expect(try LongmaCommand(["assemble", source, "-o", program]).status == 0)
        let listing = try LongmaCommand(["disassemble", program])
        #expect(listing.output.contains("_start:") && listing.output.contains("syscall 0"))
        let result = try LongmaCommand(["run", "--engine", "interpreter", program])
        #expect(result.status == 42, "\(result.error)")
    }

    @Test(.enabled(if: Fixture.has("qemu-loongarch64"), "skipped: needs qemu-loongarch64"))
    func executableWithStartRunsInQEMU() throws {
        let directory = try TemporaryDirectory()
        let source = try directory.file("exit.s", "_start: li.w $a0, 42\n li.w $a7, 93\n syscall 0\n")
        let program = directory.path("exit")
        #expect(try LongmaCommand(["assemble", source, "-o", program]).status == 0)
        #expect(try LongmaCommand("/usr/bin/env", ["qemu-loongarch64", program]).status == 42)
    }

    @Test func wrongSourceNamesTheLine() throws {
        let directory = try TemporaryDirectory()
        let source = try directory.file("wrong.s", "nop\n frob $a0\n")
        try LongmaCommand(["assemble", source, "-o", directory.path("x")]).expectFailure(65, saying: "line 2")
    }

    @Test func builtInGuestsAreListed() throws {
        let result = try LongmaCommand(["disassemble", Fixture.guest("sieve")])
        #expect(result.status == 0)
        #expect(result.output.contains("syscall 0"))
    }

    @Test func notLoongArch() throws {
        try LongmaCommand(["disassemble", "/proc/self/exe"]).expectFailure(65, saying: "LoongArch")
        try LongmaCommand(["disassemble", "/nonexistent/file"]).expectFailure(65, saying: "No such file")
    }
}
