import ArgumentParser
import GCCBackend

/// `longma make-stencils`: what Longma runs as a child process when a host has no stencils yet.
struct MakeStencilsCommand: ParsableCommand {
    static let name = "make-stencils"
    static let configuration = CommandConfiguration(commandName: name, abstract: "Makes the stencil file of this build.", shouldDisplay: false)

    @Argument(help: "Where the file goes.")
    var file: String

    func run() throws {
        do { try StencilFile.make(at: file) } catch { throw Failure(.engineUnavailable, error.reason) }
    }
}
