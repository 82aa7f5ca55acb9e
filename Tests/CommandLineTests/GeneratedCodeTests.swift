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
        while child.isRunning {
            let status = (try? String(contentsOfFile: "/proc/\(child.pid)/status", encoding: .utf8)) ?? ""
            let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
            peak = line?.split(separator: " ").dropFirst().first.flatMap { Int($0) }.map { $0 / 1024 } ?? peak
            usleep(2000)
        }
        #expect(child.wait() == 0)
        let (text, complaint) = (try String(contentsOfFile: output, encoding: .utf8), try String(contentsOfFile: error, encoding: .utf8))
        #expect(text == "100000 functions, 0 wrong, sum 96d01f3ec5f1988e\n" && complaint.isEmpty, "\(engine): \(text)\(complaint)")
        return peak
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
