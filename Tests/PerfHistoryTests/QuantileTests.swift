import PerfHistory
import Testing

/// Medians, fences and intervals.
@Suite struct QuantileTests {
    @Test func medians() {
        #expect(Quantile.median([]) == 0 && Quantile.median([3]) == 3 && Quantile.median([3, 1]) == 2 && Quantile.median([5, 1, 3]) == 3)
    }

    @Test func fence() {
        // Quartiles 2 and 4 of one to five.
        #expect(Quantile.farOut([5, 1, 4, 2, 3]) == 10)
    }

    /// The limits of the median of six values are the smallest and largest (96.9 %), of ten the second and ninth (97.9 %): the tables' values.
    @Test func intervals() {
        func ranks(_ count: Int) -> ClosedRange<Double> { Quantile.medianInterval((1...count).map(Double.init)) }
        #expect(ranks(5) == 1...5 && ranks(6) == 1...6 && ranks(9) == 2...8 && ranks(10) == 2...9 && ranks(20) == 6...15 && ranks(100) == 40...61)
        #expect(ranks(3000).lowerBound > 1400 && ranks(3000).upperBound < 1600)
    }

    @Test func noiseThresholds() {
        #expect(NoiseThreshold([1, 1, 1, 1]).single == nil)
        let noise = NoiseThreshold([100, 101, 100, 101, 100, 101, 100])
        #expect(abs(noise.single! - 0.0104) < 0.001)
        // Two levels of many runs are as steady as two single runs of a quieter host.
        #expect(noise.ofLevels(before: 25, after: 25)! < noise.single! / 4.9)
        #expect(noise.ofLevels(before: 1, after: 1) == noise.single)
    }
}
