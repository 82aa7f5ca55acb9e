/// Histories in the formats of others.
public enum Export {
    /// The figures of one result that is in no history yet, in the same format; its run is 0.
    public static func csv(_ header: RecordHeader, _ measured: [Measured]) -> String {
        let run = RunSummary(
            id: 0, testbed: header.testbed, position: header.order, date: header.date, commit: header.commit, version: header.version, batch: header.batch,
            records: [header], annotations: [])
        let rows = measured.map { Timeline.Row(series: $0.series, runs: [0], samples: [$0.samples], medians: [$0.median], isExact: false) }
        return csv([Timeline(testbed: run.testbed, runs: [run], rows: rows)])
    }

    /// One line for each figure: run, time, commit, testbed, series, kind, unit, median, least, greatest, repetitions.
    public static func csv(_ timelines: [Timeline]) -> String {
        var text = "run,date,commit,version,testbed,workload,contestant,metric,kind,unit,median,minimum,maximum,samples\n"
        for timeline in timelines {
            for (index, run) in timeline.runs.enumerated() {
                for measured in timeline.measured(at: index) where measured.series.kind != .histogram {
                    let series = measured.series
                    let fields =
                        ["\(run.id)", Timestamp.text(run.date), run.commit ?? "", run.version, timeline.testbed.id, series.workload, series.contestant, series.metric]
                        + [series.kind.rawValue, series.unit] + [measured.median, measured.samples.min()!, measured.samples.max()!].map(JSONText.number)
                        + ["\(measured.samples.count)"]
                    text += fields.map(csvField).joined(separator: ",") + "\n"
                }
            }
        }
        return text
    }

    /// The series of one run as github-action-benchmark's `customSmallerIsBetter` takes them. Series of which more is better are left out.
    public static func actionBenchmark(_ measured: [Measured], testbed: Testbed) -> String {
        let entries = measured.filter { !$0.series.higherIsBetter && $0.series.kind != .histogram }.map { measured in
            var members = [
                ("name", JSONText.string(measured.series.name)), ("unit", JSONText.string(measured.series.unit)), ("value", JSONText.number(measured.median)),
            ]
            if !measured.isConstant {
                members.append(("range", JSONText.string("± " + JSONText.number((measured.samples.max()! - measured.samples.min()!) / 2))))
            }
            members.append(("extra", JSONText.string("\(measured.series.kind.rawValue), \(measured.samples.count) samples, \(testbed.summary)")))
            return "  " + JSONText.object(members)
        }
        return "[\n" + entries.joined(separator: ",\n") + "\n]\n"
    }

    /// A testbed's history as Apache Otava's CSV importer takes it: a row for each run, with `time`, `commit`, and a column for each series.
    public static func otava(_ timeline: Timeline) -> String {
        let rows = timeline.rows.filter { $0.series.kind != .histogram }
        var cells = Array(repeating: Array(repeating: "", count: rows.count), count: timeline.runs.count)
        for (column, row) in rows.enumerated() {
            for (run, median) in zip(row.runs, row.medians) { cells[run][column] = JSONText.number(median) }
        }
        var text = (["time", "commit"] + rows.map(\.series.name)).map(csvField).joined(separator: ",") + "\n"
        for (run, row) in zip(timeline.runs, cells) {
            text += ([Timestamp.text(run.position), run.commit ?? run.name] + row).map(csvField).joined(separator: ",") + "\n"
        }
        return text
    }

    /// In quotes when it has to be.
    private static func csvField(_ text: String) -> String {
        text.contains { $0 == "," || $0 == "\"" || $0.isNewline } ? "\"" + text.replacing("\"", with: "\"\"") + "\"" : text
    }
}
