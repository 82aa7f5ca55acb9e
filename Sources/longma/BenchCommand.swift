import ArgumentParser
import Foundation

/// `longma bench`.
struct BenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench", abstract: "Times the built-in guests under each engine, and against QEMU and the host itself.",
        discussion: """
            Every run is a process of its own; the contestants take turns. The time is the process's wall time, for Longma's engines without the time \
            the guest stood still for compilations, which has its own column. Medians, with half the distance from fastest to slowest.
            """)

    @Option(help: ArgumentHelp("Engines to time, separated by commas.", valueName: "names"))
    var engines = "interpreter,jit"

    @Option(help: "What jit translates with: region (the default) or stencil.")
    var tier: TierName?

    @Option(help: ArgumentHelp("Guests to run, separated by commas (default: all).", valueName: "names"))
    var workloads: String?

    @Option(help: ArgumentHelp("Compare with native (the same source built by cc), qemu (qemu-loongarch64), or both.", valueName: "names"))
    var against: String?

    @Option(help: "Runs of each.")
    var runs = 5

    @Flag(help: "Let the guests do little work: to try the command, not to measure.")
    var small = false

    @Option(help: ArgumentHelp("Write the results as JSON too; - is standard output, instead of the tables.", valueName: "file"))
    var json: String?

    @Option(help: ArgumentHelp("Add the results to a history. Not built yet.", valueName: "file"))
    var history: String?

    func validate() throws {
        if !(1...1000 ~= runs) { throw ValidationError("--runs must be from 1 to 1000") }
        let contestants = try contestants()
        if tier != nil, !contestants.contains(.engine(.jit)) { throw ValidationError("--tier goes with jit among the --engines") }
    }

    /// Whom the options name.
    private func contestants() throws -> [Contestant] {
        func names(_ list: String) -> [String] { list.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) } }
        var result: [Contestant] = try names(engines).map { name in
            guard let engine = EngineName(rawValue: name) else {
                throw ValidationError("there is no engine \(name); --engines takes \(EngineName.allCases.map(\.rawValue).joined(separator: ", "))")
            }
            return .engine(engine)
        }
        for name in names(against ?? "") {
            switch name {
            case "native": result.append(.native)
            case "qemu": result.append(.qemu)
            default: throw ValidationError("--against takes native and qemu, not \(name)")
            }
        }
        if Set(result).count < result.count { throw ValidationError("--engines or --against names one contestant twice") }
        if result.isEmpty { throw ValidationError("--engines names no engine") }
        return result
    }

    func run() throws {
        if history != nil { throw Failure.unimplemented("--history; leave it out and keep the file of --json") }
        var contestants = try contestants()
        let guests = try GuestCatalog.named(workloads?.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) } ?? [])
        let qemu = HostTools.find("qemu-loongarch64")
        if contestants.contains(.qemu), qemu == nil {
            standardError("longma: qemu-loongarch64 is not on PATH, so there is no comparison with it; .ci/install test installs it")
            contestants.removeAll { $0 == .qemu }
        }
        if contestants.contains(.native), HostTools.find("cc") == nil {
            standardError("longma: cc is not on PATH, so there is no comparison with native code; apt-get install gcc")
            contestants.removeAll { $0 == .native }
        }
        let arena = try Arena(qemu: qemu, work: small ? .small : .full, tier: tier)
        defer { arena.close() }

        var result = BenchResult(date: ISO8601DateFormatter().string(from: Date()), host: host(contestants, qemu: qemu), runs: runs)
        for guest in guests {
            if contestants.contains(.native) { try arena.buildNative(guest) }
            var samples: [Contestant: [Sample]] = [:]
            for round in 1...runs {
                for contestant in contestants {
                    Terminal.progress("\(guest.name) (\(result.workloads.count + 1) of \(guests.count)), run \(round) of \(runs): \(contestant.name)")
                    samples[contestant, default: []].append(try arena.run(guest, contestant))
                }
            }
            Terminal.progress(nil)
            try result.add(guest, samples, contestants: contestants)
        }
        result.summarize(contestants: contestants)
        if json != "-" { result.write(contestants: contestants) }
        if let json { try writeJSON(result, to: json) }
    }

    private func host(_ contestants: [Contestant], qemu: String?) -> [String: String] {
        var host: [String: String] = ["longma": Longma.configuration.version, "cores": "\(ProcessInfo.processInfo.activeProcessorCount)"]
        for check in HostCheck.all() where check.name == "x86-64-v3 processor" || check.name == "libgccjit" { host[check.name] = check.found }
        if contestants.contains(.qemu), let qemu { host["qemu"] = HostTools.version(of: qemu) }
        if contestants.contains(.native), let cc = HostTools.find("cc") { host["cc"] = HostTools.version(of: cc) }
        return host
    }
}
