import Foundation
import Testing

/// The stencil tier as a user meets it: where the file comes from, and what becomes of a bad one.
@Suite struct StencilCommandTests {
    private static let sieve = ["--engine", "jit", "--tier", "stencil", "--timeout", "60"]

    private static func run(_ cache: TemporaryDirectory) throws -> LongmaCommand {
        try LongmaCommand(["run"] + sieve + ["--cache", cache.url.path, Fixture.guest("sieve"), "100"])
    }

    private static func expectRight(_ result: LongmaCommand, sourceLocation: SourceLocation = #_sourceLocation) {
        #expect(result.status == 0 && result.output == "sieve checksum 0x745356d4446643e6\n", "\(result.error)", sourceLocation: sourceLocation)
    }

    /// The stencil files of a cache.
    private static func files(_ cache: TemporaryDirectory) throws -> [URL] {
        try FileManager.default.contentsOfDirectory(at: cache.url, includingPropertiesForKeys: nil).filter { $0.lastPathComponent.hasPrefix("stencils-") }
    }

    private struct Start: Decodable {
        let start_cpu_seconds: Double
        let first_translated_at: Double
    }

    /// `--json` says when the first translated instruction was executed, by the clock of who started the process.
    @Test func theStartIsMeasured() throws {
        func now() -> Double {
            var time = timespec()
            clock_gettime(CLOCK_MONOTONIC, &time)
            return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
        }
        let cache = try Fixture.cacheWithStencils()
        let json = cache.path("start.json")
        let before = now()
        let result = try LongmaCommand(["run"] + Self.sieve + ["--cache", cache.url.path, "--json", json, Fixture.guest("sieve"), "100"])
        let after = now()
        Self.expectRight(result)
        let start = try JSONDecoder().decode(Start.self, from: Data(contentsOf: URL(fileURLWithPath: json)))
        #expect(before < start.first_translated_at && start.first_translated_at < after)
        #expect(0 < start.start_cpu_seconds && start.start_cpu_seconds < after - before)
    }

    @Test func aBadFileIsReplacedWithOneWarning() throws {
        let cache = try TemporaryDirectory()
        let first = try Self.run(cache)
        Self.expectRight(first)
        #expect(first.error.isEmpty, "\(first.error)")
        let file = try #require(try Self.files(cache).first)
        #expect(try Self.files(cache).count == 1)
        let good = try Data(contentsOf: file)
        var flipped = good
        flipped[good.count / 3] ^= 0x10
        for bad in [Data(), good.prefix(1000), flipped, Data("something else".utf8)] {
            try bad.write(to: file)
            let result = try Self.run(cache)
            Self.expectRight(result)
            #expect(result.error.hasPrefix("longma: ") && result.error.filter(\.isNewline).count == 1, "\(result.error)")
            let silent = try Self.run(cache)
            Self.expectRight(silent)
            #expect(silent.error.isEmpty, "\(silent.error)")
        }
    }

    @Test func manyMayComeAtOnce() throws {
        let cache = try TemporaryDirectory()
        let command = "\"$0\" run \(Self.sieve.joined(separator: " ")) --cache \"$1\" \"$2\" 100 2>&1 &"
        let script = Array(repeating: command, count: 4).joined(separator: "\n") + "\nwait"
        let result = try LongmaCommand("/bin/sh", ["-c", script, LongmaCommand.path, cache.url.path, Fixture.guest("sieve")])
        #expect(result.output == String(repeating: "sieve checksum 0x745356d4446643e6\n", count: 4))
        #expect(try Self.files(cache).count == 1)
    }

    @Test func whatCannotBeMadeIsSaid() throws {
        let uncached = try LongmaCommand(["run"] + Self.sieve + ["--cache", "/proc/nowhere", Fixture.guest("sieve"), "100"])
        Self.expectRight(uncached)
        #expect(uncached.error.contains("/proc/nowhere is not used") && uncached.error.filter(\.isNewline).count == 1, "\(uncached.error)")
        try LongmaCommand(["run"] + Self.sieve + [Fixture.guest("sieve")], environment: ["LONGMA_LIBGCCJIT": "/nonexistent", "LONGMA_CACHE": "none"])
            .expectFailure(69, saying: "libgccjit")
        try LongmaCommand(["run", "--tier", "stencil", Fixture.guest("sieve")]).expectFailure(64, saying: "--tier")
    }

    @Test func withoutACacheTheyAreMadeAnew() throws {
        let result = try LongmaCommand(["run"] + Self.sieve + ["--cache", "none", Fixture.guest("sieve"), "100"])
        Self.expectRight(result)
    }
}
