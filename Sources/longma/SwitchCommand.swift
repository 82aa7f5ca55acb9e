import ArgumentParser
import Foundation
import Profiler
import VirtualMachine

/// `longma switch`.
struct SwitchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "switch", abstract: "Profiles the world switch between a virtual machine's host and its guest, for each reason to leave the guest.",
        discussion: """
            A round trip is one exit handler's entry to the next. Its times are cycles of the host's time stamp counter; what the world switch executes \
            is counted exactly. The routines are LA64 code: Longma's own, or yours, as an ELF object, executable or shared object with the symbols \
            kvm_enter_guest, kvm_enter_guest_end, kvm_vector_entry and kvm_vector_entry_end, assembled against the header of --print-offsets. \
            With --routine alone the built-in routine is shown beside yours.
            """)

    @Option(help: "interpreter, jit, or both: by default every engine that there is.")
    var engine: SwitchEngines?

    @Option(help: ArgumentHelp("Exit reasons, separated by commas (default: all): \(SwitchScenario.all.map(\.name).joined(separator: ", ")).", valueName: "names"))
    var exits: String?

    @Option(help: "Round trips of each. Memory does not grow with them; from 100000 on, the first tenth is compared with the last.")
    var iterations = 20000

    @Option(help: ArgumentHelp("Profile a routine of yours.", valueName: "file"))
    var routine: String?

    @Option(help: ArgumentHelp("Compare with another routine.", valueName: "file2"))
    var against: String?

    @Flag(help: "Draw how the times of the round trips are distributed.")
    var histogram = false

    @Option(help: ArgumentHelp("Write the results as JSON too; - is standard output, instead of the tables.", valueName: "file"))
    var json: String?

    @Option(help: ArgumentHelp("Write the first round trips as trace events, which ui.perfetto.dev opens.", valueName: "file"))
    var trace: String?

    @OptionGroup var record: RecordOptions

    @Flag(help: "Print the structures' offsets as a C header, and do nothing else.")
    var printOffsets = false

    func validate() throws {
        if !(1...1_000_000_000 ~= iterations) { throw ValidationError("--iterations must be from 1 to 1000000000") }
        for (option, value) in [("--json", json), ("--trace", trace), ("--routine", routine), ("--against", against)] where value?.isEmpty == true {
            throw ValidationError("\(option) needs the name of a file")
        }
        _ = try scenarios()
    }

    /// What `--exits` names.
    private func scenarios() throws -> [SwitchScenario] {
        guard let exits else { return SwitchScenario.all }
        let names = exits.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
        if names.isEmpty { throw ValidationError("--exits names no exit reason") }
        return try names.map { name in
            guard let scenario = SwitchScenario.named(name) else {
                throw ValidationError("there is no exit reason \(name); --exits takes \(SwitchScenario.all.map(\.name).joined(separator: ", "))")
            }
            return scenario
        }
    }

    func run() throws {
        if printOffsets {
            print(RoutineOffsets.header, terminator: "")
            return
        }
        var routines = [try routine.map(ProfiledRoutine.load) ?? .builtIn]
        if let against { routines.append(try ProfiledRoutine.load(against)) } else if routine != nil { routines.append(.builtIn) }
        // Two files of one name are told apart by their paths.
        if routines.count == 2, routines[0].name == routines[1].name {
            for index in 0...1 { routines[index].name = routines[index].path ?? routines[index].name }
        }
        let (engines, note) = try SwitchEngines.choices(engine)
        defer { engines.forEach { $0.finish() } }
        let run = SwitchRun(scenarios: try scenarios(), routines: routines, engines: engines, iterations: iterations)
        var header = record.header(.worldSwitch)
        var result = try run.result { Terminal.progress($0) }
        header.loadAfter = Host.load
        result.record = header
        if json != "-" {
            result.write(histogram: histogram)
            if let note { print("\n\(note)") }
        }
        if let json { try writeJSON(result, to: json) }
        if let trace { try writeTrace(result.profiles, to: trace) }
    }

    private func writeTrace(_ profiles: [SwitchProfile], to path: String) throws {
        do {
            try JSONEncoder().encode(TraceEvents(profiles)).write(to: URL(fileURLWithPath: path))
        } catch {
            throw Failure(.hostFailure, "cannot write \(path) (\(reason(error))); give --trace a file in a directory you may write to")
        }
    }
}

/// The value of `longma switch --engine`.
enum SwitchEngines: String, CaseIterable, ExpressibleByArgument {
    case interpreter, jit, both

    /// The routines are the same each time, or nearly.
    private static func jit() throws -> CoreEngineChoice {
        try CoreEngineChoice.make(.jit, archive: CacheOption.usualArchive(of: "routines", kind: "switch"))
    }

    /// The engines to profile, and a remark when one is left out that nobody asked for.
    static func choices(_ wanted: SwitchEngines?) throws -> (choices: [CoreEngineChoice], note: String?) {
        switch wanted {
        case .interpreter: return ([try CoreEngineChoice.make(.interpreter)], nil)
        case .jit: return ([try jit()], nil)
        case .both: return ([try CoreEngineChoice.make(.interpreter), try jit()], nil)
        case nil:
            do {
                return ([try CoreEngineChoice.make(.interpreter), try jit()], nil)
            } catch let failure as Failure {
                return ([try CoreEngineChoice.make(.interpreter)], "Without the jit: \(failure.sentence)")
            }
        }
    }
}
