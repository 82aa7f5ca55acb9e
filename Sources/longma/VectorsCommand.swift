import ArgumentParser
import Foundation

/// `longma vectors`.
struct VectorsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "vectors", abstract: "Runs test vectors and prints the state that each ends in, one JSON line per case.",
        discussion: """
            A case gives instruction words, registers and memory (a JSON list, or one object per line; - reads standard input). The words run from \
            0x40000000 with 64 KiB of memory at 0x60000000, until they are left, an exception is raised, or 10 million instructions (the case's "fuel", if it \
            has that) are through (TIMEOUT).
            """)

    @Option(help: "The engine to run on: interpreter, jit or auto.")
    var engine: EngineName = .interpreter

    @Option(help: "What jit translates with: region (the default, for code that runs once never gets hot) or stencil.")
    var tier: TierName?

    @Flag(help: "Let exceptions find exact registers, as for a guest that handles signals; without it jit and auto promise no more than pc.")
    var precise = false

    @Flag(help: "Add to each line the instructions retired and the address of a memory exception, and say on standard error what was translated.")
    var counts = false

    @Option(help: ArgumentHelp("With jit: stencils first, and code that was polled so often as regions, waited for.", valueName: "polls"))
    var heat: Int32?

    @OptionGroup var log: LogOption

    @Argument(help: ArgumentHelp("The cases.", valueName: "file.jsonl"))
    var file: String

    func validate() throws {
        guard let heat else { return }
        if engine != .jit || tier != nil { throw ValidationError("--heat goes with --engine jit, without --tier") }
        if heat < 1 { throw ValidationError("--heat must be above 0") }
    }

    func run() throws {
        let choice =
            if let heat {
                try EngineChoice.patient(CacheOption.usualDirectory, heat: heat)
            } else {
                try EngineChoice.make(engine, tier: tier, cache: tier == .stencil ? CacheOption.usualDirectory : nil, logger: log.logger())
            }
        let text: Data
        do {
            text = file == "-" ? FileHandle.standardInput.readDataToEndOfFile() : try Data(contentsOf: URL(fileURLWithPath: file), options: .mappedIfSafe)
        } catch {
            throw Failure(.badImage, "cannot read \(file) (\(reason(error))); give a file of test vectors, or -")
        }
        let machine = try VectorMachine()
        let engine = choice.makeEngine(machine)
        if precise { engine.requirePreciseRegisters() }
        let runner = VectorRunner(machine: machine, engine: engine)
        var writer = VectorResultWriter(descriptor: 1, showsCounts: counts)
        try text.withUnsafeBytes { bytes in
            var reader = VectorCaseReader(bytes.bindMemory(to: UInt8.self))
            do {
                try runner.run(&reader) { try writer.write($0, $1, machine) }
            } catch {
                try? writer.flush()
                throw error
            }
            try writer.flush()
        }
        choice.finish()
        if counts {
            let statistics = engine.statistics
            standardError(
                "longma: \(statistics.interpreted) interpreted, \(statistics.translated) executed as translated; translated: "
                    + "\(statistics.stencilInstructions) by stencils, \(choice.counters()?.instructions ?? 0) in regions")
        }
    }
}
