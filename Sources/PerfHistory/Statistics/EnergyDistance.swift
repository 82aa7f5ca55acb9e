/// The divisive statistic of Matteson and James, "A Nonparametric Approach for Multiple Change Point Analysis of Multivariate Data" (2014), for numbers and
/// with exponent 1: how different a stretch of values is from the stretch behind it.
struct EnergyDistance {
    /// The best division of some values: at `index`, judged against the values from there to `end`.
    struct Division: Equatable {
        var index: Int
        var end: Int
        var statistic: Double
    }

    /// Fewest values on each side of a division.
    let smallest: Int
    /// Room for two sums of each value: of its distances to the values left of the division, and to all values before it.
    private var sums: [Double]

    /// `capacity` is the greatest number of values to come.
    init(smallest: Int, capacity: Int) {
        self.smallest = max(smallest, 1)
        sums = Array(repeating: 0, count: 2 * capacity)
    }

    /// Finds where the first `index` values and those from there to `end` differ most, over all pairs of `index` and `end`. Takes time of the square of
    /// the number of values. Nil when there are too few of them.
    mutating func best(_ values: UnsafeBufferPointer<Double>) -> Division? {
        let count = values.count
        guard count >= 2 * smallest else { return nil }
        return sums.withUnsafeMutableBufferPointer { sums in
            let across = sums.baseAddress!
            let before = across + sums.count / 2
            for index in 0..<count {
                let value = values[index]
                var sum = 0.0
                for other in 0..<index { sum += abs(values[other] - value) }
                before[index] = sum
                across[index] = 0
            }
            var division = Division(index: 0, end: 0, statistic: -.infinity)
            var left = 0.0
            for index in 1...count - smallest {
                let moved = values[index - 1]
                left += before[index - 1]
                for other in index..<count { across[other] += abs(values[other] - moved) }
                guard index >= smallest else { continue }
                let n = Double(index)
                let withinLeft = index > 1 ? 2 * left / (n * (n - 1)) : 0
                var (between, right) = (0.0, 0.0)
                for end in index + 1...count {
                    between += across[end - 1]
                    right += before[end - 1] - across[end - 1]
                    guard end - index >= smallest else { continue }
                    let m = Double(end - index)
                    let withinRight = end - index > 1 ? 2 * right / (m * (m - 1)) : 0
                    let statistic = n * m / (n + m) * (2 * between / (n * m) - withinLeft - withinRight)
                    if statistic > division.statistic { division = Division(index: index, end: end, statistic: statistic) }
                }
            }
            return division
        }
    }
}
