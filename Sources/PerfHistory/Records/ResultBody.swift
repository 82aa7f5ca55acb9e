/// Reads the figures of a result file, whatever command wrote it: `workloads` of `longma bench`, `profiles` of `longma switch` (which a bench sums up
/// as `world_switch`), `series` of `longma history export`.
enum ResultBody {
    static func measured(_ scanner: inout JSONScanner) throws -> [Measured] {
        var result: [Measured] = []
        try scanner.object { scanner, name in
            if try scanner.isNull() { return }
            switch name {
            case "workloads": try scanner.array { try workload(&$0, &result) }
            case "world_switch": try scanner.array { try worldSwitch(&$0, &result) }
            case "profiles": try scanner.array { try profile(&$0, &result) }
            case "series": try scanner.array { try series(&$0, &result) }
            default: try scanner.skip()
            }
        }
        return result
    }

    // MARK: longma bench

    private static func workload(_ scanner: inout JSONScanner, _ result: inout [Measured]) throws {
        var workload = ""
        var entries: [(contestant: String, metric: String, kind: Series.Kind, samples: [Double])] = []
        try scanner.object { scanner, name in
            switch name {
            case "name": workload = try scanner.string()
            case "results":
                try scanner.object { scanner, contestant in
                    try scanner.object { scanner, metric in
                        if try scanner.isNull() { return }
                        switch metric {
                        case "seconds", "cpu_seconds", "compile_seconds": entries.append((contestant, metric, .time, try samples(&scanner)))
                        case "counters":
                            try scanner.object { scanner, metric in entries.append((contestant, metric, .counter, try numbers(&scanner))) }
                        default: try scanner.skip()
                        }
                    }
                }
            default: try scanner.skip()
            }
        }
        guard !workload.isEmpty else { throw scanner.trouble("a workload has no name") }
        for entry in entries where !entry.samples.isEmpty {
            // An engine that compiles nothing has nothing to say about it.
            if entry.metric == "compile_seconds", entry.samples.allSatisfy({ $0 == 0 }) { continue }
            result.append(
                Measured(
                    Series(workload: workload, contestant: entry.contestant, metric: entry.metric, kind: entry.kind, unit: entry.kind == .time ? "s" : "count"),
                    entry.samples))
        }
    }

    /// The samples of a measurement with median, minimum and so on.
    private static func samples(_ scanner: inout JSONScanner) throws -> [Double] {
        var result: [Double] = []
        try scanner.object { scanner, name in
            if name == "samples" { result = try numbers(&scanner) } else { try scanner.skip() }
        }
        return result
    }

    private static func numbers(_ scanner: inout JSONScanner) throws -> [Double] {
        var result: [Double] = []
        try scanner.array { result.append(try $0.number()) }
        guard result.allSatisfy(\.isFinite) else { throw scanner.trouble("a figure is not finite") }
        return result
    }

    // MARK: World switches

    private static func add(_ exit: String, _ engine: String, _ metric: String, _ kind: Series.Kind, _ unit: String, _ samples: [Double], to result: inout [Measured]) {
        guard !samples.isEmpty, samples.allSatisfy(\.isFinite) else { return }
        result.append(Measured(Series(workload: "world-switch", contestant: "\(exit) \(engine)", metric: metric, kind: kind, unit: unit), samples))
    }

    /// An exit reason under an engine in the results of `longma bench`: times of each round, counters.
    private static func worldSwitch(_ scanner: inout JSONScanner, _ result: inout [Measured]) throws {
        var (exit, engine) = ("", "")
        var lists: [(name: String, kind: Series.Kind, values: [Double])] = []
        try scanner.object { scanner, name in
            switch name {
            case "exit": exit = try scanner.string()
            case "engine": engine = try scanner.string()
            case "nanoseconds": try scanner.object { lists.append(($1, .time, try numbers(&$0))) }
            case "counters": try scanner.object { lists.append(($1, .counter, [try $0.number()])) }
            case "histogram": lists.append(("round_trip", .histogram, try numbers(&scanner)))
            default: try scanner.skip()
            }
        }
        guard !exit.isEmpty, !engine.isEmpty else { throw scanner.trouble("a world switch does not say which exit and engine it is of") }
        for list in lists { add(exit, engine, list.name, list.kind, list.kind == .counter ? "count" : "ns", list.values, to: &result) }
    }

    /// A profile of `longma switch`.
    private static func profile(_ scanner: inout JSONScanner, _ result: inout [Measured]) throws {
        var texts: [String: String] = [:]
        var nanoseconds: [String: Double] = [:]
        var counts: [String: Double] = [:]
        var histogram: [Double] = []
        try scanner.object { scanner, name in
            switch name {
            case "exit", "engine", "routine": texts[name] = try scanner.string()
            case "round_trip":
                try scanner.object { scanner, name in
                    switch name {
                    case "nanoseconds": try scanner.object { nanoseconds[$1] = try $0.number() }
                    case "histogram_nanoseconds": histogram = try numbers(&scanner)
                    default: try scanner.skip()
                    }
                }
            case "switch_counts": try scanner.object { counts[$1] = try $0.number() }
            case "phases":
                try scanner.array { scanner in
                    var phase = ""
                    var instructions: Double?
                    try scanner.object { scanner, name in
                        switch name {
                        case "phase": phase = try scanner.string()
                        case "counts": try scanner.object { scanner, name in name == "instructions" ? instructions = try scanner.number() : try scanner.skip() }
                        default: try scanner.skip()
                        }
                    }
                    if let instructions { counts["instructions in \(phase)"] = instructions }
                }
            default: try scanner.skip()
            }
        }
        guard let exit = texts["exit"], let name = texts["engine"] else { throw scanner.trouble("a profile does not say which exit and engine it is of") }
        let engine = name + (texts["routine"].flatMap { $0 == "built-in" ? nil : " \($0)" } ?? "")
        for (metric, value) in [("round_trip_p50", nanoseconds["p50"]), ("round_trip_p99", nanoseconds["p99"])] {
            if let value { add(exit, engine, metric, .time, "ns", [value], to: &result) }
        }
        for (metric, value) in counts.sorted(by: { $0.key < $1.key }) { add(exit, engine, metric, .counter, "count", [value], to: &result) }
        add(exit, engine, "round_trip", .histogram, "ns", histogram, to: &result)
    }

    // MARK: longma history export

    private static func series(_ scanner: inout JSONScanner, _ result: inout [Measured]) throws {
        var texts: [String: String] = [:]
        var values: [Double] = []
        try scanner.object { scanner, name in
            switch name {
            case "workload", "contestant", "metric", "kind", "unit", "better": texts[name] = try scanner.string()
            case "samples": values = try numbers(&scanner)
            default: try scanner.skip()
            }
        }
        guard let workload = texts["workload"], let contestant = texts["contestant"], let metric = texts["metric"], let kind = Series.Kind(rawValue: texts["kind"] ?? "") else {
            throw scanner.trouble("a series lacks workload, contestant, metric or a kind (time, counter)")
        }
        guard !values.isEmpty else { throw scanner.trouble("the series \(workload)/\(contestant)/\(metric) has no samples") }
        result.append(
            Measured(
                Series(
                    workload: workload, contestant: contestant, metric: metric, kind: kind, unit: texts["unit"] ?? "", higherIsBetter: texts["better"] == "higher"),
                values))
    }
}
