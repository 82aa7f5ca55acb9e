import PerfHistory

/// What a round trip through the world switch costs: parts, instructions by phase, distribution, for each exit reason.
struct SwitchPage {
    let timelines: [Timeline]

    private static let parts = [("part_enter", 0), ("part_guest", 1), ("part_save", 2), ("part_handler", 3)]

    var html: String {
        var html =
            "<h1>World switch</h1>\n<p class=\"quiet\">A round trip is from one exit of the guest to the next. Times are noisy; counts of instructions are exact.</p>\n"
        var isEmpty = true
        for timeline in timelines {
            // The latest run that has any.
            guard let row = timeline.rows.filter({ $0.series.workload == "world-switch" }).max(by: { $0.runs.last! < $1.runs.last! }) else { continue }
            let index = row.runs.last!
            isEmpty = false
            html += section(timeline, index)
        }
        return isEmpty
            ? html
                + "<p>No run of this history has one: <code>longma bench</code> without <code>--workloads</code>, or <code>longma switch --json</code>, measures it.</p>\n"
            : html
    }

    private func section(_ timeline: Timeline, _ index: Int) -> String {
        let run = timeline.runs[index]
        var html =
            "<section>\n<h2>\(escaped(timeline.testbed.summary))</h2>\n<p class=\"quiet\">Measured for \(breakable(run.name)) at \(Timestamp.short(run.date)) UTC.</p>\n"
        var figures: [String: [String: Measured]] = [:]
        for measured in timeline.measured(at: index) where measured.series.workload == "world-switch" {
            figures[measured.series.contestant, default: [:]]["\(measured.series.kind.rawValue) \(measured.series.metric)"] = measured
        }
        // By engine, then by what it costs.
        func cost(_ name: String) -> Double { figures[name]?["time round_trip_p50"]?.median ?? 0 }
        let contestants = figures.keys.sorted { (Self.engine($0), cost($0), $0) < (Self.engine($1), cost($1), $1) }
        html += table(contestants, figures)
        let engines = contestants.map(Self.engine).reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
        html += times(engines, contestants, figures)
        html += phases(engines, contestants, figures)
        html += histograms(contestants, figures)
        return html + "</section>\n"
    }

    private static func engine(_ contestant: String) -> String { contestant.split(separator: " ").dropFirst().joined(separator: " ") }
    private static func exit(_ contestant: String) -> String { String(contestant.prefix { $0 != " " }) }

    private func table(_ contestants: [String], _ figures: [String: [String: Measured]]) -> String {
        let counters = ["instructions", "loads", "stores", "csr_accesses"]
        var table = HTMLTable(
            "Round trips", ["Exit", "Engine", "Median", "p99"] + counters.map(Figure.metric), textColumns: [0, 1])
        for name in contestants {
            table.rows.append(
                [breakable(Self.exit(name)), breakable(Self.engine(name))]
                    + ["time round_trip_p50", "time round_trip_p99"].map { figures[name]?[$0].map { Figure.text($0.median, "ns") } ?? "-" }
                    + counters.map { figures[name]?["counter \($0)"].map { Figure.count($0.median) } ?? "-" })
        }
        return table.html
    }

    private func times(_ engines: [String], _ contestants: [String], _ figures: [String: [String: Measured]]) -> String {
        var html = ""
        for engine in engines {
            let bars: [BarChart.Bar] = contestants.filter { Self.engine($0) == engine }.compactMap { name in
                let parts = Self.parts.compactMap { part, colour in
                    figures[name]?["time \(part)"].map {
                        BarChart.Part(name: "\(Figure.metric(part)): \(Figure.text($0.median, "ns"))", value: $0.median, colour: colour)
                    }
                }
                let sum = parts.reduce(0) { $0 + $1.value }
                return parts.isEmpty ? nil : BarChart.Bar(label: Self.exit(name), parts: parts, text: Figure.text(sum, "ns"))
            }
            if bars.isEmpty { continue }
            html += "<figure><figcaption>\(escaped(engine))</figcaption>\(BarChart(title: "Parts of a round trip under \(engine)", bars: bars).svg)</figure>\n"
        }
        if html.isEmpty { return "" }
        return "<h3>Where the time goes</h3>\n<p class=\"quiet\">Medians of a run with stamps on the way.</p>\n"
            + BarChart.legend(Self.parts.map { (Figure.metric($0.0), $0.1) })
            + "<div class=\"grid2\">\n\(html)</div>\n"
    }

    private func phases(_ engines: [String], _ contestants: [String], _ figures: [String: [String: Measured]]) -> String {
        // What is executed does not depend on the engine.
        guard let engine = engines.first else { return "" }
        let prefix = "counter instructions in "
        var names: [String] = []
        let order = ["host save", "CSR switch", "guest register load", "guest", "TLB refill", "vector save", "context routine", "handler", "resume or return"]
        for key in Set(figures.values.flatMap(\.keys)) where key.hasPrefix(prefix) { names.append(String(key.dropFirst(prefix.count))) }
        names.sort { (order.firstIndex(of: $0) ?? 99, $0) < (order.firstIndex(of: $1) ?? 99, $1) }
        let bars: [BarChart.Bar] = contestants.filter { Self.engine($0) == engine }.compactMap { name in
            let parts = names.enumerated().compactMap { index, phase in
                figures[name]?[prefix + phase].map { BarChart.Part(name: "\(phase): \(Figure.count($0.median))", value: $0.median, colour: index % 8) }
            }
            return parts.isEmpty ? nil : BarChart.Bar(label: Self.exit(name), parts: parts, text: Figure.count(parts.reduce(0) { $0 + $1.value }))
        }
        if bars.isEmpty { return "" }
        return "<h3>Instructions by phase</h3>\n" + BarChart.legend(names.enumerated().map { ($1, $0 % 8) })
            + "<figure><figcaption class=\"quiet\">LA64 instructions in one round trip, exactly; the same under every engine</figcaption>\(BarChart(title: "Instructions by phase", bars: bars).svg)</figure>\n"
    }

    private func histograms(_ contestants: [String], _ figures: [String: [String: Measured]]) -> String {
        var html = ""
        for name in contestants {
            guard let pairs = figures[name]?["histogram round_trip"]?.samples, pairs.count > 2 else { continue }
            html +=
                "<figure><figcaption>\(escaped("\(Self.exit(name)), \(Self.engine(name))"))</figcaption>\(HistogramChart(title: name, pairs: pairs, unit: "ns").svg)</figure>\n"
        }
        return html.isEmpty ? "" : "<h3>How the round trips' times are distributed</h3>\n<div class=\"grid3\">\n\(html)</div>\n"
    }
}
