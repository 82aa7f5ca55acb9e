import Foundation
import GRDB

extension History {
    /// The run that a user means: by its number, or by a commit's first digits (of several the latest).
    public func run(_ name: String) throws -> RunSummary {
        let runs = try runs()
        if let id = Int64(name), let run = runs.first(where: { $0.id == id }) { return run }
        let matching = name.count < 4 ? [] : runs.filter { $0.commit?.hasPrefix(name) ?? false }
        guard let run = matching.max(by: { ($0.position, $0.date) < ($1.position, $1.date) }) else {
            throw HistoryFailure(.usage, "\(path) has no run \(name); give a number that longma history list shows, or the first digits of a commit")
        }
        return run
    }

    /// Remarks on a run; `isAccepted` takes the changes that it brought for wanted ones.
    public func annotate(run: Int64, _ text: String, isAccepted: Bool, date: Double) throws {
        try write { db in
            try db.execute(sql: "INSERT INTO annotation (run, text, is_accepted, date) VALUES (?, ?, ?, ?)", arguments: [run, text, isAccepted, date])
        }
    }

    /// Removes runs, with their figures and remarks, and gives the room back.
    public func remove(runs: [Int64]) throws {
        try write { db in
            for run in runs { try db.execute(sql: "DELETE FROM run WHERE id = ?", arguments: [run]) }
            try db.execute(sql: "DELETE FROM series WHERE id NOT IN (SELECT series FROM value)")
            try db.execute(sql: "DELETE FROM testbed WHERE id NOT IN (SELECT testbed FROM run)")
        }
        try Self.translating(path) { try queue.vacuum() }
    }
}
