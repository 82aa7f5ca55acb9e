import ArgumentParser
import GCCBackend

/// `longma make-stencils`: what the other commands start when a host has no stencils yet.
struct MakeStencilsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "make-stencils", abstract: "Makes the stencils for another process of Longma's.", shouldDisplay: false)

    @Argument(help: "The file to put them into.")
    var file: String?

    @Flag(help: "Leave the processor to others.")
    var standBack = false

    func run() throws {
        guard StencilFile.isMaker else { throw Failure(.usage, "make-stencils is started by Longma's other commands; run one of them") }
        leave(StencilFile.serve(file, standsBack: standBack))
    }
}
