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
    /// For each number of values 1 over it, and 1 over the number of their pairs: divisions take long.
    private let reciprocals: [Double]
    private let pairReciprocals: [Double]

    /// `capacity` is the greatest number of values to come.
    init(smallest: Int, capacity: Int) {
        self.smallest = max(smallest, 1)
        sums = Array(repeating: 0, count: 2 * capacity)
        reciprocals = (0...capacity).map { $0 == 0 ? 0 : 1 / Double($0) }
        pairReciprocals = (0...capacity).map { $0 < 2 ? 0 : 2 / Double($0 * ($0 - 1)) }
    }

    /// Finds where the first `index` values and those from there to `end` differ most, over all pairs of `index` and `end`. Takes time of the square of
    /// the number of values. Nil when there are too few of them.
    mutating func best(_ values: UnsafeBufferPointer<Double>) -> Division? {
        let count = values.count
        guard count >= 2 * smallest else { return nil }
        return sums.withUnsafeMutableBufferPointer { sums in
            reciprocals.withUnsafeBufferPointer { reciprocals in
                pairReciprocals.withUnsafeBufferPointer { pairReciprocals in
                    Self.best(values, smallest, sums.baseAddress!, sums.baseAddress! + sums.count / 2, reciprocals.baseAddress!, pairReciprocals.baseAddress!)
                }
            }
        }
    }

    private static func best(
        _ values: UnsafeBufferPointer<Double>, _ smallest: Int, _ across: UnsafeMutablePointer<Double>, _ before: UnsafeMutablePointer<Double>,
        _ reciprocals: UnsafePointer<Double>, _ pairReciprocals: UnsafePointer<Double>
    ) -> Division {
        let count = values.count
        let values = values.baseAddress!
        for index in 0..<count {
            before[index] = 0
            across[index] = 0
        }
        for index in 0..<count {
            let value = values[index]
            for other in index + 1..<max(count, index + 1) { before[other] += abs(values[other] - value) }
        }
        var division = Division(index: 0, end: 0, statistic: -.infinity)
        var left = 0.0
        for index in 1...count - smallest {
            let moved = values[index - 1]
            left += before[index - 1]
            for other in index..<count { across[other] += abs(values[other] - moved) }
            guard index >= smallest else { continue }
            let n = Double(index)
            let withinLeft = left * pairReciprocals[index]
            var (between, right) = (0.0, 0.0)
            for end in index + 1...count {
                between += across[end - 1]
                right += before[end - 1] - across[end - 1]
                let size = end - index
                guard size >= smallest else { continue }
                // n m / (n + m) times the distance: 2 between / (n m) less what is within both sides.
                let statistic = reciprocals[end] * (2 * between - n * Double(size) * (withinLeft + right * pairReciprocals[size]))
                if statistic > division.statistic { division = Division(index: index, end: end, statistic: statistic) }
            }
        }
        return division
    }
}
