import Foundation
import PerfHistory
import Testing

/// Result files, good and bad.
@Suite struct RecordReaderTests {
    static let header = """
        {"format": "longma-series", "schema": 1, "id": "x", "date": "2026-11-22T16:30:00Z", "version": "0.1.0",
         "testbed": {"processor": "P", "kernel": "6", "cores": 2, "libgccjit": "GCC 12"}}
        """
    static let series = #"[{"workload": "w", "contestant": "jit", "metric": "seconds", "kind": "time", "unit": "s", "samples": [1, 2.5e0, -3]}]"#

    private func read(_ text: String) throws -> [RunRecord] { try RecordReader.records(Array(text.utf8), name: "file.json") }

    private func sentence(_ text: String) -> String {
        do {
            _ = try read(text)
            return "no failure"
        } catch { return (error as? HistoryFailure)?.description ?? "another error: \(error)" }
    }

    @Test func aRecord() throws {
        let records = try read(#"{"series": \#(Self.series), "record": \#(Self.header), "unknown": [null, {"a": "b\u00e9\n"}]}"#)
        #expect(records.count == 1 && records[0].header.date == 1_795_365_000 && records[0].measured[0].samples == [1, 2.5, -3])
        #expect(records[0].header.testbed == Testbed(processor: "P", kernel: "6", cores: 2, libgccjit: "GCC 12"))
    }

    @Test(arguments: [
        ("", "ends too early"), ("{", "ends too early"), ("{\"record\": ", "ends too early"), ("nonsense", "no JSON value"), ("[1, 2]", "not of longma"), ("{}", "not of longma"),
        ("{\"record\": {}}", "no schema number"), ("{\"record\": 5}", "not of longma"), ("{\"workloads\": [], \"date\": \"x\"}", "not of longma"), ("\"text\"", "not of longma"),
        ("{\"record\": \(header), \"series\": []}", "no figures"), ("{\"record\": \(header), \"series\": \(series)} x", "behind the end"),
        ("{\"record\": \(header), \"series\": 7}", "[ is missing"), ("{\"record\": \(header), \"series\": [{\"samples\": [1]}]}", "lacks workload"),
        ("{\"record\": \(header.replacingOccurrences(of: "2026-11-22T", with: "22 November")), \"series\": \(series)}", "no time like"),
        ("{\"record\": \(header.replacingOccurrences(of: "\"cores\": 2", with: "\"cores\": 1e99")), \"series\": \(series)}", "testbed"),
        ("{\"record\": \(header.replacingOccurrences(of: "\"schema\": 1", with: "\"schema\": 2")), \"figures\": 1}", "newer longma (schema 2"),
        ("{\"record\": \(header.replacingOccurrences(of: "\"schema\": 1", with: "\"schema\": -1")), \"series\": \(series)}", "no schema number"),
        ("{\"record\": \(header), \"series\": \(series.replacingOccurrences(of: "2.5e0", with: "\"nan\""))}", "not finite"),
        (String(repeating: "[", count: 100_000), "nested too deeply"), ("{\"a\": \"\\ud800\\", "within a string"), ("{\"record\": \(header), \"series\": \(series)", "line 2"),
    ])
    func broken(text: String, words: String) { #expect(sentence(text).contains(words), "\(sentence(text))") }

    /// Whatever is cut off or changed in a good file ends in a record or a sentence.
    @Test func mutations() {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("seed \(seed)")
        var random = RandomSource(seed: seed)
        let whole = Array(#"{"record": \#(Self.header), "series": \#(Self.series)}"#.utf8)
        for _ in 0..<5000 {
            var text = whole
            for _ in 0...Int.random(in: 0...3, using: &random) { text[Int.random(in: text.indices, using: &random)] = UInt8.random(in: 0...255, using: &random) }
            if Bool.random(using: &random) { text.removeLast(Int.random(in: 0..<text.count, using: &random)) }
            do { _ = try RecordReader.records(text, name: "file") } catch { #expect(error is HistoryFailure, "seed \(seed)") }
        }
    }

    @Test func benchAndSwitchResults() throws {
        let bench = """
            {"geometric_means": [], "record": \(Self.header.replacingOccurrences(of: "longma-series", with: "longma-bench")), "runs": 2, "workloads": [{"name": "fib", "kind": "integer",
             "results": {"jit": {"seconds": {"median": 1.5, "samples": [1, 2]}, "cpu_seconds": {"samples": [2, 3]}, "compile_seconds": {"samples": [0.5, 0.25]},
             "counters": {"instructions": [7, 7], "regions": [3, 3]}}, "native": {"seconds": {"samples": [0.1, 0.1]}, "cpu_seconds": {"samples": [0.1, 0.1]}, "counters": {}}},
             "baseline": {"jit": {"seconds": {"samples": [9, 9]}}}, "ratios": {}}],
             "world_switch": [{"exit": "null", "engine": "jit", "nanoseconds": {"round_trip_p50": [30, 31]}, "counters": {"instructions": 5}, "histogram": [10, 3, 20, 4]}]}
            """
        let measured = try read(bench)[0].measured
        #expect(
            Set(measured.map(\.series.name)) == [
                "fib/jit/seconds", "fib/jit/cpu_seconds", "fib/jit/compile_seconds", "fib/jit/instructions", "fib/jit/regions", "fib/native/seconds",
                "fib/native/cpu_seconds", "world-switch/null jit/round_trip_p50", "world-switch/null jit/instructions", "world-switch/null jit/round_trip",
            ])
        #expect(measured.first { $0.series.name == "fib/jit/regions" }?.series.kind == .counter)
        let profile = """
            {"record": \(Self.header.replacingOccurrences(of: "longma-series", with: "longma-switch")), "profiles": [{"exit": "iocsr", "engine": "interpreter", "routine": "mine.o",
             "round_trip": {"nanoseconds": {"p50": 100, "p99": 200}, "cycles": {"p50": 1}, "histogram_nanoseconds": [1, 2]},
             "switch_counts": {"instructions": 90, "loads": 3}, "phases": [{"phase": "host save", "counts": {"instructions": 20, "loads": 1}}]}]}
            """
        #expect(
            Set(try read(profile)[0].measured.map { "\($0.series.contestant): \($0.series.metric) \($0.samples)" }) == [
                "iocsr interpreter mine.o: round_trip_p50 [100.0]", "iocsr interpreter mine.o: round_trip_p99 [200.0]", "iocsr interpreter mine.o: instructions [90.0]",
                "iocsr interpreter mine.o: loads [3.0]", "iocsr interpreter mine.o: instructions in host save [20.0]", "iocsr interpreter mine.o: round_trip [1.0, 2.0]",
            ])
    }

    @Test func timestamps() {
        for (text, seconds) in [("1970-01-01T00:00:00Z", 0.0), ("2000-02-29T23:59:59Z", 951_868_799), ("2026-11-22T16:30:00+01:00", 1_795_361_400), ("2026-11-22T16:30:00.250Z", 1_795_365_000)] {
            #expect(Timestamp.seconds(text) == seconds)
        }
        for text in ["", "2026-11-22", "2026-13-22T16:30:00Z", "2026-11-22T16:30:00", "2026-11-22T16:30:00+1", "x026-11-22T16:30:00Z"] { #expect(Timestamp.seconds(text) == nil) }
        for day in stride(from: -10_000.0, to: 60_000, by: 97) {
            let seconds = day * 86400 + 12345
            #expect(Timestamp.seconds(Timestamp.text(seconds)) == seconds)
        }
    }
}
