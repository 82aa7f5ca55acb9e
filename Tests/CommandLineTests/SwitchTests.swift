import Foundation
import Testing

/// `longma switch`.
@Suite struct SwitchTests {
    static let samples = Fixture.packageDirectory.appendingPathComponent("Tests/Switch")
    static let exits = ["null", "hypercall", "mmio-load", "mmio-store", "iocsr", "cpucfg", "csr", "idle", "stage2-fault", "fpu", "timer"]
    static let hasClang = Fixture.has("clang-19")

    /// Runs `longma switch` under the interpreter and answers its JSON.
    private func profile(_ arguments: [String]) throws -> [String: Any] {
        let result = try LongmaCommand(["switch", "--engine", "interpreter", "--iterations", "100", "--json", "-"] + arguments)
        #expect(result.status == 0, "\(result.error)")
        return try #require(try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
    }

    /// The parts of the profiles that are not times.
    private func counts(_ report: [String: Any]) throws -> [String] {
        try #require(report["profiles"] as? [[String: Any]]).map { profile in
            let kept = profile.filter { ["exit", "routine", "switch_counts", "phases", "fewest_instructions", "most_instructions"].contains($0.key) }
            return String(decoding: try JSONSerialization.data(withJSONObject: kept, options: .sortedKeys), as: UTF8.self)
        }
    }

    /// Assembles a sample against `--print-offsets`.
    private func object(_ name: String, in directory: TemporaryDirectory) throws -> String {
        _ = try directory.file("switch-offsets.h", try LongmaCommand(["switch", "--print-offsets"]).output)
        for file in ["switch.S", name, "loongarch-csr.h"] {
            _ = try directory.file(file, try Data(contentsOf: Self.samples.appendingPathComponent(file)))
        }
        let path = directory.path("\(name).o")
        let result = try LongmaCommand("/usr/bin/env", ["clang-19", "--target=loongarch64-linux-gnu", "-c", "-o", path, directory.path(name)])
        #expect(result.status == 0, "\(result.error)")
        return path
    }

    @Test func everyExitIsProfiledAndCountsRepeat() throws {
        let first = try profile([])
        let profiles = try #require(first["profiles"] as? [[String: Any]])
        #expect(profiles.map { $0["exit"] as? String } == Self.exits)
        for profile in profiles {
            let name = profile["exit"] as? String ?? ""
            #expect(profile["fewest_instructions"] as? Int == profile["most_instructions"] as? Int, "\(name)")
            let trip = try #require(profile["round_trip"] as? [String: Any])
            let cycles = try #require(trip["cycles"] as? [String: Double])
            let ordered = try ["min", "p50", "p90", "p99", "p999", "max"].map { try #require(cycles[$0]) }
            #expect(ordered == ordered.sorted() && ordered[0] > 0, "\(name)")
            #expect(trip["count"] as? Int == 100)
            // The phases add up to what the core says that it retired.
            let phases = try #require(profile["phases"] as? [[String: Any]])
            let sum = phases.compactMap { ($0["counts"] as? [String: Int])?["instructions"] }.reduce(0, +)
            #expect(sum == profile["most_instructions"] as? Int, "\(name)")
        }
        #expect(try counts(first) == counts(try profile([])))
    }

    @Test func phasesAreTold() throws {
        let report = try profile(["--exits", "iocsr,fpu,stage2-fault"])
        let profiles = try #require(report["profiles"] as? [[String: Any]])
        func phases(_ index: Int) -> Set<String> { Set((profiles[index]["phases"] as? [[String: Any]] ?? []).compactMap { $0["phase"] as? String }) }
        #expect(phases(0) == ["host save", "CSR switch", "guest register load", "guest", "vector save", "handler", "resume or return"])
        #expect(phases(1).contains("context routine"))
        #expect(phases(2).contains("TLB refill"))
    }

    @Test func tablesAndHistogram() throws {
        let directory = try TemporaryDirectory()
        let trace = directory.path("trace.json")
        let result = try LongmaCommand(
            ["switch", "--engine", "interpreter", "--exits", "null,timer", "--iterations", "100", "--histogram", "--trace", trace])
        #expect(result.status == 0 && result.error == "", "\(result.error)")
        for words in ["p99.9", "vector save", "CSR accesses", "█", "The profiler costs"] { #expect(result.output.contains(words), "\(words)") }
        let events = try #require(try JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: trace))) as? [String: Any])
        let list = try #require(events["traceEvents"] as? [[String: Any]])
        #expect(list.filter { $0["ph"] as? String == "X" }.count == 600)
        #expect(list.allSatisfy { $0["ph"] as? String == "M" || ($0["dur"] as? Double ?? -1) >= 0 && ($0["ts"] as? Double ?? -1) >= 0 })
    }

    @Test(.enabled(if: hasClang, "skipped: needs clang-19"))
    func ownRoutineBesideTheBuiltIn() throws {
        let directory = try TemporaryDirectory()
        let path = try object("switch.S", in: directory)
        let result = try LongmaCommand(["switch", "--engine", "interpreter", "--iterations", "100", "--routine", path])
        #expect(result.status == 0, "\(result.error)")
        for words in ["switch.S.o", "built-in", "Verdict: "] { #expect(result.output.contains(words), "\(words)") }
        for exit in Self.exits { #expect(result.output.contains("\n\(exit) "), "\(exit)") }
    }

    @Test(.enabled(if: hasClang, "skipped: needs clang-19"))
    func comparisonFindsTheSlowRoutine() throws {
        let directory = try TemporaryDirectory()
        let (slow, fast) = (try object("switch-slow.S", in: directory), try object("switch.S", in: directory))
        let report = try profile(["--exits", "null,iocsr", "--routine", slow, "--against", fast])
        for comparison in try #require(report["comparisons"] as? [[String: Any]]) {
            let (own, other) = (comparison["counts"] as? [String: Int], comparison["against_counts"] as? [String: Int])
            for key in ["instructions", "loads", "csr_accesses"] { #expect(try #require(own?[key]) > #require(other?[key]), "\(key)") }
        }
        #expect((report["verdicts"] as? [String])?.first?.contains("more instructions") ?? false)
    }

    @Test(.enabled(if: hasClang, "skipped: needs clang-19"))
    func brokenRoutinesAreRefused() throws {
        let directory = try TemporaryDirectory()
        for (name, words) in [
            ("broken-symbol.S", "lacks the symbol kvm_vector_entry"), ("broken-loop.S", "runs away"), ("broken-mode.S", "GSTAT.PVM"),
            ("broken-registers.S", "s0"),
        ] {
            let path = try object(name, in: directory)
            try LongmaCommand(["switch", "--engine", "interpreter", "--iterations", "20", "--routine", path]).expectFailure(65, saying: words)
        }
    }

    @Test(.enabled(if: hasClang, "skipped: needs clang-19"))
    func offsetsAreAHeader() throws {
        let directory = try TemporaryDirectory()
        let header = try LongmaCommand(["switch", "--print-offsets"])
        #expect(header.status == 0)
        for name in ["KVM_ARCH_GGPR", "KVM_ARCH_HSP", "PT_SIZE", "VCPU_FCC"] { #expect(header.output.contains("#define \(name) ")) }
        let file = try directory.file("offsets.h", header.output)
        #expect(try LongmaCommand("/usr/bin/env", ["clang-19", "-fsyntax-only", "-x", "c", file]).status == 0)
    }

    /// Two runs differ in their number of warm round trips alone, so more calls in the longer one are those of round trips.
    @Test(.enabled(if: hasClang, "skipped: needs clang-19"), arguments: ["interpreter", "jit"], ["null", "hypercall", "mmio-load", "cpucfg"])
    func warmRoundTripsAllocateNothingAndTakeNoLock(engine: String, exit: String) throws {
        let directory = try TemporaryDirectory()
        let library = directory.path("count-calls.so")
        let source = Self.samples.appendingPathComponent("count-calls.c").path
        try #require(try LongmaCommand("/usr/bin/env", ["clang-19", "-O1", "-shared", "-fPIC", "-o", library, source]).status == 0)
        func calls(_ iterations: Int) throws -> [Int] {
            let path = directory.path("counts")
            let result = try LongmaCommand(
                ["switch", "--engine", engine, "--exits", exit, "--iterations", "\(iterations)"], environment: ["LD_PRELOAD": library, "LONGMA_CALL_COUNTS": path])
            #expect(result.status == 0, "\(result.error)")
            return try String(contentsOfFile: path, encoding: .utf8).split(whereSeparator: \.isWhitespace).compactMap { Int($0) }
        }
        let (short, long) = (try calls(20_000), try calls(60_000))
        try #require(short.count == 2 && long.count == 2)
        // Numbers have more digits, and progress is told by the clock.
        for (name, index) in [("allocations", 0), ("locks", 1)] {
            #expect(short[index] > 0 && long[index] - short[index] < 400, "\(name) in 40,000 round trips: \(long[index] - short[index])")
        }
    }

    @Test(arguments: ["interpreter", "jit"]) func manyRoundTripsStayAsTheyAre(engine: String) throws {
        var medians: [(early: Double, late: Double)] = []
        // Other work on the machine moves medians, and a host's clock changes by a factor of two; a real drift is there each time.
        for _ in 0..<3 {
            let result = try LongmaCommand(["switch", "--engine", engine, "--exits", "hypercall", "--iterations", "300000", "--json", "-"])
            let report = try #require(try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
            let profile = try #require((report["profiles"] as? [[String: Any]])?.first)
            #expect((profile["round_trip"] as? [String: Any])?["count"] as? Int == 300_000)
            let endurance = try #require(profile["endurance"] as? [String: Any])
            let (first, last) = (try #require(endurance["first"] as? [String: Double]), try #require(endurance["last"] as? [String: Double]))
            for key in ["resident", "data"] {
                let (before, after) = (try #require(first[key]), try #require(last[key]))
                #expect(before > 1_048_576.0 && abs(after - before) < 1_048_576.0, "\(key)")
            }
            medians.append((try #require(endurance["first_median"] as? Double), try #require(endurance["last_median"] as? Double)))
            if medians.last!.late < 2 * medians.last!.early { return }
        }
        Issue.record("the last round trips took more than twice as long as the first: \(medians)")
    }

    @Test func filesThatAreNoRoutines() throws {
        let directory = try TemporaryDirectory()
        try LongmaCommand(["switch", "--routine", "/proc/self/exe"]).expectFailure(65, saying: "not LoongArch")
        try LongmaCommand(["switch", "--routine", directory.path("missing.o")]).expectFailure(65, saying: "No such file")
        try LongmaCommand(["switch", "--routine", directory.file("text.o", "hello")]).expectFailure(65, saying: "no ELF file")
        try LongmaCommand(["switch", "--routine", directory.url.path]).expectFailure(65, saying: "is a directory")
        let unwritable = try LongmaCommand(
            ["switch", "--engine", "interpreter", "--exits", "null", "--iterations", "20", "--json", directory.path("no/such.json")])
        #expect(unwritable.status == 71 && unwritable.error.contains("cannot write"))
    }
}
