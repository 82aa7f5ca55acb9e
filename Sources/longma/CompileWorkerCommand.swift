import ArgumentParser
import GCCBackend

/// `longma compile-worker`: what the other commands start to compile for them.
struct CompileWorkerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compile-worker", abstract: "Compiles for another process of Longma's.", shouldDisplay: false)

    @Argument(help: "Where it may put its temporary files.")
    var directory: String?

    @Flag(help: "Leave the processor to others.")
    var standBack = false

    func run() throws {
        guard let directory, CompileWorker.isWorker else { throw Failure(.usage, "compile-worker is started by Longma's other commands; run one of them") }
        leave(CompileWorker.serve(directory, standsBack: standBack))
    }
}
