import CHost
import VirtualMachine

/// What was found out about one exit reason.
public struct SwitchProfile: Encodable, Sendable {
    /// One phase of a round trip.
    public struct Phase: Encodable, Sendable {
        public let phase: SwitchPhase
        public let counts: SwitchCounts
    }

    /// Median cycles of the parts of a round trip that were stamped in a run of its own, what the stamps cost being taken off. Estimates.
    public struct Stretches: Encodable, Sendable {
        /// From the end of the handler to the guest's instruction that causes the exit; nil where the guest executes none.
        public let enterCycles: UInt64?
        /// From there to the exit vector; nil like the former.
        public let guestCycles: UInt64?
        /// From the exit vector's first instruction to the handler.
        public let saveCycles: UInt64
        public let handlerCycles: UInt64
        /// What one stamp by a gate costs; two of them have been taken off.
        public let gateCycles: UInt64
    }

    public let exit: String
    public let summary: String
    public let routine: String
    public let engine: String
    /// From one entry of the handler to the next.
    public let roundTrip: Distribution
    /// The exit handler, which is host code; and everything else.
    public let handler: Distribution
    public let outsideHandler: Distribution
    /// What the world switch executes in one round trip, without the guest, the handler and the TLB refill.
    public let switchCounts: SwitchCounts
    public let phases: [Phase]
    /// Instructions that the core retires in one round trip: the fewest and the most that any recorded one had.
    public let instructionsRetired: ClosedRange<UInt64>
    public let stretches: Stretches
    public let endurance: Endurance
    /// The first round trips, for a trace.
    let firstSamples: [SwitchRecorder.Sample]

    private enum CodingKeys: String, CodingKey {
        case exit, summary, routine, engine, roundTrip, handler, outsideHandler, switchCounts, phases, fewestInstructions, mostInstructions, stretches, endurance
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(exit, forKey: .exit)
        try container.encode(summary, forKey: .summary)
        try container.encode(routine, forKey: .routine)
        try container.encode(engine, forKey: .engine)
        try container.encode(roundTrip, forKey: .roundTrip)
        try container.encode(handler, forKey: .handler)
        try container.encode(outsideHandler, forKey: .outsideHandler)
        try container.encode(switchCounts, forKey: .switchCounts)
        try container.encode(phases, forKey: .phases)
        try container.encode(instructionsRetired.lowerBound, forKey: .fewestInstructions)
        try container.encode(instructionsRetired.upperBound, forKey: .mostInstructions)
        try container.encode(stretches, forKey: .stretches)
        try container.encode(endurance, forKey: .endurance)
    }
}

/// What the profiler itself costs.
public struct ProfilerOverhead: Encodable, Sendable {
    /// Cycles of a round trip (exit iocsr) with the profiler's observer, and without any: the tenth percentile of means over a hundred round trips each.
    public let observedCycles: Double
    public let unobservedCycles: Double
    public var cycles: Double { observedCycles - unobservedCycles }
}

/// Profiles world switches.
public struct SwitchProfiler {
    public let clock: HostCycles
    public let iterations: Int

    public init(clock: HostCycles, iterations: Int) {
        self.clock = clock
        self.iterations = iterations
    }

    /// Round trips that are not recorded, so that caches are filled and code is translated.
    private var warmup: Int { min(max(iterations / 10, 20), 1000) }

    /// Refuses a routine that does not do what every one has to; `stepping` runs it under the interpreter.
    public func verify(_ stepping: SwitchSubject) throws { try SwitchContract.verify(stepping) }

    /// Profiles one exit reason. `stepping` is the same subject under the interpreter, which counts.
    public func profile(_ scenario: SwitchScenario, _ subject: SwitchSubject, stepping: SwitchSubject, gateCycles: UInt64) throws -> SwitchProfile {
        let trace = try PhaseTrace.steady(SwitchMachine(scenario, stepping))
        let fuel = fuel(trace, iterations)
        let machine = try SwitchMachine(scenario, subject)
        let recorder = SwitchRecorder(limit: iterations, warmup: warmup, stampCycles: clock.stampCycles)
        recorder.attach(to: machine)
        try machine.run(fuel: fuel) { recorder.isDone }
        func distribution(_ counts: CycleCounts) -> Distribution { Distribution(counts, nanosecondsPerCycle: clock.nanosecondsPerCycle) }
        let counts = trace.counts
        return SwitchProfile(
            exit: scenario.name, summary: scenario.summary, routine: subject.routineName, engine: subject.engineName, roundTrip: distribution(recorder.trips),
            handler: distribution(recorder.handlers), outsideHandler: distribution(recorder.worlds),
            switchCounts: counts.filter(\.key.isSwitch).values.reduce(SwitchCounts(), +),
            phases: SwitchPhase.allCases.compactMap { phase in counts[phase].map { .init(phase: phase, counts: $0) } },
            instructionsRetired: recorder.instructions,
            stretches: try stretches(scenario, subject, trace, gateCycles), endurance: recorder.endurance,
            firstSamples: Array(recorder.firstSamples.prefix(200)))
    }

