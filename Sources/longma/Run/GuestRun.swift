import Execution
import Foundation
import LinuxProcess
import Logging

/// One program, run to its end in this process.
struct GuestRun {
    var program: String
    /// argv, its name first.
    var arguments: [String]
    var root: String?
    var fuel: UInt64?
    var timeout: Double?
    var logger: Logger
    var choice: EngineChoice

    func run() throws -> RunReport {
        throw Failure.unimplemented("longma run")
    }
}
