import Histogram

/// How long something took, many times: a histogram of cycles with three significant digits.
public struct Distribution: Sendable {
    public let histogram: Histogram<UInt64>
    public let nanosecondsPerCycle: Double

    init(_ cycles: some Sequence<UInt64>, nanosecondsPerCycle: Double) {
        var histogram = Histogram<UInt64>(highestTrackableValue: 1 << 40, numberOfSignificantValueDigits: .three)
        for value in cycles { histogram.record(min(value, 1 << 40)) }
        self.histogram = histogram
        self.nanosecondsPerCycle = nanosecondsPerCycle
    }

    init(_ counts: CycleCounts, nanosecondsPerCycle: Double) {
        var histogram = Histogram<UInt64>(highestTrackableValue: 1 << 40, numberOfSignificantValueDigits: .three)
        for (cycles, count) in counts.values { histogram.record(cycles, count: count) }
        self.histogram = histogram
        self.nanosecondsPerCycle = nanosecondsPerCycle
    }

    public var count: UInt64 { histogram.totalCount }
    public var minimum: UInt64 { count == 0 ? 0 : histogram.min }
    public var maximum: UInt64 { count == 0 ? 0 : histogram.max }
    public var mean: Double { count == 0 ? 0 : histogram.mean }

    /// Cycles that `percentile` per cent of all did not exceed.
    public func percentile(_ percentile: Double) -> UInt64 { count == 0 ? 0 : min(histogram.valueAtPercentile(percentile), maximum) }

    public func nanoseconds(_ cycles: UInt64) -> Double { Double(cycles) * nanosecondsPerCycle }

    /// Pairs of nanoseconds and how many values lie between those before and them, in steps as `buckets` has them.
    public var histogramPairs: [Double] { buckets(40).flatMap { [nanoseconds($0.upTo), Double($0.count)] } }

    /// Counts in `number` equal steps from the fastest to p99, and of those above.
    public func buckets(_ number: Int) -> [(upTo: UInt64, count: UInt64)] {
        guard count > 0 else { return [] }
        let low = minimum
        let high = max(percentile(99), low + 1)
        var edges: [UInt64] = (1..<number).map { step in low + (high - low) * UInt64(step) / UInt64(number - 1) }
        edges.append(max(maximum, high))
        var result: [(upTo: UInt64, count: UInt64)] = []
        var from: UInt64 = 0
        for edge in edges where edge >= from {
            result.append((edge, histogram.count(within: from...edge)))
            from = histogram.nextNonEquivalentForValue(edge)
        }
        return result
    }
}

extension Distribution: Encodable {
    private enum CodingKeys: String, CodingKey { case count, cycles, nanoseconds, histogramNanoseconds }

    private struct Quantiles: Encodable {
        let min, p50, p90, p99, p999, max, mean: Double
    }

    private func quantiles(_ factor: Double) -> Quantiles {
        func value(_ cycles: UInt64) -> Double { Double(cycles) * factor }
        return Quantiles(
            min: value(minimum), p50: value(percentile(50)), p90: value(percentile(90)), p99: value(percentile(99)), p999: value(percentile(99.9)),
            max: value(maximum), mean: mean * factor)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(count, forKey: .count)
        try container.encode(quantiles(1), forKey: .cycles)
        try container.encode(quantiles(nanosecondsPerCycle), forKey: .nanoseconds)
        try container.encode(histogramPairs, forKey: .histogramNanoseconds)
    }
}
