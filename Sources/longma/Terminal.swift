import Foundation

/// What may be written to a terminal and not into a pipe: progress and colour.
enum Terminal {
    static let errorIsTerminal = isatty(2) == 1
    static let outputIsTerminal = isatty(1) == 1
    static let colour =
        outputIsTerminal && (ProcessInfo.processInfo.environment["NO_COLOR"] ?? "").isEmpty
        && ProcessInfo.processInfo.environment["TERM"] != "dumb"

    /// Replaces the progress line on standard error; nil clears it.
    static func progress(_ text: String?) {
        guard errorIsTerminal else { return }
        FileHandle.standardError.write(Data("\r\u{1b}[K\(text ?? "")".utf8))
    }

    static func good(_ text: String) -> String { colour ? "\u{1b}[32m\(text)\u{1b}[0m" : text }
    static func bad(_ text: String) -> String { colour ? "\u{1b}[31m\(text)\u{1b}[0m" : text }
}
