import Foundation

/// How numbers are shown.
enum Format {
    static func seconds(_ value: Double) -> String { String(format: "%.3f", value) }
    static func speed(_ value: Double) -> String { String(format: value < 100 ? "%.1f" : "%.0f", value) }
    static func ratio(_ value: Double) -> String { String(format: value < 10 ? "%.2f" : "%.1f", value) }
    static func millions(_ value: UInt64) -> String { String(format: "%.1f", Double(value) / 1e6) }
    static func percent(_ value: Double) -> String { String(format: "%.0f%%", 100 * value) }
    /// A relative change with its sign.
    static func change(_ value: Double) -> String {
        // A counter that is one more is not the same.
        if value != 0, abs(value) < 0.00005 { return String(format: "%+.1g%%", 100 * value) }
        return String(format: abs(value) < 0.0995 ? "%+.2f%%" : "%+.1f%%", 100 * value)
    }
    static func probability(_ value: Double) -> String { value < 0.0001 ? "<0.0001" : String(format: "%.4f", value) }
    /// A figure of a series, in its unit.
    static func figure(_ value: Double, unit: String) -> String {
        switch unit {
        case "s": value < 1 ? String(format: "%.4f", value) : String(format: "%.3f", value)
        case "ns": String(format: "%.0f", value)
        default: value == value.rounded() && abs(value) < 9e15 ? "\(Int64(value))" : String(format: "%.3f", value)
        }
    }
    static func cycles(_ value: Double) -> String { String(format: "%.0f", value) }
}
