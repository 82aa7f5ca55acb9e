import PerfHistory

/// One series over a history: each run's median and the range of its samples, the level between change points with its confidence band, the change points.
struct TrendChart {
    let row: Timeline.Row
    let points: [ChangePoint]
    let runs: [RunSummary]
    private static let (width, height) = (640.0, 200.0)
    private static let (left, right, top, bottom) = (116.0, 10.0, 24.0, 26.0)
    /// Points that are drawn of a history of any length.
    static let limit = 400

    var svg: String {
        let shown = Downsampling.indices(row.medians, limit: Self.limit, always: points.flatMap { [$0.index - 1, $0.index] })
        let lows = shown.map { row.samples[$0].min()! }
        let highs = shown.map { row.samples[$0].max()! }
        let y = Axis(lows.min()!...highs.max()!, from: Self.height - Self.bottom, to: Self.top)
        let x = Axis(0...Double(max(row.medians.count - 1, 1)), from: Self.left, to: Self.width - Self.right, startsAtZero: true)
        let unit = row.series.unit
        let last = row.medians.count - 1
        let summary =
            "\(row.series.name), \(row.medians.count) runs, latest \(Figure.text(row.medians[last], unit)), "
            + (points.isEmpty ? "no change" : "\(points.count) changes of level")
        var svg =
            "<svg class=\"trend\" viewBox=\"0 0 640 200\" role=\"img\" tabindex=\"0\" aria-label=\"\(escaped(summary)). Arrow keys go through the runs.\" data-trend=\"\(escaped(data(shown, x, y)))\">"
        for mark in y.marks(4) {
            svg += "<path class=\"grid\" d=\"M\(at(Self.left)) \(at(y(mark)))H\(at(Self.width - Self.right))\"/>"
            svg += "<text class=\"mark\" x=\"\(at(Self.left - 6))\" y=\"\(at(y(mark) + 4))\" text-anchor=\"end\">\(Figure.text(mark, unit))</text>"
        }
        for position in [0, last] where position == 0 || last > 0 {
            svg +=
                "<text class=\"mark\" x=\"\(at(x(Double(position))))\" y=\"194\" text-anchor=\"\(position == 0 ? "start" : "end")\">\(escaped(name(position)))</text>"
        }
        svg += levels(x, y)
        // The range of samples as one outline: forth along the highest, back along the lowest.
        if zip(lows, highs).contains(where: { $0 < $1 }) {
            let forth = zip(shown, highs).map { "\(at(x(Double($0)))) \(at(y($1)))" }
            let back = zip(shown, lows).reversed().map { "\(at(x(Double($0)))) \(at(y($1)))" }
            svg += "<path class=\"range\" d=\"M\((forth + back).joined(separator: "L"))Z\"/>"
        }
        svg += "<path class=\"line\" d=\"M\(shown.map { "\(at(x(Double($0)))) \(at(y(row.medians[$0])))" }.joined(separator: "L"))\"/>"
        // Single runs can be told apart up to here.
        if shown.count <= 80 {
            for index in shown { svg += "<circle class=\"dot\" cx=\"\(at(x(Double(index))))\" cy=\"\(at(y(row.medians[index])))\" r=\"2.2\"/>" }
        }
        for point in points { svg += mark(point, x, y) }
        return svg + "<g class=\"cursor\" hidden=\"hidden\"><path d=\"M0 \(at(Self.top))V\(at(Self.height - Self.bottom))\"/><circle r=\"4\"/></g></svg>\n"
    }

    private func name(_ position: Int) -> String { runs[row.runs[position]].name }

    /// The level between changes: its median, and where it lies with 95 %.
    private func levels(_ x: Axis, _ y: Axis) -> String {
        guard !row.isExact else { return "" }
        let bounds = [0] + points.map(\.index) + [row.medians.count]
        var svg = ""
        for (start, end) in zip(bounds, bounds.dropFirst()) where end - start >= 3 {
            let values = Array(row.medians[start..<end])
            let band = Quantile.medianInterval(values)
            let (from, to) = (at(x(Double(start))), at(x(Double(end - 1))))
            svg += "<path class=\"band\" d=\"M\(from) \(at(y(band.upperBound)))H\(to)V\(at(y(band.lowerBound)))H\(from)Z\"/>"
            svg += "<path class=\"level\" d=\"M\(from) \(at(y(Quantile.median(values))))H\(to)\"/>"
        }
        return svg
    }

    private func mark(_ point: ChangePoint, _ x: Axis, _ y: Axis) -> String {
        let isWorse = (point.after > point.before) != row.series.higherIsBetter
        let place = x(Double(point.index))
        let isLeft = place > Self.width - 110
        let label = "\(isWorse ? "▲" : "▼") \(Figure.change(point.relative))"
        return
            "<g class=\"\(isWorse ? "worse" : "better")\" data-change=\"\(point.index)\"><path d=\"M\(at(place)) \(at(Self.top))V\(at(Self.height - Self.bottom))\"/>"
            + "<text x=\"\(at(place + (isLeft ? -4 : 4)))\" y=\"\(at(Self.top - 7))\" text-anchor=\"\(isLeft ? "end" : "start")\">\(label)</text>"
            + "<title>\(escaped("\(isWorse ? "worse" : "better") since \(name(point.index))"))</title></g>"
    }

    /// What the cursor shows of each point: place, and text.
    private func data(_ shown: [Int], _ x: Axis, _ y: Axis) -> String {
        JSONText.array(
            shown.map { index in
                let samples = row.samples[index]
                let range =
                    samples.count > 1 && !row.isExact
                    ? " (\(Figure.text(samples.min()!, row.series.unit)) to \(Figure.text(samples.max()!, row.series.unit)))" : ""
                return JSONText.array([
                    at(x(Double(index))), at(y(row.medians[index])),
                    JSONText.string("\(name(index)): \(Figure.text(row.medians[index], row.series.unit))\(range)"),
                ])
            })
    }
}
