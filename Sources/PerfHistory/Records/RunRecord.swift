/// Results of one session of measuring, as `longma bench` and `longma switch` write them and a history keeps them.
public struct RunRecord: Equatable, Sendable {
    public var header: RecordHeader
    public var measured: [Measured]

    public init(header: RecordHeader, measured: [Measured]) {
        self.header = header
        self.measured = measured
    }
}

/// Who measured what, when and where: the member `record` of every result file.
public struct RecordHeader: Encodable, Equatable, Sendable {
    /// What a file holds beside the header.
    public enum Format: String, Codable, Sendable {
        /// The results of `longma bench`.
        case bench = "longma-bench"
        /// The results of `longma switch`.
        case worldSwitch = "longma-switch"
        /// A flat list of series: what `longma history export` writes.
        case series = "longma-series"
    }

    /// Which part of a matrix of measurements a record is.
    public struct Shard: Codable, Equatable, Sendable {
        /// From 1 to `count`.
        public var index: Int
        public var count: Int

        public init(index: Int, count: Int) {
            self.index = index
            self.count = count
        }
    }

    /// The newest schema that this version of Longma reads and writes.
    public static let currentSchema = 1

    public var format: Format
    public var schema: Int
    /// Tells records apart; a record that a history has already is not imported again.
    public var id: String
    /// When it was measured, in seconds since 1970.
    public var date: Double
    /// The commit of what was measured, with `-dirty` behind it when there were changes; nil when nobody said.
    public var commit: String?
    /// When the commit was made, in seconds since 1970: the order of a history where it is known.
    public var commitDate: Double?
    /// Longma's version.
    public var version: String
    public var testbed: Testbed
    /// The host's load average over a minute, before and after.
    public var loadBefore: Double
    public var loadAfter: Double
    /// Versions of the other programs that took part.
    public var tools: [String: String]
    /// Records of one testbed, commit and batch are one run, measured in parts.
    public var batch: String?
    public var shard: Shard?

    public init(format: Format, id: String, date: Double, version: String, testbed: Testbed, loadBefore: Double = 0, loadAfter: Double = 0) {
        self.format = format
        schema = Self.currentSchema
        self.id = id
        self.date = date
        self.version = version
        self.testbed = testbed
        self.loadBefore = loadBefore
        self.loadAfter = loadAfter
        tools = [:]
    }

    /// Where the run stands in a history.
    public var order: Double { commitDate ?? date }

    private enum CodingKeys: String, CodingKey {
        case format, schema, id, date, commit, commitDate, version, testbed, loadBefore, loadAfter, tools, batch, shard
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(format, forKey: .format)
        try container.encode(schema, forKey: .schema)
        try container.encode(id, forKey: .id)
        try container.encode(Timestamp.text(date), forKey: .date)
        try container.encodeIfPresent(commit, forKey: .commit)
        try container.encodeIfPresent(commitDate.map(Timestamp.text), forKey: .commitDate)
        try container.encode(version, forKey: .version)
        try container.encode(testbed, forKey: .testbed)
        try container.encode(loadBefore, forKey: .loadBefore)
        try container.encode(loadAfter, forKey: .loadAfter)
        try container.encode(tools, forKey: .tools)
        try container.encodeIfPresent(batch, forKey: .batch)
        try container.encodeIfPresent(shard, forKey: .shard)
    }
}
