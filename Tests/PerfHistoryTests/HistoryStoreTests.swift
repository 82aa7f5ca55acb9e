import Foundation
import GRDB
import PerfHistory
import Testing

/// The store: what goes in comes out, and what is wrong with a file is said.
@Suite struct HistoryStoreTests {
    private let directory = try! TemporaryDirectory()
    private var path: String { directory.path("history.sqlite") }

    private func records(_ count: Int, seed: UInt64 = 1) -> [RunRecord] {
        var history = SimulatedHistory(seed: seed)
        history.workloads = ["one", "two"]
        return history.records(count)
    }

    private func failure(_ body: () throws -> Void) -> HistoryFailure? {
        do { try body() } catch { return error as? HistoryFailure }
        return nil
    }

    @Test func whatGoesInComesOut() throws {
        let records = records(5)
        let store = try History.open(path)
        #expect(try store.add(records).added == 5)
        let runs = try store.runs()
        #expect(runs.map(\.commit) == records.map(\.header.commit))
        for (run, record) in zip(runs, records) {
            let found = Dictionary(uniqueKeysWithValues: try store.measured(run: run.id).map { ($0.series, $0.samples) })
            for measured in record.measured { #expect(found[measured.series] == measured.samples) }
        }
    }

    @Test func exportAndImportIsTheSame() throws {
        var records = records(3)
        records[0].header.commit = nil
        records[1].header.batch = "nightly \"1\" <b>"
        records[2].header.tools = ["qemu": "QEMU 10\n.0.2"]
        let store = try History.open(path)
        try store.add(records)
        let text = RecordWriter.json(try store.records(runs: store.runs()))
        let other = try History.open(directory.path("other.sqlite"))
        #expect(try other.add(try RecordReader.records(Array(text.utf8), name: "export")).added == 3)
        #expect(RecordWriter.json(try other.records(runs: other.runs())) == text)
        #expect(try store.add(try RecordReader.records(Array(text.utf8), name: "export")).known == 3)
    }

    @Test func theSameIDWithOtherFiguresIsRefused() throws {
        var records = records(2)
        let store = try History.open(path)
        try store.add([records[0]])
        records[0].measured[0].samples[0] += 1
        let failure = failure { try store.add([records[1], records[0]]) }
        #expect(failure?.kind == .badInput && failure!.description.contains(records[0].header.id))
        // All or nothing.
        #expect(try store.runs().count == 1)
    }

    @Test func shardsOfABatchAreOneRun() throws {
        let whole = records(1)[0]
        var parts = (1...3).map { index in
            var part = whole
            part.header.id = "part \(index)"
            part.header.batch = "nightly"
            part.header.shard = .init(index: index, count: 3)
            part.measured = whole.measured.enumerated().filter { $0.offset % 3 == index - 1 }.map(\.element)
            return part
        }
        // The same part once more is not the same run; nor is what another machine measured.
        var again = parts[1]
        again.header.id = "part 2 again"
        var elsewhere = parts[2]
        elsewhere.header.id = "part 3 elsewhere"
        elsewhere.header.testbed.kernel = "5.10.0"
        parts += [again, elsewhere]
        let store = try History.open(path)
        let result = try store.add(parts)
        #expect(result.added == 3 && result.merged == 2)
        let run = try #require(try store.runs().first { $0.records.count == 3 })
        #expect(Set(try store.measured(run: run.id).map(\.series)) == Set(whole.measured.map(\.series)))
        #expect(try store.timelines().count == 2)
    }

    @Test func commitsAreTheOrder() throws {
        var records = records(4)
        // The second commit was measured last.
        records[1].header.date = 1_800_000_000
        let store = try History.open(path)
        try store.add(records.reversed())
        #expect(try store.runs().map(\.commit) == records.map(\.header.commit))
        #expect(try store.run(String(records[2].header.commit!.suffix(40))).commit == records[2].header.commit)
    }

    @Test func removingGivesRoomBack() throws {
        let store = try History.open(path)
        try store.add(records(50))
        let runs = try store.runs()
        try store.annotate(run: runs[0].id, "first", isAccepted: false, date: 0)
        try store.remove(runs: runs.dropLast().map(\.id))
        #expect(try store.runs().map(\.id) == [runs[49].id])
        #expect(try store.timelines()[0].rows.allSatisfy { $0.runs == [0] })
    }

    // MARK: Trouble

    @Test func aMissingHistory() throws {
        #expect(failure { _ = try History.read(path) }?.description.contains("there is no history") ?? false)
        #expect(!FileManager.default.fileExists(atPath: path))
        #expect(failure { _ = try History.open("/proc/none/history") }?.kind == .host)
    }

    @Test func anEmptyFileIsNotANewHistory() throws {
        try Data().write(to: URL(fileURLWithPath: path))
        #expect(failure { _ = try History.open(path) }?.description.contains("is empty") ?? false)
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)).isEmpty)
    }

    @Test func damagedFilesAreLeftAlone() throws {
        do { try History.open(path).add(records(30)) }
        let whole = try Data(contentsOf: URL(fileURLWithPath: path))
        let torn = whole.prefix(whole.count / 2)
        var flipped = whole
        for offset in stride(from: 5000, to: flipped.count, by: 4096) { flipped[offset..<offset + 64] = Data(repeating: 0xA5, count: 64) }
        for damaged in [Data(torn), flipped, Data("SQLite format 3\0 no more".utf8), Data(repeating: 7, count: 10000)] {
            try damaged.write(to: URL(fileURLWithPath: path))
            for open in [History.open, History.read] {
                let failure = failure { _ = try open(path, 1) }
                #expect(failure?.kind == .badInput && failure!.description.contains("damaged"), "\(String(describing: failure))")
                #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == damaged)
            }
        }
    }

    @Test func otherDatabasesAreLeftAlone() throws {
        do { try DatabaseQueue(path: path).write { try $0.execute(sql: "CREATE TABLE mine (x); INSERT INTO mine VALUES (1)") } }
        let before = try Data(contentsOf: URL(fileURLWithPath: path))
        for open in [History.open, History.read] {
            #expect(failure { _ = try open(path, 1) }?.description.contains("another program") ?? false)
        }
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before)
    }

    @Test func newerHistoriesAreLeftAlone() throws {
        do { try History.open(path).add(records(1)) }
        try DatabaseQueue(path: path).write { try $0.execute(sql: "INSERT INTO grdb_migrations VALUES ('99: what is to come')") }
        for open in [History.open, History.read] {
            #expect(failure { _ = try open(path, 1) }?.description.contains("newer longma") ?? false)
        }
    }

    @Test func aLockedHistoryIsWaitedFor() throws {
        do { try History.open(path).add(records(1)) }
        let other = try DatabaseQueue(path: path)
        try other.writeWithoutTransaction { try $0.execute(sql: "BEGIN IMMEDIATE; DELETE FROM annotation") }
        let failure = failure { try History.open(path, patience: 0.3).add(records(1, seed: 2)) }
        #expect(failure?.kind == .host && failure!.description.contains("locked"), "\(String(describing: failure))")
        // Reading goes on.
        #expect(try History.read(path).runs().count == 1)
        DispatchQueue.global().asyncAfter(deadline: .now() + 0.5) { try? other.writeWithoutTransaction { try $0.execute(sql: "ROLLBACK") } }
        #expect(try History.open(path).add(records(1, seed: 2)).added == 1)
    }
}
