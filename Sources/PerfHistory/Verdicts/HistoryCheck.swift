/// What has become better and worse over a testbed's history.
public struct HistoryCheck: Sendable {
    /// A change of level in one series.
    public struct Finding: Sendable {
        public var series: Series
        public var isExact: Bool
        public var point: ChangePoint
        /// Indices of the runs: the last of the old level and the first of the new.
        public var lastBefore: Int
        public var first: Int
        public var isRegression: Bool
        /// Whether the series is still worse now than before the change, and nobody has accepted that.
        public var stands: Bool
    }

    /// The latest value of a series, where it is beyond the noise but too new for a verdict.
    public struct Suspicion: Sendable {
        public var series: Series
        public var relative: Double
        /// What single runs move by without a change.
        public var threshold: Double
        /// How many of the latest runs are beyond it.
        public var runs: Int
    }

    /// What is looked for.
    public struct Options: Sendable {
        /// Probability that anything at all is reported over a whole history in which nothing changed.
        public var probability = 0.005
        /// Relative changes of times smaller than this do not matter.
        public var magnitude = 0.02
        public var seed: UInt64 = 1

        public init() {}
    }

    public var testbed: Testbed
    /// By run, then by size.
    public var findings: [Finding]
    public var suspicions: [Suspicion]
    /// Change points of each row of the timeline, for pictures.
    public var points: [[ChangePoint]]
    /// Series with too few runs for a verdict on times.
    public var shortSeries: Int

    public var standing: [Finding] { findings.filter { $0.isRegression && $0.stands } }

    /// Looks for changes in every series of a timeline.
    public init(_ timeline: Timeline, options: Options = Options()) {
        testbed = timeline.testbed
        findings = []
        suspicions = []
        points = []
        shortSeries = 0
        let noisy = timeline.rows.filter { !$0.isExact && $0.series.kind != .histogram }.count
        let finder = ChangePointFinder(probability: options.probability / Double(max(noisy, 1)), magnitude: options.magnitude, seed: options.seed)
        for row in timeline.rows {
            if row.series.kind == .histogram {
                points.append([])
                continue
            }
            let found = row.isExact ? Self.steps(row.medians) : finder.changePoints(in: row.medians)
            points.append(found)
            // What is not Longma is shown, but no verdict on Longma.
            if row.series.isControl { continue }
            if !row.isExact {
                if row.medians.count < 2 * finder.smallestSegment { shortSeries += 1 }
                if let suspicion = Self.suspicion(row, found, options) { suspicions.append(suspicion) }
            }
            for (position, point) in found.enumerated() { findings.append(Self.finding(row, point, found[position...].last!.after, timeline, options)) }
        }
        findings.sort { ($0.first, -abs($0.point.relative)) < ($1.first, -abs($1.point.relative)) }
    }

    private static func finding(_ row: Timeline.Row, _ point: ChangePoint, _ now: Double, _ timeline: Timeline, _ options: Options) -> Finding {
        let isWorse = (point.after > point.before) != row.series.higherIsBetter
        let run = row.runs[point.index]
        // Still on the wrong side of the old level, by more than does not matter.
        let left = point.before == 0 ? (now == 0 ? 0 : .infinity) : (now - point.before) / abs(point.before) * (row.series.higherIsBetter ? -1 : 1)
        let stands = left > (row.isExact ? 0 : options.magnitude) && !timeline.runs[run].isAccepted
        return Finding(
            series: row.series, isExact: row.isExact, point: point, lastBefore: row.runs[point.index - 1], first: run, isRegression: isWorse, stands: isWorse && stands)
    }

    /// Every change of a deterministic counter.
    private static func steps(_ values: [Double]) -> [ChangePoint] {
        values.indices.dropFirst().compactMap { index in
            values[index] == values[index - 1] ? nil : ChangePoint(index: index, before: values[index - 1], after: values[index], probability: 0)
        }
    }

    /// Whether the latest values are all beyond the noise, on the worse side of the level before them.
    private static func suspicion(_ row: Timeline.Row, _ points: [ChangePoint], _ options: Options) -> Suspicion? {
        let level = Array(row.medians[(points.last?.index ?? 0)...])
        guard level.count > NoiseThreshold.fewest, let threshold = NoiseThreshold(row.medians).single else { return nil }
        let usual = Quantile.median(level)
        let limit = max(threshold, options.magnitude)
        guard usual > 0 else { return nil }
        let beyond = level.reversed().prefix { value in (value - usual) / usual * (row.series.higherIsBetter ? -1 : 1) > limit }
        guard let latest = beyond.first else { return nil }
        return Suspicion(series: row.series, relative: (latest - usual) / usual, threshold: limit, runs: beyond.count)
    }
}
