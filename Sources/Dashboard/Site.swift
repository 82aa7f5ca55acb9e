import Foundation
import PerfHistory

/// The dashboard of a history: a few files that work from a disk as well as from a server, and need nothing from elsewhere.
public struct Site: Sendable {
    /// The files by name.
    public let files: [String: Data]
    /// What they were made of.
    let timelines: [Timeline]
    let checks: [HistoryCheck]

    /// Makes the pages; `date` is when, in seconds since 1970. Throws a `HistoryFailure`.
    public init(_ history: History, date: Double, options: HistoryCheck.Options = .init()) throws {
        timelines = try history.timelines()
        checks = timelines.map { HistoryCheck($0, options: options) }
        func page(_ page: PageFrame.Page, _ body: String) -> Data { Data(PageFrame(page: page, date: date).html(body).utf8) }
        files = [
            PageFrame.Page.overview.rawValue: page(.overview, OverviewPage(timelines: timelines, checks: checks).html),
            PageFrame.Page.worldSwitch.rawValue: page(.worldSwitch, SwitchPage(timelines: timelines).html),
            PageFrame.Page.trends.rawValue: page(.trends, TrendsPage(timelines: timelines, checks: checks).html),
            PageFrame.Page.compare.rawValue: page(.compare, ComparePage(timelines: timelines).html),
            "style.css": Data(PageFrame.style.utf8), "script.js": Data(PageFrame.script.utf8),
            "records.json": Data(RecordWriter.json(try history.records(runs: timelines.flatMap(\.runs))).utf8), "figures.csv": Data(Export.csv(timelines).utf8),
        ]
    }

    /// Writes the files into a directory, which is made if it is not there; each is replaced in one step.
    public func write(to directory: String) throws {
        do {
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
            for (name, data) in files { try data.write(to: URL(fileURLWithPath: directory).appendingPathComponent(name), options: .atomic) }
        } catch {
            throw HistoryFailure(.host, "cannot write the dashboard to \(directory) (\((error as NSError).localizedDescription)); give --output a directory you may write to")
        }
    }
}
