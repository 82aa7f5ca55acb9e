import Foundation
import PerfHistory

/// Answers the dashboard's pages, `/api/…` and `/metrics` from a history, as it is at the time of the request.
public final class HistoryServer: @unchecked Sendable {
    private let path: String
    private let lock = NSLock()
    /// What was made of the history when it was last looked at.
    private var current: (site: Site, stamp: [Double])?

    /// Throws a `HistoryFailure` when there is no history to begin with.
    public init(path: String) throws {
        self.path = path
        _ = try site()
    }

    /// The history's files change when something is written.
    private var stamp: [Double] {
        ["", "-wal"].map { suffix in
            let attributes = try? FileManager.default.attributesOfItem(atPath: path + suffix)
            return ((attributes?[.modificationDate] as? Date)?.timeIntervalSince1970 ?? 0) + Double(attributes?[.size] as? Int ?? 0) / 1e3
        }
    }

    private func site() throws -> Site {
        try lock.withLock {
            let stamp = stamp
            if let current, current.stamp == stamp { return current.site }
            let site = try Site(History.read(path), date: Date().timeIntervalSince1970)
            current = (site, stamp)
            return site
        }
    }

    /// The answer to a request.
    public func answer(_ request: WebServer.Request) -> Answer {
        let path = request.path
        let site: Site
        do { site = try self.site() } catch { return .text("\(error)", status: 503) }
        let name = path == "/" ? PageFrame.Page.overview.rawValue : String(path.dropFirst())
        if let data = site.files[name] { return Answer(contentType: Self.contentType(name), body: data) }
        if path == "/metrics" { return Self.metrics(site.timelines, site.checks, accept: request.accept).answer }
        if path.hasPrefix("/api/") { return api(String(path.dropFirst(5)), request.query, site) }
        return .notFound
    }

    private static func contentType(_ name: String) -> String {
        switch (name as NSString).pathExtension {
        case "html": "text/html; charset=utf-8"
        case "css": "text/css; charset=utf-8"
        case "js": "text/javascript; charset=utf-8"
        case "json": "application/json; charset=utf-8"
        default: "text/csv; charset=utf-8"
        }
    }

    // MARK: /api

    private func api(_ name: String, _ query: [String: String], _ site: Site) -> Answer {
        switch name {
        case "runs": return .json(JSONText.array(site.timelines.flatMap { timeline in timeline.runs.map { Self.run($0) } }))
        case "run":
            guard let (timeline, index) = find(query["id"], site) else { return .json("{\"error\": \"no such run\"}", status: 404) }
            return .json(JSONText.object([("run", Self.run(timeline.runs[index])), ("series", JSONText.array(timeline.measured(at: index).map(Self.measured)))]))
        case "series":
            let rows = site.timelines.flatMap { timeline in
                timeline.rows.filter { query["name"] == nil || $0.series.name == query["name"] }.map { Self.row($0, timeline, withValues: query["name"] != nil) }
            }
            return .json(JSONText.array(rows), status: rows.isEmpty && query["name"] != nil ? 404 : 200)
        case "check": return .json(JSONText.array(zip(site.checks, site.timelines).flatMap { check, timeline in check.findings.map { Self.finding($0, timeline) } }))
        case "compare":
            guard let (old, before) = find(query["before"], site), let (new, after) = find(query["after"], site) else {
                return .json("{\"error\": \"compare needs before and after, numbers of runs\"}", status: 404)
            }
            if let difference = new.testbed.difference(from: old.testbed) {
                return .json(JSONText.object([("error", JSONText.string("the runs are of different testbeds: \(difference)"))]), status: 409)
            }
            return .json(JSONText.array(Comparison(before: old.measured(at: before), after: new.measured(at: after)).rows.map(Self.compared)))
        default: return .json("{\"error\": \"there are runs, run?id=, series?name=, check, compare?before=&after=\"}", status: 404)
        }
    }

    private func find(_ id: String?, _ site: Site) -> (Timeline, Int)? {
        guard let id = id.flatMap({ Int64($0) }) else { return nil }
        for timeline in site.timelines { if let index = timeline.runs.firstIndex(where: { $0.id == id }) { return (timeline, index) } }
        return nil
    }

    private static func optional(_ value: Double?) -> String { value.map(JSONText.number) ?? "null" }
    private static func optional(_ text: String?) -> String { text.map(JSONText.string) ?? "null" }

