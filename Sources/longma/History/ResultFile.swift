import Foundation
import PerfHistory

/// Result files on disk.
enum ResultFile {
    /// The contents of a file; `-` is standard input.
    static func bytes(_ path: String) throws -> [UInt8] {
        if path == "-" { return [UInt8](FileHandle.standardInput.readDataToEndOfFile()) }
        do {
            return [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
        } catch {
            throw HistoryFailure(.badInput, "cannot read \(path): \(reason(error))")
        }
    }

    /// Files as they are, and the JSON files of directories.
    static func expanded(_ paths: [String]) -> [String] {
        paths.flatMap { path -> [String] in
            var isDirectory: ObjCBool = false
            guard path != "-", FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory), isDirectory.boolValue else { return [path] }
            let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
            return names.filter { $0.hasSuffix(".json") }.sorted().map { "\(path)/\($0)" }
        }
    }
}
