import Foundation
import PerfHistory
import Testing

/// `longma history`, and `longma bench` with it.
@Suite struct HistoryTests {
    private let directory = try! TemporaryDirectory()
    private var history: String { directory.path("history.sqlite") }

    /// A record of one workload, as a user's own program would write it; `slow` times 5 % more.
    private func record(_ commit: Int, factor: Double = 1, processor: String = "P") -> String {
        var random = RandomSource(seed: UInt64(commit) + 77)
        let samples = (0..<5).map { _ in String(1.5 * factor * Double.random(in: 0.99...1.01, using: &random)) }.joined(separator: ", ")
        return """
            {"record": {"format": "longma-series", "schema": 1, "id": "\(processor) \(commit)", "date": "\(Timestamp.text(1_790_000_000 + Double(commit) * 3600))",
             "commit": "\(String(format: "%040x", 0xABC000 + commit))", "version": "0.1.0", "testbed": {"processor": "\(processor)", "kernel": "6.1", "cores": 2, "libgccjit": "GCC 12"}},
             "series": [{"workload": "fib", "contestant": "jit", "metric": "seconds", "kind": "time", "unit": "s", "samples": [\(samples)]},
             {"workload": "fib", "contestant": "jit", "metric": "instructions", "kind": "counter", "unit": "count", "samples": [1000]}]}
            """
    }

    private func longma(_ arguments: String...) throws -> LongmaCommand { try LongmaCommand(arguments + ["--history", history]) }

    @Test func fromResultsToAVerdict() throws {
        let files = try (0..<60).map { try directory.file("\($0).json", record($0, factor: $0 < 40 ? 1 : 1.05)) }
        let imported = try LongmaCommand(["history", "import", "--history", history] + files)
        #expect(imported.status == 0 && imported.output.contains("60 added"), "\(imported.error)")
        #expect(try LongmaCommand(["history", "import", "--history", history] + files).output.contains("0 added, 60 known already"))

        let list = try longma("history", "list")
        #expect(list.status == 0 && list.output.contains("abc000") == false && list.output.split(separator: "\n").count == 62, "\(list.output)")
        let check = try longma("history", "check")
        #expect(check.status == 3 && check.error == "", "\(check.error)")
        #expect(check.output.contains("1 regression stands") && check.output.contains("fib/jit/seconds"), "\(check.output)")
        let findings = try #require(try JSONSerialization.jsonObject(with: Data(try longma("history", "check", "--json", "-").output.utf8)) as? [[String: Any]])
        let commit = try #require(findings.first?["commit"] as? String)
        #expect(findings.count == 1 && abs(Int(commit.suffix(6), radix: 16)! - 0xABC000 - 40) <= 1)

        #expect(try longma("history", "annotate", commit, "a safer algorithm", "--accept").status == 0)
        let accepted = try longma("history", "check")
        #expect(accepted.status == 0 && accepted.output.contains("accepted"), "\(accepted.output)")
        #expect(try longma("history", "check", "--last", "3").status == 0)
        #expect(try longma("history", "show", commit).output.contains("a safer algorithm (accepted)"))

        #expect(try longma("history", "prune", "--keep", "10", "--dry-run").output.contains("0 of 60 runs removed"))
        #expect(try longma("history", "prune", "--keep", "10").output.contains("50 of 60 runs removed"))
        #expect(try longma("history", "list").output.split(separator: "\n").count == 12)
    }

    @Test func exports() throws {
        let files = try (0..<3).map { try directory.file("\($0).json", record($0)) }
        _ = try LongmaCommand(["history", "import", "--history", history] + files)
        let json = directory.path("all.json")
        #expect(try longma("history", "export", "--output", json).status == 0)
        let other = directory.path("other.sqlite")
        #expect(try LongmaCommand(["history", "import", "--history", other, json]).output.contains("3 added"))
        #expect(try LongmaCommand(["history", "export", "--history", other]).output == String(contentsOfFile: json, encoding: .utf8))
        #expect(try longma("history", "export", "--format", "csv").output.split(separator: "\n").count == 7)
        #expect(try longma("history", "export", "--format", "otava").output.hasPrefix("time,commit,fib/jit/instructions,fib/jit/seconds\n"))
        let action = try JSONSerialization.jsonObject(with: Data(try longma("history", "export", "--format", "action-benchmark").output.utf8)) as? [[String: Any]]
        #expect(action?.compactMap { $0["name"] as? String }.sorted() == ["fib/jit/instructions", "fib/jit/seconds"])
    }

    // MARK: Trouble

    @Test func filesThatAreNoResults() throws {
        let good = try directory.file("good.json", record(1))
        for (text, words) in [
            ("{\"a\": ", "ends too early"), ("{\"benchmarks\": []}", "not of longma"), (record(2).replacing("\"schema\": 1", with: "\"schema\": 7"), "newer longma"), ("", "ends too early"),
        ] {
            let bad = try directory.file("bad.json", text)
            let result = try LongmaCommand(["history", "import", "--history", history, good, bad])
            #expect(result.status == 65 && result.error.filter(\.isNewline).count == 1 && result.error.contains(words) && result.error.contains("bad.json"), "\(result.error)")
        }
        // What was good is there.
        #expect(try longma("history", "list").output.contains("P, 2 cores"))
        try LongmaCommand(["history", "show", "99", "--history", history]).expectFailure(64, saying: "no run 99")
        try LongmaCommand(["history", "list", "--history", directory.path("none")]).expectFailure(65, saying: "there is no history")
        try LongmaCommand(["history", "list", "--history", good]).expectFailure(65, saying: "damaged")
        try LongmaCommand(["history", "import", "--history", "/proc/none/x", good]).expectFailure(71, saying: "cannot be opened")
        try LongmaCommand(["history", "list", "--history", directory.url.path]).expectFailure(65, saying: "directory")
    }

