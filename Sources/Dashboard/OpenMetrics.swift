import Foundation

/// Figures of something that runs, as text for a scraper: OpenMetrics for those that ask for it, else the older format of Prometheus, which names counters otherwise.
public struct OpenMetrics: Sendable {
    private let isOpenMetrics: Bool
    private var lines: [String] = []

    /// `accept` is the header of the request.
    public init(accept: String = "application/openmetrics-text") { isOpenMetrics = accept.contains("application/openmetrics-text") }

    /// The whole text as an answer.
    public var answer: Answer {
        Answer(
            contentType: isOpenMetrics ? "application/openmetrics-text; version=1.0.0; charset=utf-8" : "text/plain; version=0.0.4; charset=utf-8",
            body: Data(text.utf8))
    }

    /// A number that only grows; `name` has no `_total`, which is added. Several samples differ in their labels.
    public mutating func counter(_ name: String, _ help: String, unit: String? = nil, _ samples: [(labels: [(String, String)], value: Double)]) {
        family(isOpenMetrics ? name : name + "_total", "counter", help, unit)
        for sample in samples { lines.append("\(name)_total\(Self.labels(sample.labels)) \(Self.number(sample.value))") }
    }

    /// A number that grows without labels.
    public mutating func counter(_ name: String, _ help: String, unit: String? = nil, _ value: Double) { counter(name, help, unit: unit, [([], value)]) }

    /// A number that goes up and down.
    public mutating func gauge(_ name: String, _ help: String, unit: String? = nil, _ samples: [(labels: [(String, String)], value: Double)]) {
        family(name, "gauge", help, unit)
        for sample in samples { lines.append("\(name)\(Self.labels(sample.labels)) \(Self.number(sample.value))") }
    }

    /// A number that goes up and down, without labels.
    public mutating func gauge(_ name: String, _ help: String, unit: String? = nil, _ value: Double) { gauge(name, help, unit: unit, [([], value)]) }

    /// Facts that do not change, as labels.
    public mutating func info(_ name: String, _ help: String, _ labels: [(String, String)]) {
        family(isOpenMetrics ? name : name + "_info", isOpenMetrics ? "info" : "gauge", help, nil)
        lines.append("\(name)_info\(Self.labels(labels)) 1")
    }

    /// How values are distributed: for each upper edge, rising, how many values lie up to it; and their number and sum.
    public mutating func histogram(_ name: String, _ help: String, unit: String? = nil, buckets: [(upTo: Double, count: UInt64)], count: UInt64, sum: Double) {
        family(name, "histogram", help, unit)
        for bucket in buckets { lines.append("\(name)_bucket{le=\"\(Self.number(bucket.upTo))\"} \(bucket.count)") }
        lines.append("\(name)_bucket{le=\"+Inf\"} \(count)")
        lines.append("\(name)_count \(count)")
        lines.append("\(name)_sum \(Self.number(sum))")
    }

    /// The whole text.
    public var text: String { (lines + ["# EOF"]).joined(separator: "\n") + "\n" }

    private mutating func family(_ name: String, _ type: String, _ help: String, _ unit: String?) {
        lines.append("# TYPE \(name) \(type)")
        // A unit is the last part of the name, or it is none.
        if isOpenMetrics, let unit, name.hasSuffix("_\(unit)") { lines.append("# UNIT \(name) \(unit)") }
        lines.append("# HELP \(name) \(Self.escaped(help))")
    }

    private static func labels(_ labels: [(String, String)]) -> String {
        labels.isEmpty ? "" : "{" + labels.map { "\($0.0)=\"\(escaped($0.1))\"" }.joined(separator: ",") + "}"
    }

    private static func escaped(_ text: String) -> String {
        text.reduce(into: "") { result, character in
            switch character {
            case "\\": result += "\\\\"
            case "\"": result += "\\\""
            case "\n", "\r", "\r\n": result += "\\n"
            default: result.append(character)
            }
        }
    }

    private static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        return value == value.rounded() && abs(value) < 9e15 ? "\(Int64(value))" : "\(value)"
    }
}
