import ArgumentParser
import Foundation

/// `longma hot`.
struct HotCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hot", abstract: "Runs an LA64 Linux program and shows where it spends its time: guest code and host code side by side.",
        usage: "longma hot [<options>] <program> [<arguments> ...]",
        discussion: """
            The program is run by longma run and sampled a thousand times a second. Programs that it forks or executes are not looked at. Host code is \
            disassembled by objdump, where that is installed. The exit status is the program's.
            """)

    @Option(help: "auto or jit, as for longma run.")
    var engine: EngineName = .auto

    @Option(help: "Regions to list.")
    var top = 5

    @Option(help: "Lines to show of each region, around what was sampled most; 0 shows none.")
    var lines = 30

    @Option(help: ArgumentHelp("Write the shares as JSON too; - is standard output, instead of the listing.", valueName: "file"))
    var json: String?

    @Option(help: ArgumentHelp("As for longma run.", valueName: "directory"))
    var root: String?

    @Option(help: ArgumentHelp("As for longma run.", valueName: "seconds"))
    var timeout: Double?

    @OptionGroup var cache: CacheOption

    @Argument(parsing: .captureForPassthrough, help: ArgumentHelp("The program and its arguments.", valueName: "program"))
    var program: [String] = []

    func validate() throws {
        if program.first == "--help" || program.first == "-h" { throw CleanExit.helpRequest(Self.self) }
        if program.isEmpty { throw ValidationError("which program? longma hot [options] PROGRAM [arguments]; see longma hot --help") }
        if engine == .interpreter { throw ValidationError("--engine interpreter translates nothing; give auto or jit") }
        if !(1...1000).contains(top) { throw ValidationError("--top must be from 1 to 1000") }
        if !(0...100_000).contains(lines) { throw ValidationError("--lines must be from 0 to 100000") }
        if json?.isEmpty == true { throw ValidationError("--json needs the name of a file, or -") }
    }

    /// The result as JSON.
    private struct Report: Encodable {
        struct Entry: Encodable {
            let name: String
            let guestAddress: UInt64
            let samples: Int
            let share: Double
            let blocks: Int
            let instructions: Int
            let hostBytes: Int
            let isFromCache: Bool
        }
        let samples: Int
        let samplesElsewhere: Int
        let regions: [Entry]
    }

    func run() throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("longma-hot-\(getpid())-\(UInt32.random(in: 0...UInt32.max)).records")
        defer { try? FileManager.default.removeItem(at: file) }
        let process = try start(records: file.path)
        var sampler = try Sampler(process) { FileManager.default.fileExists(atPath: file.path) }
        let status = sampler.run()
        show(sampler, Self.records(file))
        if let json { try writeJSON(report(sampler, Self.records(file)), to: json) }
        try? FileManager.default.removeItem(at: file)
        leave(status & 0x7f == 0 ? status >> 8 & 0xff : 128 + (status & 0x7f))
    }

    /// Starts `longma run`. What a terminal sends is for the program; this process waits for its end.
    private func start(records: String) throws -> pid_t {
        var command = [ChildProcess.ownPath, "run", "--engine", engine.rawValue, "--code-records", records] + cache.arguments
        if let root { command += ["--root", root] }
        if let timeout { command += ["--timeout", "\(timeout)"] }
        command += program
        var defaults = sigset_t()
        sigemptyset(&defaults)
        for number in [SIGINT, SIGQUIT] {
            sigaddset(&defaults, number)
            signal(number, SIG_IGN)
        }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        posix_spawnattr_setsigdefault(&attributes, &defaults)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF))
        var arguments = command.map { strdup($0) } + [nil]
        defer { arguments.forEach { free($0) } }
        var child: pid_t = 0
        let failure = posix_spawn(&child, command[0], nil, &attributes, &arguments, environ)
        guard failure == 0 else { throw Failure(.hostFailure, "cannot start \(command[0]) (\(String(cString: strerror(failure))))") }
        return child
    }

    private static func records(_ file: URL) -> [RegionRecord] {
        guard let data = FileManager.default.contents(atPath: file.path) else { return [] }
        return data.split(separator: 10).compactMap { try? JSONDecoder().decode(RegionRecord.self, from: $0) }
    }

    /// Regions in which samples fell, the hottest first.
    private func ranking(_ sampler: Sampler, _ records: [RegionRecord]) -> (total: Int, regions: [(record: RegionRecord, samples: Int)]) {
        let ranked = records.map { record in (record, sampler.counts.reduce(0) { $0 + (record.range.contains($1.key) ? $1.value : 0) }) }
        return (sampler.counts.values.reduce(0, +), ranked.filter { $0.1 > 0 }.sorted { $0.1 > $1.1 })
    }

    private func report(_ sampler: Sampler, _ records: [RegionRecord]) -> Report {
        let (total, regions) = ranking(sampler, records)
        return Report(
            samples: total, samplesElsewhere: total - regions.reduce(0) { $0 + $1.samples },
            regions: regions.map { record, samples in
                Report.Entry(
                    name: record.name, guestAddress: record.entry, samples: samples, share: Double(samples) / Double(total),
                    blocks: record.blocks.count, instructions: record.instructionCount, hostBytes: record.code.count, isFromCache: record.isFromCache)
            })
    }

    private func show(_ sampler: Sampler, _ records: [RegionRecord]) {
        if json == "-" { return }
        let (total, regions) = ranking(sampler, records)
        guard total > 0 else { return print("The program ended before it could be looked at.") }
        let shown = regions.prefix(top)
        func share(_ samples: Int) -> String { String(format: "%.1f%%", 100 * Double(samples) / Double(total)) }
        var table = TextTable(["region", "samples", "share", "blocks", "instructions", "host bytes", "made"], leftAligned: [0, 6])
        for (record, samples) in shown {
            table.add([
                record.name, "\(samples)", share(samples), "\(record.blocks.count)", "\(record.instructionCount)", "\(record.code.count)",
                record.isFromCache ? "in an earlier run" : "now",
            ])
        }
        let rest = regions.dropFirst(top)
        if !rest.isEmpty { table.add(["\(rest.count) more", "\(rest.reduce(0) { $0 + $1.samples })", share(rest.reduce(0) { $0 + $1.samples })]) }
        let elsewhere = total - regions.reduce(0) { $0 + $1.samples }
        table.add(["stencils, interpreter, system calls, Longma itself", "\(elsewhere)", share(elsewhere)])
        table.write()
        if sampler.hasExecuted { print("The program has executed another, which is not counted.") }
        if lines == 0 { return }
        if !HotListing.hasDisassembler { print("Host code is shown in hexadecimal, because objdump is not installed (apt-get install binutils).") }
        for (record, samples) in shown {
            print("\n\(record.name): \(share(samples))")
            HotListing(record, counts: sampler.counts, total: total).lines(limit: lines).forEach { print($0) }
        }
    }
}
