import Foundation
import Testing

/// Stencils and regions side by side, as users have them.
@Suite struct TierTests {
    private struct Report: Decodable {
        let instructions_retired: UInt64
        let instructions_interpreted: UInt64
        let regions_compiled: Int
        let cache_hits: Int
        let compilers_lost: Int
        let stencil_instructions: UInt64?
    }

    /// Runs a program on `cache`; it must print `expected`.
    private static func run(
        _ cache: TemporaryDirectory, _ engine: String = "jit", _ program: [String], expected: String, status: Int32 = 0,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> Report {
        let json = cache.path("report-\(UUID().uuidString)")
        let result = try LongmaCommand(["run", "--engine", engine, "--cache", cache.url.path, "--timeout", "300", "--json", json] + program)
        #expect(result.status == status && result.output == expected, "\(result.status) \(result.error)", sourceLocation: sourceLocation)
        #expect(result.error.isEmpty, "\(result.error)", sourceLocation: sourceLocation)
        return try JSONDecoder().decode(Report.self, from: Data(contentsOf: URL(fileURLWithPath: json)))
    }

    private static func assembled(_ directory: TemporaryDirectory, _ source: String) throws -> String {
        let program = directory.path("program")
        let result = try LongmaCommand(["assemble", try directory.file("program.s", source), "-o", program])
        try #require(result.status == 0, "\(result.error)")
        return program
    }

    /// Regions come while the stencils run, and a later run finds them. Compilers are in no hurry where all cores are busy, and what is under way when the guest
    /// ends is lost: so it may take some runs.
    @Test(arguments: ["jit", "auto"]) func regionsTakeOver(engine: String) throws {
        let cache = try Fixture.cacheWithStencils()
        let (guest, expected) = ([Fixture.guest("sieve"), "50"], "sieve checksum 0x6db1867e80ddb656\n")
        let alone = try Self.run(cache, "interpreter", guest, expected: expected)
        var hits = 0
        for run in 0..<20 where hits == 0 {
            let report = try Self.run(cache, engine, guest, expected: expected)
            hits = report.cache_hits
            #expect(run > 0 || hits == 0 && report.stencil_instructions ?? 0 > 0)
            // System calls, and the last of the fuel.
            #expect(report.instructions_interpreted < 10_000)
            #expect(report.instructions_retired == alone.instructions_retired)
        }
        #expect(hits > 0)
    }

    /// The first run on a host does not wait for stencils: they are there when it is over, or a little later.
    @Test func stencilsAreMadeInTheBackground() throws {
        let cache = try TemporaryDirectory()
        let first = try Self.run(cache, "auto", [Fixture.guest("sieve"), "1"], expected: "sieve checksum 0x0ff1eb5cf38954ac\n")
        #expect(first.instructions_interpreted > 0)
        func isThere() -> Bool {
            ((try? FileManager.default.contentsOfDirectory(atPath: cache.url.path)) ?? []).contains { $0.hasPrefix("stencils-") && !$0.contains(".") }
        }
        for _ in 0..<600 where !isThere() { usleep(100_000) }
        #expect(isThere())
        let second = try Self.run(cache, "auto", [Fixture.guest("sieve"), "1"], expected: "sieve checksum 0x0ff1eb5cf38954ac\n")
        #expect(second.instructions_interpreted < 10_000 && second.stencil_instructions ?? 0 > 0)
    }

    /// Without a compiler, and without stencils, the interpreter goes on and one sentence says why.
    @Test func withoutACompiler() throws {
        let cache = try TemporaryDirectory()
        let result = try LongmaCommand(
            ["run", "--engine", "auto", "--cache", cache.url.path, Fixture.guest("sieve"), "8"], environment: ["LONGMA_LIBGCCJIT": "/nonexistent"])
        #expect(result.status == 0 && result.output == "sieve checksum 0xa7256ab2f4dc5f64\n", "\(result.error)")
        #expect(result.error.filter(\.isNewline).count == 1 && result.error.contains("libgccjit"), "\(result.error)")
        try LongmaCommand(
            ["run", "--engine", "jit", "--cache", cache.url.path, Fixture.guest("sieve"), "1"], environment: ["LONGMA_LIBGCCJIT": "/nonexistent"]
        ).expectFailure(69, saying: "libgccjit")
    }

    /// A function is rewritten again and again while the loop that calls it is translated by both tiers.
    @Test func codeIsRewrittenUnderBothTiers() throws {
        let cache = try Fixture.cacheWithStencils()
        let program = try Self.assembled(
            cache,
            """
            _start: b main
            buffer: addi.d $a0, $a0, 0
             jr $ra
            main: bl here
            here: addi.d $s0, $ra, -12
             srli.d $a0, $s0, 12
             slli.d $a0, $a0, 12
             li.w $a1, 4096
             li.w $a2, 7
             li.w $a7, 226
             syscall 0
             li.w $s1, 12
             li.w $s2, 0
            round: slli.d $t0, $s1, 10
             lu12i.w $t1, 0x2c00
             ori $t1, $t1, 0x84
             add.d $t0, $t0, $t1
             st.w $t0, $s0, 0
             ibar 0
             li.w $s3, 4000000
            call: move $a0, $s2
             jirl $ra, $s0, 0
             move $s2, $a0
             addi.d $s3, $s3, -1
             bnez $s3, call
             addi.d $s1, $s1, -1
             bnez $s1, round
             li.w $t0, 312000000
             xor $a0, $s2, $t0
             sltu $a0, $zero, $a0
             li.w $a7, 94
             syscall 0

            """)
        for engine in ["jit", "auto"] {
            let report = try Self.run(cache, engine, [program], expected: "")
            #expect(report.instructions_retired == 11 + 12 * (6 + 2 + 4_000_000 * 7 + 2) + 6, "\(report.instructions_retired)")
        }
    }

    /// Handlers that mend faults find exact registers in both tiers.
    @Test func faultsAreMendedThousandsOfTimes() throws {
        for test in ProgramCase.all where ["precise", "faults", "signals"].contains(test.program) {
            let output = try String(decoding: test.expected("out"), as: UTF8.self)
            let cache = try Fixture.cacheWithStencils()
            for _ in 0..<2 {
                let result = try LongmaCommand(["run", "--engine", "auto", "--cache", cache.url.path, "--timeout", "60", test.elf] + test.arguments)
                #expect(result.output == output, "\(test.name) \(result.error)")
            }
        }
    }

    /// Threads have stencil code of their own and regions in common.
    @Test func threadsShareRegions() throws {
        let cache = try Fixture.cacheWithStencils()
        let guest = try #require(GuestTests.all.first { $0.kind == "threads" })
        for _ in 0..<3 {
            _ = try Self.run(cache, "auto", [Fixture.guest(guest.name), "\(guest.small.scale)"], expected: guest.small.expected + "\n")
        }
    }

    /// Fuel ends exactly, whatever tier it ends in.
    @Test(arguments: [1, 5000, 1_000_003, 200_000_007]) func fuelIsExact(fuel: UInt64) throws {
        let cache = try Fixture.cacheWithStencils()
        let json = cache.path("report")
        let result = try LongmaCommand(
            ["run", "--engine", "jit", "--cache", cache.url.path, "--fuel", "\(fuel)", "--json", json, Fixture.guest("sieve")])
        #expect(result.status == 124 && result.output.isEmpty, "\(result.error)")
        #expect(try JSONDecoder().decode(Report.self, from: Data(contentsOf: URL(fileURLWithPath: json))).instructions_retired == fuel)
    }
}
