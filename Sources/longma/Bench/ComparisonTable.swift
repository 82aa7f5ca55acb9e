import PerfHistory

/// What `--compare` and `--baseline` show.
struct ComparisonTable {
    let comparison: Comparison
    /// What stands before: a file, or the other longma.
    let old: String
    /// The load average while this was measured, and the processors there are.
    let load: Double
    let cores: Int

    func write() {
        print("\nCompared with \(old):\n")
        var times = TextTable(["time", "run by", "metric", "old", "new", "change", "p", "verdict"], leftAligned: [0, 1, 2, 7])
        var counters = TextTable(["counter", "run by", "metric", "old", "new", "change", "verdict"], leftAligned: [0, 1, 2, 6])
        var (shown, equal, absent) = (0, 0, 0)
        for row in comparison.rows {
            // What was not measured this time says nothing.
            if row.verdict == .removed {
                absent += 1
                continue
            }
            let series = row.series
            let change = row.relative.map(Format.change) ?? ""
            func number(_ value: Double?) -> String { value.map { Format.figure($0, unit: series.unit) } ?? "-" }
            if row.isExact {
                if row.verdict == .same { equal += 1; continue }
                shown += 1
                counters.add([series.workload, series.contestant, series.metric, number(row.before), number(row.after), change, verdict(row)])
            } else if series.kind == .time || row.verdict != .same {
                times.add([
                    series.workload, series.contestant, series.metric, number(row.before), number(row.after), change,
                    row.probability.map { Format.probability($0) } ?? "", verdict(row),
                ])
            }
        }
        times.write()
        print("\nCounters that are exact: \(equal) as before\(shown == 0 ? "." : ", and these not:")")
        if shown > 0 { counters.write() }
        if absent > 0 { print("Not measured this time: \(absent) figures of \(old).") }
        print("\n\(summary)")
    }

    private func verdict(_ row: Comparison.Row) -> String {
        switch row.verdict {
        case .same: "same"
        case .better: Terminal.good(row.series.isControl ? "host faster" : "better")
        case .worse: Terminal.bad(row.series.isControl ? "host slower" : "worse")
        case .unsure: "unsure: \(comparison.fewestSamples) runs or more would tell"
        case .added: "new"
        case .removed: "not measured"
        }
    }

    /// One sentence.
    private var summary: String {
        var parts: [String] = []
        func count(_ number: Int, _ word: String) -> String { "\(number) \(word)\(number == 1 ? "" : "s")" }
        parts.append(count(comparison.regressions.count, "regression"))
        parts.append(count(comparison.improvements.count, "improvement"))
        var text = "Verdict: " + parts.joined(separator: ", ") + "."
        if comparison.hostChanged {
            text += " What is not Longma changed its speed too: the host is not as it was, so measure again, both in turns (--baseline)."
        }
        if comparison.hasTooFew {
            text += " Times need \(comparison.fewestSamples) runs or more \(comparison.isPaired ? "of each" : "on both sides") for any verdict."
        }
        if load > Double(cores) { text += " The host's load was \(Format.ratio(load)) on \(cores) cores, so times say little, cpu_seconds more than seconds." }
        return text
    }
}
