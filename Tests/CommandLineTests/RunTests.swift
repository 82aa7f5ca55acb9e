import Foundation
import Testing

@Suite struct RunTests {
    // MARK: Images

    @Test func imagesThatCannotRun() throws {
        let directory = try TemporaryDirectory()
        let whole = try Data(contentsOf: URL(fileURLWithPath: Fixture.guest("sieve")))
        func patched(_ name: String, _ offset: Int, _ bytes: [UInt8]) throws -> String {
            var data = whole
            data.replaceSubrange(offset..<(offset + bytes.count), with: bytes)
            return try directory.file(name, data)
        }
        let ones = [UInt8](repeating: 0xff, count: 8)
        // The first header of a segment that is loaded (PT_LOAD); the headers follow the file's header.
        let load = try #require(stride(from: 64, to: 64 + 56 * Int(whole[56]), by: 56).first { whole[$0] == 1 })
        let images: [(String, String)] = [
            (directory.path("missing"), "missing"),
            (directory.url.path, "directory"),
            ("/proc/self/exe", "LoongArch"),
            (try directory.file("empty", Data()), "empty"),
            (try directory.file("text", "hello\n"), "ELF"),
            (try directory.file("script", "#!/bin/sh\n"), "script"),
            (try directory.file("header", whole.prefix(20)), "truncated"),
            (try directory.file("half", whole.prefix(whole.count / 2)), "truncated"),
            (try patched("entry", 24, ones), "entry"),
            (try patched("count", 56, [0xff, 0xff]), "header"),
            (try patched("offset", 32, ones), "header"),
            (try patched("address", load + 16, ones), "segment"),
            (try patched("size", load + 40, ones), "segment"),
            (try patched("object", 16, [1, 0]), "object"),
        ]
        for (path, words) in images {
            let result = try LongmaCommand(["run", "--engine", "interpreter", path])
            #expect(result.status == 65, "\(path): \(result.error)")
            #expect(result.output == "")
            #expect(result.error.hasPrefix("longma: ") && result.error.filter(\.isNewline).count == 1, "\(path): \(result.error)")
            #expect(result.error.lowercased().contains(words.lowercased()), "\(path): \(result.error)")
        }
    }

    @Test(.enabled(if: getuid() != 0 || Fixture.has("setpriv"), "skipped: needs a user other than root, or setpriv"))
    func unreadableImage() throws {
        let directory = try TemporaryDirectory()
        let file = try directory.file("secret", Data(contentsOf: URL(fileURLWithPath: Fixture.guest("sieve"))))
        chmod(directory.url.path, 0o755)
        chmod(file, 0)
        let command = [LongmaCommand.path, "run", "--engine", "interpreter", file]
        let result =
            getuid() != 0
            ? try LongmaCommand(command[0], Array(command.dropFirst()))
            : try LongmaCommand("/usr/bin/env", ["setpriv", "--bounding-set=-all", "--inh-caps=-all"] + command)
        result.expectFailure(65, saying: "permission denied")
    }

    // MARK: Engines

    @Test func withoutTheLibrary() throws {
        let environment = ["LONGMA_LIBGCCJIT": "/nonexistent/libgccjit.so.0"]
        try LongmaCommand(["run", "--engine", "jit", Fixture.guest("sieve"), "1"], environment: environment).expectFailure(69, saying: "libgccjit")
        let result = try LongmaCommand(["run", "--engine", "auto", "--stats", Fixture.guest("sieve"), "1"], environment: environment)
        #expect(result.status == 0)
        #expect(result.output.hasPrefix("sieve checksum"))
        #expect(result.error.hasPrefix("longma: ") && result.error.contains("libgccjit"))
        #expect(result.error.contains("going on with the interpreter"))
    }

    @Test(arguments: Fixture.runners)
    func fuelEndsTheGuest(engine: String) throws {
        let directory = try TemporaryDirectory()
        let file = directory.path("report.json")
        let result = try LongmaCommand(["run"] + Fixture.options(engine) + ["--fuel", "123457", "--json", file, Fixture.guest("fib")])
        #expect(result.status == 124, "\(result.error)")
        #expect(result.output == "")
        let report = try #require(try JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: file))) as? [String: Any])
        #expect(report["instructions_retired"] as? Int == 123457)
        #expect(report["exit_status"] as? Int == 124)
    }

