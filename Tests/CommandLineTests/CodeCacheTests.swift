import Foundation
import Testing

/// The code cache on disk: it makes the second run start translated, and never makes any run wrong.
@Suite struct CodeCacheTests {
    private struct Report: Decodable {
        let regions_compiled: Int
        let cache_hits: Int
        let compilers_started: Int
        let instructions_translated: UInt64
    }

    private struct Listing: Decodable {
        struct File: Decodable {
            let name: String
            let regions: Int
            let bytes: Int
            let trouble: String?
        }
        let files: [File]
    }

    /// A cache of its own.
    private struct Cache {
        let directory: TemporaryDirectory
        var path: String { directory.path("cache") }
        var units: String { path + "/units" }

        init() throws { directory = try TemporaryDirectory() }

        /// Runs the sieve, with all code as regions or under `auto`, and expects it to be right, with at most one line on standard error.
        @discardableResult
        func run(_ engine: String = "jit", environment: [String: String] = [:], sourceLocation: SourceLocation = #_sourceLocation) throws -> (Report, error: String) {
            let json = directory.path("report-\(UUID().uuidString)")
            let result = try LongmaCommand(
                ["run", "--engine", engine] + (engine == "jit" ? ["--tier", "region"] : []) + ["--json", json, Fixture.guest("sieve"), "1"],
                environment: ["LONGMA_CACHE": path].merging(environment) { $1 })
            #expect(result.status == 0 && result.output == "sieve checksum 0x0ff1eb5cf38954ac\n", "\(result.error)", sourceLocation: sourceLocation)
            #expect(result.error.filter(\.isNewline).count <= 1, "\(result.error)", sourceLocation: sourceLocation)
            let report = try JSONDecoder().decode(Report.self, from: Data(contentsOf: URL(fileURLWithPath: json)))
            return (report, result.error)
        }

        func file() throws -> String { units + "/" + (try #require(try FileManager.default.contentsOfDirectory(atPath: units).first)) }

        func list(_ command: String = "list") throws -> (status: Int32, files: [Listing.File]) {
            let result = try LongmaCommand(["cache", command, "--cache", path, "--json", "-"])
            return (result.status, try JSONDecoder().decode(Listing.self, from: Data(result.output.utf8)).files)
        }
    }

    /// Nothing can be compiled in the second run, and nothing has to be.
    @Test(arguments: ["jit", "auto"]) func theSecondRunCompilesNothing(_ engine: String) throws {
        let cache = try Cache()
        let (first, _) = try cache.run()
        #expect(first.regions_compiled > 0 && first.cache_hits == 0 && first.compilers_started > 0)
        let (second, error) = try cache.run("jit", environment: ["PATH": "/nonexistent"])
        #expect(error.isEmpty)
        #expect(second.regions_compiled == 0 && second.cache_hits > 0 && second.compilers_started == 0)
        #expect(second.instructions_translated >= first.instructions_translated)
        let (files, status) = (try cache.list("verify").files, try cache.list("verify").status)
        #expect(status == 0 && files.count == 1 && files[0].regions == first.regions_compiled)
    }

    @Test func anyByteMayBeFlipped() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("seed \(seed)")
        var random = SplitMix(state: seed)
        let cache = try Cache()
        try cache.run()
        let file = try cache.file()
        let good = try Data(contentsOf: URL(fileURLWithPath: file))
        // The header, the first record's header, and anywhere.
        for position in [0, 9, 17, 30] + (0..<12).map({ _ in Int(random.next() % UInt64(good.count)) }) {
            var bad = good
            bad[position] ^= 1 << UInt8(random.next() % 8)
            try bad.write(to: URL(fileURLWithPath: file))
            #expect(try cache.list("verify").status == 65, "byte \(position) of \(good.count)")
            let (_, error) = try cache.run(position % 2 == 0 ? "jit" : "auto")
            #expect(error.contains("damaged") || error.isEmpty, "\(error)")
            // A unit that is not looked at in this run stays as it is; running everything mends everything.
            try cache.run()
            #expect(try cache.list("verify").status == 0, "byte \(position) of \(good.count)")
        }
    }

