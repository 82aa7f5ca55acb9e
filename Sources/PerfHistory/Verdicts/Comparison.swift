import Foundation

/// Two runs of one testbed side by side, with a verdict for each series.
public struct Comparison: Sendable {
    /// What became of a series.
    public enum Verdict: String, Codable, Sendable {
        case same, better, worse
        /// The difference is large, but there are too few repetitions to tell it from noise.
        case unsure
        /// Only one of the runs has it.
        case added, removed
    }

    /// One series in both runs.
    public struct Row: Sendable {
        public var series: Series
        public var before: Double?
        public var after: Double?
        /// Whether the figures were compared exactly, as deterministic counters are.
        public var isExact: Bool
        /// How probable so large a difference is by chance, for any of the rows at all; nil for what was compared exactly.
        public var probability: Double?
        public var verdict: Verdict
        /// The relative change of a usual round, where the runs took turns; nil for what was compared exactly.
        public var change: Double?

        /// The relative change: of a usual round where the runs took turns, else of the medians; nil where there is nothing to compare.
        public var relative: Double? {
            if let change { return change }
            guard let before, let after else { return nil }
            return before == 0 ? (after == 0 ? 0 : nil) : (after - before) / abs(before)
        }

        /// Whether Longma got worse here: contestants like native code only tell about the host.
        public var isRegression: Bool { verdict == .worse && !series.isControl }
    }

    public var rows: [Row]
    /// Whether the runs took turns, so that repetitions with the same place belong together.
    public let isPaired: Bool
    /// Whether there are times with too few repetitions for any verdict.
    public private(set) var hasTooFew = false
    /// Fewest repetitions on both sides with which a time can get a verdict.
    public var fewestSamples: Int { isPaired ? 6 : 4 }

    public var regressions: [Row] { rows.filter(\.isRegression) }
    public var improvements: [Row] { rows.filter { $0.verdict == .better && !$0.series.isControl } }
    /// Whether a contestant that is not Longma changed: then the host itself was faster or slower.
    public var hostChanged: Bool { rows.contains { $0.series.isControl && !$0.isExact && ($0.verdict == .better || $0.verdict == .worse) } }

    /// Compares figures of one testbed. Times get a permutation test over all rows together with a significance of 5 % for any false verdict at all, and
    /// have to differ by `magnitude` (0.02 is 2 %); deterministic counters are compared exactly. `isPaired` says that both were measured in the same
    /// rounds, by turns: then the test is that of the rounds' ratios.
    public init(before: [Measured], after: [Measured], magnitude: Double = 0.02, isPaired: Bool = false) {
        self.isPaired = isPaired
        let (before, after) = (before.filter { $0.series.kind != .histogram }, after.filter { $0.series.kind != .histogram })
        let old = Dictionary(before.map { ($0.series, $0) }, uniquingKeysWith: { first, _ in first })
        let new = Dictionary(after.map { ($0.series, $0) }, uniquingKeysWith: { first, _ in first })
        rows = []
        // Rows with as many repetitions as each other are dealt together; the groups share the significance.
        var groups: [[Int]: [Int]] = [:]
        for series in (before + after.filter { old[$0.series] == nil }).map(\.series) {
            var row = Row(series: series, before: old[series]?.median, after: new[series]?.median, isExact: series.kind == .counter, probability: nil, verdict: .same)
            if let a = old[series], let b = new[series] {
                row.isExact = series.kind == .counter && a.isConstant && b.isConstant
                if row.isExact { row.verdict = Self.direction(a.median, b.median, series) } else { groups[[a.samples.count, b.samples.count], default: []].append(rows.count) }
            } else {
                row.verdict = old[series] == nil ? .added : .removed
            }
            rows.append(row)
        }
        for (sizes, indices) in groups.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
            let pairs = indices.map { (before: old[rows[$0].series]!.samples, after: new[rows[$0].series]!.samples) }
            let isPaired = isPaired && sizes[0] == sizes[1]
            let probabilities = isPaired ? PairedTest.families(pairs) : PermutationTest.families(pairs)
            let least = isPaired ? PairedTest.leastProbability(sizes[0]) : PermutationTest.leastProbability(sizes[0], sizes[1])
            let canTell = least * Double(groups.count) <= 0.05
            if !canTell { hasTooFew = true }
            if isPaired { for (index, pair) in zip(indices, pairs) { rows[index].change = PairedTest.change(pair.before, pair.after) } }
            for (index, probability) in zip(indices, probabilities) {
                let shared = min(1, probability * Double(groups.count))
                rows[index].probability = shared
                guard abs(rows[index].relative ?? 1) >= magnitude else { continue }
                if canTell, shared <= 0.05 {
                    let (before, after) = rows[index].change.map { (1, 1 + $0) } ?? (rows[index].before!, rows[index].after!)
                    rows[index].verdict = Self.direction(before, after, rows[index].series)
                } else if !canTell {
                    rows[index].verdict = .unsure
                }
            }
        }
    }

    private static func direction(_ before: Double, _ after: Double, _ series: Series) -> Verdict {
        before == after ? .same : (after < before) != series.higherIsBetter ? .better : .worse
    }
}
