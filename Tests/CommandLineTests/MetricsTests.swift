import ChildProcess
import Foundation
import Testing

/// `--metrics`, and what signals show of a guest that runs long.
@Suite struct MetricsTests {
    static let hasPromtool = Fixture.has("promtool")
    static let hasPrometheus = Fixture.has("prometheus")
    private let directory = try! TemporaryDirectory()

    /// A program that never ends.
    private func endless() throws -> String {
        let source = try directory.file("endless.s", "_start:\n    addi.d $t0, $t0, 1\n    xor $t1, $t1, $t0\n    b _start\n")
        let path = directory.path("endless.elf")
        #expect(try LongmaCommand(["assemble", source, "-o", path]).status == 0)
        chmod(path, 0o755)
        return path
    }

    private func value(_ text: String, _ name: String) -> Double? {
        text.split(separator: "\n").first { $0.hasPrefix(name) }?.split(separator: " ").last.flatMap { Double($0) }
    }

    @Test(arguments: ["interpreter", "auto"])
    func aProgramThatRuns(engine: String) throws {
        let report = directory.path("report.json")
        let server = try Server(["run", "--engine", engine, "--metrics", "127.0.0.1:0", "--json", report, try endless()])
        defer { server.stop() }
        let first = try server.get("/metrics", accept: "application/openmetrics-text; version=1.0.0")
        #expect(first.status == 200 && first.type == "application/openmetrics-text; version=1.0.0; charset=utf-8", "\(first)")
        for name in ["longma_guest_instructions_total{mode=\"interpreted\"}", "longma_regions_compiled_total", "longma_compiling_regions", "longma_compile_seconds_total", "longma_resident_memory_bytes", "longma_uptime_seconds"] {
            #expect(value(first.body, name) != nil, "\(name) in \(first.body)")
        }
        #expect(first.body.hasSuffix("# EOF\n") && first.body.contains("command=\"run\",engine=\"\(engine)\""))
        // It grows while the guest runs.
        func retired() throws -> Double {
            let text = try server.get("/metrics").body
            return ["interpreted", "translated"].reduce(0) { $0 + (value(text, "longma_guest_instructions_total{mode=\"\($1)\"}") ?? 0) }
        }
        let before = try retired()
        let end = Date().addingTimeInterval(60)
        while try retired() <= before, Date() < end { usleep(50_000) }
        #expect(try retired() > before)
        #expect(try server.get("/").status == 404)

        // A line of figures, and the guest goes on.
        server.signal(SIGUSR2)
        let patience = Date().addingTimeInterval(60)
        while !((try? String(contentsOfFile: server.errors, encoding: .utf8)) ?? "").contains("instructions ("), Date() < patience { usleep(50_000) }
        #expect(try String(contentsOfFile: server.errors, encoding: .utf8).contains("endless.elf: "))
        #expect(try server.get("/metrics").status == 200)

        // A clean stop, with the final statistics.
        #expect(server.stop() == 143)
        let final = try #require(try JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: report))) as? [String: Any])
        #expect(final["signal"] as? Int == 15 && (final["instructions_retired"] as? Double ?? 0) > before)
    }

    @Test func aMachineThatRuns() throws {
        let server = try Server(["vm", "--engine", "interpreter", "--metrics", "127.0.0.1:0", "--stats", "storm", "--append", "scale=1000000"])
        defer { server.stop() }
        let end = Date().addingTimeInterval(60)
        var text = ""
        repeat {
            text = try server.get("/metrics").body
            usleep(20_000)
        } while (value(text, "longma_exit_handler_seconds_count") ?? 0) == 0 && Date() < end
        #expect(text.contains("longma_exits_total{reason=") && value(text, "longma_tlb_refills_total") != nil, "\(text)")
        // Buckets rise, and the last holds all.
        let buckets = text.split(separator: "\n").filter { $0.hasPrefix("longma_guest_stretch_seconds_bucket") }.compactMap { $0.split(separator: " ").last.flatMap { Double($0) } }
        #expect(buckets.count == 30 && buckets == buckets.sorted() && buckets.last == value(text, "longma_guest_stretch_seconds_count"))
    }

