import Foundation
import GCCBackend
import Testing

@Suite struct CacheDirectoryTests {
    /// Collects warnings.
    private final class Warnings: @unchecked Sendable {
        private let lock = NSLock()
        private var sentences: [String] = []
        func add(_ sentence: String) { lock.withLock { sentences.append(sentence) } }
        var all: [String] { lock.withLock { sentences } }
    }

    private static func scratch() throws -> URL {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("longma-cache-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        return url
    }

    @Test func isMadeForItsOwnerAlone() throws {
        let scratch = try Self.scratch()
        defer { try? FileManager.default.removeItem(at: scratch) }
        let warnings = Warnings()
        let cache = CacheDirectory(path: scratch.path + "/a/b", warn: { warnings.add($0) })
        #expect(cache.existingDirectory("units") == nil)
        let inner = try #require(cache.directory("units"))
        var status = stat()
        #expect(stat(inner, &status) == 0 && status.st_mode & 0o777 == 0o700)
        #expect(stat(scratch.path + "/a", &status) == 0 && status.st_mode & 0o777 == 0o700)
        #expect(cache.write([1, 2, 3], to: inner + "/x"))
        #expect(CacheDirectory.read(inner + "/x") == [1, 2, 3])
        #expect(stat(inner + "/x", &status) == 0 && status.st_mode & 0o777 == 0o600)
        #expect(try FileManager.default.contentsOfDirectory(atPath: inner) == ["x"])
        #expect(warnings.all.isEmpty)
    }

    @Test func whatOthersCanWriteIsNotTrusted() throws {
        let scratch = try Self.scratch()
        defer { try? FileManager.default.removeItem(at: scratch) }
        let warnings = Warnings()
        let cache = CacheDirectory(path: scratch.path, warn: { warnings.add($0) })
        #expect(cache.write([7], to: scratch.path + "/x"))
        chmod(scratch.path + "/x", 0o666)
        #expect(CacheDirectory.read(scratch.path + "/x") == nil)
        symlink(scratch.path + "/y", scratch.path + "/link")
        #expect(CacheDirectory.read(scratch.path + "/link") == nil)
        chmod(scratch.path, 0o777)
        #expect(cache.directory() == nil)
        #expect(cache.directory("inner") == nil)
        #expect(warnings.all.count == 1 && warnings.all[0].contains("chmod go-w"), "\(warnings.all)")
    }

    @Test(.enabled(if: geteuid() == 0, "skipped: needs root, to give a directory to another user"))
    func whatBelongsToAnotherUserIsNotTrusted() throws {
        let scratch = try Self.scratch()
        defer { try? FileManager.default.removeItem(at: scratch) }
        let warnings = Warnings()
        let cache = CacheDirectory(path: scratch.path, warn: { warnings.add($0) })
        #expect(cache.write([7], to: scratch.path + "/x"))
        chown(scratch.path + "/x", 1234, 1234)
        #expect(CacheDirectory.read(scratch.path + "/x") == nil)
        chown(scratch.path, 1234, 1234)
        #expect(cache.directory() == nil)
        #expect(warnings.all.count == 1 && warnings.all[0].contains("another user"), "\(warnings.all)")
    }

    @Test func whatCannotBeMadeIsReportedOnce() {
        let warnings = Warnings()
        let cache = CacheDirectory(path: "/proc/longma", warn: { warnings.add($0) })
        #expect(cache.directory() == nil)
        #expect(cache.directory("a") == nil)
        #expect(!cache.write([1], to: "/proc/longma/x"))
        #expect(warnings.all.count == 1, "\(warnings.all)")
    }
}
