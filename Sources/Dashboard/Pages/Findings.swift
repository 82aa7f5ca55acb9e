import PerfHistory

/// The verdicts over a history, as a table.
enum Findings {
    static func html(_ check: HistoryCheck, _ timeline: Timeline, limit: Int = 40) -> String {
        var html = ""
        let standing = check.standing.count
        html += standing == 0 ? "<p class=\"good\">No regression stands.</p>\n" : "<p class=\"bad\"><strong>\(standing) \(standing == 1 ? "regression stands" : "regressions stand").</strong></p>\n"
        if !check.findings.isEmpty {
            var table = HTMLTable("Changes, the latest first", ["Commit", "Series", "Before", "After", "Change", "p", "Verdict"], textColumns: [0, 1, 6])
            for finding in check.findings.reversed().prefix(limit) {
                let (run, point, unit) = (timeline.runs[finding.first], finding.point, finding.series.unit)
                let verdict = finding.isRegression ? (finding.stands ? "<span class=\"bad\">regression</span>" : run.isAccepted ? "accepted" : "mended since") : "<span class=\"good\">improvement</span>"
                table.rows.append([
                    breakable(run.name), breakable(finding.series.name), Figure.text(point.before, unit), Figure.text(point.after, unit), Figure.change(point.relative),
                    finding.isExact ? "exact" : Figure.probability(point.probability), verdict,
                ])
            }
            html += table.html
            if check.findings.count > limit { html += "<p class=\"quiet\">\(check.findings.count - limit) older ones are marked in the trends.</p>\n" }
        }
        for suspicion in check.suspicions {
            html += "<p>Perhaps: \(breakable(suspicion.series.name)) is \(Figure.change(suspicion.relative)) in the latest \(suspicion.runs == 1 ? "run" : "\(suspicion.runs) runs"), "
            html += "more than its noise (\(Figure.change(suspicion.threshold))); more runs will tell.</p>\n"
        }
        return html
    }
}
