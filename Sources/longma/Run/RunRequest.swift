import Foundation
import Logging
import Translator

/// What `longma run` is to do.
struct RunRequest {
    var engine = EngineName.auto
    var tier: TierName?
    var stats = false
    var json: String?
    var fuel: UInt64?
    var timeout: Double?
    var cache: String?
    var perfMap = false
    var logTopics: [LogTopic] = []
    var codeRecords: String?
    var metrics: MetricsOptions?
    var root: String?
    var argv0: String?
    var dieBySignal = false
    var logLevel = Logger.Level.warning
    /// The program and its arguments; not empty.
    var command: [String]

    /// Runs the program, and ends this process as it ended.
    func carryOut() throws -> Never {
        FirstExecution.isWanted = stats || json != nil
        let logger = LogOption.logger(logLevel)
        let directory = CacheOption.directory(cache)
        let archive = tier == .stencil ? nil : CacheOption.archive(of: image, kind: "run", engine: engine, in: directory)
        let choice = try EngineChoice.make(
            engine, tier: tier, cache: directory, archive: archive, log: codeLog, codeLimit: EngineChoice.usualCodeLimit, logger: logger)
        let run = GuestRun(
            program: command[0], arguments: [argv0 ?? command[0]] + command.dropFirst(), root: root, fuel: fuel, timeout: timeout, choice: choice,
            executionPrefix: executionPrefix, diesBySignal: dieBySignal, showsProgress: stats || metrics?.metrics != nil,
            serve: { try metrics?.serve($0) }, logger: logger)
        var status: Int32 = 0
        try run.run { report in
            if stats { report.table().forEach(standardError) }
            if let json { try writeJSON(report, to: json) }
            status = report.exitStatus
        }
        leave(status)
    }

    /// The file of the program; below the root if it is there.
    private var image: String {
        guard let root, FileManager.default.fileExists(atPath: "\(root)/\(command[0])") else { return command[0] }
        return "\(root)/\(command[0])"
    }

    private var codeLog: CodeLog? {
        guard perfMap || !logTopics.isEmpty || codeRecords != nil, engine != .interpreter else { return nil }
        return CodeLog(perfMap: perfMap, lines: logTopics.contains(.regions), records: codeRecords)
    }

    /// How this command runs another program that the guest executes: the same way, but without reports.
    private var executionPrefix: [String] {
        var options = ["run", "--engine", engine.rawValue, "--log-level", logLevel.rawValue, "--die-by-signal"] + CacheOption.arguments(cache)
        if let tier { options += ["--tier", tier.rawValue] }
        if let root { options += ["--root", root] }
        if let timeout { options += ["--timeout", "\(timeout)"] }
        if perfMap { options.append("--perf-map") }
        for topic in logTopics { options += ["--log", topic.rawValue] }
        return options
    }
}

extension RunRequest {
    /// What the usual arguments ask for. Nil for all others, and for whatever is wrong with them: that is for the parser of arguments, which takes as long as a
    /// short program runs.
    init?(usual arguments: [String]) {
        guard arguments.first == "run" else { return nil }
        var request = RunRequest(command: [])
        var rest = arguments.dropFirst()
        while let option = rest.first, option.hasPrefix("-") {
            rest = rest.dropFirst()
            if option == "--" { break }
            if option == "--die-by-signal" {
                request.dieBySignal = true
                continue
            }
            // The figures are to be those of a run without figures.
            if option == "--stats" {
                request.stats = true
                continue
            }
            guard let value = rest.popFirst() else { return nil }
            switch option {
            case "--engine":
                guard let engine = EngineName(rawValue: value) else { return nil }
                request.engine = engine
            case "--tier":
                guard let tier = TierName(rawValue: value) else { return nil }
                request.tier = tier
            case "--json":
                guard !value.isEmpty, !value.hasPrefix("-") else { return nil }
                request.json = value
            case "--cache":
                guard !value.isEmpty, !value.hasPrefix("-") else { return nil }
                request.cache = value
            case "--log-level":
                guard let level = Logger.Level(rawValue: value) else { return nil }
                request.logLevel = level
            default: return nil
            }
        }
        guard let program = rest.first, !program.isEmpty, !program.hasPrefix("-") else { return nil }
        request.command = Array(rest)
        self = request
    }
}
