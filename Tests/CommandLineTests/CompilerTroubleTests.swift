import Foundation
import Testing

/// What becomes of a guest when the compiler cannot do its work: `auto` interprets on and says why in one sentence, `jit` says why and does not begin.
@Suite struct CompilerTroubleTests {
    /// A directory with an `as` of its own.
    private static func directory(assembler: String) throws -> TemporaryDirectory {
        let directory = try TemporaryDirectory()
        let path = try directory.file("as", "#!/bin/sh\n\(assembler)\n")
        chmod(path, 0o755)
        return directory
    }

    private static func expectTrouble(_ environment: [String: String], saying words: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
        try LongmaCommand(["run", "--engine", "jit", Fixture.guest("sieve"), "1"], environment: environment)
            .expectFailure(69, saying: words, sourceLocation: sourceLocation)
        let result = try LongmaCommand(["run", "--engine", "auto", "--timeout", "300", Fixture.guest("sieve"), "48"], environment: environment)
        #expect(result.status == 0 && result.output == "sieve checksum 0x19ea7b1d26e14183\n", "\(result.error)", sourceLocation: sourceLocation)
        #expect(result.error.filter(\.isNewline).count == 1 && result.error.contains(words), "\(result.error)", sourceLocation: sourceLocation)
        #expect(result.error.hasSuffix("going on with the interpreter\n"), "\(result.error)", sourceLocation: sourceLocation)
    }

    @Test func noAssembler() throws { try Self.expectTrouble(["PATH": "/nonexistent"], saying: "apt-get install binutils") }

    @Test func assemblerIsKilled() throws {
        let directory = try Self.directory(assembler: "kill -9 $$")
        try Self.expectTrouble(["PATH": "\(directory.url.path):/usr/bin:/bin"], saying: "killed by signal 9")
    }

    @Test func assemblerFails() throws {
        let directory = try Self.directory(assembler: "echo no >&2; exit 3")
        try Self.expectTrouble(["PATH": "\(directory.url.path):/usr/bin:/bin"], saying: "status 3")
    }

    @Test func noTemporaryDirectory() throws { try Self.expectTrouble(["TMPDIR": "/nonexistent"], saying: "no temporary directory") }

    /// /proc stands in for a full disk: nothing can be made in it either.
    @Test func temporaryDirectoryCannotBeWritten() throws { try Self.expectTrouble(["TMPDIR": "/proc"], saying: "no temporary directory") }

    /// A temporary directory without room, and without room for another file.
    @Test(.enabled(if: geteuid() == 0, "skipped: needs root, to mount a small file system"), arguments: ["size=64k", "nr_inodes=1", "nr_inodes=2"])
    func temporaryDirectoryIsFull(_ limit: String) throws {
        let directory = try TemporaryDirectory()
        guard try LongmaCommand("/bin/mount", ["-t", "tmpfs", "-o", limit, "tmpfs", directory.url.path]).status == 0 else {
            print("skipped: needs the right to mount")
            return
        }
        defer { _ = try? LongmaCommand("/bin/umount", [directory.url.path]) }
        try Self.expectTrouble(["TMPDIR": directory.url.path], saying: limit == "nr_inodes=1" ? "no temporary directory" : "is full")
    }

    /// The assembler is no child that a guest can wait for: a guest without children asks for them while its code is compiled in the background.
    @Test func assemblerIsNotTheGuestsChild() throws {
        let directory = try Self.directory(assembler: "sleep 0.2\nexec /usr/bin/as \"$@\"")
        let source = try directory.file(
            "wait.s",
            """
            _start: li.w $s0, 400000
            loop: li.w $a0, -1
             move $a1, $zero
             li.w $a2, 1
             move $a3, $zero
             li.w $a7, 260
             syscall 0
             addi.d $a0, $a0, 10
             bnez $a0, out
             addi.d $s0, $s0, -1
             bnez $s0, loop
            out: li.w $a7, 93
             syscall 0

            """)
        let program = directory.path("wait")
        #expect(try LongmaCommand(["assemble", source, "-o", program]).status == 0)
        let result = try LongmaCommand(["run", "--engine", "auto", program], environment: ["PATH": "\(directory.url.path):/usr/bin:/bin"])
        #expect(result.status == 0 && result.error.isEmpty, "\(result.error)")
    }
}
