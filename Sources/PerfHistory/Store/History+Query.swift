import Foundation
import GRDB

/// The runs of one testbed in order, with all their figures.
public struct Timeline: Sendable {
    /// One series: where it has values, and these.
    public struct Row: Sendable {
        public var series: Series
        /// Indices of runs, rising, and the samples of each.
        public var runs: [Int]
        public var samples: [[Double]]
        /// The medians of the samples.
        public var medians: [Double]
        /// Whether the figures are counters that are the same in each repetition, so that any difference between runs is a change.
        public var isExact: Bool

        /// Where a run's values stand in the row; nil when it has none.
        public func position(of run: Int) -> Int? {
            var (low, high) = (0, runs.count)
            while low < high {
                let middle = (low + high) / 2
                if runs[middle] < run { low = middle + 1 } else { high = middle }
            }
            return low < runs.count && runs[low] == run ? low : nil
        }
    }

    public var testbed: Testbed
    public var runs: [RunSummary]
    /// By name.
    public var rows: [Row]

    /// What the run at an index measured.
    public func measured(at run: Int) -> [Measured] {
        rows.compactMap { row in row.position(of: run).map { Measured(row.series, row.samples[$0]) } }
    }
}

extension History {
    /// All runs, by testbed and then in order.
    public func runs() throws -> [RunSummary] {
        try read { db in
            var annotations: [Int64: [RunSummary.Annotation]] = [:]
            for row in try Row.fetchAll(db, sql: "SELECT run, text, is_accepted, date FROM annotation ORDER BY id") {
                annotations[row["run"], default: []].append(.init(text: row["text"], isAccepted: row["is_accepted"], date: row["date"]))
            }
            var testbeds: [Int64: Testbed] = [:]
            for row in try Row.fetchAll(db, sql: "SELECT * FROM testbed") {
                testbeds[row["id"]] = Testbed(
                    label: row["label"], processor: row["processor"], kernel: row["kernel"], cores: row["cores"], libgccjit: row["libgccjit"])
            }
            var runs: [RunSummary] = []
            var indices: [Int64: Int] = [:]
            for row in try Row.fetchAll(db, sql: "SELECT * FROM run ORDER BY testbed, position, date, id") {
                guard let testbed = testbeds[row["testbed"]] else { continue }
                indices[row["id"]] = runs.count
                runs.append(
                    RunSummary(
                        id: row["id"], testbed: testbed, position: row["position"], date: row["date"], commit: row["commit_id"], version: row["version"],
                        batch: row["batch"], records: [], annotations: annotations[row["id"]] ?? []))
            }
            for row in try Row.fetchAll(db, sql: "SELECT * FROM record ORDER BY key") {
                guard let index = indices[row["run"]] else { continue }
                runs[index].records.append(try Self.header(row, runs[index]))
            }
            return runs
        }
    }

    private static func header(_ row: Row, _ run: RunSummary) throws -> RecordHeader {
        var header = RecordHeader(
            format: RecordHeader.Format(rawValue: row["format"]) ?? .series, id: row["id"], date: row["date"], version: run.version, testbed: run.testbed,
            loadBefore: row["load_before"], loadAfter: row["load_after"])
        header.commit = run.commit
        header.commitDate = row["commit_date"]
        header.batch = run.batch
        var tools: [String: String] = [:]
        try? JSONScanner.scan(Array((row["tools"] as String).utf8)) { try $0.object { tools[$1] = try $0.string() } }
        header.tools = tools
        if let index: Int = row["shard_index"], let count: Int = row["shard_count"] { header.shard = .init(index: index, count: count) }
        return header
    }

    /// The figures of a run, by series.
    public func measured(run: Int64) throws -> [Measured] { try records(run: run).flatMap(\.measured).sorted { $0.series.name < $1.series.name } }

    /// A run's records with their figures.
    public func records(run id: Int64) throws -> [RunRecord] {
        guard let run = try runs().first(where: { $0.id == id }) else { throw HistoryFailure(.usage, "\(path) has no run \(id)") }
        return try run.records.map { RunRecord(header: $0, measured: try measured(record: $0.id)) }
    }

    /// All records of some runs, in order, with their figures.
    public func records(runs: [RunSummary]) throws -> [RunRecord] {
        try runs.flatMap { run in try run.records.map { RunRecord(header: $0, measured: try measured(record: $0.id)) } }
    }

    private func measured(record: String) throws -> [Measured] {
        try read { db in
            try Row.fetchAll(
                db, sql: "SELECT series.*, value.samples FROM value JOIN series ON series.id = value.series JOIN record ON record.key = value.record WHERE record.id = ? ORDER BY series.id",
                arguments: [record]
            ).map { row in Measured(Self.series(row), Self.samples(row["samples"])) }
        }
    }

    /// The history of each testbed, those with the latest runs first.
    public func timelines() throws -> [Timeline] {
        let all = try runs()
        var timelines: [Timeline] = []
        for run in all {
            if timelines.last?.testbed == run.testbed {
                timelines[timelines.count - 1].runs.append(run)
            } else {
                timelines.append(Timeline(testbed: run.testbed, runs: [run], rows: []))
            }
        }
        try read { db in
            var places: [Int64: (timeline: Int, run: Int)] = [:]
            for (index, timeline) in timelines.enumerated() {
                for (position, run) in timeline.runs.enumerated() { places[run.id] = (index, position) }
            }
            var series: [Int64: Series] = [:]
            for row in try Row.fetchAll(db, sql: "SELECT * FROM series") { series[row["id"]] = Self.series(row) }
            var found: [[Int64: [(run: Int, samples: [Double])]]] = Array(repeating: [:], count: timelines.count)
            let cursor = try Row.fetchCursor(db, sql: "SELECT record.run, value.series, value.samples FROM value JOIN record ON record.key = value.record")
            while let row = try cursor.next() {
                guard let place = places[row[0]] else { continue }
                found[place.timeline][row[1], default: []].append((place.run, try row.withUnsafeData(atIndex: 2) { Self.samples($0 ?? Data()) }))
            }
            for index in timelines.indices {
                timelines[index].rows = found[index].compactMap { id, values in
                    guard let series = series[id] else { return nil }
                    let values = values.sorted { $0.run < $1.run }
                    let isExact = series.kind == .counter && values.allSatisfy { value in value.samples.allSatisfy { $0 == value.samples[0] } }
                    return Timeline.Row(
                        series: series, runs: values.map(\.run), samples: values.map(\.samples), medians: values.map { Quantile.median($0.samples) }, isExact: isExact)
                }.sorted { $0.series.name < $1.series.name }
            }
        }
        return timelines.sorted { ($0.runs.last?.date ?? 0) > ($1.runs.last?.date ?? 0) }
    }

    private static func series(_ row: Row) -> Series {
        Series(
            workload: row["workload"], contestant: row["contestant"], metric: row["metric"], kind: Series.Kind(rawValue: row["kind"]) ?? .time, unit: row["unit"],
            higherIsBetter: row["higher_is_better"])
    }

    private static func samples(_ data: Data) -> [Double] {
        data.withUnsafeBytes { bytes in (0..<bytes.count / 8).map { bytes.loadUnaligned(fromByteOffset: 8 * $0, as: Double.self) } }
    }
}
