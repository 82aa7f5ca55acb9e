import Foundation
import PerfHistory

/// Median and spread of some runs.
struct Measurement: Encodable {
    let median: Double
    let minimum: Double
    let maximum: Double
    let samples: [Double]

    init(_ samples: [Double]) {
        median = Quantile.median(samples)
        minimum = samples.min() ?? 0
        maximum = samples.max() ?? 0
        self.samples = samples
    }

    /// Half the distance from the fastest to the slowest run, as a part of the median.
    var spread: Double { median > 0 ? (maximum - minimum) / 2 / median : 0 }
}

/// What `longma bench` found out; its JSON, which a history imports.
struct BenchResult: Encodable {
    struct Entry: Encodable {
        let seconds: Measurement
        let cpuSeconds: Measurement
        let compileSeconds: Measurement?
        let millionInstructionsPerSecond: Double?
        /// Deterministic counters, one figure for each run.
        let counters: [String: [Double]]
    }

    struct Workload: Encodable {
        let name: String
        let kind: String
        /// Instructions the guest retires; the same under every engine.
        let instructions: UInt64?
        /// By contestant.
        let results: [String: Entry]
        /// Those of the longma of `--baseline`.
        let baseline: [String: Entry]?
        /// Ratio of median times, by the names of both.
        let ratios: [String: Double]
    }

    struct Mean: Encodable {
        let kind: String
        let ratio: String
        let geometricMean: Double
        let workloads: Int
    }

    /// An exit reason of a virtual machine under an engine.
    struct WorldSwitch: Encodable {
        let exit: String
        let engine: String
        /// Round trips and parts of them, one figure for each round.
        var nanoseconds: [String: [Double]]
        /// What the world switch executes in one round trip.
        let counters: [String: Double]
        /// Pairs of nanoseconds and counts, of the last round.
        var histogram: [Double]
    }

    var record: RecordHeader
    /// The longma of `--baseline`.
    var baseline: String?
    let runs: Int
    var workloads: [Workload] = []
    var worldSwitch: [WorldSwitch]?
    var geometricMeans: [Mean] = []

    init(record: RecordHeader, runs: Int) {
        self.record = record
        self.runs = runs
    }

    /// The ratios that are shown, of those contestants that took part.
    static func ratios(of contestants: [Contestant]) -> [(name: String, Contestant, Contestant)] {
        var pairs: [(Contestant, Contestant)] = []
        let engines = contestants.filter { $0.engine != nil && !$0.isBaseline }
        if let interpreter = engines.first(where: { $0.engine == .interpreter }) {
            for jit in engines where jit.engine == .jit { pairs.append((interpreter, jit)) }
        }
        for other in [Contestant.qemu, .native] where contestants.contains(other) {
            for name in [EngineName.jit, .interpreter, .auto] { for engine in engines where engine.engine == name { pairs.append((engine, other)) } }
        }
        if contestants.contains(.qemu), contestants.contains(.native) { pairs.append((.qemu, .native)) }
        return pairs.map { ("\($0.name)/\($1.name)", $0, $1) }
    }

    /// Adds a workload's samples.
    mutating func add(_ workload: longma.Workload, _ samples: [Contestant: [Sample]], contestants: [Contestant]) throws {
        let own = samples.filter { !$0.key.isBaseline }
        let counts = Set(own.values.joined().compactMap(\.instructions))
        // Threads meet in another order each time, so their guest's count may differ; and a user's program may do what it likes.
        guard counts.count <= 1 || workload.kind == "threads" || workload.guest == nil else {
            throw Failure(
                .internalError, "\(workload.name) retired different numbers of instructions: \(counts.sorted().map(String.init).joined(separator: ", "))")
        }
        let instructions = counts.min()
        let entries = Dictionary(uniqueKeysWithValues: own.map { ($0.key.name, Self.entry($0.key, $0.value)) })
        let baseline = Dictionary(uniqueKeysWithValues: samples.filter(\.key.isBaseline).map { ($0.key.name, Self.entry($0.key, $0.value)) })
        var ratios: [String: Double] = [:]
        for (name, a, b) in Self.ratios(of: contestants) {
            guard let a = entries[a.name], let b = entries[b.name], a.seconds.median > 0, b.seconds.median > 0 else { continue }
            ratios[name] = a.seconds.median / b.seconds.median
        }
        workloads.append(
            Workload(
                name: workload.name, kind: workload.kind, instructions: instructions, results: entries, baseline: baseline.isEmpty ? nil : baseline,
                ratios: ratios))
    }

    private static func entry(_ contestant: Contestant, _ samples: [Sample]) -> Entry {
        let seconds = Measurement(samples.map(\.seconds))
        var counters: [String: [Double]] = [:]
        let instructions = samples.compactMap(\.instructions).map { Double($0) }
        if !instructions.isEmpty { counters["instructions"] = instructions }
        for name in samples.first?.counters.keys.sorted() ?? [] { counters[name] = samples.compactMap { $0.counters[name] } }
        let isEngine = contestant.engine != nil
        return Entry(
            seconds: seconds, cpuSeconds: Measurement(samples.map(\.cpuSeconds)), compileSeconds: isEngine ? Measurement(samples.map(\.compileSeconds)) : nil,
            millionInstructionsPerSecond: instructions.isEmpty || seconds.median <= 0 ? nil : Quantile.median(instructions) / seconds.median / 1e6,
            counters: counters)
    }

    /// Works out the geometric means, per kind.
    mutating func summarize(contestants: [Contestant]) {
        for kind in kinds {
            for (name, _, _) in Self.ratios(of: contestants) {
                let ratios = workloads.filter { $0.kind == kind }.compactMap { $0.ratios[name] }
                guard !ratios.isEmpty else { continue }
                let mean = exp(ratios.reduce(0) { $0 + log($1) } / Double(ratios.count))
                geometricMeans.append(Mean(kind: kind, ratio: name, geometricMean: mean, workloads: ratios.count))
            }
        }
    }

    /// The kinds of workloads, in the order they appear.
    var kinds: [String] { workloads.reduce(into: []) { if !$0.contains($1.kind) { $0.append($1.kind) } } }

    /// The figures as a history has them.
    func measured() throws -> [Measured] {
        let record = try RecordReader.records([UInt8](encodedJSON(self)), name: "the result")
        return record[0].measured
    }

    /// The figures of the baseline, under the names that this longma's have.
    func baselineMeasured() throws -> [Measured] {
        var other = self
        other.worldSwitch = nil
        other.workloads = workloads.compactMap { workload in
            workload.baseline.map { Workload(name: workload.name, kind: workload.kind, instructions: nil, results: $0, baseline: nil, ratios: [:]) }
        }
        return try other.measured()
    }
}