    @Test(arguments: Fixture.runners)
    func timeEndsTheGuest(engine: String) throws {
        let program = try Self.assembled("_start: b _start\n")
        let began = Date()
        let result = try LongmaCommand(["run"] + Fixture.options(engine) + ["--timeout", "0.5", program.path])
        #expect(result.status == 124, "\(result.error)")
        #expect(Date().timeIntervalSince(began) < 60)
    }

    @Test(arguments: Fixture.runners)
    func statusIsTheGuests(engine: String) throws {
        let program = try Self.assembled("_start: ld.d $a0, $sp, 0\n addi.d $a0, $a0, 100\n li.w $a7, 94\n syscall 0\n")
        // argc + 100; everything behind the program is its own.
        #expect(try LongmaCommand(["run"] + Fixture.options(engine) + [program.path]).status == 101)
        #expect(try LongmaCommand(["run"] + Fixture.options(engine) + [program.path, "--help", "--", "--engine", "-x"]).status == 105)
        #expect(try LongmaCommand(["run"] + Fixture.options(engine) + ["--", program.path, "--stats"]).status == 102)
    }

    @Test(arguments: Fixture.runners)
    func whateverTheGuestDoesLongmaGoesOn(engine: String) throws {
        // Beyond user space, 2^47, an access is an address error, SIGBUS on Linux.
        let guests: [(String, Int32)] = [
            ("_start: jr $zero\n", 128 + 11),
            ("_start: li.d $t0, 0x7fffffff0000\n jr $t0\n", 128 + 11),
            ("_start: li.d $t0, 0x7fffffff0001\n jr $t0\n", 128 + 7),
            ("_start: ld.d $t0, $zero, 0\n", 128 + 11),
            ("_start: li.d $t0, -8\n st.d $t0, $t0, 0\n", 128 + 7),
            ("_start: li.d $t0, 0x7fff00000000\n st.d $t0, $t0, 0\n", 128 + 11),
            ("_start: li.d $t0, 0x800000000000\n jr $t0\n", 128 + 7),
            ("_start: li.d $t0, 0x800000000000\n ld.d $t0, $t0, 0\n", 128 + 7),
            ("_start: .word 0\n", 128 + 4),
            ("_start: break 0\n", 128 + 5),
            ("_start: addi.d $sp, $sp, -16\n st.d $ra, $sp, 0\n bl _start\n", 128 + 11),
            ("_start: csrrd $t0, 0\n", 128 + 4),
            ("_start: xvadd.b $xr0, $xr0, $xr0\n", 128 + 4),
        ]
        for (source, status) in guests {
            let program = try Self.assembled(source)
            let result = try LongmaCommand(["run"] + Fixture.options(engine) + ["--timeout", "60", program.path])
            #expect(result.status == status, "\(source)\(result.error)")
        }
    }

    @Test func unimplementedInstructionIsNamed() throws {
        let program = try Self.assembled("_start: nop\nxvadd.b $xr0, $xr1, $xr2\n")
        let result = try LongmaCommand(["run", "--engine", "interpreter", program.path])
        #expect(result.error.contains("xvadd.b"), "\(result.error)")
    }

    @Test func statisticsGoToStandardError() throws {
        let result = try LongmaCommand(["run", "--engine", "interpreter", "--stats", Fixture.guest("sieve"), "1"])
        #expect(result.status == 0)
        #expect(result.output.split(separator: "\n").count == 1)
        #expect(result.error.contains("instructions retired") && result.error.contains("exits: system call"))
    }

    /// An executable made of assembly source; it goes with its directory.
    struct Program {
        let directory: TemporaryDirectory
        let path: String
    }

    private static func assembled(_ source: String) throws -> Program {
        let directory = try TemporaryDirectory()
        let path = directory.path("program")
        let result = try LongmaCommand(["assemble", try directory.file("program.s", source), "-o", path])
        try #require(result.status == 0, "\(result.error)")
        return Program(directory: directory, path: path)
    }
}
