import ChildProcess
import Foundation
import Testing

/// `longma vm` on the built-in bare-metal guests, on guests that misbehave, and on files that are none.
@Suite struct VMCommandTests {
    static let guests = ["hello", "timer", "paging", "storm", "float"]
    private static let sources = Fixture.packageDirectory.appendingPathComponent("Sources/longma/VirtualGuests")
    private static let badGuests = Fixture.packageDirectory.appendingPathComponent("Tests/VirtualGuests")

    private struct Report: Decodable {
        let engine: String
        let end: String
        let instructions_retired: UInt64
        let instructions_translated: UInt64
        let code_evictions: UInt64
        let exits: [String: UInt64]
    }

    private static func expected(_ name: String) throws -> String {
        try String(contentsOf: sources.appendingPathComponent("expected/\(name).out"), encoding: .utf8)
    }

    /// What QEMU's `virt` board made the guest print.
    @Test(arguments: guests, ["interpreter", "auto"]) func printsWhatQEMUPrints(_ name: String, _ engine: String) throws {
        // `timer` checks how late its interrupts are, which by host time depends on who else uses the host.
        let run = try LongmaCommand(["vm", "--engine", engine, "--clock", name == "timer" ? "instructions" : "host", "--timeout", "120", name])
        #expect(run.output == (try Self.expected(name)))
        #expect(run.status == 0, "\(run.error)")
    }

    @Test(arguments: ["storm", "paging"]) func translatedBeforeItRuns(_ name: String) throws {
        let directory = try TemporaryDirectory()
        let json = directory.path("report.json")
        let run = try LongmaCommand(["vm", "--engine", "jit", "--timeout", "240", "--json", json, name])
        #expect(run.output == (try Self.expected(name)))
        #expect(run.status == 0, "\(run.error)")
        let report = try JSONDecoder().decode(Report.self, from: Data(contentsOf: URL(fileURLWithPath: json)))
        #expect(report.engine == "jit" && report.end == "shutdown")
        #expect(report.instructions_translated > report.instructions_retired / 10 * 9)
    }

    /// A machine's regions have a limit, too: contexts that are not running forget theirs as well. The guest waits for its regions, so that there are some however
    /// busy the host is; in the background several might become one unit, for which this limit has no room.
    @Test func codeIsGivenUp() throws {
        let directory = try TemporaryDirectory()
        let json = directory.path("report.json")
        func run(limit: Int) throws -> (output: String, report: Report) {
            let run = try LongmaCommand(
                ["vm", "--engine", "jit", "--timeout", "240", "--json", json, "compute", "--append", "scale=1"],
                environment: ["LONGMA_CODE_LIMIT": "\(limit)"])
            #expect(run.status == 0 && run.error.isEmpty, "\(run.error)")
            return (run.output, try JSONDecoder().decode(Report.self, from: Data(contentsOf: URL(fileURLWithPath: json))))
        }
        let free = try run(limit: 64 << 20)
        #expect(free.output.contains("PASS compute") && free.report.code_evictions == 0)
        let bound = try run(limit: 512 << 10)
        #expect(bound.output == free.output)
        #expect(bound.report.code_evictions > 0)
    }

    /// Where the host gives no timer, the core looks at the clock itself.
    @Test func needsNoTimerOfTheHost() throws {
        let command = "'\(LongmaCommand.path)' vm --engine interpreter --timeout 120 compute --append scale=1"
        let run = try LongmaCommand("/bin/bash", ["-c", "ulimit -i 0; exec \(command)"])
        #expect(run.status == 0 && run.output.contains("timer interrupts were handled"), "\(run.output) \(run.error)")
    }

    @Test func consoleInputReachesTheGuest() throws {
        let input = try String(contentsOf: Self.sources.appendingPathComponent("console.in"), encoding: .utf8)
        let run = try LongmaCommand(["vm", "--engine", "interpreter", "--timeout", "60", "console"], input: input)
        #expect(run.output == (try Self.expected("console")))
        #expect(run.status == 0, "\(run.error)")
    }

    /// On a terminal keys reach the guest as they are typed, Ctrl-A among them when typed twice; Ctrl-A x ends the machine.
    @Test(.enabled(if: Fixture.has("script"), "skipped: needs script")) func controlAEndsTheMachine() throws {
        // Spaces follow until nobody reads them any more; the end of input would be a control-D.
        let keys = #"sleep 2; printf 'one\001\001two'; sleep 1; printf '\001x'; for i in {1..40}; do sleep 1; printf ' ' || exit; done"#
        let command = "(\(keys)) | script -qec '\(LongmaCommand.path) vm --engine interpreter --timeout 60 console' /dev/null"
        let run = try LongmaCommand("/bin/bash", ["-c", command])
        #expect(run.output.contains("one\u{1}two"), "\(run.output)")
        #expect(!run.output.contains(String(repeating: " ", count: 20)))
    }

    /// By the clock of instructions a run repeats exactly under any engine.
    @Test func repeatsExactly() throws {
        let directory = try TemporaryDirectory()
        let counts = try ["interpreter", "auto", "interpreter"].map { engine -> UInt64 in
            let json = directory.path("report.json")
            let run = try LongmaCommand(["vm", "--engine", engine, "--clock", "instructions", "--timeout", "120", "--json", json, "timer"])
            #expect(run.output == (try Self.expected("timer")))
            return try JSONDecoder().decode(Report.self, from: Data(contentsOf: URL(fileURLWithPath: json))).instructions_retired
        }
        #expect(Set(counts).count == 1, "\(counts)")
    }

