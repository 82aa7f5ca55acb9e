import Glibc

/// Whether two groups differ more than chance would have them, judged by dealing all their values out anew.
public enum PermutationTest {
    /// Deals at most; when there are no more different ones, each is tried once and the result is exact.
    private static let deals = 20_000

    /// The probability that groups of equal distribution have medians, or means, as far apart: of `|log mean a - log mean b|` in units of the spread within
    /// the groups. All rows are measured in the same rounds, so their values are dealt together, and the probabilities hold for all rows at once: that any
    /// row at all reaches so much by chance (Westfall and Young's single step). Rows need the same numbers of values, above 0.
    static func families(_ rows: [(before: [Double], after: [Double])], seed: UInt64 = 1) -> [Double] {
        guard let first = rows.first else { return [] }
        let (n, m) = (first.before.count, first.after.count)
        let pooled = rows.map { row in (row.before + row.after).map { log(max($0, tiny)) } }
        var isAfter = Array(repeating: false, count: n) + Array(repeating: true, count: m)
        let observed = pooled.map { separation($0, isAfter) }
        var reached = Array(repeating: 0, count: rows.count)
        var total = 0
        func deal() {
            let greatest = pooled.reduce(0) { max($0, separation($1, isAfter)) }
            // Sums in another order may differ in the last bits.
            for index in observed.indices where greatest >= observed[index] * (1 - 1e-9) { reached[index] += 1 }
            total += 1
        }
        if combinations(n + m, m) <= Double(deals) {
            repeat { deal() } while nextCombination(&isAfter)
            return reached.map { Double($0) / Double(total) }
        }
        var random = RandomSource(seed: seed)
        for _ in 1..<deals {
            for last in stride(from: isAfter.count - 1, to: 0, by: -1) { isAfter.swapAt(last, random.below(last + 1)) }
            deal()
        }
        // What was observed is one of the deals.
        return reached.map { Double($0 + 1) / Double(total + 1) }
    }

    /// The same for a single pair of groups.
    public static func probability(_ before: [Double], _ after: [Double], seed: UInt64 = 1) -> Double {
        before.isEmpty || after.isEmpty ? 1 : families([(before, after)], seed: seed)[0]
    }

    /// The least probability that groups of these sizes can come to.
    static func leastProbability(_ n: Int, _ m: Int) -> Double { (n == m ? 2 : 1) / combinations(n + m, m) }

    /// Spread below which differences do not matter, relative: values that happen to be equal are not infinitely certain.
    private static let floor = 0.002
    /// What times that were too short for their clock count as.
    private static let tiny = 1e-12

    private static func separation(_ values: [Double], _ isAfter: [Bool]) -> Double {
        var (sums, squares, counts) = ((0.0, 0.0), (0.0, 0.0), (0.0, 0.0))
        for (value, isAfter) in zip(values, isAfter) {
            if isAfter {
                sums.1 += value
                squares.1 += value * value
                counts.1 += 1
            } else {
                sums.0 += value
                squares.0 += value * value
                counts.0 += 1
            }
        }
        let within = max(squares.0 - sums.0 * sums.0 / counts.0, 0) + max(squares.1 - sums.1 * sums.1 / counts.1, 0)
        let spread = (within / max(counts.0 + counts.1 - 2, 1)).squareRoot()
        return abs(sums.1 / counts.1 - sums.0 / counts.0) / (spread + floor)
    }

    private static func combinations(_ n: Int, _ k: Int) -> Double { (0..<min(k, n - k)).reduce(1) { $0 * Double(n - $1) / Double($1 + 1) } }

    /// The next subset of the same size; false after the last.
    private static func nextCombination(_ set: inout [Bool]) -> Bool {
        // The lexicographic successor of a string of bits.
        guard let rise = set.indices.dropLast().last(where: { !set[$0] && set[$0 + 1] }) else { return false }
        let other = set.lastIndex(of: true)!
        set.swapAt(rise, other)
        set[(rise + 1)...].reverse()
        return true
    }
}
