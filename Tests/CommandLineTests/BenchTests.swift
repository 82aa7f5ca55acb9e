import Foundation
import PerfHistory
import Testing

/// `longma bench`: results, comparisons, shards.
@Suite struct BenchTests {
    private let directory = try! TemporaryDirectory()

    /// A program that counts down from `count` thousand and ends with status 0.
    private func loop(_ count: Int, in folder: String) throws -> String {
        let source = try directory.file(
            "loop.s",
            """
            _start:
                li.w $t0, \(count * 1000)
            again:
                addi.w $t0, $t0, -1
                xor $t1, $t1, $t0
                add.d $t2, $t1, $t0
                bnez $t0, again
                li.w $a0, 0
                li.w $a7, 94
                syscall 0
            """)
        try FileManager.default.createDirectory(atPath: directory.path(folder), withIntermediateDirectories: true)
        let path = directory.path("\(folder)/loop.elf")
        let result = try LongmaCommand(["assemble", source, "-o", path])
        #expect(result.status == 0, "\(result.error)")
        chmod(path, 0o755)
        return path
    }

    private func bench(_ arguments: String...) throws -> LongmaCommand { try LongmaCommand(["bench", "--engines", "interpreter"] + arguments) }

    @Test func aSlowDownOfFivePercentIsFound() throws {
        let (before, same, after) = (directory.path("before.json"), try loop(4000, in: "a"), try loop(4200, in: "b"))
        let first = try bench("--program", same, "--runs", "6", "--json", before)
        #expect(first.status == 0, "\(first.error)")
        // More work is seen exactly; whether the time is seen, too, depends on what else the host does.
        let slower = try bench("--program", after, "--runs", "6", "--compare", before, "--fail-on-regression")
        #expect(slower.status == 3 && slower.output.contains("instructions"), "\(slower.output)\(slower.error)")
        #expect(slower.output.contains("+5.00%"), "\(slower.output)")
    }

    @Test func takingTurnsFindsNothingWhereNothingChanged() throws {
        let result = try bench("--program", try loop(1500, in: "a"), "--runs", "8", "--baseline", LongmaCommand.path, "--threshold", "30", "--fail-on-regression")
        #expect(result.status == 0, "\(result.output)\(result.error)")
        #expect(result.output.contains("interpreter (baseline)") && result.output.contains("Verdict: 0 regressions"), "\(result.output)")
    }

    /// Five rounds in turns cannot tell anything of times, which is said.
    @Test func tooFewRoundsAreSaid() throws {
        let result = try bench("--program", try loop(300, in: "a"), "--runs", "5", "--baseline", LongmaCommand.path)
        #expect(result.status == 0 && result.output.contains("Times need 6 runs or more of each for any verdict."), "\(result.output)\(result.error)")
    }

    /// What the translator made is in a record though all tiers run, and the same each time.
    @Test func recordsHaveTheTranslatorsCounters() throws {
        let results = try (1...2).map { number in
            let file = directory.path("counters-\(number).json")
            let result = try LongmaCommand(["bench", "--small", "--engines", "jit", "--workloads", "sieve", "--runs", "1", "--json", file])
            #expect(result.status == 0, "\(result.error)")
            let measured = try RecordReader.records([UInt8](Data(contentsOf: URL(fileURLWithPath: file))), name: file)[0].measured
            return Dictionary(uniqueKeysWithValues: measured.filter { $0.series.kind == .counter }.map { ($0.series.metric, $0.samples) })
        }
        #expect(Set(results[0].keys) == ["instructions", "exits", "regions", "host_bytes_per_instruction"] && results[0] == results[1], "\(results)")
        #expect(results[0].values.allSatisfy { $0.allSatisfy { $0 > 0 } }, "\(results)")
    }

