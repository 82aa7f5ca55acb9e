import Foundation

/// How numbers are shown.
enum Format {
    static func seconds(_ value: Double) -> String { String(format: "%.3f", value) }
    static func speed(_ value: Double) -> String { String(format: value < 100 ? "%.1f" : "%.0f", value) }
    static func ratio(_ value: Double) -> String { String(format: value < 10 ? "%.2f" : "%.1f", value) }
    static func millions(_ value: UInt64) -> String { String(format: "%.1f", Double(value) / 1e6) }
    static func percent(_ value: Double) -> String { String(format: "%.0f%%", 100 * value) }
    static func cycles(_ value: Double) -> String { String(format: "%.0f", value) }
}
