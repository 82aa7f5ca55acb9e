import ArgumentParser
import Foundation
import PerfHistory

/// What a result file says about itself.
struct RecordOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The commit that is measured (default: the one checked out in the working directory).", valueName: "id"))
    var commit: String?

    @Option(help: ArgumentHelp("When the commit was made, like 2026-11-22T16:30:00Z.", valueName: "time"))
    var commitDate: String?

    @Option(help: ArgumentHelp("Keeps the figures of this machine apart from those of others that look the same.", valueName: "name"))
    var label: String = ""

    @Option(help: ArgumentHelp("Result files of one batch, commit and testbed are one run in a history.", valueName: "name"))
    var batch: String?

    func validate() throws {
        if let commitDate, Timestamp.seconds(commitDate) == nil { throw ValidationError("--commit-date \(commitDate) is no time like 2026-11-22T16:30:00Z") }
        if commit?.isEmpty == true { throw ValidationError("--commit needs the id of a commit") }
        if batch?.isEmpty == true { throw ValidationError("--batch needs a name") }
    }

    /// The header of a result file that begins now.
    func header(_ format: RecordHeader.Format) -> RecordHeader {
        var header = RecordHeader(
            format: format, id: UUID().uuidString.lowercased(), date: Date().timeIntervalSince1970.rounded(.down), version: Longma.configuration.version,
            testbed: Host.testbed(label: label), loadBefore: Host.load, loadAfter: Host.load)
        let found = commit == nil ? Host.commit() : nil
        header.commit = commit ?? found?.id
        header.commitDate = commitDate.flatMap(Timestamp.seconds) ?? found?.date
        header.batch = batch
        return header
    }
}
