/// A table of text with aligned columns.
struct TextTable {
    private var rows: [[String]]
    /// Columns that are aligned left; the others are numbers.
    private let leftAligned: Set<Int>

    init(_ header: [String], leftAligned: Set<Int> = [0]) {
        rows = [header]
        self.leftAligned = leftAligned
    }

    mutating func add(_ row: [String]) { rows.append(row) }

    /// The lines, without trailing blanks. Column widths count characters that a terminal shows.
    func lines() -> [String] {
        let columns = rows.map(\.count).max() ?? 0
        let widths = (0..<columns).map { column in rows.map { $0.count > column ? Self.shownWidth($0[column]) : 0 }.max() ?? 0 }
        return rows.map { row in
            var line = ""
            for (column, text) in row.enumerated() {
                let padding = String(repeating: " ", count: widths[column] - Self.shownWidth(text))
                line += (column == 0 ? "" : "  ") + (leftAligned.contains(column) ? text + padding : padding + text)
            }
            while line.last == " " { line.removeLast() }
            return line
        }
    }

    func write() { lines().forEach { print($0) } }

    /// Characters without colour sequences.
    private static func shownWidth(_ text: String) -> Int {
        var width = 0
        var escaped = false
        for character in text {
            if character == "\u{1b}" {
                escaped = true
            } else if escaped {
                if character == "m" { escaped = false }
            } else {
                width += 1
            }
        }
        return width
    }
}
