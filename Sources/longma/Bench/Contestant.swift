import Foundation

/// Something that runs a workload: an engine of Longma's, QEMU, or the host itself.
enum Contestant: Hashable {
    case engine(EngineName)
    case native
    case qemu

    var name: String {
        switch self {
        case .engine(let engine): engine.rawValue
        case .native: "native"
        case .qemu: "qemu"
        }
    }
}

/// One run of one workload by one contestant.
struct Sample {
    /// Wall time of the process, less the time the guest stood still for compilations.
    var seconds: Double
    var cpuSeconds: Double
    var compileSeconds: Double
    /// Of the guest, if the contestant counts them.
    var instructions: UInt64?
}

/// Runs workloads as child processes: all contestants are timed the same way.
struct Arena {
    let qemu: String?
    let work: BuiltInGuest.Work
    /// What `jit` translates with.
    private let tier: TierName?
    /// Seconds after which a run counts as hung.
    private static let patience = 600
    private let directory: URL
    private let report: String

    init(qemu: String?, work: BuiltInGuest.Work, tier: TierName? = nil) throws {
        self.qemu = qemu
        self.work = work
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

    /// Regions are compiled anew each time, and the stencils are those that the host keeps.
    private func options(_ engine: EngineName) -> [String] {
        guard engine == .jit, let tier else { return ["--cache", "none"] }
        return ["--tier", tier.rawValue] + (tier == .region ? ["--cache", "none"] : [])
    }

    /// Runs a workload once and verifies what it prints.
    func run(_ guest: BuiltInGuest, _ contestant: Contestant) throws -> Sample {
        let command: [String] =
            switch contestant {
            case .engine(let engine):
                [ChildProcess.ownPath, "run", "--engine", engine.rawValue] + options(engine)
                    + ["--timeout", "\(Self.patience)", "--json", report, guest.elf]
            case .native: [nativePath(guest)]
            case .qemu: [qemu!, guest.elf]
            }
        let (scale, expected) = guest.scale(work)
        let process = try ChildProcess.run(command + (scale.map { [$0] } ?? []))
        guard process.status == 0 else {
            let status = Status(rawValue: process.status) ?? .internalError
            throw Failure(status, "\(guest.name) under \(contestant.name) ended with status \(process.status); run it alone: \(command.joined(separator: " "))")
        }
        let line = String(decoding: process.output, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        guard line == expected else {
            throw Failure(.internalError, "\(guest.name) under \(contestant.name) printed \"\(line)\" where \"\(expected)\" is right")
        }
        guard case .engine = contestant else {
            return Sample(seconds: process.wallSeconds, cpuSeconds: process.cpuSeconds, compileSeconds: 0, instructions: nil)
        }
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let statistics = try decoder.decode(RunReport.self, from: Data(contentsOf: URL(fileURLWithPath: report)))
        return Sample(
            seconds: process.wallSeconds - statistics.waitSeconds, cpuSeconds: process.cpuSeconds, compileSeconds: statistics.compileSeconds,
            instructions: statistics.instructionsRetired)
    }
}
