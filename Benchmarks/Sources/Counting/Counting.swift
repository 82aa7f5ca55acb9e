import Benchmark
import CAllocations

extension BenchmarkMetric {
    /// How often the benchmark's thread asks for memory in one run.
    public static let allocations = custom("allocations", polarity: .prefersSmaller, useScalingFactor: false)
    /// Guest instructions that one run retires.
    public static let guestInstructions = custom("guestInstructions", polarity: .prefersSmaller, useScalingFactor: false)
}

extension Benchmark.Configuration {
    /// For runs that do the same work each time. The counters among the metrics are deterministic and have thresholds (`Thresholds`), from which they may
    /// not differ at all; times are shown only.
    public static func counted(_ counters: [BenchmarkMetric] = []) -> Self {
        let counters = [.allocations] + counters
        return Self(
            metrics: [.wallClock, .throughput] + counters, warmupIterations: 2, scalingFactor: .one, maxDuration: .seconds(2), maxIterations: 200,
            thresholds: Dictionary(uniqueKeysWithValues: counters.map { ($0, BenchmarkThresholds(absolute: [.p90: 0])) }))
    }
}

extension Benchmark {
    /// Times `body`, and counts what it allocates.
    public func count(_ body: () throws -> Void) rethrows {
        startMeasurement()
        let before = longma_allocations()
        try body()
        let allocations = longma_allocations() - before
        stopMeasurement()
        measurement(.allocations, Int(allocations))
    }
}
