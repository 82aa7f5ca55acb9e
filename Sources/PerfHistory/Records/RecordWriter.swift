/// Writes records as the JSON that `RecordReader` reads.
public enum RecordWriter {
    /// A list of records, one series a line.
    public static func json(_ records: [RunRecord]) -> String {
        var text = "["
        for (index, record) in records.enumerated() {
            text += index == 0 ? "\n" : ",\n"
            text += "{\"record\": \(header(record.header)),\n \"series\": ["
            for (index, measured) in record.measured.enumerated() { text += (index == 0 ? "\n  " : ",\n  ") + series(measured) }
            text += "\n ]}"
        }
        return text + "\n]\n"
    }

    private static func header(_ header: RecordHeader) -> String {
        var members: [(String, String)] = [
            ("format", JSONText.string(RecordHeader.Format.series.rawValue)), ("schema", "\(RecordHeader.currentSchema)"), ("id", JSONText.string(header.id)),
            ("date", JSONText.string(Timestamp.text(header.date))),
        ]
        if let commit = header.commit { members.append(("commit", JSONText.string(commit))) }
        if let date = header.commitDate { members.append(("commit_date", JSONText.string(Timestamp.text(date)))) }
        members.append(("version", JSONText.string(header.version)))
        if let batch = header.batch { members.append(("batch", JSONText.string(batch))) }
        let testbed = header.testbed
        members.append(
            (
                "testbed",
                JSONText.object([
                    ("label", JSONText.string(testbed.label)), ("processor", JSONText.string(testbed.processor)), ("kernel", JSONText.string(testbed.kernel)),
                    ("cores", "\(testbed.cores)"), ("libgccjit", JSONText.string(testbed.libgccjit)),
                ])
            ))
        members += [("load_before", JSONText.number(header.loadBefore)), ("load_after", JSONText.number(header.loadAfter))]
        members.append(("tools", JSONText.object(header.tools.sorted { $0.key < $1.key }.map { ($0.key, JSONText.string($0.value)) })))
        return JSONText.object(members)
    }

    private static func series(_ measured: Measured) -> String {
        let series = measured.series
        var members: [(String, String)] = [
            ("workload", JSONText.string(series.workload)), ("contestant", JSONText.string(series.contestant)), ("metric", JSONText.string(series.metric)),
            ("kind", JSONText.string(series.kind.rawValue)), ("unit", JSONText.string(series.unit)),
        ]
        if series.higherIsBetter { members.append(("better", "\"higher\"")) }
        members.append(("samples", "[" + measured.samples.map(JSONText.number).joined(separator: ", ") + "]"))
        return JSONText.object(members)
    }
}

/// JSON text, piece by piece. The numbers are written so that they are read back to the last bit.
public enum JSONText {
    /// A string literal, which may also stand in a `script` element of HTML: `<`, `>` and `&` are escaped.
    public static func string(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "<", ">", "&", "\u{2028}", "\u{2029}", "\0"..<" ":
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }

    /// Whole numbers without a fraction; what is not finite as `null`.
    public static func number(_ value: Double) -> String {
        guard value.isFinite else { return "null" }
        return value == value.rounded() && abs(value) < 9e15 ? "\(Int64(value))" : "\(value)"
    }

    public static func object(_ members: [(String, String)]) -> String { "{" + members.map { "\(string($0.0)): \($0.1)" }.joined(separator: ", ") + "}" }

    public static func array(_ elements: [String]) -> String { "[" + elements.joined(separator: ", ") + "]" }
}
