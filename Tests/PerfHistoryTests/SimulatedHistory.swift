import Foundation
import PerfHistory

/// Records of a project with realistic noise: samples with a tail to the slow side, sessions that are a little faster or slower as a whole, and now and
/// then one in which something else ran on the host.
struct SimulatedHistory {
    var random: RandomSource
    var workloads = (1...8).map { "workload\($0)" }
    var engines = ["interpreter", "jit"]
    var samples = 5
    /// Whether sessions differ as a whole; runs in turns see the same host.
    var hasSessions = true
    /// A workload that becomes slower, at which commit, and by what factor.
    var change: (workload: String, commit: Int, factor: Double)?

    init(seed: UInt64) { random = RandomSource(seed: seed) }

    /// A normally distributed number.
    mutating func normal() -> Double {
        let (a, b) = (Double.random(in: .leastNonzeroMagnitude..<1, using: &random), Double.random(in: 0..<1, using: &random))
        return (-2 * log(a)).squareRoot() * cos(2 * .pi * b)
    }

    /// Now and then a factor above 1.
    private mutating func disturbance(_ probability: Double) -> Double {
        Double.random(in: 0..<1, using: &random) < probability ? 1 + 0.15 * abs(normal()) : 1
    }

    static let testbed = Testbed(processor: "Simulated CPU", kernel: "6.1.0", cores: 2, libgccjit: "GCC 12.2.0")

    mutating func record(_ commit: Int) -> RunRecord {
        var header = RecordHeader(format: .bench, id: UUID().uuidString, date: 1_700_000_000 + Double(commit) * 3600, version: "0.1.0", testbed: Self.testbed)
        header.commit = String(format: "%040x", 0xABC000 + commit)
        header.commitDate = 1_690_000_000 + Double(commit) * 3600
        var measured: [Measured] = []
        let session = hasSessions ? exp(0.006 * normal()) : 1
        for (index, workload) in workloads.enumerated() {
            for (place, engine) in engines.enumerated() {
                let base = 0.5 + 0.3 * Double(index) / Double(place + 1)
                let factor = change.map { $0.workload == workload && commit >= $0.commit ? $0.factor : 1 } ?? 1
                let noise = 0.005 + 0.0015 * Double(index)
                // Another program ran meanwhile.
                let disturbed = hasSessions ? disturbance(0.02) : 1
                for metric in ["seconds", "cpu_seconds"] {
                    let values = (0..<samples).map { _ in base * factor * session * (hasSessions ? disturbed : disturbance(0.004)) * exp(noise * normal()) * (1 + noise * abs(normal())) }
                    measured.append(Measured(Series(workload: workload, contestant: engine, metric: metric, kind: .time, unit: "s"), values))
                }
                let instructions = Series(workload: workload, contestant: engine, metric: "instructions", kind: .counter, unit: "count")
                measured.append(Measured(instructions, Array(repeating: 1e6 * Double(index + 1), count: samples)))
            }
        }
        return RunRecord(header: header, measured: measured)
    }

    mutating func records(_ count: Int) -> [RunRecord] { (0..<count).map { record($0) } }
}

/// A directory that goes when the object does.
final class TemporaryDirectory {
    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.appendingPathComponent("longma-test-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    func path(_ name: String) -> String { url.appendingPathComponent(name).path }
}
