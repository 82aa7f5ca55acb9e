import ArgumentParser
import Foundation
import PerfHistory

/// `longma history check`.
struct HistoryCheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Says which commits made what better and worse; status 3 if a regression stands.",
        discussion: """
            Times are judged by change points (E-divisive, permutation tests) that have to stand out from each series' own noise; deterministic counters \
            change exactly. A regression stands until the series is as good as before, or annotate --accept says that it is wanted.
            """)

    @OptionGroup var store: HistoryOption

    @Option(help: ArgumentHelp("Only regressions of the latest N runs of each testbed end with status 3 (default: all).", valueName: "n"))
    var last: Int?

    @Option(help: ArgumentHelp("Changes of times below this do not matter.", valueName: "percent"))
    var threshold = 2.0

    @Option(help: ArgumentHelp("How probable any false alarm in a whole history may be.", valueName: "percent"))
    var falseAlarms = 0.5

    @Option(help: "The seed of the permutation tests.")
    var seed: UInt64 = 1

    @Option(help: ArgumentHelp("Write the findings as JSON; - is standard output, instead of the tables.", valueName: "file"))
    var json: String?

    func validate() throws {
        if let last, last < 1 { throw ValidationError("--last must be 1 or more") }
        if !(threshold >= 0 && threshold < 1000) { throw ValidationError("--threshold \(threshold) is not a part of a hundred") }
        if !(falseAlarms > 0 && falseAlarms <= 50) { throw ValidationError("--false-alarms must be above 0 and up to 50") }
        if json?.isEmpty == true { throw ValidationError("--json needs the name of a file, or -") }
    }

    /// A finding in the JSON list.
    private struct Entry: Encodable {
        let testbed: String
        let series: String
        let kind: String
        let verdict: String
        let stands: Bool
        let commit: String?
        let run: Int64
        let lastCommitBefore: String?
        let before: Double
        let after: Double
        let change: Double?
        let probability: Double
    }

    func run() throws {
        let history = try store.read()
        let timelines = try said { try history.timelines() }
        if timelines.isEmpty { throw Failure(.badImage, "\(store.path) has no runs") }
        var options = HistoryCheck.Options()
        options.magnitude = threshold / 100
        options.probability = falseAlarms / 100
        options.seed = seed
        var entries: [Entry] = []
        var standing = 0
        for (index, timeline) in timelines.enumerated() {
            let check = HistoryCheck(timeline, options: options)
            let firstThatCounts = last.map { timeline.runs.count - $0 } ?? 0
            standing += check.standing.filter { $0.first >= firstThatCounts }.count
            if json != "-" { write(check, timeline, isFirst: index == 0) }
            entries += check.findings.map { entry($0, timeline) }
        }
        if let json { try writeJSON(entries, to: json) }
        if json != "-" { print("\n\(standing == 0 ? "No regression stands." : "\(standing) \(standing == 1 ? "regression stands" : "regressions stand").")") }
        if standing > 0 { leave(Status.regression.rawValue) }
    }

    private func entry(_ finding: HistoryCheck.Finding, _ timeline: Timeline) -> Entry {
        let (first, before) = (timeline.runs[finding.first], timeline.runs[finding.lastBefore])
        return Entry(
            testbed: timeline.testbed.id, series: finding.series.name, kind: finding.series.kind.rawValue,
            verdict: finding.isRegression ? "regression" : "improvement", stands: finding.stands, commit: first.commit, run: first.id,
            lastCommitBefore: before.commit, before: finding.point.before, after: finding.point.after,
            change: finding.point.relative.isFinite ? finding.point.relative : nil, probability: finding.point.probability)
    }

    private func write(_ check: HistoryCheck, _ timeline: Timeline, isFirst: Bool) {
        print("\(isFirst ? "" : "\n")Testbed \(timeline.testbed.id): \(timeline.testbed.summary); \(timeline.runs.count) \(timeline.runs.count == 1 ? "run" : "runs"), \(timeline.rows.count) series")
        if !check.findings.isEmpty {
            print("")
            var table = TextTable(["commit", "of", "series", "before", "after", "change", "p", "verdict"], leftAligned: [0, 1, 2, 7])
            for finding in check.findings {
                let (run, point, unit) = (timeline.runs[finding.first], finding.point, finding.series.unit)
                let skipped = finding.first - finding.lastBefore - 1
                let verdict = finding.isRegression ? (finding.stands ? Terminal.bad("regression") : run.isAccepted ? "accepted" : "mended since") : Terminal.good("improvement")
                table.add([
                    run.name + (skipped > 0 ? " or \(skipped) before" : ""), Timestamp.short(run.position), finding.series.name,
                    Format.figure(point.before, unit: unit), Format.figure(point.after, unit: unit), point.relative.isFinite ? Format.change(point.relative) : "",
                    finding.isExact ? "exact" : Format.probability(point.probability), verdict,
                ])
            }
            table.write()
        }
        for suspicion in check.suspicions {
            print(
                "Perhaps: \(suspicion.series.name) is \(Format.change(suspicion.relative)) in the latest \(suspicion.runs == 1 ? "run" : "\(suspicion.runs) runs"), more than "
                    + "its noise (\(Format.percent(suspicion.threshold))); more runs will tell.")
        }
        if check.shortSeries > 0 { print("\(check.shortSeries) series of times have fewer than 6 runs: too few for a verdict.") }
    }
}
