import ChildProcess
import Foundation
import Testing

/// A guest with a small JIT compiler of its own, which rewrites one buffer 100,000 times: right, and within bounds of memory, under every engine.
@Suite struct GeneratedCodeTests {
    /// More than the interpreter's peak that translating may take, in MiB: code in two views, tables, what compiled regions need.
    private static let allowance = 96

    /// Runs the guest; its peak of resident memory in MiB.
    private static func peak(_ engine: String) throws -> Int {
        let directory = try TemporaryDirectory()
        let (output, error) = (try directory.file("out", ""), try directory.file("err", ""))
        let program = Fixture.packageDirectory.appendingPathComponent("Tests/Programs/codegen.elf").path
        let child = try ChildProcess(
            LongmaCommand.path, ["run", "--timeout", "300"] + Fixture.options(engine) + [program, "100000"], environment: ["LONGMA_CACHE": "none"],
            output: output, error: error)
        // The last that was seen before its end.
        var peak = 0
        let end = Date().addingTimeInterval(600)
        while child.isRunning, Date() < end {
            let status = (try? String(contentsOfFile: "/proc/\(child.pid)/status", encoding: .utf8)) ?? ""
            let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
            peak = line?.split(separator: " ").dropFirst().first.flatMap { Int($0) }.map { $0 / 1024 } ?? peak
            usleep(2000)
        }
        #expect(child.wait(atMost: 1) == 0)
        let (text, complaint) = (try String(contentsOfFile: output, encoding: .utf8), try String(contentsOfFile: error, encoding: .utf8))
        #expect(text == "100000 functions, 0 wrong, sum 96d01f3ec5f1988e\n" && complaint.isEmpty, "\(engine): \(text)\(complaint)")
        return peak
    }

    private struct Report: Decodable {
        let exit_status: Int32
        let instructions_retired: UInt64
        let code_bytes: UInt64
        let code_evictions: UInt64
    }

    /// Runs a program as regions alone with room for `limit` bytes of their code; it must print what it prints otherwise.
    private static func run(_ test: ProgramCase, _ options: [String], limit: Int, _ directory: TemporaryDirectory) throws -> Report {
        let json = directory.path("report")
        let result = try LongmaCommand(
            ["run"] + options + ["--timeout", "300", "--json", json, test.elf] + test.arguments,
            environment: ["LONGMA_CODE_LIMIT": "\(limit)", "LONGMA_CACHE": directory.path("cache"), "LONGMA_TEST": "a value"])
        #expect(try result.output == String(decoding: test.expected("out"), as: UTF8.self) && result.error.isEmpty, "\(test.name): \(result.error)")
        return try JSONDecoder().decode(Report.self, from: Data(contentsOf: URL(fileURLWithPath: json)))
    }

    /// Regions' code is given up when there is too much of it, and made or found again where it is wanted: with one thread and with several, and where faults look
    /// for the code that they are in.
    @Test(arguments: ["regions", "atomics", "precise"]) func codeIsGivenUp(program: String) throws {
        let directory = try TemporaryDirectory()
        let region = ["--engine", "jit", "--tier", "region"]
        for test in ProgramCase.all where test.program == program {
            let free = try Self.run(test, region, limit: 64 << 20, directory)
            #expect(free.code_evictions == 0 && free.code_bytes > 64 << 10)
            let bound = try Self.run(test, region, limit: 128 << 10, directory)
            #expect(bound.code_evictions > 1 && bound.exit_status == free.exit_status)
        }
    }

    /// The same without a cache, so that what was given up is compiled again.
    @Test func codeIsMadeAgain() throws {
        let directory = try TemporaryDirectory()
        for test in ProgramCase.all where test.name == "hello" {
            let free = try Self.run(test, ["--engine", "jit", "--tier", "region", "--cache", "none"], limit: 64 << 20, directory)
            let bound = try Self.run(test, ["--engine", "jit", "--tier", "region", "--cache", "none"], limit: 64 << 10, directory)
            #expect(bound.code_evictions > 0 && bound.instructions_retired == free.instructions_retired)
        }
    }

    @Test func aGuestMayGenerateCode() throws {
        let alone = try Self.peak("interpreter")
        #expect(alone > 0)
        for engine in Fixture.runners where engine != "interpreter" {
            let peak = try Self.peak(engine)
            #expect(peak > 0 && peak <= alone + Self.allowance, "\(engine): \(peak) MiB, the interpreter \(alone) MiB")
        }
    }
}