    /// A machine that never leaves its translated code, and has no exit: its figures move all the same, and signals reach it.
    @Test(arguments: ["interpreter", "jit"])
    func aMachineThatLoops(engine: String) throws {
        let report = directory.path("report.json")
        let guest = Fixture.packageDirectory.appendingPathComponent("Tests/VirtualGuests/busy-forever.elf").path
        let server = try Server(["vm", "--engine", engine, "--metrics", "127.0.0.1:0", "--stats", "--json", report, guest])
        defer { server.stop() }
        let mode = engine == "jit" ? "translated" : "interpreted"
        func figures() throws -> (retired: Double, exits: Double, uptime: Double) {
            let text = try server.get("/metrics").body
            let exits = text.split(separator: "\n").filter { $0.hasPrefix("longma_exits_total") }.compactMap { $0.split(separator: " ").last.flatMap { Double($0) } }.reduce(0, +)
            #expect((value(text, "longma_resident_memory_bytes ") ?? 0) > 1e6)
            return (value(text, "longma_guest_instructions_total{mode=\"\(mode)\"}") ?? 0, exits, value(text, "longma_uptime_seconds ") ?? 0)
        }
        // Its start is over: nothing but the loop retires so many.
        let end = Date().addingTimeInterval(120)
        while try figures().retired < 1e6, Date() < end { usleep(100_000) }
        // On a busy host the machine may not answer in time, and the figures are the last ones then.
        let before = try figures()
        var after = before
        while after.retired <= before.retired, Date() < end { after = try figures() }
        #expect(after.retired > before.retired && after.uptime > before.uptime, "\(before) \(after)")
        #expect(after.exits == before.exits)

        server.signal(SIGUSR2)
        func said() throws -> String { try String(contentsOfFile: server.errors, encoding: .utf8) }
        let patience = Date().addingTimeInterval(60)
        while try !said().contains(" instructions ("), Date() < patience { usleep(50_000) }
        let lines = try said()
        let line = try #require(lines.firstMatch(of: #/busy-forever.elf: [0-9.]+ s, (\d+) instructions \(/#).flatMap { Double($0.1) }, "\(lines)")
        // Under jit it may wait for a compiler just now.
        #expect(line >= after.retired)

        // The line did not end it; SIGTERM does, with the final statistics.
        #expect(server.stop() == 0)
        let final = try #require(try JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: report))) as? [String: Any])
        // It counts what the other mode has retired, too.
        let retired = ["translated", "interpreted"].compactMap { final["instructions_\($0)"] as? Double }.reduce(0, +)
        #expect(final["end"] as? String == "quit" && retired > line, "\(final)")
        #expect(try said().contains("ended by"))
    }

    /// What `--stats` shows of stencils is among the metrics.
    @Test func stencilsAreCounted() throws {
        let server = try Server(["run", "--engine", "jit", "--tier", "stencil", "--cache", Fixture.commonCache.path, "--metrics", "127.0.0.1:0", "--stats", try endless()])
        defer { server.stop() }
        let end = Date().addingTimeInterval(60)
        var text = ""
        repeat { text = try server.get("/metrics").body } while (value(text, "longma_stencil_blocks_total") ?? 0) == 0 && Date() < end
        let instructions = try #require(value(text, "longma_instructions_compiled_total{tier=\"stencil\"}"))
        let bytes = try #require(value(text, "longma_code_bytes_total{tier=\"stencil\"}"))
        #expect(instructions >= 3 && bytes > instructions && value(text, "longma_code_bytes_total{tier=\"region\"}") == 0, "\(text)")
        #expect(value(text, "longma_compilers_started_total") != nil && value(text, "longma_compilers_lost_total") == 0)
        #expect(server.stop() == 143)
        let said = try String(contentsOfFile: server.errors, encoding: .utf8)
        #expect(said.contains("stencil blocks") && said.contains("stencil code bytes"), "\(said)")
    }

    @Test func aPortInUse() throws {
        let server = try Server(["run", "--engine", "interpreter", "--metrics", "127.0.0.1:0", try endless()])
        defer { server.stop() }
        try LongmaCommand(["run", "--engine", "interpreter", "--metrics", "127.0.0.1:\(server.port)", try endless()]).expectFailure(71, saying: "Address already in use")
    }

