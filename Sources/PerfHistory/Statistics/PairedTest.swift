import Glibc

/// Whether two contestants who took turns differ more than chance would have them, judged by exchanging the two of every round at random.
///
/// What slows both halves of a round alike leaves their ratio as it is, so a host that drifts does not hide a difference as it does from `PermutationTest`.
public enum PairedTest {
    /// Exchanges at most; when there are no more different ones, each is tried once and the result is exact.
    private static let exchanges = 20_000

    /// The probability that contestants without a difference come to such ratios. The rounds of all rows are exchanged together, so the probabilities hold
    /// for all rows at once: that any row at all reaches so much by chance (Westfall and Young's single step). All rows need the same number of rounds on
    /// both sides, above 0.
    static func families(_ rows: [(before: [Double], after: [Double])], seed: UInt64 = 1) -> [Double] {
        guard let rounds = rows.first?.before.count else { return [] }
        let rows = rows.map { Row(clipped(ratios($0.before, $0.after))) }
        let observed = rows.map { $0.separation($0.values.reduce(0, +)) }
        var reached = Array(repeating: 0, count: rows.count)
        func count(_ sums: [Double]) {
            var greatest = 0.0
            for (row, sum) in zip(rows, sums) { greatest = max(greatest, row.separation(sum)) }
            // Sums in another order may differ in the last bits.
            for index in observed.indices where greatest >= observed[index] * (1 - 1e-9) { reached[index] += 1 }
        }
        if rounds <= 62, 1 << (rounds - 1) <= exchanges {
            // To exchange all rounds changes no separation, so the last one stays as it is. Each step exchanges one round more or less (a Gray code).
            let total = 1 << (rounds - 1)
            var (signs, sums) = (Array(repeating: 1.0, count: rounds), rows.map { $0.values.reduce(0, +) })
            count(sums)
            for step in 1..<max(total, 1) {
                let round = step.trailingZeroBitCount
                signs[round].negate()
                for index in rows.indices { sums[index] += 2 * signs[round] * rows[index].values[round] }
                count(sums)
            }
            return reached.map { Double($0) / Double(total) }
        }
        var random = RandomSource(seed: seed)
        var sums = Array(repeating: 0.0, count: rows.count)
        for _ in 1..<exchanges {
            for index in sums.indices { sums[index] = 0 }
            var bits: UInt64 = 0
            for round in 0..<rounds {
                if round % 64 == 0 { bits = random.next() }
                let sign = bits & 1 == 0 ? 1.0 : -1.0
                bits >>= 1
                for index in rows.indices { sums[index] += sign * rows[index].values[round] }
            }
            count(sums)
        }
        // What was observed is one of the exchanges.
        return reached.map { Double($0 + 1) / Double(exchanges) }
    }

    /// The same for a single row.
    public static func probability(_ before: [Double], _ after: [Double], seed: UInt64 = 1) -> Double {
        before.isEmpty || before.count != after.count ? 1 : families([(before, after)], seed: seed)[0]
    }

    /// By what part `after` is above `before` in a usual round (0.05: by 5 %): the median over the means of any two logarithms of ratios (Hodges and
    /// Lehmann), which single rounds cannot draw away. Both need the same number of rounds, above 0.
    public static func change(_ before: [Double], _ after: [Double]) -> Double {
        let ratios = ratios(before, after)
        var means: [Double] = []
        means.reserveCapacity(ratios.count * (ratios.count + 1) / 2)
        for (index, a) in ratios.enumerated() { for b in ratios[index...] { means.append((a + b) / 2) } }
        return exp(Quantile.median(means)) - 1
    }

    /// The least probability that so many rounds can come to.
    static func leastProbability(_ rounds: Int) -> Double { pow(2, 1 - Double(rounds)) }

    /// The logarithms of the rounds' ratios. Times that were too short for their clock count as a picosecond.
    private static func ratios(_ before: [Double], _ after: [Double]) -> [Double] { zip(before, after).map { log(max($1, 1e-12) / max($0, 1e-12)) } }

    /// Rounds that something disturbed count for no more than the middle size. An exchange changes no size, so the test stays exact.
    private static func clipped(_ ratios: [Double]) -> [Double] {
        let most = Quantile.median(ratios.map { abs($0) })
        return ratios.map { min(max($0, -most), most) }
    }

    /// The logarithms of one row.
    private struct Row {
        let values: [Double]
        private let squares: Double
        /// Spread below which differences do not matter, relative: values that happen to be equal are not infinitely certain.
        private static let floor = 0.002

        init(_ values: [Double]) {
            self.values = values
            squares = values.reduce(0) { $0 + $1 * $1 }
        }

        /// The distance of the mean from 0 in units of the spread, when the values add up to `sum`.
        func separation(_ sum: Double) -> Double {
            let (count, mean) = (Double(values.count), sum / Double(values.count))
            let spread = (max(squares - count * mean * mean, 0) / max(count - 1, 1)).squareRoot()
            return abs(mean) / (spread + Self.floor)
        }
    }
}
