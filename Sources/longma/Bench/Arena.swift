import Foundation

/// Runs workloads as child processes: all contestants are timed the same way.
final class Arena {
    private let qemu: String?
    /// The longma of `--baseline`.
    private let baseline: String?
    /// What `jit` translates with.
    private let tier: TierName?
    /// Seconds after which a run counts as hung.
    private static let patience = 600
    private let directory: URL
    private let report: String
    /// What the programs of users printed first.
    private var outputs: [String: (output: Data, contestant: String)] = [:]
    private var coldRuns = 0
    private var warmed: Set<String> = []

    init(qemu: String?, baseline: String? = nil, tier: TierName? = nil) throws {
        self.qemu = qemu
        self.baseline = baseline
        self.tier = tier
        directory = FileManager.default.temporaryDirectory.appendingPathComponent("longma-bench-\(getpid())")
        do {
            try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        } catch {
            throw Failure(.hostFailure, "cannot make \(directory.path) (\(reason(error))); set TMPDIR to a directory you may write to")
        }
        report = directory.appendingPathComponent("report.json").path
    }

    /// Removes the files of this arena.
    func close() { try? FileManager.default.removeItem(at: directory) }

    /// Builds a workload for the host.
    func buildNative(_ guest: BuiltInGuest) throws {
        let flags = guest.nativeFlags ?? ["-O2", "-mfma", "-ffp-contract=off"]
        let result = try ChildProcess.run(["cc"] + flags + ["-o", nativePath(guest), guest.source] + (guest.nativeLibraries ?? []))
        guard result.status == 0 else { throw Failure(.hostFailure, "cc could not build \(guest.name).c for the host; see its messages above") }
    }

    private func nativePath(_ guest: BuiltInGuest) -> String { directory.appendingPathComponent(guest.name).path }

    /// Runs what has to have run once before a contestant is timed.
    func prepare(_ workload: Workload, _ contestant: Contestant) throws {
        guard contestant.cache == .warm, warmed.insert("\(workload.name) \(contestant.title)").inserted else { return }
        // The second run still compiles what the first asked for too late.
        for _ in 0..<2 { _ = try run(workload, contestant) }
    }

    /// The directory of a run's translations, and whether it goes with the run. Engines with all tiers find the stencils in it, as on any host before long.
    private func cache(_ workload: Workload, _ contestant: Contestant) throws -> (option: String, isTemporary: Bool) {
        let hasTiers = contestant.tier == nil && (contestant.engine == .jit || contestant.engine == .auto)
        if contestant.cache == .none, !hasTiers { return ("none", false) }
        let isWarm = contestant.cache == .warm
        if !isWarm { coldRuns += 1 }
        let place = directory.appendingPathComponent(isWarm ? "warm \(workload.name) \(contestant.title)" : "cold \(coldRuns)")
        if !FileManager.default.fileExists(atPath: place.path) {
            if hasTiers {
                try FileManager.default.copyItem(at: stencils(of: contestant, workload), to: place)
            } else {
                try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
            }
        }
        return (place.path, !isWarm)
    }

    /// A cache that holds nothing but the stencils of a contestant's longma.
    private func stencils(of contestant: Contestant, _ workload: Workload) throws -> URL {
        let place = directory.appendingPathComponent(contestant.isBaseline ? "stencils of the baseline" : "stencils")
        if FileManager.default.fileExists(atPath: place.path) { return place }
        let command = [longma(contestant), "run", "--engine", "jit", "--tier", "stencil", "--cache", place.path, "--timeout", "\(Self.patience)", workload.elf]
        let process = try ChildProcess.run(command + workload.arguments)
        guard process.status == 0 else {
            throw Failure(.engineUnavailable, "stencils could not be made; run it alone: \(command.joined(separator: " "))")
        }
        return place
    }

    private func longma(_ contestant: Contestant) -> String { contestant.isBaseline ? baseline! : ChildProcess.ownPath }

    /// The stencils are those that the host keeps, when translations are not kept.
    private func options(_ engine: EngineName, _ cache: String) -> [String] {
        guard engine == .jit, let tier else { return ["--cache", cache] }
        return ["--tier", tier.rawValue] + (tier == .stencil && cache == "none" ? [] : ["--cache", cache])
    }

    /// Whether a contestant has counters of the translator that are the same each time: not with guests whose threads meet in another order each time, nor with
    /// users' programs, which may have threads.
    func hasTranslationCounters(_ workload: Workload, _ contestant: Contestant) -> Bool {
        contestant.engine == .jit && contestant.tier == nil && workload.guest != nil && workload.kind != "threads"
    }

    /// Those counters, which depend on time when all tiers run: a run of its own, not timed, counts them with regions that are waited for.
    func translationCounters(_ workload: Workload, _ contestant: Contestant) throws -> [String: Double] {
        let counters = try run(workload, contestant, isCounting: true).counters
        return counters.filter { ["regions", "host_bytes_per_instruction"].contains($0.key) }
    }

    /// Runs a workload once and verifies what it prints.
    func run(_ workload: Workload, _ contestant: Contestant, isCounting: Bool = false) throws -> Sample {
        let cache: (option: String, isTemporary: Bool) = isCounting ? ("none", false) : try cache(workload, contestant)
        defer { if cache.isTemporary { try? FileManager.default.removeItem(atPath: cache.option) } }
        let command: [String] =
            switch contestant.runner {
            case .engine(let engine):
                [longma(contestant), "run", "--engine", engine.rawValue] + (isCounting ? ["--tier", "region", "--cache", "none"] : options(engine, cache.option))
                    + ["--timeout", "\(Self.patience)", "--json", report, workload.elf]
            case .native: [nativePath(workload.guest!)]
            case .qemu: [qemu!, workload.elf]
            }
        let process = try ChildProcess.run(command + workload.arguments)
        guard process.status == 0 else {
            // 3 would be a verdict of this command's.
            let status = Status(rawValue: process.status).flatMap { $0 == .regression ? nil : $0 } ?? .internalError
            throw Failure(status, "\(workload.name) under \(contestant.title) ended with status \(process.status); run it alone: \(command.joined(separator: " "))")
        }
        try verify(process.output, workload, contestant)
        guard contestant.engine != nil else { return Sample(seconds: process.wallSeconds, cpuSeconds: process.cpuSeconds, compileSeconds: 0, instructions: nil) }
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let statistics: RunReport
        do { statistics = try decoder.decode(RunReport.self, from: Data(contentsOf: URL(fileURLWithPath: report))) } catch {
            throw Failure(.internalError, "\(command[0]) wrote no report that this longma reads; give --baseline a longma of about the same age")
        }
        return Sample(
            seconds: process.wallSeconds - statistics.waitSeconds, cpuSeconds: process.cpuSeconds, compileSeconds: statistics.compileSeconds,
            instructions: statistics.instructionsRetired, counters: statistics.counters)
    }

    private func verify(_ output: Data, _ workload: Workload, _ contestant: Contestant) throws {
        if let expected = workload.expected {
            let line = String(decoding: output, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
            guard line == expected else {
                throw Failure(.internalError, "\(workload.name) under \(contestant.title) printed \"\(line)\" where \"\(expected)\" is right")
            }
        } else if let first = outputs[workload.name] {
            guard first.output == output else {
                throw Failure(.internalError, "\(workload.name) printed something else under \(contestant.title) than under \(first.contestant)")
            }
        } else {
            outputs[workload.name] = (output, contestant.title)
        }
    }
}
