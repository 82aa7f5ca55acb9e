import ArgumentParser
import Foundation
import PerfHistory

/// `longma history list`.
struct HistoryListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "Lists the runs, by testbed and commit.")

    @OptionGroup var store: HistoryOption

    @Option(help: ArgumentHelp("Only the latest N of each testbed.", valueName: "n"))
    var last: Int?

    @Option(help: ArgumentHelp("Write the list as JSON; - is standard output, instead of the table.", valueName: "file"))
    var json: String?

    func validate() throws {
        if let last, last < 1 { throw ValidationError("--last must be 1 or more") }
        if json?.isEmpty == true { throw ValidationError("--json needs the name of a file, or -") }
    }

    /// A run in the JSON list.
    private struct Entry: Encodable {
        let run: Int64
        let commit: String?
        let date: String
        let position: String
        let version: String
        let testbed: Testbed
        let testbedID: String
        let records: [RecordHeader]
        let annotations: [String]
        let isAccepted: Bool
    }

    func run() throws {
        let history = try store.read()
        let groups = Self.grouped(try said { try history.runs() }).map { runs in last.map { Array(runs.suffix($0)) } ?? runs }
        if json != "-" {
            for (index, runs) in groups.enumerated() {
                print("\(index == 0 ? "" : "\n")Testbed \(runs[0].testbed.id): \(runs[0].testbed.summary)\n")
                var table = TextTable(["run", "commit", "commit of", "measured", "load", "files", "remarks"], leftAligned: [1, 2, 3, 6])
                for run in runs {
                    table.add([
                        "\(run.id)", run.commit == nil ? "" : run.name, Timestamp.short(run.position), Timestamp.short(run.date),
                        Format.ratio(run.records.map { max($0.loadBefore, $0.loadAfter) }.max() ?? 0), "\(run.records.count)",
                        run.annotations.map { $0.text + ($0.isAccepted ? " (accepted)" : "") }.joined(separator: "; "),
                    ])
                }
                table.write()
            }
            if groups.isEmpty { print("\(store.path) has no runs") }
        }
        guard let json else { return }
        let entries = groups.joined().map { run in
            Entry(
                run: run.id, commit: run.commit, date: Timestamp.text(run.date), position: Timestamp.text(run.position), version: run.version,
                testbed: run.testbed, testbedID: run.testbed.id, records: run.records, annotations: run.annotations.map(\.text), isAccepted: run.isAccepted)
        }
        try writeJSON(entries, to: json)
    }

    /// Runs of one testbed together; the list has them one after the other.
    private static func grouped(_ runs: [RunSummary]) -> [[RunSummary]] {
        runs.reduce(into: []) { groups, run in
            if groups.last?.last?.testbed == run.testbed { groups[groups.count - 1].append(run) } else { groups.append([run]) }
        }
    }
}

/// `longma history show`.
struct HistoryShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "show", abstract: "Shows all figures of a run.")

    @OptionGroup var store: HistoryOption

    @Argument(help: ArgumentHelp("A run's number, or the first digits of its commit.", valueName: "run"))
    var name: String

    @Option(help: ArgumentHelp("Write its records as JSON; - is standard output, instead of the table.", valueName: "file"))
    var json: String?

    func run() throws {
        let history = try store.read()
        let (run, records) = try said {
            let run = try history.run(name)
            return (run, try history.records(run: run.id))
        }
        if let json { try writeFile(Data(RecordWriter.json(records).utf8), to: json, option: "--json") }
        if json == "-" { return }
        print("Run \(run.id), commit \(run.commit ?? "unknown"), of \(Timestamp.short(run.position)), measured \(Timestamp.short(run.date)) by longma \(run.version)")
        print("Testbed \(run.testbed.id): \(run.testbed.summary)")
        for record in run.records {
            let part = record.shard.map { ", part \($0.index) of \($0.count)" } ?? ""
            print("Record \(record.id)\(part), load \(Format.ratio(record.loadBefore)) before, \(Format.ratio(record.loadAfter)) after")
        }
        for annotation in run.annotations { print("Remark: \(annotation.text)\(annotation.isAccepted ? " (accepted)" : "")") }
        print("")
        var table = TextTable(["workload", "run by", "metric", "kind", "median", "unit", "least", "greatest", "runs"], leftAligned: [0, 1, 2, 3, 5])
        for measured in records.flatMap(\.measured).sorted(by: { $0.series.name < $1.series.name }) where measured.series.kind != .histogram {
            let series = measured.series
            func figure(_ value: Double) -> String { Format.figure(value, unit: series.unit) }
            table.add([
                series.workload, series.contestant, series.metric, series.kind.rawValue, figure(measured.median), series.unit, figure(measured.samples.min()!),
                figure(measured.samples.max()!), "\(measured.samples.count)",
            ])
        }
        table.write()
    }
}

/// `longma history export`.
struct HistoryExportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "export", abstract: "Writes the history for other programs.")

    enum Format: String, CaseIterable, ExpressibleByArgument {
        case json, csv, actionBenchmark = "action-benchmark", otava
    }

    @OptionGroup var store: HistoryOption

    @Option(help: "json: all records, to be imported elsewhere; csv: a line for each figure; action-benchmark: one run, as customSmallerIsBetter of github-action-benchmark; otava: one testbed, as Apache Otava's CSV importer takes it.")
    var format = Format.json

    @Option(name: .customLong("run"), help: ArgumentHelp("Of action-benchmark: which run (default: the latest).", valueName: "run"))
    var runName: String?

    @Option(help: ArgumentHelp("Only this testbed, by the digits that list shows (otava takes that of the latest run otherwise).", valueName: "id"))
    var testbed: String?

    @Option(name: [.short, .long], help: ArgumentHelp("Where to write (default: standard output).", valueName: "file"))
    var output = "-"

    func run() throws {
        let history = try store.read()
        let text = try said {
            switch format {
            case .json: RecordWriter.json(try history.records(runs: history.runs().filter { testbed == nil || $0.testbed.id == testbed }))
            case .csv: Export.csv(try timelines(history))
            case .otava: Export.otava(try latest(history))
            case .actionBenchmark: try actionBenchmark(history)
            }
        }
        try writeFile(Data(text.utf8), to: output, option: "--output")
    }

    private func timelines(_ history: History) throws -> [Timeline] {
        let all = try history.timelines()
        guard let testbed else { return all }
        let found = all.filter { $0.testbed.id == testbed }
        if found.isEmpty { throw HistoryFailure(.usage, "\(history.path) has no testbed \(testbed); longma history list shows which there are") }
        return found
    }

    private func latest(_ history: History) throws -> Timeline {
        guard let first = try timelines(history).first else { throw HistoryFailure(.badInput, "\(history.path) has no runs") }
        return first
    }

    private func actionBenchmark(_ history: History) throws -> String {
        let summary = try runName.map { try history.run($0) } ?? latest(history).runs.last!
        return Export.actionBenchmark(try history.measured(run: summary.id), testbed: summary.testbed)
    }
}
