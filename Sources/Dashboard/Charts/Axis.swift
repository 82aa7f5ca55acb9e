/// A scale from values to points of a drawing, with round numbers to mark.
struct Axis {
    let low: Double
    let high: Double
    let from: Double
    let to: Double

    /// Values from `low` to `high` on points from `from` to `to`; a little room is added unless the values begin at 0.
    init(_ values: ClosedRange<Double>, from: Double, to: Double, startsAtZero: Bool = false) {
        let size = values.upperBound - values.lowerBound
        let room = size > 0 ? 0.06 * size : max(abs(values.upperBound) * 0.05, 1e-9)
        low = startsAtZero ? min(0, values.lowerBound) : values.lowerBound - room
        high = values.upperBound + room
        self.from = from
        self.to = to
    }

    func callAsFunction(_ value: Double) -> Double { from + (value - low) / (high - low) * (to - from) }

    /// About `wanted` round values on the axis.
    func marks(_ wanted: Int) -> [Double] {
        let rough = (high - low) / Double(wanted)
        guard rough > 0, rough.isFinite else { return [] }
        var step = 1.0
        while step > rough { step /= 10 }
        while step * 10 <= rough { step *= 10 }
        step *= rough / step >= 5 ? 5 : rough / step >= 2 ? 2 : 1
        var (marks, index) = ([Double](), (low / step).rounded(.up))
        while index * step <= high, marks.count < 50 {
            marks.append(index * step)
            index += 1
        }
        return marks
    }
}

/// A coordinate with one digit behind the point: what a screen shows.
func at(_ value: Double) -> String {
    let tenths = (value * 10).rounded()
    guard tenths.isFinite, abs(tenths) < 1e9 else { return "0" }
    let whole = Int(tenths)
    return whole % 10 == 0 ? "\(whole / 10)" : "\(whole < 0 ? "-" : "")\(abs(whole) / 10).\(abs(whole) % 10)"
}
