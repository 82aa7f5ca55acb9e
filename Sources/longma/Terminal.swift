import Foundation

/// What may be written to a terminal and not into a pipe: progress and colour.
enum Terminal {
    static let errorIsTerminal = isatty(2) == 1
    static let outputIsTerminal = isatty(1) == 1
    static let colour =
        outputIsTerminal && (ProcessInfo.processInfo.environment["NO_COLOR"] ?? "").isEmpty
        && ProcessInfo.processInfo.environment["TERM"] != "dumb"

    /// Columns that a line of progress on standard error may take; nil where it is no terminal, or one without control sequences.
    static var progressColumns: Int? {
        guard errorIsTerminal, ProcessInfo.processInfo.environment["TERM"] != "dumb" else { return nil }
        // The window may have become another one since the last time.
        var size = winsize()
        guard ioctl(2, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 79 }
        // A full line would wrap, and not be replaced by the next one.
        return Int(size.ws_col) - 1
    }

    /// Replaces the progress line on standard error, as much of it as there is room for; nil clears it.
    static func progress(_ text: String?) {
        guard let columns = progressColumns else { return }
        FileHandle.standardError.write(Data("\r\u{1b}[K\(shortened(printable(text ?? ""), to: columns))".utf8))
    }

    /// Names come from files: what would move the cursor is shown as a question mark.
    static func printable(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.map { [.control, .format].contains($0.properties.generalCategory) ? "?" : $0 }))
    }

    /// Columns that a printable text takes at most: what is not ASCII may be two wide.
    static func columns(_ text: String) -> Int { text.reduce(0) { $0 + ($1.isASCII ? 1 : 2) } }

    /// A printable text, with dots for its end where it takes more than `limit` columns.
    static func shortened(_ text: String, to limit: Int) -> String {
        if columns(text) <= limit { return text }
        var (result, left) = ("", limit - 3)
        for character in text {
            left -= columns(String(character))
            if left < 0 { break }
            result.append(character)
        }
        return result + String(repeating: ".", count: max(min(3, limit), 0))
    }

    static func good(_ text: String) -> String { colour ? "\u{1b}[32m\(text)\u{1b}[0m" : text }
    static func bad(_ text: String) -> String { colour ? "\u{1b}[31m\(text)\u{1b}[0m" : text }
}
