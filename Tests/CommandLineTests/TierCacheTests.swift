import Foundation
import Testing

/// One cache for stencils and regions, as users have it: damaged, cut off, full, or used by many at once, it never makes a run wrong.
@Suite struct TierCacheTests {
    /// Runs the sieve under both tiers, with at most one line on standard error; that line.
    @discardableResult
    private static func run(_ cache: String, _ engine: String = "auto", _ options: [String] = [], sourceLocation: SourceLocation = #_sourceLocation) throws -> String {
        let result = try LongmaCommand(["run", "--engine", engine, "--cache", cache, "--timeout", "120"] + options + [Fixture.guest("sieve"), "8"])
        #expect(result.status == 0 && result.output == "sieve checksum 0xa7256ab2f4dc5f64\n", "\(result.status) \(result.error)", sourceLocation: sourceLocation)
        #expect(result.error.filter(\.isNewline).count <= 1, "\(result.error)", sourceLocation: sourceLocation)
        return result.error
    }

    /// A cache with stencils and the sieve's regions, and its two files.
    private static func full() throws -> (cache: TemporaryDirectory, files: [URL]) {
        let cache = try Fixture.cacheWithStencils()
        try run(cache.url.path, "jit", ["--tier", "region"])
        return (cache, try files(cache))
    }

    private static func files(_ cache: TemporaryDirectory) throws -> [URL] {
        let units = cache.url.appendingPathComponent("units")
        let all = try [cache.url, units].flatMap { try FileManager.default.contentsOfDirectory(at: $0, includingPropertiesForKeys: nil) }
        return all.filter { ($0.lastPathComponent.hasPrefix("stencils-") && $0.pathExtension.isEmpty) || $0.path.hasPrefix(units.path + "/") }
    }

    @Test func anyByteOfAnyFileMayBeFlipped() throws {
        let (cache, files) = try Self.full()
        #expect(files.count == 2, "\(files)")
        for file in files {
            let good = try Data(contentsOf: file)
            for round in 0..<8 {
                // The headers, then anywhere.
                let position = round < 3 ? [3, 12, 40][round] : Int.random(in: 0..<good.count)
                var bad = good
                bad[position] ^= 1 << UInt8.random(in: 0..<8)
                try bad.write(to: file)
                let error = try Self.run(cache.url.path, round % 2 == 0 ? "auto" : "jit")
                #expect(error.isEmpty || error.contains("damaged"), "\(file.lastPathComponent), byte \(position) of \(good.count): \(error)")
                try good.write(to: file)
            }
        }
    }

    @Test func anyFileMayEndAnywhere() throws {
        let (cache, files) = try Self.full()
        for file in files {
            let good = try Data(contentsOf: file)
            for size in [0, 1, 30, good.count / 2, good.count - 1] {
                try good.prefix(size).write(to: file)
                try Self.run(cache.url.path, size % 2 == 0 ? "auto" : "jit")
                try good.write(to: file)
            }
        }
    }

    /// Stencils and regions are made by whoever comes first, and nobody reads half of them.
    @Test(arguments: ["auto", "jit"]) func eightRunsAtOnceOnAnEmptyCache(engine: String) throws {
        let cache = try TemporaryDirectory()
        let runs = (0..<8).map { _ in
            let done = DispatchSemaphore(value: 0)
            Thread {
                do { try Self.run(cache.url.path, engine) } catch { Issue.record("\(error)") }
                done.signal()
            }.start()
            return done
        }
        runs.forEach { $0.wait() }
        #expect(try LongmaCommand(["cache", "verify", "--cache", cache.url.path]).status == 0)
        #expect(try Self.run(cache.url.path, engine).isEmpty)
    }

    /// Too small for the stencils, and for the regions beside them.
    @Test(.enabled(if: geteuid() == 0, "skipped: needs root, to mount a small file system"), arguments: ["16k", "184k"])
    func aFullDisk(size: String) throws {
        let cache = try TemporaryDirectory()
        guard try LongmaCommand("/bin/mount", ["-t", "tmpfs", "-o", "size=\(size),mode=0700", "tmpfs", cache.url.path]).status == 0 else {
            print("skipped: needs the right to mount")
            return
        }
        defer { _ = try? LongmaCommand("/bin/umount", [cache.url.path]) }
        for engine in ["auto", "jit", "auto"] {
            let error = try Self.run(cache.url.path, engine)
            #expect(error.isEmpty || error.contains("No space left"), "\(error)")
        }
        let stencils = try Self.run(cache.url.path, "jit", ["--tier", "stencil"])
        #expect(stencils.isEmpty || stencils.contains("No space left"), "\(stencils)")
        #expect(try LongmaCommand(["cache", "verify", "--cache", cache.url.path]).status == 0)
    }
}
