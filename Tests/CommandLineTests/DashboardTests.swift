import Foundation
import PerfHistory
import Testing

/// The pages of `longma dashboard`, as a browser shows them.
@Suite(.serialized) struct DashboardTests {
    static let hasChromium = Fixture.has("chromium")
    private let directory = try! TemporaryDirectory()

    /// A history of `runs` runs; the second half of fib is slower.
    private func history(_ runs: Int, workloads: [String] = ["fib", "<b>&\"x\"</b>"]) throws -> String {
        let path = directory.path("history.sqlite")
        let testbed = Testbed(processor: "P", kernel: "6.1", cores: 2, libgccjit: "GCC 12")
        var random = RandomSource(seed: 5)
        try History.open(path).add(
            (0..<runs).map { run in
                var header = RecordHeader(format: .bench, id: "\(run)", date: 1_790_000_000 + Double(run) * 3600, version: "0.1.0", testbed: testbed)
                header.commit = String(format: "%010x", 0xABC0000 + run) + String(repeating: "0", count: 30)
                var measured: [Measured] = []
                for workload in workloads {
                    for (engine, base) in [("interpreter", 2.0), ("jit", 0.25), ("native", 0.1)] {
                        let factor = workload == "fib" && engine == "jit" && run >= runs / 2 ? 1.1 : 1
                        measured.append(
                            Measured(
                                Series(workload: workload, contestant: engine, metric: "seconds", kind: .time, unit: "s"),
                                (0..<5).map { _ in base * factor * Double.random(in: 0.99...1.01, using: &random) }))
                        measured.append(Measured(Series(workload: workload, contestant: engine, metric: "instructions", kind: .counter, unit: "count"), [Double(1000 + run / 30)]))
                    }
                }
                for (exit, nanoseconds) in [("null", 30.0), ("timer", 90)] {
                    func add(_ metric: String, _ kind: Series.Kind, _ samples: [Double]) {
                        measured.append(
                            Measured(Series(workload: "world-switch", contestant: "\(exit) jit", metric: metric, kind: kind, unit: kind == .counter ? "count" : "ns"), samples))
                    }
                    add("round_trip_p50", .time, (0..<5).map { _ in nanoseconds * Double.random(in: 0.97...1.03, using: &random) })
                    for (part, share) in [("part_enter", 0.4), ("part_guest", 0.1), ("part_save", 0.3), ("part_handler", 0.2)] { add(part, .time, [nanoseconds * share]) }
                    add("instructions", .counter, [189])
                    add("instructions in vector save", .counter, [74])
                    add("round_trip", .histogram, [nanoseconds, 900, nanoseconds * 1.1, 80, nanoseconds * 9, 20])
                }
                return RunRecord(header: header, measured: measured)
            })
        return path
    }

    private func pages(_ runs: Int, workloads: [String] = ["fib", "<b>&\"x\"</b>"]) throws -> String {
        let output = directory.path("page")
        let result = try LongmaCommand(["dashboard", "--history", try history(runs, workloads: workloads), "--output", output])
        #expect(result.status == 0 && result.error == "", "\(result.error)")
        return output
    }

    /// The document that a browser has made of a page.
    private func dom(_ url: String) throws -> String {
        let result = try LongmaCommand(
            "/usr/bin/env",
            ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--allow-file-access-from-files", "--user-data-dir=\(directory.path("profile"))"]
                + ["--virtual-time-budget=20000", "--dump-dom", url])
        #expect(result.status == 0, "\(result.error)")
        return result.output
    }

    private func count(_ text: String, _ part: String) -> Int { text.components(separatedBy: part).count - 1 }

