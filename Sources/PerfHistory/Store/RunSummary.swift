/// One run in a history.
public struct RunSummary: Equatable, Sendable {
    /// A remark on a run.
    public struct Annotation: Equatable, Sendable {
        public var text: String
        /// Whether changes that this run brought are wanted, so that nobody has to be alarmed by them.
        public var isAccepted: Bool
        public var date: Double
    }

    /// Its number in the history.
    public var id: Int64
    public var testbed: Testbed
    /// Where it stands, and when it was measured: seconds since 1970.
    public var position: Double
    public var date: Double
    public var commit: String?
    public var version: String
    public var batch: String?
    /// The result files it consists of.
    public var records: [RecordHeader]
    public var annotations: [Annotation]

    public var isAccepted: Bool { annotations.contains(where: \.isAccepted) }
    /// What people call it: the commit's first digits, or the run's number.
    public var name: String { commit.map { RunSummary.short($0) } ?? "run \(id)" }

    /// The first ten digits of a commit, and whether there were changes.
    static func short(_ commit: String) -> String {
        let digits = commit.hasSuffix("-dirty") ? String(commit.dropLast(6)) : commit
        return (digits.count > 12 && digits.allSatisfy(\.isHexDigit) ? String(digits.prefix(10)) : digits) + (commit.hasSuffix("-dirty") ? "-dirty" : "")
    }
}
