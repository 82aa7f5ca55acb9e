import PerfHistory

/// Two runs side by side: the latest two with verdicts, and any two by choice.
struct ComparePage {
    let timelines: [Timeline]
    /// Runs of each testbed that can be chosen; the page shall open at once.
    static let choices = 200

    var html: String {
        var html = "<h1>Compare</h1>\n<p class=\"quiet\">Only runs of one testbed can be compared.</p>\n"
        for timeline in timelines where timeline.runs.count > 1 {
            let last = timeline.runs.count - 1
            html += "<section>\n<h2>The latest two runs: \(breakable(timeline.runs[last - 1].name)) and \(breakable(timeline.runs[last].name))</h2>\n"
            html += "<p class=\"quiet\">\(escaped(timeline.testbed.summary)). Times by a permutation test over all rows together, so at most one in twenty comparisons has any false verdict.</p>\n"
            html += Self.table(Comparison(before: timeline.measured(at: last - 1), after: timeline.measured(at: last)))
            html += "</section>\n"
        }
        return html + chooser
    }

    static func table(_ comparison: Comparison) -> String {
        var table = HTMLTable("Before and after", ["Series", "Before", "After", "Change", "p", "Verdict"], textColumns: [0, 5])
        var equal = 0
        // What has changed comes first.
        for row in comparison.rows.filter({ $0.verdict != .same }) + comparison.rows.filter({ $0.verdict == .same }) {
            if row.isExact, row.verdict == .same { equal += 1; continue }
            func figure(_ value: Double?) -> String { value.map { Figure.text($0, row.series.unit) } ?? "-" }
            let verdict =
                switch row.verdict {
                case .same: "same"
                case .better: "<span class=\"good\">better</span>"
                case .worse: "<span class=\"bad\">worse</span>"
                case .unsure: "too few repetitions to tell"
                case .added: "new"
                case .removed: "gone"
                }
            table.rows.append([
                breakable(row.series.name), figure(row.before), figure(row.after), row.relative.map(Figure.change) ?? "-",
                row.isExact ? "exact" : row.probability.map(Figure.probability) ?? "-", verdict,
            ])
        }
        return (table.rows.isEmpty ? "" : table.html) + "<p class=\"quiet\">\(equal) exact counters are the same.</p>\n"
    }

    /// The data of the latest runs, and a form that the script brings to life.
    private var chooser: String {
        var beds: [String] = []
        var options = ""
        for (index, timeline) in timelines.enumerated() {
            options += "<option value=\"\(index)\">\(escaped(timeline.testbed.summary))</option>"
            let first = max(0, timeline.runs.count - Self.choices)
            let names = timeline.runs[first...].map { JSONText.string("\($0.name), \(Timestamp.short($0.position))") }
            let series = timeline.rows.filter { $0.series.kind != .histogram }.map { row in
                var values = Array(repeating: "null", count: names.count)
                for (run, median) in zip(row.runs, row.medians) where run >= first { values[run - first] = JSONText.number(median) }
                let noise = NoiseThreshold(row.medians).single.map(JSONText.number) ?? "null"
                return JSONText.array([JSONText.string(row.series.name), JSONText.string(row.series.unit), row.isExact ? "true" : "false", noise, JSONText.array(values)])
            }
            beds.append("{\"runs\": \(JSONText.array(names)), \"series\": \(JSONText.array(series))}")
        }
        return """
            <section>
            <h2>Any two runs</h2>
            <noscript><p>Choosing runs needs JavaScript; longma bench --compare and longma history show do the same on the command line.</p></noscript>
            <form id="choose" hidden>
            <label>Testbed <select name="testbed">\(options)</select></label>
            <label>Before <select name="before"></select></label>
            <label>After <select name="after"></select></label>
            </form>
            <p class="quiet">Of the latest \(Self.choices) runs. The noise of a series is what its neighbours usually differ by at most (Q3 + 3 IQR).</p>
            <div class="wide" tabindex="0" role="region" aria-label="The chosen runs"><table id="chosen"><thead><tr><th scope="col">Series</th><th scope="col" class="number">Before</th>\
            <th scope="col" class="number">After</th><th scope="col" class="number">Change</th><th scope="col">Verdict</th></tr></thead><tbody></tbody></table></div>
            <script type="application/json" id="comparison-data">\(JSONText.array(beds))</script>
            </section>

            """
    }
}
