import Dashboard
import Dispatch
import Execution
import Foundation
import LinuxProcess
import Logging
import LoongArch

/// One program, run to its end in this process.
struct GuestRun {
    var program: String
    /// argv, its name first.
    var arguments: [String]
    var root: String?
    var fuel: UInt64?
    var timeout: Double?
    var choice: EngineChoice
    /// The options with which this program runs itself when the guest executes another LA64 program.
    var executionPrefix: [String]
    var diesBySignal = false
    /// Whether SIGUSR2, where the guest leaves it alone, shows a line of figures.
    var showsProgress = false
    /// Begins to serve metrics, if the user wants that.
    var serve: (@escaping @Sendable () -> GuestFigures) throws -> WebServer? = { _ in nil }
    var logger: Logger

    /// Runs the program; `report` is called when it has ended, and the process may then die as the guest did.
    func run(_ report: (RunReport) throws -> Void) throws {
        HostLayout.mendByExecutingAgain()
        var configuration = ProcessConfiguration(
            program: program, arguments: arguments, environment: Self.environment(), makeEngine: choice.makeEngine)
        configuration.root = root
        configuration.fuel = fuel.map { Int64(clamping: $0) }
        configuration.timeout = timeout
        configuration.describe = { Disassembler.text(word: $0) }
        configuration.reexecPrefix = executionPrefix
        configuration.diesBySignal = diesBySignal
        configuration.logger = logger
        configuration.hostEndsToo = true

        let start = DispatchTime.now().uptimeNanoseconds
        GuestFigures.begin()
        let watched = Watched()
        if showsProgress {
            configuration.takesSignal = { [choice, program] number in
                guard number == SIGUSR2, let process = watched.process else { return false }
                standardError(GuestFigures(process, choice: choice, program: program).line)
                return true
            }
        }
        let process: LinuxProcess
        do {
            process = try LinuxProcess(configuration)
        } catch {
            throw Failure(Status(rawValue: error.exitStatus) ?? .internalError, error.description)
        }
        watched.process = process
        // The host ends when this returns: giving everything back one by one takes longer than the kernel does for all of it.
        _ = Unmanaged.passRetained(process)
        let server = try serve { [choice, program] in GuestFigures(process, choice: choice, program: program) }
        let result = process.run()
        server?.stop()
        let wall = Double(DispatchTime.now().uptimeNanoseconds - start) / 1e9
        choice.finish()
        if choice.leavesCompilers() { process.releaseMemory() }
        try report(RunReport(result, choice: choice, program: program, wallSeconds: wall))
        process.dieAsGuestDid(result)
    }

    /// The process, for what is set up before there is one.
    private final class Watched: @unchecked Sendable { weak var process: LinuxProcess? }

    /// The environment in the order of the host's.
    private static func environment() -> [String] {
        var result: [String] = []
        var entry = environ
        while let text = entry.pointee {
            result.append(String(cString: text))
            entry += 1
        }
        return result
    }
}

extension GuestFigures {
    /// What a Linux program has done so far.
    init(_ process: LinuxProcess, choice: EngineChoice, program: String) {
        let result = process.progress()
        self.init(
            command: "run", engine: choice.effective, program: program, instructions: result.instructionsRetired, statistics: result.statistics,
            compilation: choice.compilation(), exits: result.exits, machine: nil)
    }
}
