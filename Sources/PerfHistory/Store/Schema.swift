import GRDB

/// The tables, as they came to be.
enum Schema {
    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1: runs, records, values") { db in
            try db.execute(sql: "PRAGMA application_id = \(History.applicationID)")
            try db.execute(
                sql: """
                    CREATE TABLE testbed (
                        id INTEGER PRIMARY KEY, label TEXT NOT NULL, processor TEXT NOT NULL, kernel TEXT NOT NULL, cores INTEGER NOT NULL,
                        libgccjit TEXT NOT NULL, UNIQUE (label, processor, kernel, cores, libgccjit));
                    -- What was measured of one commit on one testbed, in one or more records.
                    CREATE TABLE run (
                        id INTEGER PRIMARY KEY AUTOINCREMENT, testbed INTEGER NOT NULL REFERENCES testbed, position REAL NOT NULL, date REAL NOT NULL,
                        commit_id TEXT, version TEXT NOT NULL, batch TEXT);
                    CREATE INDEX run_position ON run (testbed, position);
                    CREATE INDEX run_batch ON run (batch) WHERE batch IS NOT NULL;
                    -- A result file.
                    CREATE TABLE record (
                        key INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, digest INTEGER NOT NULL, run INTEGER NOT NULL REFERENCES run ON DELETE CASCADE,
                        format TEXT NOT NULL, date REAL NOT NULL, commit_date REAL, load_before REAL NOT NULL, load_after REAL NOT NULL,
                        tools TEXT NOT NULL, shard_index INTEGER, shard_count INTEGER);
                    CREATE INDEX record_run ON record (run);
                    CREATE TABLE series (
                        id INTEGER PRIMARY KEY, workload TEXT NOT NULL, contestant TEXT NOT NULL, metric TEXT NOT NULL, kind TEXT NOT NULL,
                        unit TEXT NOT NULL, higher_is_better INTEGER NOT NULL,
                        UNIQUE (workload, contestant, metric, kind, unit, higher_is_better));
                    -- The samples are 64-bit floating point numbers, least significant byte first.
                    CREATE TABLE value (
                        record INTEGER NOT NULL REFERENCES record ON DELETE CASCADE, series INTEGER NOT NULL REFERENCES series, samples BLOB NOT NULL,
                        PRIMARY KEY (record, series)) WITHOUT ROWID;
                    CREATE TABLE annotation (
                        id INTEGER PRIMARY KEY, run INTEGER NOT NULL REFERENCES run ON DELETE CASCADE, text TEXT NOT NULL, is_accepted INTEGER NOT NULL,
                        date REAL NOT NULL);
                    CREATE INDEX annotation_run ON annotation (run);
                    """)
        }
        return migrator
    }
}
