import Foundation
import Testing

/// The built `longma`, run as a user would.
struct LongmaCommand {
    let status: Int32
    let output: String
    let error: String

    /// The executable that was built together with this test bundle.
    static let path = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent().appendingPathComponent("longma").path

    /// Runs `longma` with `arguments` to its end. A status of 1000 + n means that the process itself died by signal n.
    init(_ arguments: [String], input: String = "", environment: [String: String] = [:]) throws {
        try self.init(Self.path, arguments, input: input, environment: environment)
    }

    /// Runs any program.
    init(_ program: String, _ arguments: [String], input: String = "", environment: [String: String] = [:]) throws {
        let directory = try TemporaryDirectory()
        func file(_ name: String, _ text: String = "") throws -> FileHandle {
            let url = directory.url.appendingPathComponent(name)
            try Data(text.utf8).write(to: url)
            return try FileHandle(forUpdating: url)
        }
        let (standardInput, standardOutput, standardError) = (try file("in", input), try file("out"), try file("err"))
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.standardInput = standardInput
        process.standardOutput = standardOutput
        process.standardError = standardError
        try process.run()
        process.waitUntilExit()
        status = process.terminationReason == .uncaughtSignal ? 1000 + process.terminationStatus : process.terminationStatus
        output = try String(decoding: Data(contentsOf: directory.url.appendingPathComponent("out")), as: UTF8.self)
        error = try String(decoding: Data(contentsOf: directory.url.appendingPathComponent("err")), as: UTF8.self)
    }

    /// Expects a failure that says one sentence, on one line of standard error, and nothing on standard output.
    func expectFailure(_ wanted: Int32, saying words: String, sourceLocation: SourceLocation = #_sourceLocation) {
        #expect(status == wanted, "\(error)", sourceLocation: sourceLocation)
        #expect(output == "", sourceLocation: sourceLocation)
        #expect(error.hasPrefix("longma: ") && error.hasSuffix("\n") && error.filter(\.isNewline).count == 1, "\(error)", sourceLocation: sourceLocation)
        #expect(error.contains(words), "\(error)", sourceLocation: sourceLocation)
    }
}

/// A directory that goes when the object does.
final class TemporaryDirectory {
    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.appendingPathComponent("longma-test-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    /// Writes a file and returns its path.
    func file(_ name: String, _ data: Data) throws -> String {
        let file = url.appendingPathComponent(name)
        try data.write(to: file)
        return file.path
    }

    func file(_ name: String, _ text: String) throws -> String { try file(name, Data(text.utf8)) }

    func path(_ name: String) -> String { url.appendingPathComponent(name).path }
}

/// What the tests run on.
enum Fixture {
    static let packageDirectory = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    static let guests = packageDirectory.appendingPathComponent("Sources/longma/Guests")
    static let engines = ["interpreter", "jit", "auto"]

    /// A built-in guest's ELF file.
    static func guest(_ name: String) -> String { guests.appendingPathComponent("\(name).elf").path }
    /// In continuous integration everything is installed, and a test that needs a tool fails where that is missing.
    static let isCI = ProcessInfo.processInfo.environment["CI"] == "true"
    /// Whether a tool is there, or has to be.
    static func has(_ tool: String) -> Bool {
        isCI
            || (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").contains {
                FileManager.default.isExecutableFile(atPath: "\($0)/\(tool)")
            }
    }
}
