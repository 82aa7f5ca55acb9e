import ArgumentParser
import Foundation
import PerfHistory

/// `longma history`.
struct HistoryCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "history", abstract: "Keeps the results of bench and switch, and tells which commits made what faster and slower.",
        subcommands: [
            HistoryImportCommand.self, HistoryListCommand.self, HistoryShowCommand.self, HistoryCheckCommand.self, HistoryExportCommand.self,
            HistoryAnnotateCommand.self, HistoryPruneCommand.self,
        ])
}

/// `longma history import`.
struct HistoryImportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Adds result files; those that the history has already are passed over.",
        discussion: "Takes the files that bench --json, switch --json and history export write, and directories of them. - is standard input.")

    @OptionGroup var store: HistoryOption

    @Argument(help: ArgumentHelp("Result files.", valueName: "result.json"))
    var files: [String]

    /// Files that are read at a time, and added together.
    private static let chunk = 256

    func run() throws {
        let paths = ResultFile.expanded(files)
        if paths.isEmpty { throw Failure(.badImage, "\(files.joined(separator: ", ")) holds no JSON files") }
        let history = try store.open()
        var result = History.ImportResult()
        var broken = 0
        for start in stride(from: 0, to: paths.count, by: Self.chunk) {
            Terminal.progress("\(start) of \(paths.count) files")
            let chunk = Array(paths[start..<min(start + Self.chunk, paths.count)])
            var records: [RunRecord] = []
            for outcome in Self.read(chunk) {
                switch outcome {
                case .success(let found): records += found
                case .failure(let failure):
                    Terminal.progress(nil)
                    standardError("longma: \(failure.description)")
                    broken += 1
                }
            }
            result += try said { try history.add(records) }
        }
        Terminal.progress(nil)
        var parts = ["\(result.added) added"]
        if result.merged > 0 { parts.append("\(result.merged) joined to their batch") }
        if result.known > 0 { parts.append("\(result.known) known already") }
        if broken > 0 { parts.append("\(broken) \(broken == 1 ? "file" : "files") not read") }
        print("\(store.path): \(parts.joined(separator: ", "))")
        if broken > 0 { leave(Status.badImage.rawValue) }
    }

    /// Reads files on all cores.
    private static func read(_ paths: [String]) -> [Result<[RunRecord], HistoryFailure>] {
        let outcomes = UnsafeMutablePointer<Result<[RunRecord], HistoryFailure>>.allocate(capacity: paths.count)
        defer {
            outcomes.deinitialize(count: paths.count)
            outcomes.deallocate()
        }
        DispatchQueue.concurrentPerform(iterations: paths.count) { index in
            let outcome: Result<[RunRecord], HistoryFailure>
            do {
                outcome = .success(try RecordReader.records(ResultFile.bytes(paths[index]), name: paths[index]))
            } catch {
                outcome = .failure(error as? HistoryFailure ?? HistoryFailure(.badInput, "\(paths[index]): \(error)"))
            }
            (outcomes + index).initialize(to: outcome)
        }
        return Array(UnsafeBufferPointer(start: outcomes, count: paths.count))
    }
}

/// `longma history annotate`.
struct HistoryAnnotateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "annotate", abstract: "Remarks on a run; --accept says that the changes it brought are wanted, so that check does not mind them.")

    @OptionGroup var store: HistoryOption

    @Argument(help: ArgumentHelp("A run's number, or the first digits of its commit.", valueName: "run"))
    var name: String

    @Argument(help: ArgumentHelp("The remark.", valueName: "text"))
    var text: String

    @Flag(help: "The changes that the run brought are wanted.")
    var accept = false

    func validate() throws {
        if text.isEmpty { throw ValidationError("the remark is empty") }
    }

    func run() throws {
        _ = try store.read()
        let history = try store.open()
        try said {
            let run = try history.run(name)
            try history.annotate(run: run.id, text, isAccepted: accept, date: Date().timeIntervalSince1970.rounded(.down))
            print("run \(run.id) (\(run.name)): \(text)\(accept ? " (accepted)" : "")")
        }
    }
}

/// `longma history prune`.
struct HistoryPruneCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "prune", abstract: "Removes runs for good, and says which.")

    @OptionGroup var store: HistoryOption

    @Option(help: ArgumentHelp("Keep the latest N runs of each testbed.", valueName: "n"))
    var keep: Int?

    @Option(help: ArgumentHelp("Remove the runs of commits before this time, like 2026-11-22T16:30:00Z or 2026-11-22.", valueName: "time"))
    var before: String?

    @Option(help: ArgumentHelp("Remove these runs, separated by commas: numbers or first digits of commits.", valueName: "runs"))
    var runs: String?

    @Flag(help: "Only say what would be removed.")
    var dryRun = false

    func validate() throws {
        if [keep != nil, before != nil, runs != nil].filter({ $0 }).count != 1 { throw ValidationError("prune needs one of --keep, --before and --runs") }
        if let keep, keep < 0 { throw ValidationError("--keep must be 0 or more") }
        if let before, Self.time(before) == nil { throw ValidationError("--before \(before) is no time like 2026-11-22T16:30:00Z or 2026-11-22") }
    }

    private static func time(_ text: String) -> Double? { Timestamp.seconds(text) ?? Timestamp.seconds(text + "T00:00:00Z") }

    func run() throws {
        let history = try store.read()
        let all = try said { try history.runs() }
        var doomed: [RunSummary] = []
        if let keep { for (_, runs) in Dictionary(grouping: all, by: \.testbed) { doomed += runs.dropLast(keep) } }
        if let limit = before.flatMap(Self.time) { doomed += all.filter { $0.position < limit } }
        for name in runs?.split(separator: ",") ?? [] { doomed.append(try said { try history.run(name.trimmingCharacters(in: .whitespaces)) }) }
        doomed.sort { $0.id < $1.id }
        for run in doomed { print("\(dryRun ? "would remove" : "removed") run \(run.id) (\(run.name), \(Timestamp.short(run.date)))") }
        if !dryRun, !doomed.isEmpty { try said { try store.open().remove(runs: doomed.map(\.id)) } }
        print("\(dryRun ? 0 : doomed.count) of \(all.count) runs removed")
    }
}
