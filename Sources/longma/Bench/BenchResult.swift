import Foundation

/// Median and spread of some runs.
struct Measurement: Encodable {
    let median: Double
    let minimum: Double
    let maximum: Double
    let samples: [Double]

    init(_ samples: [Double]) {
        let sorted = samples.sorted()
        median = sorted.isEmpty ? 0 : (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
        minimum = sorted.first ?? 0
        maximum = sorted.last ?? 0
        self.samples = samples
    }

    /// Half the distance from the fastest to the slowest run, as a part of the median.
    var spread: Double { median > 0 ? (maximum - minimum) / 2 / median : 0 }
}

/// What `longma bench` found out; its JSON.
struct BenchResult: Encodable {
    struct Entry: Encodable {
        let seconds: Measurement
        let cpuSeconds: Measurement
        let compileSeconds: Measurement?
        let millionInstructionsPerSecond: Double?
    }

    struct Workload: Encodable {
        let name: String
        let kind: String
        /// Instructions the guest retires; the same under every engine.
        let instructions: UInt64?
        /// By contestant.
        let results: [String: Entry]
        /// Ratio of median times, by the names of both.
        let ratios: [String: Double]
    }

    struct Mean: Encodable {
        let kind: String
        let ratio: String
        let geometricMean: Double
        let workloads: Int
    }

    let date: String
    let host: [String: String]
    let runs: Int
    var workloads: [Workload] = []
    var geometricMeans: [Mean] = []

    /// The ratios that are shown, of those contestants that took part.
    static func ratios(of contestants: [Contestant]) -> [(name: String, Contestant, Contestant)] {
        var pairs: [(Contestant, Contestant)] = []
        func add(_ a: Contestant, _ b: Contestant) {
            if contestants.contains(a), contestants.contains(b) { pairs.append((a, b)) }
        }
        add(.engine(.interpreter), .engine(.jit))
        for other in [Contestant.qemu, .native] {
            for engine in [EngineName.jit, .interpreter, .auto] { add(.engine(engine), other) }
        }
        add(.qemu, .native)
        return pairs.map { ("\($0.name)/\($1.name)", $0, $1) }
    }

    /// Adds a workload's samples.
    mutating func add(_ guest: BuiltInGuest, _ samples: [Contestant: [Sample]], contestants: [Contestant]) throws {
        let counts = Set(samples.values.joined().compactMap(\.instructions))
        // Threads meet in another order each time, so their guest's count may differ.
        guard counts.count <= 1 || guest.kind == "threads" else {
            throw Failure(
                .internalError, "\(guest.name) retired different numbers of instructions: \(counts.sorted().map(String.init).joined(separator: ", "))")
        }
        let instructions = counts.min()
        var entries: [String: Entry] = [:]
        for (contestant, samples) in samples {
            let seconds = Measurement(samples.map(\.seconds))
            var compile: Measurement?
            var speed: Double?
            if case .engine = contestant {
                compile = Measurement(samples.map(\.compileSeconds))
                speed = instructions.map { Double($0) / seconds.median / 1e6 }
            }
            entries[contestant.name] = Entry(
                seconds: seconds, cpuSeconds: Measurement(samples.map(\.cpuSeconds)), compileSeconds: compile, millionInstructionsPerSecond: speed)
        }
        var ratios: [String: Double] = [:]
        for (name, a, b) in Self.ratios(of: contestants) {
            guard let a = entries[a.name], let b = entries[b.name], b.seconds.median > 0 else { continue }
            ratios[name] = a.seconds.median / b.seconds.median
        }
        workloads.append(Workload(name: guest.name, kind: guest.kind, instructions: instructions, results: entries, ratios: ratios))
    }

    /// Works out the geometric means, per kind.
    mutating func summarize(contestants: [Contestant]) {
        var kinds: [String] = []
        for workload in workloads where !kinds.contains(workload.kind) { kinds.append(workload.kind) }
        for kind in kinds {
            for (name, _, _) in Self.ratios(of: contestants) {
                let ratios = workloads.filter { $0.kind == kind }.compactMap { $0.ratios[name] }
                guard !ratios.isEmpty else { continue }
                let mean = exp(ratios.reduce(0) { $0 + log($1) } / Double(ratios.count))
                geometricMeans.append(Mean(kind: kind, ratio: name, geometricMean: mean, workloads: ratios.count))
            }
        }
    }

    /// The tables for people.
    func write(contestants: [Contestant]) {
        var times = TextTable(["workload", "kind", "M instr", "run by", "seconds", "+-", "M instr/s", "compile s"], leftAligned: [0, 1, 3])
        for workload in workloads {
            for (index, contestant) in contestants.enumerated() {
                guard let entry = workload.results[contestant.name] else { continue }
                times.add([
                    index == 0 ? workload.name : "", index == 0 ? workload.kind : "", index == 0 ? workload.instructions.map(Format.millions) ?? "" : "",
                    contestant.name, Format.seconds(entry.seconds.median), Format.percent(entry.seconds.spread),
                    entry.millionInstructionsPerSecond.map(Format.speed) ?? "", entry.compileSeconds.map { Format.seconds($0.median) } ?? "",
                ])
            }
        }
        times.write()
        let names = Self.ratios(of: contestants).map(\.name)
        guard !names.isEmpty else { return }
        print("")
        var ratios = TextTable(["ratio of times", "kind"] + names, leftAligned: [0, 1])
        for workload in workloads { ratios.add([workload.name, workload.kind] + names.map { workload.ratios[$0].map(Format.ratio) ?? "-" }) }
        var kinds: [String] = []
        for mean in geometricMeans where !kinds.contains(mean.kind) { kinds.append(mean.kind) }
        for kind in kinds {
            ratios.add(
                ["geometric mean", kind]
                    + names.map { name in
                        geometricMeans.first { $0.kind == kind && $0.ratio == name }.map { Format.ratio($0.geometricMean) } ?? "-"
                    })
        }
        ratios.write()
    }
}
