/// Finds the changes of level in a noisy series: E-divisive (Matteson and James 2014) with permutation tests, in windows, with weak change points removed
/// afterwards, as hunter does it (Fleming et al. 2023).
public struct ChangePointFinder: Sendable {
    /// A change point less sure than this is none. It holds for the whole series.
    public var probability: Double
    /// Relative changes smaller than this do not matter, from 0 to below 1.
    public var magnitude: Double
    /// Whether a change also has to stand out from the noise between neighbours.
    public var usesNoiseThreshold: Bool
    /// Fewest values on each side of a change: below, a level is an outlier.
    public var smallestSegment: Int
    /// Values that are looked at together.
    public var window: Int
    public var seed: UInt64

    public init(
        probability: Double = 0.001, magnitude: Double = 0.02, usesNoiseThreshold: Bool = true, smallestSegment: Int = 3, window: Int = 64, seed: UInt64 = 1
    ) {
        self.probability = min(max(probability, 1e-5), 0.5)
        self.magnitude = magnitude
        self.usesNoiseThreshold = usesNoiseThreshold
        self.smallestSegment = max(smallestSegment, 1)
        self.window = max(window, 4 * smallestSegment)
        self.seed = seed
    }

    /// The change points of `values`, in order.
    public func changePoints(in values: [Double]) -> [ChangePoint] {
        guard values.count >= 2 * smallestSegment else { return [] }
        var random = RandomSource(seed: seed)
        return surviving(candidates(values, &random), values, &random)
    }

    // MARK: Dividing

    /// The divisions of all windows, which overlap by half.
    private func candidates(_ values: [Double], _ random: inout RandomSource) -> [Int] {
        var starts = Array(stride(from: 0, to: max(values.count - window / 2, 1), by: window / 2))
        if values.count <= window { starts = [0] }
        let share = probability / Double(starts.count)
        var energy = EnergyDistance(smallest: smallestSegment, capacity: window)
        var found: Set<Int> = []
        for start in starts {
            var open = [start..<min(start + window, values.count)]
            while let stretch = open.popLast() {
                guard let index = division(of: Array(values[stretch]), share, &energy, &random) else { continue }
                found.insert(stretch.lowerBound + index)
                open += [stretch.lowerBound..<stretch.lowerBound + index, stretch.lowerBound + index..<stretch.upperBound]
            }
        }
        return found.sorted()
    }

    /// Where to divide some values; nil when their order might as well be another.
    private func division(of values: [Double], _ probability: Double, _ energy: inout EnergyDistance, _ random: inout RandomSource) -> Int? {
        var values = values
        return values.withUnsafeMutableBufferPointer { values in
            guard let best = energy.best(UnsafeBufferPointer(values)), best.statistic > 0 else { return nil }
            let (rounds, limit) = Self.rounds(probability)
            var reached = 0
            for _ in 0..<rounds {
                random.shuffle(values)
                if energy.best(UnsafeBufferPointer(values))!.statistic >= best.statistic * (1 - 1e-9) {
                    reached += 1
                    if reached > limit { return nil }
                }
            }
            return best.index
        }
    }

    /// Permutations at most: no smaller probability than one in so many is asked for. And at least, so that one a little below what is asked for is told
    /// from one a little above.
    private static let mostRounds = 20_000
    private static let fewestRounds = 2000

    /// How many permutations there have to be, and how many of them may reach what was observed.
    private static func rounds(_ probability: Double) -> (rounds: Int, limit: Int) {
        let rounds = min(max(Int((3 / probability).rounded(.up)), fewestRounds), mostRounds)
        return (rounds, max(Int(probability * Double(rounds + 1)) - 1, 0))
    }

    // MARK: Removing what is weak

    private func surviving(_ candidates: [Int], _ values: [Double], _ random: inout RandomSource) -> [ChangePoint] {
        let noise = NoiseThreshold(values)
        var points: [Judged] = []
        for position in candidates.indices { points.append(judged(position, candidates, values, noise, &random)) }
        while let weakest = points.indices.max(by: { points[$0].weakness < points[$1].weakness }), points[weakest].weakness > 1 {
            points.remove(at: weakest)
            let indices = points.map(\.point.index)
            // The neighbours have longer levels now.
            for position in [weakest - 1, weakest] where points.indices.contains(position) { points[position] = judged(position, indices, values, noise, &random) }
        }
        return points.map(\.point)
    }

