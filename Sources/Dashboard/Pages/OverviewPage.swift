import Foundation
import PerfHistory

/// The latest run of each testbed: who took how long, ratios, and what has changed.
struct OverviewPage {
    let timelines: [Timeline]
    let checks: [HistoryCheck]

    var html: String {
        if timelines.isEmpty { return "<h1>Overview</h1>\n<p>This history has no runs yet: <code>longma bench --history FILE</code> adds one.</p>\n" }
        var html = "<h1>Overview</h1>\n"
        for (timeline, check) in zip(timelines, checks) {
            // A run of world switches alone has a page of its own.
            let latest = timeline.rows.filter { $0.series.metric == "seconds" }.compactMap(\.runs.last).max() ?? timeline.runs.count - 1
            let run = timeline.runs[latest]
            html += "<section aria-label=\"Testbed \(timeline.testbed.id)\">\n<h2>\(escaped(timeline.testbed.summary))</h2>\n"
            let load = run.records.map { max($0.loadBefore, $0.loadAfter) }.max() ?? 0
            html +=
                "<p class=\"quiet\">Testbed \(timeline.testbed.id), \(timeline.runs.count) \(timeline.runs.count == 1 ? "run" : "runs"). Latest: \(breakable(run.name)), "
            html += "measured \(Timestamp.short(run.date)) UTC by longma \(escaped(run.version)), load \(Figure.ratio(load)).</p>\n"
            for annotation in run.annotations { html += "<p>Remark: \(escaped(annotation.text))</p>\n" }
            html += Findings.html(check, timeline)
            html += runtimes(timeline.measured(at: latest))
            html += "</section>\n"
        }
        return html
    }

    private func runtimes(_ measured: [Measured]) -> String {
        var times: [(workload: String, contestants: [(name: String, measured: Measured)])] = []
        for entry in measured where entry.series.metric == "seconds" {
            if times.last?.workload != entry.series.workload { times.append((entry.series.workload, [])) }
            times[times.count - 1].contestants.append((entry.series.contestant, entry))
        }
        guard !times.isEmpty else { return "" }
        let names = Self.order(Set(times.flatMap { $0.contestants.map(\.name) }))
        var html = "<h3>Wall time of the latest run</h3>\n" + BarChart.legend(names.enumerated().map { ($1, $0 % 8) }) + "<div class=\"grid2\">\n"
        for (workload, contestants) in times {
            let sorted = names.enumerated().compactMap { index, name in contestants.first { $0.name == name }.map { (index, $0) } }
            let bars = sorted.map { index, entry in
                BarChart.Bar(
                    label: entry.name, parts: [.init(name: entry.name, value: entry.measured.median, colour: index % 8)],
                    text: Figure.text(entry.measured.median, "s"))
            }
            html += "<figure><figcaption>\(breakable(workload))</figcaption>\(BarChart(title: "Wall time of \(workload)", bars: bars).svg)</figure>\n"
        }
        html += "</div>\n"
        html += ratios(times, names)
        html += counters(measured)
        return html
    }

    /// Longma's engines first, then those they are compared with.
    private static func order(_ names: Set<String>) -> [String] {
        let ranks = ["interpreter": 0, "auto": 1, "jit": 2, "qemu": 8, "native": 9]
        return names.sorted { (ranks[$0] ?? 5, $0) < (ranks[$1] ?? 5, $1) }
    }

    private func ratios(_ times: [(workload: String, contestants: [(name: String, measured: Measured)])], _ names: [String]) -> String {
        guard let last = names.last, names.count > 1 else { return "" }
        let others = names.dropLast()
        var table = HTMLTable("Ratios of wall times: below 1 the first is faster", ["Workload"] + others.map { escaped("\($0) / \(last)") })
        var logs: [String: [Double]] = [:]
        for (workload, contestants) in times {
            guard let base = contestants.first(where: { $0.name == last })?.measured.median, base > 0 else { continue }
            table.rows.append(
                [breakable(workload)]
                    + others.map { name in
                        guard let value = contestants.first(where: { $0.name == name })?.measured.median, value > 0 else { return "-" }
                        logs[name, default: []].append(log(value / base))
                        return Figure.ratio(value / base)
                    })
        }
        table.rows.append(["geometric mean"] + others.map { name in logs[name].map { Figure.ratio(exp($0.reduce(0, +) / Double($0.count))) } ?? "-" })
        return table.html
    }

    private func counters(_ measured: [Measured]) -> String {
        var table = HTMLTable(
            "Deterministic counters of the latest run: compared exactly", ["Workload", "Run by", "Counter", "Value", ""], textColumns: [0, 1, 2, 4])
        for entry in measured where entry.series.kind == .counter && entry.series.workload != "world-switch" {
            table.rows.append([
                breakable(entry.series.workload), breakable(entry.series.contestant), Figure.metric(entry.series.metric),
                Figure.text(entry.median, entry.series.unit),
                entry.isConstant ? "" : "varies from run to run",
            ])
        }
        return table.rows.isEmpty ? "" : "<details><summary>Counters (\(table.rows.count))</summary>\n\(table.html)</details>\n"
    }
}
