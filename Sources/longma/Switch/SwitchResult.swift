import Foundation
import PerfHistory
import Profiler

/// What `longma switch` found out; its JSON.
struct SwitchResult: Encodable {
    struct Overhead: Encodable {
        let engine: String
        let overhead: ProfilerOverhead

        private enum CodingKeys: String, CodingKey { case engine, cycles, observedCycles, unobservedCycles }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(engine, forKey: .engine)
            try container.encode(overhead.cycles, forKey: .cycles)
            try container.encode(overhead.observedCycles, forKey: .observedCycles)
            try container.encode(overhead.unobservedCycles, forKey: .unobservedCycles)
        }

        init(engine: String, overhead: ProfilerOverhead) {
            self.engine = engine
            self.overhead = overhead
        }
    }

    /// What a history has to know.
    var record: RecordHeader?
    let iterations: Int
    let nanosecondsPerCycle: Double
    /// What one stamp costs; it has been taken off each handler's time and off the rest of each round trip.
    let stampCycles: UInt64
    var profiles: [SwitchProfile] = []
    var comparisons: [SwitchComparison] = []
    var verdicts: [String] = []
    var overhead: [Overhead] = []

    /// The tables for people.
    func write(histogram: Bool) {
        let routines = Set(profiles.map(\.routine))
        let frequency = String(format: "%.2f", 1 / nanosecondsPerCycle)
        print("Round trips, \(iterations) of each. Host cycles (\(frequency) GHz), then nanoseconds; the time stamps' own \(2 * stampCycles) are taken off:\n")
        writeTimes(showsRoutine: routines.count > 1)
        print("\nExecuted by the world switch itself in one round trip, exactly, by phase:\n")
        writeCounts()
        print("\nWhere the time goes: median cycles of a run of its own with stamps on the way (estimates: the stamps' cost is taken off):\n")
        writeStretches(showsRoutine: routines.count > 1)
        if iterations >= 100_000 {
            print("\nFirst tenth and last tenth of the round trips: median cycles, resident and writable memory when the first was over and at the end, in KiB:\n")
            writeEndurance()
        }
        if histogram { for profile in profiles { SwitchHistogram(profile).write() } }
        if !comparisons.isEmpty {
            print("\nComparison:\n")
            writeComparisons()
            print("")
            for verdict in verdicts { print("Verdict: \(verdict).") }
        }
        print("")
        for entry in overhead {
            let cost = entry.overhead
            print(
                "The profiler costs \(Format.cycles(cost.cycles)) cycles of a round trip under the \(entry.engine): "
                    + "\(Format.cycles(cost.observedCycles)) with it, \(Format.cycles(cost.unobservedCycles)) without; most of that is not in the times above.")
        }
    }

    /// The short table of the tour.
    func writeSummary() {
        var table = TextTable(["exit", "", "engine", "p50 ns", "p99 ns", "instructions", "memory", "CSR"], leftAligned: [0, 1, 2])
        for profile in profiles {
            let (times, counts) = (profile.roundTrip, profile.switchCounts)
            table.add([
                profile.exit, profile.summary, profile.engine, Format.cycles(times.nanoseconds(times.percentile(50))),
                Format.cycles(times.nanoseconds(times.percentile(99))), "\(counts.instructions)", "\(counts.memoryAccesses)", "\(counts.csrAccesses)",
            ])
        }
        table.write()
    }

    private func writeTimes(showsRoutine: Bool) {
        let own = showsRoutine ? ["routine"] : []
        var table = TextTable(
            ["exit", "engine"] + own + ["p50", "p90", "p99", "p99.9", "max", "p50 ns", "p90 ns", "p99 ns", "p99.9 ns", "max ns", "handler p50"],
            leftAligned: showsRoutine ? [0, 1, 2] : [0, 1])
        for profile in profiles {
            let times = profile.roundTrip
            let cycles = [50, 90, 99, 99.9].map(times.percentile) + [times.maximum]
            table.add(
                [profile.exit, profile.engine] + (showsRoutine ? [profile.routine] : []) + cycles.map(String.init)
                    + cycles.map { Format.cycles(times.nanoseconds($0)) } + ["\(profile.handler.percentile(50))"])
        }
        table.write()
    }

    /// One table for all exits that execute the same.
    private func writeCounts() {
        var groups: [(key: String, profiles: [SwitchProfile])] = []
        for profile in profiles {
            let key = profile.routine + profile.phases.filter(\.phase.isSwitch).map { "\($0.phase)\($0.counts)" }.joined()
            if let index = groups.firstIndex(where: { $0.key == key }) { groups[index].profiles.append(profile) } else { groups.append((key, [profile])) }
        }
        var table = TextTable(["routine", "phase", "instructions", "loads", "stores", "CSR accesses", "exits"], leftAligned: [0, 1, 6])
        for group in groups {
            let first = group.profiles[0]
            var exits: [String] = []
            for profile in group.profiles where !exits.contains(profile.exit) { exits.append(profile.exit) }
            let rows = first.phases.filter(\.phase.isSwitch).map { ($0.phase.rawValue, $0.counts) } + [("all", first.switchCounts)]
            for (index, (name, counts)) in rows.enumerated() {
                table.add([
                    index == 0 ? first.routine : "", name, "\(counts.instructions)", "\(counts.loads)", "\(counts.stores)", "\(counts.csrAccesses)",
                    index == 0 ? exits.joined(separator: " ") : "",
                ])
            }
        }
        table.write()
    }

    private func writeStretches(showsRoutine: Bool) {
        let own = showsRoutine ? ["routine"] : []
        var table = TextTable(
            ["exit", "engine"] + own + ["handler", "enter: up to the guest", "guest and exit", "vector save"], leftAligned: showsRoutine ? [0, 1, 2] : [0, 1])
        for profile in profiles {
            let part = profile.stretches
            table.add(
                [profile.exit, profile.engine] + (showsRoutine ? [profile.routine] : [])
                    + [
                        "\(part.handlerCycles)", part.enterCycles.map(String.init) ?? "-", part.guestCycles.map(String.init) ?? "-", "\(part.saveCycles)",
                    ])
        }
        table.write()
    }

    private func writeEndurance() {
        var table = TextTable(
            ["exit", "engine", "routine", "p50 first", "p50 last", "resident first", "resident last", "writable first", "writable last"], leftAligned: [0, 1, 2])
        for profile in profiles {
            let (medians, memory) = ((profile.endurance.firstMedian, profile.endurance.lastMedian), (profile.endurance.first, profile.endurance.last))
            let numbers = [medians.0, medians.1, memory.0.resident >> 10, memory.1.resident >> 10, memory.0.data >> 10, memory.1.data >> 10]
            table.add([profile.exit, profile.engine, profile.routine] + numbers.map(String.init))
        }
        table.write()
    }

    private func writeComparisons() {
        guard let first = comparisons.first else { return }
        var table = TextTable(["exit", "engine", "", "instructions", "memory", "CSR", "p50 cycles", "ratio"], leftAligned: [0, 1, 2])
        for row in comparisons {
            table.add([
                row.exit, row.engine, first.routine, "\(row.counts.instructions)", "\(row.counts.memoryAccesses)", "\(row.counts.csrAccesses)", "\(row.cycles)",
                Format.ratio(row.ratio),
            ])
            table.add([
                "", "", first.against, "\(row.againstCounts.instructions)", "\(row.againstCounts.memoryAccesses)", "\(row.againstCounts.csrAccesses)",
                "\(row.againstCycles)", "",
            ])
        }
        table.write()
    }
}

/// A histogram drawn with characters.
struct SwitchHistogram {
    private let profile: SwitchProfile
    private static let width = 50

    init(_ profile: SwitchProfile) { self.profile = profile }

    func write() { lines().forEach { print($0) } }

    /// A line for each range of cycles, up to p99 and above.
    func lines() -> [String] {
        let buckets = profile.roundTrip.buckets(16)
        let most = buckets.map(\.count).max() ?? 0
        let label = buckets.map { "\($0.upTo)".count }.max() ?? 0
        var lines = ["", "\(profile.exit), \(profile.engine), \(profile.routine): round trips by cycles, up to"]
        for (upTo, count) in buckets {
            let text = "\(upTo)"
            // Eighths of a character.
            let eighths = most == 0 ? 0 : Int((Double(count) / Double(most) * Double(8 * Self.width)).rounded(.up))
            let bar = String(repeating: "█", count: eighths / 8) + ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"][eighths % 8]
            lines.append("  " + String(repeating: " ", count: label - text.count) + text + "  " + (count == 0 ? "" : "\(bar) \(count)"))
        }
        return lines
    }
}