    @Test(.enabled(if: hasChromium, "skipped: needs chromium"))
    func thePagesShowTheData() throws {
        let output = try pages(60)
        let store = try History.read(directory.path("history.sqlite"))
        let timeline = try store.timelines()[0]
        let latest = timeline.measured(at: 59)

        let overview = try dom("file://\(output)/index.html")
        let jit = try #require(latest.first { $0.series.name == "fib/jit/seconds" })
        #expect(overview.contains("\(String(format: "%.1f", jit.median * 1000)) ms"), "the median of fib under jit, \(jit.median)")
        #expect(overview.contains("regression stands") || overview.contains("regressions stand"))
        #expect(count(overview, "class=\"bars\"") == 2 && !overview.contains("<b>&amp;\"x\""))

        let trends = try dom("file://\(output)/trends.html")
        let drawn = timeline.rows.filter { $0.series.kind != .histogram && !($0.isExact && Set($0.medians).count == 1) }
        #expect(count(trends, "<svg class=\"trend\"") == drawn.count)
        #expect(trends.contains("data-change=\"30\""))

        let world = try dom("file://\(output)/switch.html")
        #expect(count(world, "class=\"histogram\"") == 2 && world.contains("vector save") && count(world, "class=\"bars\"") == 2)

        // The script has filled the table of the latest two runs.
        let compare = try dom("file://\(output)/compare.html")
        let table = try #require(compare.components(separatedBy: "id=\"chosen\"").last?.components(separatedBy: "</table>").first)
        let rows = timeline.rows.filter { $0.series.kind != .histogram && $0.runs.last == 59 }
        #expect(count(table, "<tr>") == rows.count + 1)
        let before = try #require(timeline.measured(at: 58).first { $0.series.name == "fib/jit/seconds" })
        let change = (jit.median - before.median) / before.median
        #expect(table.contains("\(change >= 0 ? "+" : "")\(String(format: "%.2f", 100 * change)) %"), "\(change)")
        #expect(table.contains("&lt;b&gt;&amp;\"x\"&lt;/<wbr>b&gt;/<wbr>jit/<wbr>seconds"))
    }

    @Test(.enabled(if: hasChromium, "skipped: needs chromium"))
    func theCursorAndTheFilterWork() throws {
        let output = try pages(60)
        // A page of the test's, beside the others, that does what a user does with keys.
        let script = """
            const page = document.querySelector("iframe").contentDocument;
            const chart = page.querySelector("figure[data-series='fib/jit/seconds'] svg.trend");
            for (const key of ["Home", "ArrowRight"]) chart.dispatchEvent(new page.defaultView.KeyboardEvent("keydown", { key, bubbles: true }));
            const filter = page.querySelector("#filter");
            filter.value = "native seconds";
            filter.dispatchEvent(new page.defaultView.Event("input"));
            const shown = [...page.querySelectorAll("figure[data-series]")].filter((figure) => !figure.hidden).length;
            document.body.innerHTML = `<p id="said">${chart.parentElement.querySelector(".reading").textContent}</p><p id="shown">${shown}</p>`;
            """
        try "<body><iframe src=\"trends.html\" onload='setTimeout(() => { \(script.replacing("'", with: "&#39;")) }, 300)'></iframe></body>"
            .write(toFile: output + "/test.html", atomically: true, encoding: .utf8)
        let page = try dom("file://\(output)/test.html")
        let second = try History.read(directory.path("history.sqlite")).timelines()[0].measured(at: 1).first { $0.series.name == "fib/jit/seconds" }!.median
        #expect(page.contains("000abc0001: \(String(format: "%.1f", second * 1000)) ms"), "\(page)")
        #expect(page.contains("<p id=\"shown\">2</p>"), "\(page)")
    }

    /// On a phone long names break behind slashes and the like, not within words, and no page is wider than the screen.
    /// Of the 390 points 15 are the scroll bar.
    @Test(.enabled(if: hasChromium, "skipped: needs chromium"))
    func longNamesOnAPhone() throws {
        let output = try pages(4, workloads: ["loongarch64-linux-musl_static.benchmark/quicksort-with_a_long.name/of-its_own.elf", "fib"])
        for (page, selector, atLeast) in [("compare", "tbody th", 30), ("index", "tbody th, figcaption", 4), ("trends", "tbody th, figcaption, summary", 10)] {
            let script = """
                const page = document.querySelector("iframe").contentDocument;
                for (const group of page.querySelectorAll("details")) group.open = true;
                let words = 0, broken = [];
                for (const cell of page.querySelectorAll("\(selector)")) {
                  const walker = page.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
                  while (walker.nextNode()) {
                    const text = walker.currentNode.textContent;
                    if (!/^[a-z0-9]+[/_.-]$/.test(text)) continue;
                    const range = page.createRange();
                    range.selectNodeContents(walker.currentNode);
                    words += 1;
                    if (new Set([...range.getClientRects()].map((box) => box.top)).size !== 1) broken.push(text);
                  }
                }
                document.body.innerHTML = `<p id="words">${words}</p><p id="broken">${broken.join(" ")}</p><p id="beyond">${page.documentElement.scrollWidth - page.documentElement.clientWidth}</p>`;
                """
            try "<body><iframe src=\"\(page).html\" width=\"390\" height=\"800\" style=\"border:0\" onload='setTimeout(() => { \(script) }, 300)'></iframe></body>"
                .write(toFile: output + "/phone.html", atomically: true, encoding: .utf8)
            let said = try dom("file://\(output)/phone.html")
            let words = try #require(said.firstMatch(of: #/id="words">(\d+)</#).flatMap { Int($0.1) }, "\(said)")
            #expect(words >= atLeast && said.contains("<p id=\"broken\"></p>") && said.contains("<p id=\"beyond\">0</p>"), "\(page): \(said)")
        }
    }

