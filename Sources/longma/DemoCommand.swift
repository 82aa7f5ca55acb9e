import ArgumentParser
import Profiler

/// `longma demo`.
struct DemoCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo", abstract: "The tour: runs the built-in guests through the interpreter and the translator, in under a minute.")

    func run() throws {
        let guests = try GuestCatalog.all()
        let arena = try Arena(qemu: nil)
        defer { arena.close() }
        let missing = HostCheck.all().filter { $0.essential && $0.state == .missing }
        for check in missing { standardError("longma: \(check.name): \(check.found); \(check.remedy ?? "see longma doctor")") }
        let engines: [EngineName] = missing.isEmpty ? [.interpreter, .auto] : [.interpreter]

        print("\(guests.count) LA64 programs, each checked against the line it must print:\n")
        var header = ["guest", "kind", "M instr"]
        for engine in engines { header += ["\(engine.rawValue) s", "M instr/s"] }
        if engines.count > 1 { header += ["faster", "compile s"] }
        var table = TextTable(header + ["checksum"], leftAligned: [0, 1, header.count])
        for (index, guest) in guests.enumerated() {
            var row: [String] = []
            var samples: [Sample] = []
            for engine in engines {
                Terminal.progress("\(index + 1) of \(guests.count): \(guest.name), \(engine.rawValue)")
                let sample = try arena.run(Workload(guest, work: .demo), .engine(engine))
                samples.append(sample)
                row += [Format.seconds(sample.seconds), Format.speed(Double(sample.instructions ?? 0) / sample.seconds / 1e6)]
            }
            if samples.count > 1 { row += ["\(Format.ratio(samples[0].seconds / samples[1].seconds))x", Format.seconds(samples[1].compileSeconds)] }
            let checksum = guest.job(.demo).expected.split(separator: " ").last.map(String.init) ?? ""
            table.add([guest.name, guest.kind, Format.millions(samples[0].instructions ?? 0)] + row + ["\(checksum) \(Terminal.good("right"))"])
        }
        Terminal.progress(nil)
        table.write()
        try profileSwitch()
    }

    /// The last stop: some exits of a virtual machine.
    private func profileSwitch() throws {
        let (engines, note) = try SwitchEngines.choices(nil)
        defer { engines.forEach { $0.finish() } }
        let scenarios = ["null", "mmio-load", "iocsr", "stage2-fault", "fpu"].compactMap(SwitchScenario.named)
        let result = try SwitchRun(scenarios: scenarios, routines: [.builtIn], engines: engines, iterations: 2000).result(progress: Terminal.progress)
        print("\nThe world switch of a virtual machine, itself LA64 code: round trips from one exit of the guest to the next (longma switch shows more):\n")
        result.writeSummary()
        if let note { print("\n\(note)") }
    }
}