    private struct Judged {
        var point: ChangePoint
        /// Above 1: not to be kept. The improbable ones come first.
        var weakness: Double
    }

    private func judged(_ position: Int, _ indices: [Int], _ values: [Double], _ noise: NoiseThreshold, _ random: inout RandomSource) -> Judged {
        let index = indices[position]
        let before = Array(values[(position > 0 ? indices[position - 1] : 0)..<index])
        let after = Array(values[index..<(position + 1 < indices.count ? indices[position + 1] : values.count)])
        let tested = TwoSamples(Array(before.suffix(window)), Array(after.prefix(window)))
        var point = ChangePoint(index: index, before: Quantile.median(before), after: Quantile.median(after), probability: 1)
        point.probability = tested.probability(rounds: Self.rounds(probability).rounds, &random)
        if min(before.count, after.count) < smallestSegment || point.probability > max(probability, 1.01 / Double(Self.mostRounds)) {
            return Judged(point: point, weakness: 2 + point.probability)
        }
        var wanted = magnitude
        if usesNoiseThreshold, let threshold = noise.ofLevels(before: before.count, after: after.count) { wanted = max(wanted, threshold) }
        // By medians and by means, for either may be moved by a few values.
        let size = min(Self.size(point.before, point.after), Self.size(Self.mean(before), Self.mean(after)))
        return Judged(point: point, weakness: wanted == 0 ? 0 : size == 0 ? 2 : min(wanted / size, 2))
    }
}

extension ChangePointFinder {
    fileprivate static func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }

    /// The relative size of a change, the larger of both directions: half as long is as much as twice as long.
    fileprivate static func size(_ before: Double, _ after: Double) -> Double {
        before == after ? 0 : abs(after - before) / min(abs(before), abs(after))
    }
}

/// Two samples, and how far apart they are by energy distance.
struct TwoSamples {
    /// Steps between the sorted values of both, and which of these are of the first.
    private let steps: [Double]
    private var isFirst: [Bool]
    private let n: Int
    private let m: Int

    init(_ first: [Double], _ second: [Double]) {
        let pooled = (first.map { ($0, true) } + second.map { ($0, false) }).sorted { $0.0 < $1.0 }
        steps = zip(pooled.dropFirst(), pooled).map { $0.0 - $1.0 }
        isFirst = pooled.map(\.1)
        n = first.count
        m = second.count
    }

    /// The energy statistic: a pair of values is as far apart as the steps between them.
    func statistic(_ isFirst: [Bool]) -> Double {
        var (between, inFirst, inSecond) = (0.0, 0.0, 0.0)
        var (a, b) = (0, 0)
        for (index, step) in steps.enumerated() {
            if isFirst[index] { a += 1 } else { b += 1 }
            between += step * Double(a * (m - b) + b * (n - a))
            inFirst += step * Double(a * (n - a))
            inSecond += step * Double(b * (m - b))
        }
        let (n, m) = (Double(n), Double(m))
        return 2 * between / (n * m) - (n > 1 ? 2 * inFirst / (n * (n - 1)) : 0) - (m > 1 ? 2 * inSecond / (m * (m - 1)) : 0)
    }

    /// The probability of at least this statistic when it is chance which values are of the first sample.
    func probability(rounds: Int, _ random: inout RandomSource) -> Double {
        guard n > 0, m > 0 else { return 1 }
        let observed = statistic(isFirst)
        guard observed > 0 else { return 1 }
        var labels = isFirst
        var reached = 0
        for round in 1...rounds {
            for last in stride(from: labels.count - 1, to: 0, by: -1) { labels.swapAt(last, random.below(last + 1)) }
            if statistic(labels) >= observed * (1 - 1e-9) { reached += 1 }
            // Sure enough that it is not.
            if reached >= 20 { return Double(reached + 1) / Double(round + 1) }
        }
        return Double(reached + 1) / Double(rounds + 1)
    }
}
