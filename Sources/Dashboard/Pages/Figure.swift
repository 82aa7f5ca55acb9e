import Foundation
import PerfHistory

/// How figures are shown.
enum Figure {
    /// A value in its unit, with four digits or so.
    static func text(_ value: Double, _ unit: String) -> String {
        switch unit {
        case "s":
            if abs(value) >= 1 { return "\(digits(value)) s" }
            return abs(value) >= 1e-3 ? "\(digits(value * 1e3)) ms" : "\(digits(value * 1e6)) µs"
        case "ns": return abs(value) >= 1e6 ? "\(digits(value / 1e6)) ms" : abs(value) >= 1e4 ? "\(digits(value / 1e3)) µs" : "\(digits(value)) ns"
        case "count": return count(value)
        default: return "\(digits(value)) \(escaped(unit))"
        }
    }

    /// Four significant digits, and all digits before the point.
    static func digits(_ value: Double) -> String {
        guard value.isFinite else { return "-" }
        let size = abs(value)
        return String(format: size >= 1000 ? "%.0f" : size >= 100 ? "%.1f" : size >= 10 ? "%.2f" : "%.3f", value)
    }

    /// A number of things; thousands are set apart.
    static func count(_ value: Double) -> String {
        guard value == value.rounded(), abs(value) < 9e15 else { return digits(value) }
        var text = "\(Int64(abs(value)))"
        var end = text.count - 3
        while end > 0 {
            text.insert("\u{202F}", at: text.index(text.startIndex, offsetBy: end))
            end -= 3
        }
        return (value < 0 ? "-" : "") + text
    }

    static func change(_ value: Double) -> String {
        guard value.isFinite else { return "-" }
        // A counter that is one more is not the same.
        if value != 0, abs(value) < 0.00005 { return String(format: "%+.1g %%", 100 * value) }
        return String(format: abs(value) < 0.0995 ? "%+.2f %%" : "%+.1f %%", 100 * value)
    }

    static func ratio(_ value: Double) -> String { value.isFinite ? String(format: value < 10 ? "%.2f" : "%.1f", value) : "-" }

    static func probability(_ value: Double) -> String { value == 0 ? "exact" : value < 0.0001 ? "&lt; 0.0001" : String(format: "%.4f", value) }

    /// What a metric is called.
    static func metric(_ name: String) -> String {
        switch name {
        case "seconds": "wall time"
        case "cpu_seconds": "CPU time"
        case "compile_seconds": "compile time"
        case "round_trip_p50": "round trip, median"
        case "round_trip_p99": "round trip, p99"
        case "part_enter": "entering the guest"
        case "part_guest": "in the guest"
        case "part_save": "vector save"
        case "part_handler": "handler"
        default: escaped(name.replacingOccurrences(of: "_", with: " "))
        }
    }
}