    @Test(.enabled(if: hasPromtool, "skipped: needs promtool (Debian's prometheus)"))
    func promtoolAcceptsTheText() throws {
        for command in [["run", "--engine", "interpreter", "--metrics", "127.0.0.1:0", try endless()], ["vm", "--engine", "interpreter", "--metrics", "127.0.0.1:0", "console"]] {
            let server = try Server(command)
            defer { server.stop() }
            let text = try server.get("/metrics").body
            let result = try LongmaCommand("/usr/bin/env", ["promtool", "check", "metrics"], input: text)
            #expect(result.status == 0 && result.output + result.error == "", "\(result.output)\(result.error)\(text)")
        }
    }

    @Test(.enabled(if: hasPromtool, "skipped: needs promtool (Debian's prometheus)"))
    func promtoolAcceptsTheRules() throws {
        let monitoring = Fixture.packageDirectory.appendingPathComponent("Sources/Dashboard/Monitoring")
        #expect(try LongmaCommand("/usr/bin/env", ["promtool", "check", "rules", monitoring.appendingPathComponent("alerts.yml").path]).status == 0)
        #expect(try LongmaCommand("/usr/bin/env", ["promtool", "check", "config", monitoring.appendingPathComponent("prometheus.yml").path]).status == 0)
        // Each expression of the Grafana dashboard is one that Prometheus understands.
        let grafana = try JSONSerialization.jsonObject(with: Data(contentsOf: monitoring.appendingPathComponent("grafana.json"))) as? [String: Any]
        let panels = try #require(grafana?["panels"] as? [[String: Any]])
        let expressions = panels.flatMap { ($0["targets"] as? [[String: Any]] ?? []).compactMap { $0["expr"] as? String } }
        #expect(expressions.count >= 10)
        var rules = "groups:\n- name: grafana\n  rules:\n"
        for (index, expression) in expressions.enumerated() {
            let plain = expression.replacing("$__rate_interval", with: "1m").replacing("$job", with: ".*").replacing("$instance", with: ".*")
            rules += "  - record: panel\(index)\n    expr: '\(plain)'\n"
        }
        let result = try LongmaCommand("/usr/bin/env", ["promtool", "check", "rules", try directory.file("grafana.yml", rules)])
        #expect(result.status == 0, "\(result.output)\(result.error)")
    }

    @Test(.enabled(if: hasPrometheus, "skipped: needs prometheus"))
    func prometheusStoresTheFigures() throws {
        let server = try Server(["run", "--engine", "interpreter", "--metrics", "127.0.0.1:0", try endless()])
        defer { server.stop() }
        let configuration = try directory.file(
            "prometheus.yml", "global:\n  scrape_interval: 1s\nscrape_configs:\n- job_name: longma\n  static_configs:\n  - targets: [\"127.0.0.1:\(server.port)\"]\n")
        // A port that was free a moment ago.
        let free = try Server(["run", "--engine", "interpreter", "--metrics", "127.0.0.1:0", try endless()])
        let port = free.port
        free.stop()
        let options = ["--config.file=\(configuration)", "--storage.tsdb.path=\(directory.path("data"))", "--web.listen-address=127.0.0.1:\(port)"]
        let prometheus = try ChildProcess("prometheus", options + ["--log.level=error"])
        defer {
            prometheus.send(SIGTERM)
            prometheus.wait(atMost: 60)
        }
        let query = "http://127.0.0.1:\(port)/api/v1/query?query="
        func ask(_ expression: String) throws -> String { try LongmaCommand("/usr/bin/env", ["python3", "-c", "import sys,urllib.request;print(urllib.request.urlopen(sys.argv[1]).read().decode())", query + expression]).output }
        let end = Date().addingTimeInterval(60)
        var answer = ""
        while Date() < end {
            answer = try ask("longma_guest_instructions_total")
            if answer.contains("interpreted") { break }
            usleep(500_000)
        }
        #expect(answer.contains("\"mode\":\"interpreted\"") && answer.contains("\"job\":\"longma\""), "\(answer)")
        // Prometheus asks for OpenMetrics, and knows the types from it.
        #expect(try ask("longma_info").contains("endless.elf"))
        #expect(try ask("up").contains("\"1\""))
    }
}
