import ArgumentParser
import Foundation

/// `longma`: runs LA64 LoongArch programs on x86-64.
@main
struct Longma: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "longma",
        abstract: "Runs LA64 LoongArch programs on x86-64: an interpreter, and a translator that makes native code with libgccjit.",
        discussion: """
            Exit status: the guest's own, and 128+n when a signal n killed it; else 64 usage, 65 bad image or input, \
            69 engine unavailable, 70 internal error, 71 host failure, 124 fuel or time used up.
            """,
        version: "0.1.0",
        subcommands: [
            RunCommand.self, VMCommand.self, DemoCommand.self, BenchCommand.self, HotCommand.self, SwitchCommand.self, VectorsCommand.self, HistoryCommand.self,
            DashboardCommand.self, DisassembleCommand.self, AssembleCommand.self, CacheCommand.self, DoctorCommand.self, CompileWorkerCommand.self,
            MakeStencilsCommand.self,
        ])

    static func main() {
        do {
            let arguments = Array(CommandLine.arguments.dropFirst())
            if let request = RunRequest(usual: arguments) { try request.carryOut() }
            var command = try parseAsRoot(arguments)
            try command.run()
        } catch let failure as Failure {
            failure.report()
            leave(failure.status.rawValue)
        } catch {
            let code = exitCode(for: error)
            guard code != .success else {
                print(fullMessage(for: error))  // --help and --version
                leave(0)
            }
            guard code == .validationFailure else { Failure(.internalError, String(describing: error)).report(); leave(Status.internalError.rawValue) }
            let sentence = message(for: error).split(separator: "\n").joined(separator: " ").trimmingCharacters(in: CharacterSet(charactersIn: ". "))
            Failure(.usage, sentence + (sentence.contains("--help") ? "" : "; see longma --help")).report()
            leave(Status.usage.rawValue)
        }
    }
}
