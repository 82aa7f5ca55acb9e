import Foundation

/// The progress of a long measurement, on a terminal only.
struct ProgressBar {
    private let steps: Int
    private var done = 0
    private let start = Date()
    /// Columns of the bar, at most and at least; where not even that fits there is none.
    private static let (widest, narrowest) = (24, 8)

    init(steps: Int) { self.steps = max(steps, 1) }

    mutating func step() { done += 1 }

    /// Draws the bar with what is being done. In a narrow window the bar gives way first, then the end of `what`.
    func show(_ what: String) {
        guard let columns = Terminal.progressColumns else { return }
        let (text, rest) = (Terminal.printable(what), remaining)
        var line = "\(done)/\(steps) "
        let width = min(Self.widest, columns - line.count - Terminal.columns(text) - rest.count - 3)
        if width >= Self.narrowest {
            let filled = min(width, width * done / steps)
            line = "[\(String(repeating: "#", count: filled))\(String(repeating: "-", count: width - filled))] \(line)"
        }
        Terminal.progress(line + Terminal.shortened(text, to: columns - line.count - rest.count) + rest)
    }

    func clear() { Terminal.progress(nil) }

    /// How long it will take at the pace so far; nothing before the first step.
    private var remaining: String {
        if done == 0 { return "" }
        let seconds = Int((Date().timeIntervalSince(start) / Double(done) * Double(steps - done)).rounded(.up))
        return seconds < 60 ? ", \(seconds) s left" : ", \((seconds + 30) / 60) min left"
    }
}
