import Foundation
import PerfHistory
import Testing

/// What other programs read.
@Suite struct ExportTests {
    private func timeline() throws -> Timeline {
        var history = SimulatedHistory(seed: 3)
        history.workloads = ["plain", "with, \"quotes\""]
        let directory = try TemporaryDirectory()
        let store = try History.open(directory.path("history.sqlite"))
        try store.add(history.records(4))
        return try #require(try store.timelines().first)
    }

    @Test func csvHasALineForEachFigure() throws {
        let timeline = try timeline()
        let lines = Export.csv([timeline]).split(separator: "\n")
        #expect(lines.count == 1 + 4 * 12)
        #expect(lines.filter { $0.contains("\"with, \"\"quotes\"\"\"") }.count == 24)
    }

    @Test func otavaHasAColumnForEachSeries() throws {
        let lines = Export.otava(try timeline()).split(separator: "\n")
        #expect(lines.count == 5 && lines[0].hasPrefix("time,commit,plain/"))
        #expect(lines[1].split(separator: ",").count == 14 && lines[1].hasPrefix("2023-07-22T04:26:40Z,"))
    }

    @Test func actionBenchmarkIsAListOfFigures() throws {
        let timeline = try timeline()
        let text = Export.actionBenchmark(timeline.measured(at: 3), testbed: timeline.testbed)
        let list = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [[String: Any]])
        #expect(list.count == 12)
        for entry in list {
            #expect(entry["name"] is String && entry["unit"] is String && entry["value"] is Double && entry["extra"] is String)
            #expect((entry["range"] != nil) == !(entry["name"] as! String).hasSuffix("/instructions"))
        }
    }
}
