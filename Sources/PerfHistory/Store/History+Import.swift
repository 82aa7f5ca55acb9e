import Foundation
import GRDB
import GRDBSQLite

extension History {
    /// What an import did.
    public struct ImportResult: Equatable, Sendable {
        /// Records that became runs of their own, and those that were added to a run that there was.
        public var added = 0
        public var merged = 0
        /// Records that the history had already.
        public var known = 0

        public init() {}

        public static func += (a: inout Self, b: Self) {
            a.added += b.added
            a.merged += b.merged
            a.known += b.known
        }
    }

    /// Adds records, all or none. A record that is there already is passed over; one with its id but other figures is refused.
    @discardableResult
    public func add(_ records: [RunRecord]) throws -> ImportResult {
        try write { db in
            var importer = try Importer(db)
            for record in records { try importer.add(record) }
            return importer.result
        }
    }
}

/// Adds records within a transaction.
private struct Importer {
    private let db: Database
    private let insertValue: Statement
    private var testbeds: [Testbed: Int64] = [:]
    private var series: [Series: Int64] = [:]
    var result = History.ImportResult()

    init(_ db: Database) throws {
        self.db = db
        insertValue = try db.makeStatement(sql: "INSERT INTO value (record, series, samples) VALUES (?, ?, ?)")
    }

    mutating func add(_ record: RunRecord) throws {
        let header = record.header
        let digest = Self.digest(record)
        if let known = try Int64.fetchOne(db.cachedStatement(sql: "SELECT digest FROM record WHERE id = ?"), arguments: [header.id]) {
            guard known == digest else {
                throw HistoryFailure(.badInput, "the history has a record \(header.id) with other figures; a result file was changed, or two have the same id")
            }
            result.known += 1
            return
        }
        let ids = try record.measured.map { try id(of: $0.series) }
        guard Set(ids).count == ids.count else { throw HistoryFailure(.badInput, "the record \(header.id) has a series twice") }
        let testbed = try id(of: header.testbed)
        var run = try openRun(header, testbed, ids)
        if run != nil { result.merged += 1 } else { result.added += 1 }
        if run == nil {
            try db.cachedStatement(sql: "INSERT INTO run (testbed, position, date, commit_id, version, batch) VALUES (?, ?, ?, ?, ?, ?)")
                .execute(arguments: [testbed, header.order, header.date, header.commit, header.version, header.batch])
            run = db.lastInsertedRowID
        }
        try db.cachedStatement(
            sql: """
                INSERT INTO record (id, digest, run, format, date, commit_date, load_before, load_after, tools, shard_index, shard_count)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """
        ).execute(arguments: [
            header.id, digest, run!, header.format.rawValue, header.date, header.commitDate, header.loadBefore, header.loadAfter,
            JSONText.object(header.tools.sorted { $0.key < $1.key }.map { ($0.key, JSONText.string($0.value)) }), header.shard?.index, header.shard?.count,
        ])
        let key = db.lastInsertedRowID
        // In the order of the table; and bound by hand, for these are nearly all the work.
        let statement = insertValue.sqliteStatement
        for (series, measured) in zip(ids, record.measured).sorted(by: { $0.0 < $1.0 }) {
            sqlite3_reset(statement)
            sqlite3_bind_int64(statement, 1, key)
            sqlite3_bind_int64(statement, 2, series)
            let code = measured.samples.withUnsafeBytes { bytes -> CInt in
                sqlite3_bind_blob(statement, 3, bytes.baseAddress, CInt(bytes.count), nil)
                return sqlite3_step(statement)
            }
            guard code == SQLITE_DONE else {
                throw DatabaseError(resultCode: ResultCode(rawValue: code), message: String(cString: sqlite3_errmsg(db.sqliteConnection)))
            }
        }
        sqlite3_reset(statement)
        sqlite3_clear_bindings(statement)
    }

    /// The run that a record of a batch belongs to: one of its batch, commit and testbed that lacks the record's series.
    private func openRun(_ header: RecordHeader, _ testbed: Int64, _ series: [Int64]) throws -> Int64? {
        guard let batch = header.batch else { return nil }
        let runs = try Int64.fetchAll(
            db.cachedStatement(sql: "SELECT id FROM run WHERE batch = ? AND testbed = ? AND commit_id IS ? AND version = ? ORDER BY id"),
            arguments: [batch, testbed, header.commit, header.version])
        return try runs.first { run in
            let present = try Int64.fetchSet(
                db.cachedStatement(sql: "SELECT value.series FROM value JOIN record ON record.key = value.record WHERE record.run = ?"), arguments: [run])
            return present.isDisjoint(with: series)
        }
    }

    private mutating func id(of testbed: Testbed) throws -> Int64 {
        if let id = testbeds[testbed] { return id }
        let arguments: StatementArguments = [testbed.label, testbed.processor, testbed.kernel, testbed.cores, testbed.libgccjit]
        try db.execute(sql: "INSERT OR IGNORE INTO testbed (label, processor, kernel, cores, libgccjit) VALUES (?, ?, ?, ?, ?)", arguments: arguments)
        let id = try Int64.fetchOne(
            db, sql: "SELECT id FROM testbed WHERE label = ? AND processor = ? AND kernel = ? AND cores = ? AND libgccjit = ?", arguments: arguments)!
        testbeds[testbed] = id
        return id
    }

    private mutating func id(of wanted: Series) throws -> Int64 {
        if let id = series[wanted] { return id }
        let arguments: StatementArguments = [wanted.workload, wanted.contestant, wanted.metric, wanted.kind.rawValue, wanted.unit, wanted.higherIsBetter]
        try db.execute(
            sql: "INSERT OR IGNORE INTO series (workload, contestant, metric, kind, unit, higher_is_better) VALUES (?, ?, ?, ?, ?, ?)", arguments: arguments)
        let id = try Int64.fetchOne(
            db, sql: "SELECT id FROM series WHERE workload = ? AND contestant = ? AND metric = ? AND kind = ? AND unit = ? AND higher_is_better = ?",
            arguments: arguments)!
        series[wanted] = id
        return id
    }

    /// Tells whether two records with one id hold the same figures, in whatever order.
    private static func digest(_ record: RunRecord) -> Int64 {
        var sum: UInt64 = 0
        for measured in record.measured {
            var hash = Digest.fnv1a(measured.series.name.utf8)
            for sample in measured.samples { hash = (hash ^ sample.bitPattern) &* 0x9E37_79B9_7F4A_7C15; hash ^= hash >> 29 }
            sum &+= hash
        }
        return Int64(bitPattern: sum)
    }
}
