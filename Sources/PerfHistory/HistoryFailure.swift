/// What went wrong with a history or a result file: one sentence that says what, where, and how to mend it.
public struct HistoryFailure: Error, Equatable, CustomStringConvertible {
    /// Whose fault it is.
    public enum Kind: Sendable {
        /// The file is damaged, foreign, or of a newer version.
        case badInput
        /// The host refused something: the file is locked, may not be written, is not there.
        case host
        /// What was asked for does not exist.
        case usage
    }

    public var kind: Kind
    public var description: String

    public init(_ kind: Kind, _ description: String) {
        self.kind = kind
        self.description = description
    }
}