    private static func run(_ run: RunSummary) -> String {
        JSONText.object([
            ("id", "\(run.id)"), ("commit", optional(run.commit)), ("date", JSONText.string(Timestamp.text(run.date))),
            ("position", JSONText.string(Timestamp.text(run.position))), ("version", JSONText.string(run.version)), ("testbed", JSONText.string(run.testbed.id)),
            ("testbed_summary", JSONText.string(run.testbed.summary)), ("accepted", run.isAccepted ? "true" : "false"),
            ("remarks", JSONText.array(run.annotations.map { JSONText.string($0.text) })),
        ])
    }

    private static func series(_ series: Series) -> [(String, String)] {
        [
            ("name", JSONText.string(series.name)), ("workload", JSONText.string(series.workload)), ("contestant", JSONText.string(series.contestant)),
            ("metric", JSONText.string(series.metric)), ("kind", JSONText.string(series.kind.rawValue)), ("unit", JSONText.string(series.unit)),
        ]
    }

    private static func measured(_ measured: Measured) -> String {
        JSONText.object(series(measured.series) + [("median", JSONText.number(measured.median)), ("samples", JSONText.array(measured.samples.map(JSONText.number)))])
    }

    private static func row(_ row: Timeline.Row, _ timeline: Timeline, withValues: Bool) -> String {
        var members = series(row.series) + [("testbed", JSONText.string(timeline.testbed.id)), ("exact", row.isExact ? "true" : "false"), ("runs", "\(row.runs.count)")]
        if withValues {
            members.append(
                ("values", JSONText.array(zip(row.runs, row.medians).map { JSONText.object([("run", "\(timeline.runs[$0].id)"), ("median", JSONText.number($1))]) })))
        }
        return JSONText.object(members)
    }

    private static func finding(_ finding: HistoryCheck.Finding, _ timeline: Timeline) -> String {
        JSONText.object(
            series(finding.series) + [
                ("testbed", JSONText.string(timeline.testbed.id)), ("run", "\(timeline.runs[finding.first].id)"), ("commit", optional(timeline.runs[finding.first].commit)),
                ("before", JSONText.number(finding.point.before)), ("after", JSONText.number(finding.point.after)), ("change", JSONText.number(finding.point.relative)),
                ("probability", JSONText.number(finding.point.probability)), ("exact", finding.isExact ? "true" : "false"),
                ("regression", finding.isRegression ? "true" : "false"), ("stands", finding.stands ? "true" : "false"),
            ])
    }

    private static func compared(_ row: Comparison.Row) -> String {
        JSONText.object(
            series(row.series) + [
                ("before", optional(row.before)), ("after", optional(row.after)), ("change", optional(row.relative)), ("exact", row.isExact ? "true" : "false"),
                ("probability", optional(row.probability)), ("verdict", JSONText.string(row.verdict.rawValue)),
            ])
    }

    // MARK: /metrics

    private static func metrics(_ timelines: [Timeline], _ checks: [HistoryCheck], accept: String) -> OpenMetrics {
        var metrics = OpenMetrics(accept: accept)
        func each(_ value: (Timeline, HistoryCheck) -> Double) -> [(labels: [(String, String)], value: Double)] {
            zip(timelines, checks).map { ([("testbed", $0.testbed.id)], value($0, $1)) }
        }
        metrics.gauge("longma_history_runs", "Runs in the history.", each { timeline, _ in Double(timeline.runs.count) })
        metrics.gauge("longma_history_regressions_standing", "Regressions that nobody has mended or accepted.", each { _, check in Double(check.standing.count) })
        metrics.gauge("longma_history_latest_run_timestamp_seconds", "When the latest run was measured.", unit: "seconds", each { timeline, _ in timeline.runs.map(\.date).max() ?? 0 })
        var times: [(labels: [(String, String)], value: Double)] = []
        for timeline in timelines {
            for measured in timeline.measured(at: timeline.runs.count - 1) where measured.series.kind == .time {
                let series = measured.series
                times.append((
                    [("testbed", timeline.testbed.id), ("workload", series.workload), ("contestant", series.contestant), ("metric", series.metric)],
                    measured.median * (series.unit == "ns" ? 1e-9 : 1)
                ))
            }
        }
        metrics.gauge("longma_history_latest_seconds", "Median times of the latest run.", unit: "seconds", times)
        return metrics
    }
}
