import PerfHistory
import Testing

/// Two runs side by side.
@Suite struct ComparisonTests {
    private func pair(_ seed: UInt64, samples: Int = 5, change: (workload: String, commit: Int, factor: Double)? = nil) -> Comparison {
        var history = SimulatedHistory(seed: seed)
        history.hasSessions = false
        history.samples = samples
        history.change = change
        return Comparison(before: history.record(0).measured, after: history.record(1).measured)
    }

    /// Pairs of runs in turns without a change, each with 32 rows of times: of 100 at most about five may have a false verdict, and the least magnitude
    /// spares some of these.
    @Test func falseVerdictsAreRare() {
        let wrong = (1...100).filter { seed in pair(UInt64(seed)).rows.contains { $0.verdict != .same } }
        print("false verdicts in \(wrong.count) of 100 comparisons")
        #expect(wrong.count <= 8, "seeds \(wrong)")
    }

    /// Five percent in the steadiest workload, five and ten runs.
    @Test func fivePercentAreFound() {
        for samples in [5, 10] {
            var (found, wrong) = (0, 0)
            for seed in 1...50 {
                let comparison = pair(UInt64(1000 + seed), samples: samples, change: ("workload1", 1, 1.05))
                found += comparison.regressions.contains { $0.series.workload == "workload1" } ? 1 : 0
                wrong += comparison.rows.contains { $0.series.workload != "workload1" && $0.verdict != .same } ? 1 : 0
            }
            print("\(samples) runs: found in \(found) of 50 comparisons, other rows wrong in \(wrong)")
            #expect(found >= (samples == 5 ? 40 : 48) && wrong <= 5)
        }
    }

    private func series(_ metric: String, _ kind: Series.Kind, by contestant: String = "jit", higherIsBetter: Bool = false) -> Series {
        Series(workload: "w", contestant: contestant, metric: metric, kind: kind, unit: "", higherIsBetter: higherIsBetter)
    }

    @Test func countersAreComparedExactly() {
        let counter = series("instructions", .counter)
        let rows = Comparison(before: [Measured(counter, [100, 100])], after: [Measured(counter, [101])]).rows
        #expect(rows.map(\.verdict) == [.worse] && rows[0].isExact && rows[0].probability == nil && rows[0].isRegression)
        #expect(Comparison(before: [Measured(counter, [101])], after: [Measured(counter, [100])]).rows.map(\.verdict) == [.better])
        #expect(Comparison(before: [Measured(counter, [101])], after: [Measured(counter, [101])]).rows.map(\.verdict) == [.same])
    }

    @Test func countersThatVaryAreComparedLikeTimes() {
        let counter = series("instructions", .counter)
        let rows = Comparison(before: [Measured(counter, [100, 103, 99, 101])], after: [Measured(counter, [101, 102, 100, 99])]).rows
        #expect(rows.map(\.verdict) == [.same] && !rows[0].isExact && rows[0].probability != nil)
    }

    @Test func oneNumberIsNoVerdict() {
        let time = series("seconds", .time)
        #expect(Comparison(before: [Measured(time, [1])], after: [Measured(time, [2])]).rows.map(\.verdict) == [.unsure])
        #expect(Comparison(before: [Measured(time, [1, 1.01, 1, 1])], after: [Measured(time, [2, 2, 2.01, 2])]).rows.map(\.verdict) == [.worse])
    }

    @Test func moreMayBeBetter() {
        let rate = series("hits", .counter, higherIsBetter: true)
        #expect(Comparison(before: [Measured(rate, [5])], after: [Measured(rate, [6])]).rows.map(\.verdict) == [.better])
    }

    @Test func whatOnlyOneHasIsSaid() {
        let (a, b) = (series("a", .time), series("b", .time))
        #expect(Comparison(before: [Measured(a, [1])], after: [Measured(b, [1])]).rows.map(\.verdict) == [.removed, .added])
    }

    @Test func controlsTellOfTheHost() {
        let native = series("seconds", .time, by: "native")
        let comparison = Comparison(before: [Measured(native, [1, 1.01, 1.02, 1.01])], after: [Measured(native, [1.5, 1.51, 1.52, 1.5])])
        #expect(comparison.hostChanged && comparison.regressions.isEmpty && comparison.rows[0].verdict == .worse)
    }

    /// The exact probabilities of small groups, worked out by hand: all of 3 values on one side of all of 3 others is 2 of 20 deals.
    @Test func probabilitiesAreExact() {
        #expect(abs(PermutationTest.probability([1, 2, 3], [10, 20, 30]) - 0.1) < 1e-12)
        #expect(abs(PermutationTest.probability([1, 1.1, 1.2, 1.3], [2, 2.1, 2.2, 2.3, 2.4]) - 1.0 / 126) < 1e-12)
        #expect(PermutationTest.probability([1, 2, 3], [1, 2, 3]) == 1)
    }

    /// Large groups are dealt at random, but always the same.
    @Test func largeGroupsRepeat() {
        var history = SimulatedHistory(seed: 5)
        let a = (0..<15).map { _ in history.normal() + 10 }
        let b = (0..<15).map { _ in history.normal() + 10.9 }
        let probability = PermutationTest.probability(a, b)
        #expect(probability == PermutationTest.probability(a, b) && probability > 0 && probability < 0.2)
        #expect(abs(probability - PermutationTest.probability(a, b, seed: 99)) < 0.02)
    }
}
