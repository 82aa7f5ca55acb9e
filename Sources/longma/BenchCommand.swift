import ArgumentParser
import Foundation
import PerfHistory

/// `longma bench`.
struct BenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench", abstract: "Times guests under each engine, and against QEMU, the host itself, and another longma.",
        usage: "longma bench [<options>] [--program <file> [-- <arguments> ...]]",
        discussion: """
            Every run is a process of its own; the contestants take turns. The time is the process's wall time, for Longma's engines without the time \
            the guest stood still for compilations, which has its own column. Medians, with half the distance from fastest to slowest. \
            Figures of two longmas are best compared in turns (--baseline); those of an earlier result (--compare) only tell of the host as it was then.
            """)

    @Option(help: ArgumentHelp("Engines to time, separated by commas.", valueName: "names"))
    var engines = "interpreter,jit"

    @Option(help: "What jit translates with: region (the default) or stencil.")
    var tier: TierName?

    @Option(help: ArgumentHelp("Guests to run, separated by commas (default: all, and world-switch).", valueName: "names"))
    var workloads: String?

    @Option(help: ArgumentHelp("Time this LA64 program instead; its arguments stand at the end, behind --.", valueName: "file"))
    var program: String?

    @Option(help: ArgumentHelp("Compare with native (the same source built by cc), qemu (qemu-loongarch64), or both.", valueName: "names"))
    var against: String?

    @Option(help: ArgumentHelp("Another longma, whose engines take turns with this one's.", valueName: "longma"))
    var baseline: String?

    @Option(
        help: ArgumentHelp("Let the jit's runs begin with an empty cache of translations (cold), find a filled one (warm), or have none.", valueName: "names"))
    var cache = "none"

    @Option(name: .customLong("runs"), help: ArgumentHelp("Runs of each (default: 5, with --baseline 12).", valueName: "n"))
    var runsAsked: Int?
    /// With fewer rounds of turns than 6 no time gets a verdict.
    private var runs: Int { runsAsked ?? (baseline == nil ? 5 : 12) }

    @Option(help: "Runs of each before the first that counts.")
    var warmup = 0

    @Flag(help: "Let the guests do little work: to try the command, not to measure.")
    var small = false

    @Option(help: ArgumentHelp("Do the I-th of N parts of the work; --batch says which parts belong together.", valueName: "I/N"))
    var shard: String?

    @Option(help: ArgumentHelp("Write the results as JSON too; - is standard output, instead of the tables.", valueName: "file"))
    var json: String?

    @Option(help: ArgumentHelp("Write them as CSV.", valueName: "file"))
    var csv: String?

    @Option(help: ArgumentHelp("Write the tables as Markdown.", valueName: "file"))
    var markdown: String?

    @Option(help: ArgumentHelp("Compare with a result file (--json) of the same testbed.", valueName: "file"))
    var compare: String?

    @Flag(help: "End with status 3 when something has become worse since --compare or --baseline.")
    var failOnRegression = false

    @Option(help: ArgumentHelp("Differences of times below this do not matter.", valueName: "percent"))
    var threshold = 2.0

    @Option(help: ArgumentHelp("Add the results to this history.", valueName: "file"))
    var history: String?

    @OptionGroup var record: RecordOptions

    @Argument(parsing: .postTerminator, help: ArgumentHelp("The arguments of --program.", valueName: "arguments"))
    var arguments: [String] = []

    func validate() throws {
        if !(1...1000 ~= runs) { throw ValidationError("--runs must be from 1 to 1000") }
        if !(0...1000 ~= warmup) { throw ValidationError("--warmup must be from 0 to 1000") }
        if !(threshold >= 0 && threshold < 1000) { throw ValidationError("--threshold \(threshold) is not a part of a hundred") }
        for (option, value) in [
            ("--json", json), ("--csv", csv), ("--markdown", markdown), ("--compare", compare), ("--history", history), ("--program", program),
            ("--baseline", baseline),
        ] where value?.isEmpty == true {
            throw ValidationError("\(option) needs the name of a file")
        }
        if [json, csv, markdown].filter({ $0 == "-" }).count > 1 {
            throw ValidationError("only one of --json, --csv and --markdown can go to standard output")
        }
        if program != nil, workloads != nil { throw ValidationError("--program and --workloads exclude each other") }
        if program == nil, !arguments.isEmpty { throw ValidationError("arguments behind -- belong to a --program") }
        if failOnRegression, compare == nil, baseline == nil { throw ValidationError("--fail-on-regression needs --compare or --baseline") }
        let contestants = try contestants()
        if tier != nil, !contestants.contains(where: { $0.engine == .jit }) { throw ValidationError("--tier goes with jit among the --engines") }
        if let part = try part(), record.batch == nil {
            throw ValidationError("--shard \(part.index)/\(part.count) needs --batch, a name that all parts share")
        }
    }

    private static func names(_ list: String) -> [String] { list.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) } }

    /// Whom the options name.
    private func contestants() throws -> [Contestant] {
        let uses: [Contestant.CacheUse] = try Self.names(cache).map { name in
            guard let use = Contestant.CacheUse(rawValue: name) else { throw ValidationError("--cache takes none, cold and warm, not \(name)") }
            return use
        }
        if uses.isEmpty { throw ValidationError("--cache names nothing") }
        var result: [Contestant] = []
        for name in Self.names(engines) {
            guard let engine = EngineName(rawValue: name) else {
                throw ValidationError("there is no engine \(name); --engines takes \(EngineName.allCases.map(\.rawValue).joined(separator: ", "))")
            }
            let own = engine == .interpreter ? [Contestant.engine(engine)] : uses.map { Contestant.engine(engine, cache: $0) }
            for var contestant in own {
                if engine == .jit { contestant.tier = tier }
                result.append(contestant)
                contestant.isBaseline = true
                if baseline != nil { result.append(contestant) }
            }
        }
        for name in Self.names(against ?? "") {
            switch name {
            case "native":
                if program != nil { throw ValidationError("--program has no source to be built for the host; leave native out of --against") }
                result.append(.native)
            case "qemu": result.append(.qemu)
            default: throw ValidationError("--against takes native and qemu, not \(name)")
            }
        }
        if Set(result).count < result.count { throw ValidationError("--engines, --cache or --against names one contestant twice") }
        if result.isEmpty { throw ValidationError("--engines names no engine") }
        return result
    }

    /// What `--shard` says.
    private func part() throws -> RecordHeader.Shard? {
        guard let shard else { return nil }
        let numbers = shard.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
        guard numbers.count == 2, let index = numbers[0], let count = numbers[1], count >= 1, 1...count ~= index else {
            throw ValidationError("--shard \(shard) is no part like 2/5: the second of five")
        }
        return RecordHeader.Shard(index: index, count: count)
    }

    /// The workloads to run, and whether the world switch is one of them.
    private func work() throws -> (workloads: [Workload], hasSwitch: Bool) {
        if let program { return ([try Workload(program: program, arguments: arguments)], false) }
        let names = Self.names(workloads ?? "")
        let guests = try GuestCatalog.named(names.filter { $0 != Self.switchName })
        var work: [Workload?] = names == [Self.switchName] ? [] : guests.map { Workload($0, work: small ? .small : .full) }
        // The world switch is the last piece of work, and has no guest.
        if names.isEmpty || names.contains(Self.switchName) { work.append(nil) }
        if let part = try part() {
            guard part.count <= work.count else {
                throw Failure(.usage, "--shard \(part.index)/\(part.count): there are only \(work.count) workloads to share out")
            }
            work = work.enumerated().filter { $0.offset % part.count == part.index - 1 }.map(\.element)
        }
        return (work.compactMap { $0 }, work.contains { $0 == nil })
    }
    private static let switchName = "world-switch"

    func run() throws {
        var contestants = try contestants()
        let (workloads, hasSwitch) = try work()
        let qemu = HostTools.find("qemu-loongarch64")
        if contestants.contains(.qemu), qemu == nil {
            standardError("longma: qemu-loongarch64 is not on PATH, so there is no comparison with it; .ci/install test installs it")
            contestants.removeAll { $0 == .qemu }
        }
        if contestants.contains(.native), HostTools.find("cc") == nil {
            standardError("longma: cc is not on PATH, so there is no comparison with native code; apt-get install gcc")
            contestants.removeAll { $0 == .native }
        }
        if let baseline, access(baseline, X_OK) != 0 { throw Failure(.usage, "--baseline \(baseline) cannot be executed: \(lastSystemError())") }
        var header = record.header(.bench)
        header.shard = try part()
        header.tools = tools(contestants, qemu: qemu)
        // What cannot be used is found out before hours of measuring.
        let old = try compare.map { try Self.old($0, header.testbed) }
        let store = try history.map { path in try said { try History.open(path) } }

        let arena = try Arena(qemu: qemu, baseline: baseline, tier: tier)
        defer { arena.close() }
        let run = BenchRun(
            workloads: workloads, contestants: contestants, runs: runs, warmups: warmup, switchIterations: hasSwitch ? (small ? 100 : 2000) : nil, arena: arena,
            record: header)
        var result = try run.result()
        result.baseline = baseline
        try write(result, contestants)
        try said { _ = try store?.add(try RecordReader.records([UInt8](encodedJSON(result)), name: "the result")) }

        var regressions = 0
        let measured = try result.measured()
        let isQuiet = [json, csv, markdown].contains("-")
        for (name, before, isBaseline) in try [(baseline, baseline == nil ? nil : result.baselineMeasured(), true), (compare, old, false)] {
            guard let name, let before else { continue }
            let series = Set(before.map(\.series))
            // What the earlier result did not have in mind says nothing.
            let comparison = Comparison(
                before: before, after: isBaseline ? measured.filter { series.contains($0.series) } : measured, magnitude: threshold / 100, isPaired: isBaseline)
            if !isQuiet {
                ComparisonTable(comparison: comparison, old: name, load: max(header.loadBefore, result.record.loadAfter), cores: header.testbed.cores).write()
            }
            regressions += comparison.regressions.count
        }
        if failOnRegression, regressions > 0 {
            if isQuiet { standardError("longma: \(regressions) figures have become worse; without \"-\" the tables show which") }
            leave(Status.regression.rawValue)
        }
    }

    private func write(_ result: BenchResult, _ contestants: [Contestant]) throws {
        let tables = BenchTables(result: result, contestants: contestants)
        if ![json, csv, markdown].contains("-") { tables.write() }
        if let json { try writeJSON(result, to: json) }
        if let csv { try writeFile(Data(tables.csv().utf8), to: csv, option: "--csv") }
        if let markdown { try writeFile(Data(tables.markdown().utf8), to: markdown, option: "--markdown") }
    }

    /// The figures of `--compare`.
    private static func old(_ path: String, _ testbed: Testbed) throws -> [Measured] {
        let records = try said { try RecordReader.records(ResultFile.bytes(path), name: path) }
        for record in records {
            if let difference = testbed.difference(from: record.header.testbed) {
                throw Failure(
                    .badImage, "\(path) is of another testbed (\(difference)), so its figures say nothing here; measure both longmas on one (--baseline)")
            }
        }
        return records.flatMap(\.measured)
    }

    private func tools(_ contestants: [Contestant], qemu: String?) -> [String: String] {
        var tools: [String: String] = [:]
        if contestants.contains(.qemu), let qemu { tools["qemu"] = HostTools.version(of: qemu) }
        if contestants.contains(.native), let cc = HostTools.find("cc") { tools["cc"] = HostTools.version(of: cc) }
        return tools
    }
}
