/// Text as it may stand in HTML, in elements and in attributes' quotes. All that comes from records goes through here: names of guests are anybody's.
func escaped(_ text: String) -> String {
    guard text.utf8.contains(where: { $0 == 0x26 || $0 == 0x3C || $0 == 0x3E || $0 == 0x22 || $0 == 0x27 || $0 < 0x20 }) else { return text }
    var result = ""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "&": result += "&amp;"
        case "<": result += "&lt;"
        case ">": result += "&gt;"
        case "\"": result += "&quot;"
        case "'": result += "&#39;"
        case "\0"..<" ": result += scalar == "\n" || scalar == "\t" ? " " : "\u{FFFD}"
        default: result.unicodeScalars.append(scalar)
        }
    }
    return result
}

/// A name as text of an element, escaped; where it is too long it breaks behind slashes, hyphens and the like before it breaks within a word.
func breakable(_ name: String) -> String {
    var (parts, part) = ([String](), "")
    for character in name {
        part.append(character)
        if "/-_.".contains(character) {
            parts.append(escaped(part))
            part = ""
        }
    }
    if !part.isEmpty { parts.append(escaped(part)) }
    return parts.joined(separator: "<wbr>")
}

/// A table in HTML; cells are HTML already.
struct HTMLTable {
    var caption: String
    var head: [String]
    var rows: [[String]] = []
    /// Columns of text; the others are numbers.
    var textColumns: Set<Int> = [0]

    init(_ caption: String, _ head: [String], textColumns: Set<Int> = [0]) {
        self.caption = caption
        self.head = head
        self.textColumns = textColumns
    }

    var html: String {
        func tag(_ column: Int) -> String { textColumns.contains(column) ? "" : " class=\"number\"" }
        var text = "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"\(caption)\"><table><caption>\(caption)</caption><thead><tr>"
        for (column, cell) in head.enumerated() { text += "<th scope=\"col\"\(tag(column))>\(cell)</th>" }
        text += "</tr></thead><tbody>\n"
        for row in rows {
            text += "<tr>"
            for (column, cell) in row.enumerated() { text += column == 0 ? "<th scope=\"row\">\(cell)</th>" : "<td\(tag(column))>\(cell)</td>" }
            text += "</tr>\n"
        }
        return text + "</tbody></table></div>\n"
    }
}
