import ArgumentParser
import Foundation
import PerfHistory

/// Which history is meant.
struct HistoryOption: ParsableArguments {
    @Option(help: ArgumentHelp("The history (default: longma/history.sqlite in the user's data directory).", valueName: "file"))
    var history: String?

    func validate() throws {
        if history?.isEmpty == true { throw ValidationError("--history needs the name of a file") }
    }

    var path: String { history ?? Self.defaultPath }

    private static var defaultPath: String {
        let environment = ProcessInfo.processInfo.environment
        let data = environment["XDG_DATA_HOME"].flatMap { $0.isEmpty ? nil : $0 } ?? "\(environment["HOME"] ?? "/root")/.local/share"
        return "\(data)/longma/history.sqlite"
    }

    /// Opens it for reading.
    func read() throws -> History { try said { try History.read(path) } }

    /// Opens it for writing; the default one gets its directory.
    func open() throws -> History {
        if history == nil { try? FileManager.default.createDirectory(atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true) }
        return try said { try History.open(path) }
    }
}

/// Runs something with a history; its failures become the command's.
func said<Result>(_ body: () throws -> Result) throws -> Result {
    do { return try body() } catch let failure as HistoryFailure {
        let status: Status =
            switch failure.kind {
            case .badInput: .badImage
            case .host: .hostFailure
            case .usage: .usage
            }
        throw Failure(status, failure.description)
    }
}
