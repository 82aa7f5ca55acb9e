import PerfHistory

/// Every series over the history, those with changes first.
struct TrendsPage {
    let timelines: [Timeline]
    let checks: [HistoryCheck]

    var html: String {
        var html = """
            <h1>Trends</h1>
            <p class="quiet">Each point is a run: its median, with the range of its samples. Dashed: the level between changes, with the band in which it lies with 95 %. \
            A vertical line marks a change point. Arrow keys or the pointer go through the runs.</p>
            <form><label>Show only <input id="filter" type="search" placeholder="fib jit seconds"></label></form>

            """
        for (timeline, check) in zip(timelines, checks) { html += section(timeline, check) }
        return html
    }

    private func section(_ timeline: Timeline, _ check: HistoryCheck) -> String {
        var html = "<section>\n<h2>\(escaped(timeline.testbed.summary))</h2>\n<p class=\"quiet\">\(timeline.runs.count) \(timeline.runs.count == 1 ? "run" : "runs"), from \(breakable(timeline.runs[0].name)) to \(breakable(timeline.runs.last!.name)).</p>\n"
        var constant = HTMLTable("Counters that never changed", ["Series", "Value", "Runs"])
        var groups: [(workload: String, html: String, count: Int)] = []
        var changed = ""
        for (row, points) in zip(timeline.rows, check.points) where row.series.kind != .histogram {
            if row.isExact, points.isEmpty {
                constant.rows.append([breakable(row.series.name), Figure.text(row.medians[0], row.series.unit), "\(row.runs.count)"])
                continue
            }
            let figure = figure(row, points, timeline)
            if !points.isEmpty { changed += figure; continue }
            if groups.last?.workload != row.series.workload { groups.append((row.series.workload, "", 0)) }
            groups[groups.count - 1].html += figure
            groups[groups.count - 1].count += 1
        }
        if !changed.isEmpty { html += "<details class=\"group\" open><summary>Series that changed</summary>\n<div class=\"grid2\">\n\(changed)</div></details>\n" }
        for group in groups { html += "<details class=\"group\"\(groups.count <= 4 ? " open" : "")><summary>\(breakable(group.workload)) (\(group.count))</summary>\n<div class=\"grid2\">\n\(group.html)</div></details>\n" }
        if !constant.rows.isEmpty { html += "<details><summary>Counters that never changed (\(constant.rows.count))</summary>\n\(constant.html)</details>\n" }
        return html + "</section>\n"
    }

    private func figure(_ row: Timeline.Row, _ points: [ChangePoint], _ timeline: Timeline) -> String {
        let kind = row.isExact ? "exact counter" : row.series.kind == .counter ? "counter that varies" : "time"
        return "<figure data-series=\"\(escaped(row.series.name))\"><figcaption>\(breakable(row.series.workload)), \(breakable(row.series.contestant)): \(Figure.metric(row.series.metric)) "
            + "<span class=\"quiet\">(\(kind))</span></figcaption>\(TrendChart(row: row, points: points, runs: timeline.runs).svg)<div class=\"reading\" aria-live=\"polite\"></div></figure>\n"
    }
}