    /// Enough for what the trace says, and for what was not expected.
    private func fuel(_ trace: PhaseTrace, _ iterations: Int) -> UInt64 {
        UInt64(iterations + warmup) * UInt64(4 * trace.steps.count + 1000) + SwitchMachine.patience
    }

    /// A shorter run with stamps at the guest's instruction and at the exit vector.
    private func stretches(_ scenario: SwitchScenario, _ subject: SwitchSubject, _ trace: PhaseTrace, _ gateCycles: UInt64) throws -> SwitchProfile.Stretches {
        let machine = try SwitchMachine(scenario, subject, withGates: true)
        let recorder = SwitchRecorder(limit: min(iterations, SwitchRecorder.mostKept), warmup: min(warmup, 200), stampCycles: clock.stampCycles)
        recorder.attach(to: machine)
        recorder.attachGates(to: machine)
        try machine.run(fuel: fuel(trace, iterations)) { recorder.isDone }
        let samples = recorder.firstSamples
        func median(_ value: (SwitchRecorder.Sample) -> UInt64) -> UInt64 {
            Distribution(samples.lazy.map(value), nanosecondsPerCycle: 1).percentile(50)
        }
        func less(_ cycles: UInt64, _ cost: UInt64) -> UInt64 { cycles - min(cycles, cost) }
        let hasGuest = median(\.toGuest) > 0
        return SwitchProfile.Stretches(
            enterCycles: hasGuest ? less(median(\.toGuest), gateCycles / 2) : nil, guestCycles: hasGuest ? less(median(\.inGuest), gateCycles) : nil,
            saveCycles: less(median(\.save), gateCycles / 2), handlerCycles: median(\.handler), gateCycles: gateCycles)
    }

    /// Median cycles between two gates that follow each other in a guest.
    public func gateCycles(_ subject: SwitchSubject) throws -> UInt64 {
        let machine = try SwitchMachine(.gates, subject, withGates: true)
        var stamps: [UInt64] = []
        stamps.reserveCapacity(4000)
        for gate in machine.gates { machine.vcpu.observeGuest(at: gate) { stamps.append(longma_tsc()) } }
        try machine.run(fuel: 1_000_000) { stamps.count >= 4000 || machine.vcpu.instructionsRetired > 500_000 }
        let pairs = stride(from: 200, to: stamps.count - 1, by: 2).map { stamps[$0 + 1] &- stamps[$0] }
        return Distribution(pairs, nanosecondsPerCycle: 1).percentile(50)
    }

    /// The same round trips with and without the profiler, in turns.
    public func overhead(_ subject: SwitchSubject) throws -> ProfilerOverhead {
        let scenario = SwitchScenario.named("iocsr")!
        let observed = try SwitchMachine(scenario, subject)
        let unobserved = try SwitchMachine(scenario, subject)
        let recorder = SwitchRecorder(limit: 100_000, warmup: 0, stampCycles: clock.stampCycles)
        recorder.attach(to: observed)
        /// Mean cycles of some round trips.
        func cycles(_ machine: SwitchMachine) throws -> Double {
            let start = longma_tsc()
            for _ in 0..<100 { try machine.answer(machine.vcpu.run(), 0) }
            return Double(longma_tsc() &- start) / 100
        }
        var samples: (observed: [Double], unobserved: [Double]) = ([], [])
        for round in 0..<220 {
            let pair = (try cycles(observed), try cycles(unobserved))
            // The first ones translate the code.
            if round < 20 { continue }
            samples.observed.append(pair.0)
            samples.unobserved.append(pair.1)
        }
        // Those that nobody else's work on the host got into.
        return ProfilerOverhead(observedCycles: samples.observed.sorted()[20], unobservedCycles: samples.unobserved.sorted()[20])
    }
}