    /// A run that was saved and went on, under the same engine or another, comes to the same end as one that was never stopped.
    @Test func goesOnFromACheckpoint() throws {
        let directory = try TemporaryDirectory()
        let (json, checkpoint, output) = (directory.path("report.json"), directory.path("machine.checkpoint"), directory.path("output"))
        func report() throws -> Report { try JSONDecoder().decode(Report.self, from: Data(contentsOf: URL(fileURLWithPath: json))) }
        // It works for two seconds.
        let guest = ["vm", "--engine", "interpreter", "--clock", "instructions", "--timeout", "200", "compute", "--append", "scale=2"]
        let whole = try LongmaCommand(guest + ["--json", json])
        #expect(whole.status == 0, "\(whole.error)")
        let count = try report().instructions_retired

        let first = try ChildProcess(LongmaCommand.path, guest + ["--checkpoint", checkpoint], output: output)
        // In the middle of its work.
        usleep(500_000)
        first.send(SIGTERM)
        #expect(first.wait() == 0)
        let begun = try String(contentsOfFile: output, encoding: .utf8)
        #expect(begun.count < whole.output.count)

        for engine in ["interpreter", "auto"] {
            let rest = try LongmaCommand(["vm", "--engine", engine, "--restore", checkpoint, "--timeout", "200", "--json", json])
            #expect(rest.status == 0, "\(rest.error)")
            #expect(begun + rest.output == whole.output, "\(engine)")
            #expect(try report().instructions_retired == count, "\(engine)")
        }

        // One bit of it changed.
        var bytes = try Data(contentsOf: URL(fileURLWithPath: checkpoint))
        bytes[bytes.count / 2] ^= 1
        let damaged = directory.path("damaged.checkpoint")
        try bytes.write(to: URL(fileURLWithPath: damaged))
        try LongmaCommand(["vm", "--restore", damaged]).expectFailure(65, saying: "checksum")
        try bytes.prefix(1000).write(to: URL(fileURLWithPath: damaged))
        try LongmaCommand(["vm", "--restore", damaged]).expectFailure(65, saying: "checkpoint")
    }

    struct BadGuest: Decodable, Sendable, CustomTestStringConvertible {
        let name: String
        let ends: String
        let firstLine: String?
        var testDescription: String { name }
    }
    private struct Cases: Decodable { let guests: [BadGuest] }
    static let bad: [BadGuest] = {
        guard let data = try? Data(contentsOf: badGuests.appendingPathComponent("cases.json")) else { return [] }
        return (try? JSONDecoder().decode(Cases.self, from: data))?.guests ?? []
    }()

    @Test func badGuestsAreFound() { #expect(Self.bad.count >= 15) }

    /// Whatever a guest does, Longma ends as the guest or its limit says.
    @Test(arguments: bad, ["interpreter", "auto"]) func misbehaves(_ guest: BadGuest, _ engine: String) throws {
        let file = Self.badGuests.appendingPathComponent("\(guest.name).elf").path
        let limit = guest.ends == "pass" ? "120" : "2"
        let run = try LongmaCommand(["vm", "--engine", engine, "--timeout", limit, file])
        if let line = guest.firstLine { #expect(run.output.hasPrefix(line + "\n"), "\(run.output) \(run.error)") }
        switch guest.ends {
        case "pass":
            #expect(run.status == 0, "\(run.error)")
            #expect(run.output.split(separator: "\n").last?.hasPrefix("PASS \(guest.name)") == true, "\(run.output)")
        case "forever": #expect(run.status == 124, "\(run.error)")
        default: #expect([0, 1, 70, 124].contains(run.status), "\(run.status) \(run.error)")
        }
    }

    @Test func filesThatAreNoGuests() throws {
        let directory = try TemporaryDirectory()
        try LongmaCommand(["vm", directory.path("missing")]).expectFailure(65, saying: "cannot read")
        try LongmaCommand(["vm", "/"]).expectFailure(65, saying: "directory")
        try LongmaCommand(["vm", try directory.file("text", "no ELF")]).expectFailure(65, saying: "is not an ELF file")
        try LongmaCommand(["vm", LongmaCommand.path]).expectFailure(65, saying: "another machine")
        let whole = try Data(contentsOf: Self.sources.appendingPathComponent("hello.elf"))
        let truncated = directory.path("truncated")
        try whole.prefix(3000).write(to: URL(fileURLWithPath: truncated))
        try LongmaCommand(["vm", truncated]).expectFailure(65, saying: "truncated")
        try LongmaCommand(["vm", "--memory", "1M", "hello"]).expectFailure(65, saying: "--memory")
        try LongmaCommand(["vm", "--memory", "lots", "hello"]).expectFailure(64, saying: "--memory")
        try LongmaCommand(["vm"]).expectFailure(64, saying: "which guest")
    }

    @Test func fuelEnds() throws {
        let run = try LongmaCommand(["vm", "--engine", "interpreter", "--fuel", "100000", "compute"])
        #expect(run.status == 124)
        #expect(run.error.contains("--fuel"))
    }
}
