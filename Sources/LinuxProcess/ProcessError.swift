/// Why a program could not be started. The description is one sentence for the user.
public enum ProcessError: Error, CustomStringConvertible, Equatable, Sendable {
    /// The program file is not one that can be run.
    case badImage(String)
    /// The host refused something that Longma needs.
    case hostFailure(String)

    public var description: String {
        switch self {
        case .badImage(let sentence), .hostFailure(let sentence): sentence
        }
    }

    /// The exit status of the command for this error: 65 for a bad image, 71 for a host failure.
    public var exitStatus: Int32 {
        switch self {
        case .badImage: 65
        case .hostFailure: 71
        }
    }
}