    @Test func otherTestbedsAreNotCompared() throws {
        let file = directory.path("result.json")
        #expect(try bench("--small", "--workloads", "sieve", "--runs", "1", "--json", file).status == 0)
        let other = try directory.file("other.json", String(contentsOfFile: file, encoding: .utf8).replacing(#/"kernel" : "[^"]*"/#, with: "\"kernel\" : \"1.0\""))
        try bench("--small", "--workloads", "sieve", "--compare", other).expectFailure(65, saying: "another testbed (kernel 1.0 and")
    }

    @Test func resultsInEveryFormat() throws {
        let (json, csv, history) = (directory.path("r.json"), directory.path("r.csv"), directory.path("h.sqlite"))
        let result = try bench(
            "--small", "--workloads", "sieve,fib", "--runs", "2", "--warmup", "1", "--json", json, "--csv", csv, "--markdown", "-", "--history", history, "--commit", "abcdef1234", "--label", "a|b")
        #expect(result.status == 0, "\(result.error)")
        #expect(result.output.contains("| workload | kind |") && result.output.contains("a\\|b"))
        let record = try #require(try RecordReader.records([UInt8](Data(contentsOf: URL(fileURLWithPath: json))), name: json).first)
        #expect(record.header.commit == "abcdef1234" && record.header.testbed.label == "a|b" && record.header.testbed.cores > 0)
        #expect(Set(record.measured.map(\.series.name)).isSuperset(of: ["sieve/interpreter/seconds", "fib/interpreter/instructions", "fib/interpreter/exits"]))
        #expect(try String(contentsOfFile: csv, encoding: .utf8).split(separator: "\n").count == record.measured.count + 1)
        #expect(try LongmaCommand(["history", "import", "--history", history, json]).output.contains("1 known already"))
    }

    /// Threads wait for the compiler at the same time; the guest as a whole stands still no longer than it runs.
    @Test func threadsThatWaitTogether() throws {
        let file = directory.path("threads.json")
        let result = try LongmaCommand(["bench", "--small", "--engines", "interpreter,jit", "--workloads", "threads", "--runs", "1", "--json", file])
        #expect(result.status == 0 && !result.output.contains("nan"), "\(result.output)\(result.error)")
        let measured = try RecordReader.records([UInt8](Data(contentsOf: URL(fileURLWithPath: file))), name: file)[0].measured
        let times = measured.filter { $0.series.metric == "seconds" }
        #expect(times.count == 2 && times.allSatisfy { $0.median > 0 }, "\(times)")
        #expect(result.output.contains("interpreter/jit"))
    }

    /// Three processes at a time do a third each; the history has one run with what one process would have measured.
    @Test func shardsMakeOneRun() async throws {
        let (directory, history) = (directory, directory.path("h.sqlite"))
        let names = "sieve,fib,matmul,nbody"
        try await withThrowingTaskGroup(of: LongmaCommand.self) { group in
            for index in 1...3 {
                group.addTask {
                    try LongmaCommand([
                        "bench", "--engines", "interpreter", "--small", "--runs", "1", "--workloads", names, "--commit", "abc", "--batch", "nightly", "--shard", "\(index)/3", "--json",
                        directory.path("shard-\(index).json"),
                    ])
                }
            }
            for try await result in group { #expect(result.status == 0, "\(result.error)") }
        }
        #expect(try LongmaCommand(["history", "import", "--history", history] + (1...3).map { directory.path("shard-\($0).json") }).output.contains("1 added, 2 joined"))
        let whole = directory.path("whole.json")
        #expect(try bench("--small", "--runs", "1", "--workloads", names, "--json", whole).status == 0)
        let expected = try RecordReader.records([UInt8](Data(contentsOf: URL(fileURLWithPath: whole))), name: whole)[0].measured
        let store = try History.read(history)
        let runs = try store.runs()
        #expect(runs.count == 1 && runs[0].records.map(\.shard?.index).compactMap { $0 }.sorted() == [1, 2, 3])
        let found = try store.measured(run: runs[0].id)
        #expect(Set(found.map(\.series)) == Set(expected.map(\.series)))
        // What is deterministic is the same however the work was shared out.
        let counters = Dictionary(uniqueKeysWithValues: found.filter { $0.series.kind == .counter }.map { ($0.series, $0.samples) })
        for measured in expected where measured.series.kind == .counter { #expect(counters[measured.series] == measured.samples, "\(measured.series.name)") }
    }
}
