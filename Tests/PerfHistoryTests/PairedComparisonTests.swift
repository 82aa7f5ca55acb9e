import Glibc
import PerfHistory
import Testing

/// Two longmas in turns on a host that drifts.
@Suite struct PairedComparisonTests {
    /// Rows of times in rounds: all of a round share a factor between 0.7 and 1.3 that wanders from round to round; each sample has its own noise, and now
    /// and then a disturbance. What the first row takes afterwards is multiplied by `factor`.
    private func comparison(_ seed: UInt64, rounds: Int, rows: Int = 8, factor: Double, isPaired: Bool = true) -> Comparison {
        var source = SimulatedHistory(seed: seed)
        var before = (0..<rows).map { row in Measured(Series(workload: "w\(row)", contestant: "jit", metric: "seconds", kind: .time, unit: "s"), []) }
        var after = before
        var phase = Double.random(in: 0..<2 * .pi, using: &source.random)
        for _ in 0..<rounds {
            phase += 0.5 + 0.3 * source.normal()
            let host = 1 + 0.3 * sin(phase)
            for row in 0..<rows {
                func sample() -> Double { host * exp(0.015 * source.normal()) * (Double.random(in: 0..<1, using: &source.random) < 0.03 ? 1.4 : 1) }
                before[row].samples.append(sample())
                after[row].samples.append(sample() * (row == 0 ? factor : 1))
            }
        }
        return Comparison(before: before, after: after, isPaired: isPaired)
    }

    /// The unpaired test sees nothing of the same figures.
    @Test func fivePercentAreFoundUnderDrift() {
        let seeds: ClosedRange<UInt64> = 1...40
        let paired = seeds.filter { comparison($0, rounds: 20, factor: 1.05).regressions.contains { $0.series.workload == "w0" } }
        let unpaired = seeds.filter { comparison($0, rounds: 20, factor: 1.05, isPaired: false).regressions.contains { $0.series.workload == "w0" } }
        print("5 % under a drift of 30 %: found in \(paired.count) of 40 in turns, in \(unpaired.count) by the unpaired test")
        #expect(paired.count >= 38 && unpaired.count <= 4)
        let row = comparison(1, rounds: 40, factor: 1.05).rows[0]
        #expect(abs((row.relative ?? 0) - 0.05) < 0.015, "\(row)")
    }

    /// Eight rows each: of 60 comparisons about three may have a false verdict, and the least size of a change spares some of these.
    @Test(arguments: [7, 12, 20])
    func nothingIsFoundWhereOnlyTheHostDrifts(rounds: Int) {
        let wrong = (1...60).filter { seed in comparison(UInt64(7000 + seed), rounds: rounds, factor: 1).rows.contains { $0.verdict != .same } }
        print("false verdicts in \(wrong.count) of 60 comparisons of \(rounds) rounds")
        #expect(wrong.count <= 6, "seeds \(wrong)")
    }

    /// Ratios that all point the same way are 2 of 2^n exchanges: 5 rounds cannot come to 5 %.
    @Test func fewRoundsAreNoVerdict() {
        func verdict(_ rounds: Int) -> Comparison {
            let series = Series(workload: "w", contestant: "jit", metric: "seconds", kind: .time, unit: "s")
            let before = (1...rounds).map { Double($0) }
            return Comparison(before: [Measured(series, before)], after: [Measured(series, before.map { $0 * 1.1 })], isPaired: true)
        }
        #expect(verdict(5).rows.map(\.verdict) == [.unsure] && verdict(5).hasTooFew && verdict(5).fewestSamples == 6)
        #expect(verdict(6).rows.map(\.verdict) == [.worse] && !verdict(6).hasTooFew)
        #expect(abs((verdict(6).rows[0].relative ?? 0) - 0.1) < 1e-9)
    }

    @Test func probabilitiesAreExact() {
        // All three rounds one way: 2 of 8.
        #expect(abs(PairedTest.probability([1, 2, 3], [1.1, 2.2, 3.3]) - 0.25) < 1e-12)
        // Sizes 1, 2, 2.5 and 2.5, as larger ones count for no more than the middle: of the 16 sums with signs, that with -1, that with none, and both negated.
        let ratios = [-1.0, 2, 3, 4]
        #expect(abs(PairedTest.probability([1, 1, 1, 1], ratios.map { exp(0.01 * $0) }) - 0.25) < 1e-12)
        #expect(PairedTest.probability([1, 2, 3], [1, 2, 3]) == 1)
        #expect(PairedTest.probability([1, 2], [1]) == 1)
    }

    /// Many rounds are exchanged at random, but always the same; and come to what all exchanges come to.
    @Test func manyRoundsRepeat() {
        var source = SimulatedHistory(seed: 21)
        let before = (0..<40).map { _ in exp(0.1 * source.normal()) }
        let after = before.map { $0 * exp(0.02 + 0.06 * source.normal()) }
        let probability = PairedTest.probability(before, after)
        #expect(probability == PairedTest.probability(before, after) && probability > 0 && probability < 0.5)
        #expect(abs(probability - PairedTest.probability(before, after, seed: 99)) < 0.02)
    }

    /// A round in which another program got in the way does not decide.
    @Test func oneOutlierDoesNotHideAChange() {
        let before = (0..<12).map { 1 + 0.1 * Double($0 % 3) }
        var after = before.enumerated().map { $1 * (1.05 + 0.01 * Double($0 % 2)) }
        after[4] = 0.4
        #expect(PairedTest.probability(before, after) < 0.01)
        #expect(abs(PairedTest.change(before, after) - 0.05) < 0.012)
    }
}
