import Glibc

/// Reads result files: those of `longma bench` and `longma switch`, and what `longma history export` writes, which may be a list of records.
public enum RecordReader {
    /// The records of a JSON text. `name` is the file's, for what is said when it is none.
    public static func records(_ text: [UInt8], name: String) throws -> [RunRecord] {
        do {
            // The header may stand behind what it describes, so it is read first.
            let headers: [RecordHeader?] = try JSONScanner.scan(text) { try readHeaders(&$0) }
            for header in headers { try check(header, name) }
            var records: [RunRecord] = []
            try JSONScanner.scan(text) { scanner in
                try eachRecord(&scanner) { scanner in
                    records.append(RunRecord(header: headers[records.count]!, measured: try ResultBody.measured(&scanner)))
                }
            }
            for record in records where record.measured.isEmpty { throw HistoryFailure(.badInput, "\(name) holds no figures") }
            return records
        } catch let trouble as JSONScanner.Trouble {
            throw HistoryFailure(.badInput, "\(name) is not the JSON of results: \(trouble.sentence) (line \(trouble.line))")
        }
    }

    private static func check(_ header: RecordHeader?, _ name: String) throws {
        guard let header else { throw HistoryFailure(.badInput, "\(name) is JSON, but not of longma bench, switch or history export: it has no member \"record\"") }
        guard header.schema <= RecordHeader.currentSchema else {
            throw HistoryFailure(
                .badInput, "\(name) was written by a newer longma (schema \(header.schema), this one knows \(RecordHeader.currentSchema)); update longma")
        }
    }

    private static func eachRecord(_ scanner: inout JSONScanner, _ body: (inout JSONScanner) throws -> Void) throws {
        if scanner.next() == UInt8(ascii: "[") { try scanner.array(body) } else { try body(&scanner) }
    }

    private static func readHeaders(_ scanner: inout JSONScanner) throws -> [RecordHeader?] {
        var headers: [RecordHeader?] = []
        try eachRecord(&scanner) { scanner in
            var header: RecordHeader?
            guard scanner.next() == UInt8(ascii: "{") else { try scanner.skip(); headers.append(nil); return }
            try scanner.object { scanner, name in
                if name == "record", scanner.next() == UInt8(ascii: "{") { header = try HeaderReader.header(&scanner) } else { try scanner.skip() }
            }
            headers.append(header)
        }
        return headers
    }
}

/// Reads the member `record`.
private enum HeaderReader {
    static func header(_ scanner: inout JSONScanner) throws -> RecordHeader {
        var texts: [String: String] = [:]
        var numbers: [String: Double] = [:]
        var tools: [String: String] = [:]
        var testbed: [String: String] = [:]
        var cores = 0.0
        var shard: (index: Double, count: Double)?
        try scanner.object { scanner, name in
            if try scanner.isNull() { return }
            switch name {
            case "format", "id", "date", "commit", "commit_date", "version", "batch": texts[name] = try scanner.string()
            case "schema", "load_before", "load_after": numbers[name] = try scanner.number()
            case "tools": try scanner.object { tools[$1] = try $0.string() }
            case "testbed":
                try scanner.object { scanner, name in
                    switch name {
                    case "label", "processor", "kernel", "libgccjit": testbed[name] = try scanner.string()
                    case "cores": cores = try scanner.number()
                    default: try scanner.skip()
                    }
                }
            case "shard":
                var part = (index: 0.0, count: 0.0)
                try scanner.object { scanner, name in
                    switch name {
                    case "index": part.index = try scanner.number()
                    case "count": part.count = try scanner.number()
                    default: try scanner.skip()
                    }
                }
                shard = part
            default: try scanner.skip()
            }
        }
        func date(_ name: String) throws -> Double? {
            guard let text = texts[name] else { return nil }
            guard let seconds = Timestamp.seconds(text) else { throw scanner.trouble("\(name) of the record is no time like 2026-11-22T16:30:00Z") }
            return seconds
        }
        func whole(_ number: Double, _ range: ClosedRange<Int>) -> Int? { Int(exactly: number).flatMap { range.contains($0) ? $0 : nil } }
        guard let schema = numbers["schema"].flatMap({ whole($0, 1...1_000_000) }) else { throw scanner.trouble("the record has no schema number") }
        // A newer schema may have other members; the caller says that it is newer.
        let isNewer = schema > RecordHeader.currentSchema
        guard let format = RecordHeader.Format(rawValue: texts["format"] ?? "") ?? (isNewer ? .series : nil) else {
            throw scanner.trouble("the record's format is none of \(RecordHeader.Format.bench.rawValue), \(RecordHeader.Format.worldSwitch.rawValue), \(RecordHeader.Format.series.rawValue)")
        }
        guard let id = texts["id"] ?? (isNewer ? "" : nil), !id.isEmpty || isNewer else { throw scanner.trouble("the record has no id") }
        guard let measuredAt = try date("date") ?? (isNewer ? 0 : nil) else { throw scanner.trouble("the record has no date") }
        guard let processor = testbed["processor"] ?? (isNewer ? "" : nil), let kernel = testbed["kernel"] ?? (isNewer ? "" : nil),
            let cores = whole(cores, (isNewer ? 0 : 1)...1_000_000)
        else { throw scanner.trouble("the record does not say on what testbed it was measured (processor, kernel, cores)") }
        var header = RecordHeader(
            format: format, id: id, date: measuredAt, version: texts["version"] ?? "",
            testbed: Testbed(label: testbed["label"] ?? "", processor: processor, kernel: kernel, cores: cores, libgccjit: testbed["libgccjit"] ?? "none"),
            loadBefore: numbers["load_before"] ?? 0, loadAfter: numbers["load_after"] ?? 0)
        header.schema = schema
        header.commit = texts["commit"]
        header.commitDate = try date("commit_date")
        header.batch = texts["batch"]
        header.tools = tools
        if let shard {
            guard let count = whole(shard.count, 1...1_000_000), let index = whole(shard.index, 1...count) else { throw scanner.trouble("the record's shard is no part of a whole") }
            header.shard = RecordHeader.Shard(index: index, count: count)
        }
        return header
    }
}