    @Test func aHistoryThatMayNotBeWritten() throws {
        _ = try LongmaCommand(["history", "import", "--history", history, directory.file("a.json", record(1))])
        let before = try Data(contentsOf: URL(fileURLWithPath: history))
        let file = try directory.file("b.json", record(2))
        chmod(directory.url.path, 0o555)
        chmod(history, 0o444)
        defer { chmod(directory.url.path, 0o755) }
        // Root may write everything, so it steps down.
        let down = geteuid() == 0 ? ["/usr/bin/setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"] : ["/usr/bin/env"]
        // Nobody has to be able to reach the executable.
        let executable = "/tmp/longma-test-\(UUID().uuidString)"
        // By a process of its own: what this one has open for writing, a process that another test starts meanwhile would have open too, and the copy be busy.
        #expect(try LongmaCommand("/usr/bin/env", ["cp", LongmaCommand.path, executable]).status == 0)
        defer { try? FileManager.default.removeItem(atPath: executable) }
        func run(_ arguments: String...) throws -> LongmaCommand { try LongmaCommand(down[0], down.dropFirst() + [executable] + arguments, environment: ["HOME": "/nonexistent"]) }
        try run("history", "import", "--history", history, file).expectFailure(71, saying: "may not be written")
        #expect(try Data(contentsOf: URL(fileURLWithPath: history)) == before)
        // It can still be read.
        let list = try run("history", "list", "--history", history)
        #expect(list.status == 0 && list.output.contains("P, 2 cores"), "\(list.error)")
    }

    @Test func importersAtTheSameTime() async throws {
        let names = ["A", "B", "C", "D"]
        for name in names {
            try FileManager.default.createDirectory(atPath: directory.path(name), withIntermediateDirectories: true)
            for commit in 0..<60 { _ = try directory.file("\(name)/\(commit).json", record(commit, processor: commit % 3 == 0 ? "shared" : name)) }
        }
        let (history, directory) = (history, directory)
        let results = try await withThrowingTaskGroup(of: LongmaCommand.self) { group in
            for name in names { group.addTask { try LongmaCommand(["history", "import", "--history", history, directory.path(name)]) } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        for result in results { #expect(result.status == 0, "\(result.error)") }
        // The shared records are the same in all directories, and are there once.
        #expect(try History.read(history).runs().count == 4 * 40 + 20)
    }

    @Test func aKilledImporterLeavesNothingHalfDone() throws {
        for commit in 0..<1500 { _ = try directory.file("\(commit).json", record(commit)) }
        let results = directory.url.path
        let seed = UInt64.random(in: 0...UInt64.max)
        print("seed \(seed)")
        var random = RandomSource(seed: seed)
        for _ in 0..<5 {
            let milliseconds = Int.random(in: 5...400, using: &random)
            _ = try LongmaCommand("/usr/bin/timeout", ["-s", "KILL", "0.\(String(format: "%03d", milliseconds))", LongmaCommand.path, "history", "import", "--history", history, results])
            if FileManager.default.fileExists(atPath: history), let store = try? History.read(history) {
                // Whole records only.
                for timeline in try store.timelines() { #expect(timeline.rows.allSatisfy { $0.runs.count == timeline.runs.count }, "seed \(seed)") }
            }
        }
        let result = try LongmaCommand(["history", "import", "--history", history, results])
        #expect(result.status == 0, "seed \(seed): \(result.error)")
        #expect(try History.read(history).runs().count == 1500)
    }

    /// A history is there whole, with all its tables, or not at all.
    @Test func aHistoryKilledAtItsBeginning() throws {
        let record = try directory.file("1.json", record(1))
        let seed = UInt64.random(in: 0...UInt64.max)
        print("seed \(seed)")
        var random = RandomSource(seed: seed)
        for attempt in 0..<50 {
            let history = directory.path("history\(attempt)")
            let end = String(format: "0.%03d", Int.random(in: 5...60, using: &random))
            let command = [LongmaCommand.path, "history", "import", "--history", history, record]
            _ = try LongmaCommand("/usr/bin/timeout", ["-s", "KILL", end] + command)
            if FileManager.default.fileExists(atPath: history) {
                #expect(throws: Never.self, "seed \(seed), attempt \(attempt)") { try History.read(history).runs() }
            }
        }
    }

    @Test func tenThousandRecordsAtOnce() throws {
        for commit in 0..<10_000 { _ = try directory.file("\(commit).json", record(commit)) }
        let start = ContinuousClock.now
        let result = try LongmaCommand(["history", "import", "--history", history, directory.url.path])
        #expect(result.status == 0 && result.output.contains("10000 added"), "\(result.error)")
        // How long that takes is no matter of right or wrong: other tests run at the same time.
        print("10,000 records: \(ContinuousClock.now - start)")
    }
}
