import ChildProcess
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

    /// Runs any program. Unless `environment` names a cache there is none but for stencils: what one test makes must not serve another.
    init(_ program: String, _ arguments: [String], input: String = "", environment: [String: String] = [:]) throws {
        let directory = try TemporaryDirectory()
        let (standardInput, standardOutput, standardError) = (try directory.file("in", input), try directory.file("out", ""), try directory.file("err", ""))
        let cache = arguments.contains("stencil") && !arguments.contains("--cache") ? Fixture.commonCache.path : "none"
        status = try ChildProcess.run(
            program, arguments, environment: ["LONGMA_CACHE": cache].merging(environment) { $1 }, input: standardInput, output: standardOutput,
            error: standardError)
        output = try String(decoding: Data(contentsOf: URL(fileURLWithPath: standardOutput)), as: UTF8.self)
        error = try String(decoding: Data(contentsOf: URL(fileURLWithPath: standardError)), as: UTF8.self)
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
    /// Without a cache, so that `jit` is regions alone, and `auto` has no stencils.
    static let engines = ["interpreter", "jit", "auto", "stencil"]
    /// The same, and what users have: stencils, and regions of what is hot.
    static let runners = engines + ["tiers"]
    /// The options for one of them. Stencils are not made again for each run, where the command takes a cache.
    static func options(_ engine: String, takesCache: Bool = true) -> [String] {
        switch engine {
        case "stencil": ["--engine", "jit", "--tier", "stencil"] + (takesCache ? ["--cache", commonCache.path] : [])
        case "tiers": ["--engine", "jit", "--cache", commonCache.path]
        default: ["--engine", engine]
        }
    }

    /// A cache for all tests of this process. It begins with stencils.
    static let commonCache: URL = {
        let place = FileManager.default.temporaryDirectory.appendingPathComponent("longma-tests-\(getpid())")
        let made = try? LongmaCommand(["run", "--engine", "jit", "--tier", "stencil", "--cache", place.path, guest("sieve"), "1"])
        precondition(made?.status == 0, "no stencils: \(made?.error ?? "")")
        atexit { try? FileManager.default.removeItem(at: FileManager.default.temporaryDirectory.appendingPathComponent("longma-tests-\(getpid())")) }
        return place
    }()

    /// A cache of a test's own, with nothing but stencils in it.
    static func cacheWithStencils() throws -> TemporaryDirectory {
        let directory = try TemporaryDirectory()
        for file in try FileManager.default.contentsOfDirectory(at: commonCache, includingPropertiesForKeys: nil)
        where file.lastPathComponent.hasPrefix("stencils-") && file.pathExtension.isEmpty {
            try FileManager.default.copyItem(at: file, to: directory.url.appendingPathComponent(file.lastPathComponent))
        }
        return directory
    }

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
