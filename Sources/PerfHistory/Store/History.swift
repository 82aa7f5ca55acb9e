import Foundation
import GRDB

/// A store of results: an SQLite file in WAL mode. Several processes may use it at the same time, and one that is killed leaves nothing half done.
public final class History {
    /// Marks the file as Longma's ("LnMa").
    static let applicationID = 0x4C6E_4D61

    public let path: String
    let queue: DatabaseQueue
    /// A copy of a history in a directory where SQLite cannot work; it goes with this object.
    private let copy: URL?

    /// Seconds that a write waits for another process's.
    public static let patience = 10.0

    /// Opens a history to write into it; one that does not exist is made. Throws a `HistoryFailure`.
    public static func open(_ path: String, patience: Double = patience) throws -> History {
        if !FileManager.default.fileExists(atPath: path) { try translating(path) { try begin(path) } }
        // Switching to WAL writes into the file, so what is not ours has to be refused before.
        _ = try read(path, patience: patience)
        var configuration = configuration(patience)
        configuration.journalMode = .wal
        return try translating(path) {
            let queue = try retrying(patience) { try DatabaseQueue(path: path, configuration: configuration) }
            let history = History(path, queue, nil)
            try history.checkContents()
            try retrying(patience) { try Schema.migrator.migrate(queue) }
            return history
        }
    }

    /// Opens a history that exists, to read it only. Throws a `HistoryFailure`.
    public static func read(_ path: String, patience: Double = patience) throws -> History {
        try checkFile(path)
        var configuration = configuration(patience)
        configuration.readonly = true
        return try translating(path) {
            do {
                let history = History(path, try retrying(patience) { try DatabaseQueue(path: path, configuration: configuration) }, nil)
                try history.checkContents()
                return history
            } catch let error as DatabaseError where [.SQLITE_CANTOPEN, .SQLITE_READONLY].contains(error.resultCode) {
                // WAL needs to write beside the file even to read it.
                let copy = try copyAside(path)
                let history = History(path, try DatabaseQueue(path: copy.appendingPathComponent("history").path, configuration: Self.configuration(patience)), copy)
                try history.checkContents()
                return history
            }
        }
    }

    /// Makes a history without results, whole or not at all: under another name first. One that another process has made meanwhile stays.
    private static func begin(_ path: String) throws {
        let draft = "\(path).\(UUID().uuidString)"
        defer { unlink(draft) }
        var configuration = Configuration()
        configuration.prepareDatabase { try $0.execute(sql: "PRAGMA journal_mode = OFF") }
        let queue = try DatabaseQueue(path: draft, configuration: configuration)
        try Schema.migrator.migrate(queue)
        try queue.close()
        guard link(draft, path) == 0 || errno == EEXIST else {
            throw HistoryFailure(.host, "\(path) cannot be made (\(String(cString: strerror(errno)))); give a history in a directory you may write to")
        }
    }

    private init(_ path: String, _ queue: DatabaseQueue, _ copy: URL?) {
        self.path = path
        self.queue = queue
        self.copy = copy
    }

    deinit {
        try? queue.close()
        if let copy { try? FileManager.default.removeItem(at: copy) }
    }

    private static func configuration(_ patience: Double) -> Configuration {
        var configuration = Configuration()
        configuration.busyMode = .timeout(patience)
        configuration.foreignKeysEnabled = true
        return configuration
    }

    private static func copyAside(_ path: String) throws -> URL {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent("longma-history-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        for suffix in ["", "-wal"] where FileManager.default.fileExists(atPath: path + suffix) {
            try FileManager.default.copyItem(atPath: path + suffix, toPath: directory.appendingPathComponent("history" + suffix).path)
        }
        return directory
    }

    /// Tries again while another process holds the file: not every lock is waited for by SQLite itself.
    private static func retrying<Result>(_ patience: Double, _ body: () throws -> Result) throws -> Result {
        let end = Date().addingTimeInterval(patience)
        while true {
            do { return try body() } catch let error as DatabaseError where error.resultCode == .SQLITE_BUSY && Date() < end { usleep(20_000) }
        }
    }

    // MARK: What may be wrong with the file

    private static func checkFile(_ path: String) throws {
        var isDirectory: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else {
            throw HistoryFailure(.badInput, "there is no history \(path); longma bench --history \(path) begins one")
        }
        if isDirectory.boolValue { throw HistoryFailure(.badInput, "\(path) is a directory, not a history; give the path of a file") }
        // SQLite would take an empty file for a new one.
        if (try? FileManager.default.attributesOfItem(atPath: path))?[.size] as? Int == 0 {
            throw HistoryFailure(.badInput, "\(path) is empty, not a history; if it was one, restore it from a copy, else remove it and try again")
        }
    }

    /// Refuses what another program, or a newer Longma, has written, and what is damaged.
    private func checkContents() throws {
        try queue.read { db in
            guard try Int.fetchOne(db, sql: "PRAGMA application_id") == Self.applicationID else {
                throw HistoryFailure(.badInput, "\(path) is a database of another program, not a history; give another file")
            }
            if try Schema.migrator.hasBeenSuperseded(db) {
                throw HistoryFailure(.badInput, "\(path) was written by a newer longma; update longma to use it")
            }
            // Large files are looked at where they are read.
            let pages = try Int.fetchOne(db, sql: "PRAGMA page_count") ?? 0
            guard pages <= 16384 else { return }
            let verdict = try String.fetchOne(db, sql: "PRAGMA quick_check(1)") ?? "no answer"
            if verdict != "ok" { throw Self.damaged(path, verdict) }
        }
    }

    private static func damaged(_ path: String, _ detail: String) -> HistoryFailure {
        let line = detail.split(whereSeparator: \.isNewline).joined(separator: " ")
        return HistoryFailure(.badInput, "\(path) is damaged (\(line)) and was left as it is; restore it from a copy, or save what is left with sqlite3's .recover")
    }

    /// Says in words what SQLite reports.
    static func translating<Result>(_ path: String, _ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch let error as DatabaseError {
            let detail = error.message ?? "SQLite error \(error.resultCode.rawValue)"
            switch error.resultCode {
            case .SQLITE_NOTADB, .SQLITE_CORRUPT: throw damaged(path, detail)
            case .SQLITE_BUSY, .SQLITE_LOCKED:
                throw HistoryFailure(.host, "\(path) is locked by another process, and was for \(Int(patience)) seconds; nothing was changed, try again later")
            case .SQLITE_READONLY, .SQLITE_PERM:
                throw HistoryFailure(.host, "\(path) may not be written; nothing was changed, give a history in a directory you may write to")
            case .SQLITE_CANTOPEN:
                throw HistoryFailure(.host, "\(path) cannot be opened or made (\(detail)); give a history in a directory you may write to")
            case .SQLITE_FULL: throw HistoryFailure(.host, "no room is left for \(path); nothing was changed")
            default: throw HistoryFailure(.host, "\(path) cannot be used: \(detail)")
            }
        } catch let error as CocoaError {
            throw HistoryFailure(.host, "\(path) cannot be read (\(error.localizedDescription)); set TMPDIR to a directory you may write to")
        }
    }

    /// Reads.
    func read<Result>(_ body: (Database) throws -> Result) throws -> Result { try Self.translating(path) { try queue.read(body) } }

    /// Writes, all or nothing.
    func write<Result>(_ body: (Database) throws -> Result) throws -> Result {
        try Self.translating(path) {
            var result: Result?
            try queue.inTransaction(.immediate) { db in
                result = try body(db)
                return .commit
            }
            return result!
        }
    }
}
