/// Medians, quartiles and what follows from them.
public enum Quantile {
    /// The middle value, or the mean of the middle two; 0 of none.
    public static func median(_ values: [Double]) -> Double {
        if values.count == 1 { return values[0] }
        return of(values.sorted(), 0.5)
    }

    /// The value below which the part `part` of sorted values lies, between two of them by proportion; 0 of none.
    public static func of(_ sorted: [Double], _ part: Double) -> Double {
        guard let last = sorted.last else { return 0 }
        let position = part * Double(sorted.count - 1)
        let index = Int(position)
        return index + 1 < sorted.count ? sorted[index] + (position - Double(index)) * (sorted[index + 1] - sorted[index]) : last
    }

    /// Q3 + 3 (Q3 - Q1): the fence beyond which Tukey calls a value far out.
    public static func farOut(_ values: [Double]) -> Double {
        let sorted = values.sorted()
        let (first, third) = (of(sorted, 0.25), of(sorted, 0.75))
        return third + 3 * (third - first)
    }

    /// Limits between which the median of what the values are samples of lies with at least 95 %, whatever its distribution;
    /// the smallest and the largest value when there are too few for that.
    public static func medianInterval(_ values: [Double]) -> ClosedRange<Double> {
        let sorted = values.sorted()
        guard let first = sorted.first, let last = sorted.last else { return 0...0 }
        // The ranks that a fair coin leaves outside with at most 2.5 % on each side.
        let count = sorted.count
        var probability = 1.0
        for _ in 0..<count { probability /= 2 }
        var (sum, rank) = (0.0, 0)
        while rank < count / 2 {
            sum += probability
            if sum > 0.025 || probability == 0 { break }
            probability *= Double(count - rank) / Double(rank + 1)
            rank += 1
        }
        // With a thousand values and more the coin's distribution is normal.
        if probability == 0 { rank = max(0, Int(Double(count) / 2 - 0.98 * Double(count).squareRoot())) }
        guard rank > 0 else { return first...last }
        return sorted[rank - 1]...sorted[count - rank]
    }
}
