import ArgumentParser
import Foundation

/// `longma run`.
struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Runs an LA64 Linux program.",
        usage: "longma run [<options>] <program> [<arguments> ...]",
        discussion: "Options before the program are Longma's; everything after it is the program's, verbatim.")

    @Option(help: "auto translates, and interprets where that cannot be done; jit translates or fails; interpreter translates nothing.")
    var engine: EngineName = .auto

    @Option(help: "What alone jit translates with: stencil (made at once) or region (optimised, waited for). Default: stencils, and what is hot as regions.")
    var tier: TierName?

    @Flag(help: "Show what was done, on standard error, when the program has ended.")
    var stats = false

    @Option(help: ArgumentHelp("Write the same as JSON; - is standard output.", valueName: "file"))
    var json: String?

    @Option(help: ArgumentHelp("Stop with status 124 after that many instructions.", valueName: "instructions"))
    var fuel: UInt64?

    @Option(help: ArgumentHelp("Stop with status 124 after that many seconds.", valueName: "seconds"))
    var timeout: Double?

    @OptionGroup var cache: CacheOption

    @Flag(help: "Write /tmp/perf-PID.map, by which perf names translated code after the guest's symbols.")
    var perfMap = false

    @Option(name: .customLong("log"), help: ArgumentHelp("Say on standard error what is translated.", valueName: "regions"))
    var logTopics: [LogTopic] = []

    @Option(help: ArgumentHelp("Write what is translated to a file, for longma hot.", visibility: .hidden))
    var codeRecords: String?

    @OptionGroup var metrics: MetricsOptions

    @Option(help: ArgumentHelp("Absolute paths of the program are below this directory.", valueName: "directory"))
    var root: String?

    @Option(help: ArgumentHelp("What the program sees as its own name.", visibility: .hidden))
    var argv0: String?

    @Flag(help: ArgumentHelp("Die by the signal that kills the program.", visibility: .hidden))
    var dieBySignal = false

    @OptionGroup var log: LogOption

    @Argument(parsing: .captureForPassthrough, help: ArgumentHelp("The program and its arguments.", valueName: "program"))
    var program: [String] = []

    func validate() throws {
        if program.first == "--help" || program.first == "-h" { throw CleanExit.helpRequest(Self.self) }
        if let first = program.first, first != "--", first.hasPrefix("-") {
            throw ValidationError("there is no option \(first) before the program; see longma run --help (the program's own options come after its name)")
        }
        if command.first?.isEmpty != false { throw ValidationError("which program? longma run [options] PROGRAM [arguments]; see longma run --help") }
        if let timeout, !(timeout > 0 && timeout <= 1e9) { throw ValidationError("--timeout \(timeout) is not a time; give a number of seconds above 0") }
        if let fuel, !(1...UInt64(Int64.max)).contains(fuel) { throw ValidationError("--fuel must be from 1 to \(Int64.max)") }
        if json != nil, json!.isEmpty { throw ValidationError("--json needs the name of a file, or -") }
    }

    /// The program and its arguments. A `--` before the program is Longma's.
    private var command: ArraySlice<String> { program.first == "--" ? program.dropFirst() : program[...] }

    func run() throws {
        let logger = log.logger()
        let path = command.first!
        let directory = cache.directory
        let archive = tier == .stencil ? nil : CacheOption.archive(of: image(path), kind: "run", engine: engine, in: directory)
        let choice = try EngineChoice.make(engine, tier: tier, cache: directory, archive: archive, log: codeLog, logger: logger)
        let run = GuestRun(
            program: path, arguments: [argv0 ?? path] + command.dropFirst(), root: root, fuel: fuel, timeout: timeout, choice: choice,
            executionPrefix: executionPrefix, diesBySignal: dieBySignal, showsProgress: stats || metrics.metrics != nil, serve: metrics.serve, logger: logger)
        var status: Int32 = 0
        try run.run { report in
            if stats { report.table().forEach(standardError) }
            if let json { try writeJSON(report, to: json) }
            status = report.exitStatus
        }
        leave(status)
    }

    /// The file of the program; below the root if it is there.
    private func image(_ path: String) -> String {
        guard let root, FileManager.default.fileExists(atPath: "\(root)/\(path)") else { return path }
        return "\(root)/\(path)"
    }

    private var codeLog: CodeLog? {
        guard perfMap || !logTopics.isEmpty || codeRecords != nil, engine != .interpreter else { return nil }
        return CodeLog(perfMap: perfMap, lines: logTopics.contains(.regions), records: codeRecords)
    }

    /// How this command runs another program that the guest executes: the same way, but without reports.
    private var executionPrefix: [String] {
        var options = ["run", "--engine", engine.rawValue, "--log-level", log.logLevel.rawValue, "--die-by-signal"] + cache.arguments
        if let tier { options += ["--tier", tier.rawValue] }
        if let root { options += ["--root", root] }
        if let timeout { options += ["--timeout", "\(timeout)"] }
        if perfMap { options.append("--perf-map") }
        for topic in logTopics { options += ["--log", topic.rawValue] }
        return options
    }
}