    @Test func itMayEndAnywhere() throws {
        let cache = try Cache()
        try cache.run()
        let file = try cache.file()
        let good = try Data(contentsOf: URL(fileURLWithPath: file))
        for size in [0, 1, 23, 24, 100, good.count / 2, good.count - 1] {
            try good.prefix(size).write(to: URL(fileURLWithPath: file))
            try cache.run()
            #expect(try cache.list("verify").status == 0, "\(size) of \(good.count) bytes")
            #expect(try cache.run().0.regions_compiled == 0)
        }
    }

    @Test func whatOthersCanWriteIsMadeAnew() throws {
        let cache = try Cache()
        try cache.run()
        let file = try cache.file()
        chmod(file, 0o666)
        let (report, error) = try cache.run()
        #expect(report.cache_hits == 0 && error.contains("another user"), "\(error)")
        #expect(try cache.run().0.cache_hits > 0)
    }

    @Test func eightRunsAtOnce() throws {
        let cache = try Cache()
        for engine in ["jit", "auto"] {
            let threads = (0..<8).map { _ in
                let done = DispatchSemaphore(value: 0)
                let thread = Thread {
                    do { try cache.run(engine) } catch { Issue.record("\(error)") }
                    done.signal()
                }
                thread.start()
                return done
            }
            threads.forEach { $0.wait() }
            let (status, files) = try cache.list("verify")
            #expect(status == 0 && files.count == 1)
        }
        #expect(try cache.run().0.regions_compiled == 0)
    }

    @Test(arguments: ["/proc/longma", "/dev/null", "/dev/null/longma"]) func aDirectoryThatCannotBeUsed(_ path: String) throws {
        let (report, error) = try Cache().run(environment: ["LONGMA_CACHE": path])
        #expect(report.cache_hits == 0 && error.hasPrefix("longma: the cache \(path) is not used"), "\(error)")
    }

    @Test(.enabled(if: geteuid() == 0, "skipped: needs root, to mount a small file system")) func aFullDisk() throws {
        let cache = try Cache()
        try FileManager.default.createDirectory(atPath: cache.path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        guard try LongmaCommand("/bin/mount", ["-t", "tmpfs", "-o", "size=16k,mode=0700", "tmpfs", cache.path]).status == 0 else {
            print("skipped: needs the right to mount")
            return
        }
        defer { _ = try? LongmaCommand("/bin/umount", [cache.path]) }
        for _ in 0..<3 {
            let (_, error) = try cache.run()
            #expect(error.isEmpty || error.contains("No space left"), "\(error)")
        }
        #expect(try cache.list("verify").status == 0)
    }

    @Test func listsAndPrunes() throws {
        let cache = try Cache()
        #expect(try cache.list().files.isEmpty)
        try cache.run()
        let listed = try cache.list()
        #expect(listed.status == 0 && listed.files.count == 1 && listed.files[0].trouble == nil && listed.files[0].bytes > 1000)
        let kept = try LongmaCommand(["cache", "prune", "--max-size", "1G", "--cache", cache.path])
        #expect(kept.status == 0 && kept.output.contains("removed 0 files"), "\(kept.output)")
        let gone = try LongmaCommand(["cache", "prune", "--max-size", "0", "--cache", cache.path])
        #expect(gone.status == 0 && gone.output.contains("removed 1 files"), "\(gone.output)")
        #expect(try cache.list().files.isEmpty)
        try LongmaCommand(["cache", "prune", "--max-size", "12Q", "--cache", cache.path]).expectFailure(64, saying: "12Q")
        try LongmaCommand(["cache", "list", "--cache", "none"]).expectFailure(64, saying: "no cache")
    }

    private struct SplitMix: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var z = state
            z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
            return z ^ z >> 31
        }
    }
}
