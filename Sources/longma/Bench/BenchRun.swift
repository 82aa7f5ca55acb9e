import Foundation
import PerfHistory
import Profiler

/// What `longma bench` does: workloads by contestants who take turns.
struct BenchRun {
    let workloads: [Workload]
    let contestants: [Contestant]
    let runs: Int
    /// Runs of each contestant before the first that counts.
    let warmups: Int
    /// Whether the world switch is profiled, and with how many round trips in each round.
    let switchIterations: Int?
    let arena: Arena
    let record: RecordHeader
    /// Whether the baseline's engines run before this longma's, for each round.
    private let baselineBegins: [Bool]

    init(workloads: [Workload], contestants: [Contestant], runs: Int, warmups: Int, switchIterations: Int?, arena: Arena, record: RecordHeader) {
        self.workloads = workloads
        self.contestants = contestants
        self.runs = runs
        self.warmups = warmups
        self.switchIterations = switchIterations
        self.arena = arena
        self.record = record
        baselineBegins = (0..<(runs + 1) / 2).flatMap { _ in
            let first = Bool.random()
            return [first, !first]
        }
    }

    /// Who runs after whom in a round. Which of two longmas begins is random in every other round and the opposite in the next, so that neither a host that
    /// becomes slower or faster nor one with a rhythm favours any.
    private func order(_ round: Int) -> [Contestant] {
        guard baselineBegins[round - 1] else { return contestants }
        var order = contestants
        for place in order.indices.dropFirst() where order[place].isBaseline { order.swapAt(place - 1, place) }
        return order
    }

    func result() throws -> BenchResult {
        var result = BenchResult(record: record, runs: runs)
        var progress = ProgressBar(steps: workloads.count * contestants.count * (runs + warmups) + (switchIterations == nil ? 0 : runs))
        defer { progress.clear() }
        for workload in workloads {
            if contestants.contains(.native), let guest = workload.guest { try arena.buildNative(guest) }
            for contestant in contestants {
                progress.show("\(workload.name), \(contestant.title), warming up")
                try arena.prepare(workload, contestant)
                for _ in 0..<warmups {
                    _ = try arena.run(workload, contestant)
                    progress.step()
                }
            }
            var counters: [Contestant: [String: Double]] = [:]
            for contestant in contestants where arena.hasTranslationCounters(workload, contestant) {
                progress.show("\(workload.name), \(contestant.title), counting")
                counters[contestant] = try arena.translationCounters(workload, contestant)
            }
            var samples: [Contestant: [Sample]] = [:]
            for round in 1...runs {
                for contestant in order(round) {
                    progress.show("\(workload.name), \(contestant.title), run \(round) of \(runs)")
                    var sample = try arena.run(workload, contestant)
                    sample.counters.merge(counters[contestant] ?? [:]) { own, _ in own }
                    samples[contestant, default: []].append(sample)
                    progress.step()
                }
            }
            try result.add(workload, samples, contestants: contestants)
        }
        if let switchIterations { result.worldSwitch = try worldSwitch(switchIterations, &progress) }
        result.summarize(contestants: contestants)
        result.record.loadAfter = Host.load
        return result
    }

    /// Rounds of `longma switch` in this process, under the engines that take part.
    private func worldSwitch(_ iterations: Int, _ progress: inout ProgressBar) throws -> [BenchResult.WorldSwitch] {
        let engines: [EngineName] = [EngineName.interpreter, EngineName.jit].filter { name in contestants.contains { $0.engine == name && !$0.isBaseline } }
        var rows: [BenchResult.WorldSwitch] = []
        for round in 1...runs {
            progress.show("world-switch, round \(round) of \(runs)")
            let choices = try engines.map { try CoreEngineChoice.make($0) }
            defer { choices.forEach { $0.finish() } }
            let profiles = try SwitchRun(scenarios: SwitchScenario.all, routines: [.builtIn], engines: choices, iterations: iterations).result { _ in }.profiles
            for (index, profile) in profiles.enumerated() {
                if round == 1 { rows.append(Self.row(profile)) }
                for (name, value) in Self.nanoseconds(profile) { rows[index].nanoseconds[name, default: []].append(value) }
                rows[index].histogram = profile.roundTrip.histogramPairs
            }
            progress.step()
        }
        return rows
    }

    private static func row(_ profile: SwitchProfile) -> BenchResult.WorldSwitch {
        let counts = profile.switchCounts
        var counters = [
            "instructions": Double(counts.instructions), "loads": Double(counts.loads), "stores": Double(counts.stores), "csr_accesses": Double(counts.csrAccesses),
        ]
        for phase in profile.phases { counters["instructions in \(phase.phase.rawValue)"] = Double(phase.counts.instructions) }
        return BenchResult.WorldSwitch(exit: profile.exit, engine: profile.engine, nanoseconds: [:], counters: counters, histogram: [])
    }

    private static func nanoseconds(_ profile: SwitchProfile) -> [String: Double] {
        let (times, parts) = (profile.roundTrip, profile.stretches)
        var result = [
            "round_trip_p50": times.nanoseconds(times.percentile(50)), "round_trip_p99": times.nanoseconds(times.percentile(99)),
            "part_save": times.nanoseconds(parts.saveCycles), "part_handler": times.nanoseconds(parts.handlerCycles),
        ]
        if let cycles = parts.enterCycles { result["part_enter"] = times.nanoseconds(cycles) }
        if let cycles = parts.guestCycles { result["part_guest"] = times.nanoseconds(cycles) }
        return result
    }
}
