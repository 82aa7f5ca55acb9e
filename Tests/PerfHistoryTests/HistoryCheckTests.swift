import PerfHistory
import Testing

/// Verdicts over simulated histories of 60 commits.
@Suite struct HistoryCheckTests {
    private func check(_ history: inout SimulatedHistory, commits: Int = 60) throws -> (Timeline, HistoryCheck) {
        let directory = try TemporaryDirectory()
        let store = try History.open(directory.path("history.sqlite"))
        try store.add(history.records(commits))
        let timeline = try #require(try store.timelines().first)
        return (timeline, HistoryCheck(timeline))
    }

    @Test(arguments: 1...20)
    func nothingIsFoundWhereNothingChanged(seed: UInt64) throws {
        var history = SimulatedHistory(seed: seed)
        let (timeline, check) = try check(&history)
        #expect(timeline.runs.count == 60)
        #expect(check.findings.isEmpty, "seed \(seed): \(check.findings)")
    }

    @Test(arguments: 1...20)
    func fivePercentAreFound(seed: UInt64) throws {
        var history = SimulatedHistory(seed: 1000 + seed)
        let commit = 12 + Int(seed) * 2
        history.change = ("workload\(1 + seed % 8)", commit, 1.05)
        let (timeline, check) = try check(&history)
        #expect(Set(check.standing.map(\.series.workload)) == [history.change!.workload], "seed \(seed)")
        // Of both engines and both clocks.
        print("seed \(seed): found in \(check.standing.count) of 4 series")
        for finding in check.standing {
            #expect(abs(finding.first - commit) <= 2, "seed \(seed): \(finding)")
            #expect(abs(finding.point.relative - 0.05) < 0.02)
        }
        #expect(timeline.runs[commit].commit?.hasSuffix(String(0xABC000 + commit, radix: 16)) ?? false)
    }

    @Test func whatWasMendedDoesNotStand() throws {
        var history = SimulatedHistory(seed: 7)
        let slow = ("workload1", 20, 1.2)
        var records: [RunRecord] = []
        for commit in 0..<60 {
            history.change = commit < 40 ? slow : nil
            records.append(history.record(commit))
        }
        let directory = try TemporaryDirectory()
        let store = try History.open(directory.path("history.sqlite"))
        try store.add(records)
        let check = HistoryCheck(try #require(try store.timelines().first))
        #expect(check.findings.filter(\.isRegression).count == 4 && check.findings.filter { !$0.isRegression }.count == 4)
        #expect(check.standing.isEmpty)
    }

    @Test func whatWasAcceptedDoesNotStand() throws {
        var history = SimulatedHistory(seed: 8)
        history.change = ("workload2", 30, 1.3)
        let directory = try TemporaryDirectory()
        let store = try History.open(directory.path("history.sqlite"))
        try store.add(history.records(60))
        let before = HistoryCheck(try #require(try store.timelines().first))
        #expect(before.standing.count == 4)
        for run in Set(before.standing.map { try! store.runs()[$0.first].id }) { try store.annotate(run: run, "a safer algorithm", isAccepted: true, date: 0) }
        let after = HistoryCheck(try #require(try store.timelines().first))
        #expect(after.standing.isEmpty && after.findings.count == before.findings.count)
    }

    @Test func countersChangeExactly() throws {
        var history = SimulatedHistory(seed: 9)
        history.workloads = ["workload1"]
        var records = history.records(10)
        for index in 6..<10 {
            for row in records[index].measured.indices where records[index].measured[row].series.metric == "instructions" {
                records[index].measured[row].samples = records[index].measured[row].samples.map { $0 + 1 }
            }
        }
        let directory = try TemporaryDirectory()
        let store = try History.open(directory.path("history.sqlite"))
        try store.add(records)
        let check = HistoryCheck(try #require(try store.timelines().first))
        #expect(check.standing.map(\.series.metric) == ["instructions", "instructions"])
        #expect(check.standing.allSatisfy { $0.first == 6 && $0.isExact && $0.point.probability == 0 })
    }

    @Test func aNewOutlierIsOnlySuspected() throws {
        var history = SimulatedHistory(seed: 10)
        history.change = ("workload3", 59, 1.3)
        let (_, check) = try check(&history)
        #expect(check.findings.isEmpty)
        #expect(check.suspicions.filter { $0.series.workload == "workload3" }.count == 4)
    }

    @Test func testbedsAreKeptApart() throws {
        var history = SimulatedHistory(seed: 11)
        history.workloads = ["workload1"]
        var records = history.records(40)
        // The second half is from another machine, where everything takes twice as long.
        for index in 20..<40 {
            records[index].header.testbed.processor = "Another CPU"
            for row in records[index].measured.indices { records[index].measured[row].samples = records[index].measured[row].samples.map { 2 * $0 } }
        }
        let directory = try TemporaryDirectory()
        let store = try History.open(directory.path("history.sqlite"))
        try store.add(records)
        let timelines = try store.timelines()
        #expect(timelines.count == 2 && timelines.allSatisfy { $0.runs.count == 20 })
        #expect(timelines.allSatisfy { HistoryCheck($0).findings.isEmpty })
    }

    @Test func verdictsRepeat() throws {
        var history = SimulatedHistory(seed: 12)
        history.change = ("workload4", 25, 1.04)
        let (timeline, check) = try check(&history)
        #expect(check.findings.map(\.point) == HistoryCheck(timeline).findings.map(\.point))
    }
}
