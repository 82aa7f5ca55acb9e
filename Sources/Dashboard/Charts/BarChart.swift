/// Horizontal bars with a label before and a value behind each; a bar may consist of parts.
struct BarChart {
    struct Part {
        var name: String
        var value: Double
        /// The number of the colour, from 0 to 7.
        var colour: Int
    }

    struct Bar {
        var label: String
        var parts: [Part]
        /// What stands behind it.
        var text: String
        var total: Double { parts.reduce(0) { $0 + $1.value } }
    }

    var title: String
    var bars: [Bar]
    private static let (width, left, right, step, thickness) = (640.0, 150.0, 110.0, 24.0, 16.0)

    var svg: String {
        let height = Self.step * Double(bars.count) + 4
        let most = bars.map(\.total).max() ?? 0
        let scale = most > 0 ? (Self.width - Self.left - Self.right) / most : 0
        let spoken = bars.map { "\($0.label) \($0.text)" }.joined(separator: ", ")
        var svg = "<svg class=\"bars\" viewBox=\"0 0 640 \(at(height))\" role=\"img\" aria-label=\"\(escaped(title + ": " + spoken))\">"
        for (index, bar) in bars.enumerated() {
            let y = Self.step * Double(index) + 4
            svg += "<text class=\"label\" x=\"\(at(Self.left - 8))\" y=\"\(at(y + 13))\" text-anchor=\"end\">\(escaped(bar.label))</text>"
            var x = Self.left
            for part in bar.parts where part.value > 0 {
                svg += "<rect class=\"c\(part.colour)\" x=\"\(at(x))\" y=\"\(at(y))\" width=\"\(at(max(part.value * scale, 0.5)))\" height=\"\(at(Self.thickness))\">"
                svg += "<title>\(escaped(part.name))</title></rect>"
                x += part.value * scale
            }
            svg += "<text class=\"value\" x=\"\(at(x + 6))\" y=\"\(at(y + 13))\">\(escaped(bar.text))</text>"
        }
        return svg + "</svg>\n"
    }

    /// What the colours mean.
    static func legend(_ names: [(String, Int)]) -> String {
        "<ul class=\"legend\">" + names.map { "<li><svg viewBox=\"0 0 12 12\" aria-hidden=\"true\"><rect class=\"c\($0.1)\" width=\"12\" height=\"12\"/></svg>\(breakable($0.0))</li>" }.joined() + "</ul>\n"
    }
}

/// How often values fell between edges, as upright bars.
struct HistogramChart {
    var title: String
    /// Pairs of an upper edge and a count.
    var pairs: [Double]
    var unit: String
    private static let (width, height, left, bottom) = (320.0, 130.0, 8.0, 22.0)

    /// How many values there are.
    var count: Double { stride(from: 1, to: pairs.count, by: 2).reduce(0) { $0 + pairs[$1] } }

    var svg: String {
        let edges = stride(from: 0, to: pairs.count - 1, by: 2).map { pairs[$0] }
        let counts = stride(from: 1, to: pairs.count, by: 2).map { pairs[$0] }
        let most = counts.max() ?? 0
        let step = (Self.width - 2 * Self.left) / Double(max(counts.count, 1))
        var svg = "<svg class=\"histogram\" viewBox=\"0 0 320 130\" role=\"img\" aria-label=\"\(escaped(title)): \(Figure.count(count)) round trips\">"
        for (index, value) in counts.enumerated() where most > 0 && value > 0 {
            let height = max(value / most * (Self.height - Self.bottom - 6), 1)
            svg += "<rect class=\"c0\" x=\"\(at(Self.left + step * Double(index)))\" y=\"\(at(Self.height - Self.bottom - height))\" width=\"\(at(max(step - 1, 1)))\" height=\"\(at(height))\">"
            svg += "<title>up to \(Figure.text(edges[index], unit)): \(Figure.count(value))</title></rect>"
        }
        svg += "<path class=\"grid\" d=\"M\(at(Self.left)) \(at(Self.height - Self.bottom))H\(at(Self.width - Self.left))\"/>"
        // The last bar holds all above p99, so the scale ends before it.
        if edges.count > 1 {
            svg += "<text class=\"mark\" x=\"\(at(Self.left))\" y=\"124\">\(Figure.text(edges[0], unit))</text>"
            svg += "<text class=\"mark\" x=\"\(at(Self.width - Self.left - step))\" y=\"124\" text-anchor=\"end\">\(Figure.text(edges[edges.count - 2], unit)), then all above</text>"
        }
        return svg + "</svg>\n"
    }
}