    /// The page of 2,000 runs and many series opens, and says how long that took.
    @Test(.enabled(if: hasChromium, "skipped: needs chromium"))
    func aLongHistoryOpensAtOnce() throws {
        let output = try pages(2000, workloads: (1...12).map { "workload\($0)" })
        try """
            <body><script>const start = performance.now();</script>
            <iframe src="trends.html" width="1200" height="900" onload="document.title = 'opened in ' + Math.round(performance.now() - start) + ' ms'"></iframe></body>
            """.write(toFile: output + "/time.html", atomically: true, encoding: .utf8)
        var best = Int.max
        for _ in 0..<3 {
            // Without virtual time, which would stand still.
            let result = try LongmaCommand(
                "/usr/bin/env",
                ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--user-data-dir=\(directory.path("profile"))", "--timeout=20000", "--dump-dom", "file://\(output)/time.html"])
            let time = try #require(result.output.firstMatch(of: #/opened in (\d+) ms/#).flatMap { Int($0.1) }, "\(result.output)\(result.error)")
            best = min(best, time)
        }
        let size = try Data(contentsOf: URL(fileURLWithPath: output + "/trends.html")).count
        print("the trends of 2,000 runs, \(size / 1000) kB, opened in \(best) ms")
    }

    // MARK: The server

    @Test func itServesWhatTheHistoryHolds() throws {
        let path = try history(10)
        let server = try Server(["dashboard", "--history", path, "--serve", "127.0.0.1:0"])
        defer { server.stop() }
        let index = try server.get("/")
        #expect(index.status == 200 && index.type.hasPrefix("text/html") && index.body.contains("10 runs"))
        let runs = try #require(try JSONSerialization.jsonObject(with: Data(try server.get("/api/runs").body.utf8)) as? [[String: Any]])
        #expect(runs.count == 10)
        let compared = try server.get("/api/compare?before=\(runs[0]["id"]!)&after=\(runs[9]["id"]!)")
        #expect(compared.status == 200 && compared.body.contains("\"verdict\": \"worse\""))
        #expect(try server.get("/api/series?name=fib/jit/seconds").body.contains("\"median\""))
        #expect(try server.get("/api/nonsense").status == 404)
        #expect(try server.get("/../../etc/passwd").status == 404)
        let metrics = try server.get("/metrics")
        #expect(metrics.body.contains("longma_history_runs{testbed=") && metrics.body.hasSuffix("# EOF\n"))
        // A run that is added is there at once.
        var record = try History.read(path).records(run: 1)[0]
        record.header.id = "new"
        record.header.batch = nil
        try History.open(path).add([record])
        let again = try JSONSerialization.jsonObject(with: Data(try server.get("/api/runs").body.utf8)) as? [Any]
        #expect(again?.count == 11)
    }

    @Test func aPortInUse() throws {
        let path = try history(2)
        let server = try Server(["dashboard", "--history", path, "--serve", "127.0.0.1:0"])
        defer { server.stop() }
        try LongmaCommand(["dashboard", "--history", path, "--serve", "127.0.0.1:\(server.port)"]).expectFailure(71, saying: "Address already in use")
        try LongmaCommand(["dashboard", "--history", directory.path("none"), "--serve", "127.0.0.1:0"]).expectFailure(65, saying: "there is no history")
        let unwritable = try LongmaCommand(["dashboard", "--history", path, "--output", "/proc/none"])
        #expect(unwritable.status == 71 && unwritable.error.contains("cannot write the dashboard"))
    }
}
