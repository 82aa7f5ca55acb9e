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
        try RunRequest(
            engine: engine, tier: tier, stats: stats, json: json, fuel: fuel, timeout: timeout, cache: cache.cache, perfMap: perfMap, logTopics: logTopics,
            codeRecords: codeRecords, metrics: metrics, root: root, argv0: argv0, dieBySignal: dieBySignal, logLevel: log.logLevel, command: Array(command)
        ).carryOut()
    }
}
