import Dashboard
import Foundation
import PerfHistory
import Testing

/// The pages, as text.
@Suite struct SiteTests {
    private let directory = FileManager.default.temporaryDirectory.appendingPathComponent("longma-test-\(UUID().uuidString)")

    /// A history of some runs of one workload, slower by a fifth in the second half.
    private func history(_ runs: Int, workload: String, engines: [String] = ["interpreter", "jit"]) throws -> History {
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        let history = try History.open(directory.appendingPathComponent("history").path)
        let testbed = Testbed(processor: "P <b>", kernel: "6", cores: 2, libgccjit: "GCC 12")
        var random = RandomSource(seed: 1)
        try history.add(
            (0..<runs).map { run in
                var header = RecordHeader(format: .bench, id: "\(run)", date: 1_790_000_000 + Double(run) * 3600, version: "0.1.0", testbed: testbed)
                header.commit = String(format: "%040x", 0xABC000 + run)
                return RunRecord(
                    header: header,
                    measured: engines.flatMap { engine in
                        [
                            Measured(
                                Series(workload: workload, contestant: engine, metric: "seconds", kind: .time, unit: "s"),
                                (0..<5).map { _ in (run < runs / 2 ? 1.0 : 1.2) * Double.random(in: 0.99...1.01, using: &random) }),
                            Measured(Series(workload: workload, contestant: engine, metric: "instructions", kind: .counter, unit: "count"), [1_234_567]),
                        ]
                    })
            })
        return history
    }

    private func text(_ site: Site, _ name: String) -> String { String(decoding: site.files[name] ?? Data(), as: UTF8.self) }

    @Test func namesAreEscaped() throws {
        defer { try? FileManager.default.removeItem(at: directory) }
        let site = try Site(history(20, workload: "<script>alert(1)</script>\"'&"), date: 0)
        for (name, data) in site.files where name.hasSuffix(".html") {
            let page = String(decoding: data, as: UTF8.self)
            #expect(!page.contains("<script>alert") && !page.contains("P <b>"), "\(name)")
        }
        #expect(text(site, "index.html").contains("&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;"))
        // As text they may break behind slashes and the like.
        #expect(text(site, "index.html").contains("&lt;script&gt;alert(1)&lt;/<wbr>script&gt;&quot;&#39;&amp;"))
        // In the data that the script reads, too.
        #expect(text(site, "compare.html").contains("\\u003cscript\\u003ealert(1)\\u003c/script\\u003e"))
    }

    @Test func nothingComesFromElsewhere() throws {
        defer { try? FileManager.default.removeItem(at: directory) }
        for (name, data) in try Site(history(10, workload: "fib"), date: 0).files where name.hasSuffix(".html") || name.hasSuffix(".css") || name.hasSuffix(".js") {
            let page = String(decoding: data, as: UTF8.self)
            #expect(!page.contains("http://") && !page.contains("https://") && !page.contains("@import") && !page.contains("url("), "\(name)")
        }
    }

    @Test func changePointsAreMarked() throws {
        defer { try? FileManager.default.removeItem(at: directory) }
        let site = try Site(history(40, workload: "fib"), date: 0)
        #expect(text(site, "trends.html").components(separatedBy: "data-change=\"20\"").count == 3)
        #expect(text(site, "index.html").contains("2 regressions stand"))
        #expect(text(site, "index.html").contains("0000abc014") || text(site, "index.html").contains(String(String(format: "%040x", 0xABC000 + 20).prefix(10))))
        #expect(text(site, "trends.html").contains("1\u{202F}234\u{202F}567"))
    }

    /// A long history makes a page that opens at once: its size does not grow with the number of runs.
    @Test func longHistoriesAreThinnedOut() throws {
        defer { try? FileManager.default.removeItem(at: directory) }
        let site = try Site(history(2000, workload: "fib"), date: 0)
        #expect(site.files["trends.html"]!.count < 300_000 && site.files["compare.html"]!.count < 300_000)
        // All of the data are there to be downloaded.
        #expect(try RecordReader.records([UInt8](site.files["records.json"]!), name: "records").count == 2000)
        #expect(text(site, "figures.csv").split(separator: "\n").count == 1 + 2000 * 4)
    }

    @Test func anEmptyHistoryHasPages() throws {
        defer { try? FileManager.default.removeItem(at: directory) }
        #expect(text(try Site(history(0, workload: "x"), date: 0), "index.html").contains("no runs yet"))
    }
}
