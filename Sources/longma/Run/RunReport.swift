import Execution
import Foundation
import LinuxProcess
import Translator

/// What `longma run --stats --json` writes, and what `demo` and `bench` read back.
struct RunReport: Codable {
    /// The engine that ran, and the one that was asked for.
    var engine: EngineName
    var engineRequested: EngineName
    var program: String
    /// The status Longma ends with: the guest's own, or 128 + signal.
    var exitStatus: Int32
    /// The signal the guest died of.
    var signal: Int32?
    var instructionsRetired: UInt64
    var instructionsInterpreted: UInt64
    var instructionsTranslated: UInt64
    var regionsCompiled: UInt64
    var regionsFromCache: UInt64
    /// Regions that were found in the cache on disk, and those that had to be compiled.
    var cacheHits: UInt64
    var cacheMisses: UInt64
    /// Compiler processes that were started, and those of them that died or hung and were replaced.
    var compilersStarted: Int
    var compilersLost: Int
    /// Time that compilations took, and that of it during which the guest stood still.
    var compileSeconds: Double
    var waitSeconds: Double
    /// Wall time less the time the guest stood still for compilations.
    var guestSeconds: Double
    var wallSeconds: Double
    /// How often the engines were left, by reason.
    var exits: [String: UInt64]
    /// Blocks and guest instructions that stencils were copied for, each time that they were, and bytes of host code they became.
    var stencilBlocks: UInt64?
    var stencilInstructions: UInt64?
    var stencilBytes: UInt64?
    /// Guest instructions translated as regions, each time that they were, and bytes of host code they became.
    var instructionsCompiled: UInt64?
    var codeBytes: UInt64?
    /// Regions that were made anew with more of what they lead to, and jumps from region to region that were made direct, each time that they were.
    var regionsWidened: UInt64?
    var regionLinks: UInt64?
    /// How often regions' code was given up because there was too much of it.
    var codeEvictions: UInt64?
    /// Before the first translated instruction: seconds of processor time from the process's creation on, seconds of waiting for a processor, and the time of
    /// CLOCK_MONOTONIC, by which who started the process knows how long it took.
    var startCPUSeconds: Double?
    var startWaitingSeconds: Double?
    var firstTranslatedAt: Double?
    /// Whether what was compiled is the same in every run.
    var isRepeatable: Bool?

    init(_ result: ProcessResult, choice: EngineChoice, program: String, wallSeconds: Double) {
        engine = choice.effective
        engineRequested = choice.requested
        self.program = program
        exitStatus = result.exitStatus
        if case .signalled(let number) = result.termination { signal = number }
        instructionsRetired = result.instructionsRetired
        // System calls are Longma's own work: what was not translated was interpreted, in this wide sense.
        instructionsInterpreted = result.instructionsRetired - result.statistics.translated
        instructionsTranslated = result.statistics.translated
        let compilation = choice.compilation()
        regionsCompiled = max(result.statistics.regionsCompiled, compilation.regions)
        regionsFromCache = result.statistics.regionsFromCache
        cacheHits = compilation.archived
        cacheMisses = compilation.regions
        compilersStarted = compilation.compilers
        compilersLost = compilation.compilersLost
        compileSeconds = max(result.statistics.compileSeconds, compilation.seconds)
        waitSeconds = choice.standstill(result.statistics.waitSeconds)
        guestSeconds = wallSeconds - waitSeconds
        self.wallSeconds = wallSeconds
        exits = result.exits
        isRepeatable = choice.isRepeatable
        startCPUSeconds = FirstExecution.figures?.processor
        startWaitingSeconds = FirstExecution.figures?.waiting
        firstTranslatedAt = FirstExecution.figures?.moment
        if result.statistics.stencilBlocks > 0 {
            stencilBlocks = result.statistics.stencilBlocks
            stencilInstructions = result.statistics.stencilInstructions
            stencilBytes = result.statistics.stencilBytes
        }
        if let counters = choice.counters() {
            instructionsCompiled = counters.instructions
            codeBytes = counters.codeBytes
            codeEvictions = counters.evictions
            regionsWidened = result.statistics.regionsWidened
            regionLinks = counters.links
        }
    }

    /// What is the same in every run of a guest with one thread. What is compiled in the background depends on time.
    var counters: [String: Double] {
        var counters = ["exits": exits.filter { $0.key != "interrupted" }.values.reduce(0) { $0 + Double($1) }]
        if isRepeatable == true {
            counters["regions"] = Double(regionsCompiled)
            if let instructionsCompiled, let codeBytes, instructionsCompiled > 0 {
                counters["host_bytes_per_instruction"] = (1000 * Double(codeBytes) / Double(instructionsCompiled)).rounded() / 1000
            }
        }
        return counters
    }

    /// Millions of instructions per second of guest time.
    var speed: Double { guestSeconds > 0 ? Double(instructionsRetired) / guestSeconds / 1e6 : 0 }

    /// The table of `--stats`.
    func table() -> [String] {
        var table = TextTable(["what", "value"])
        table.add(["engine", engine == engineRequested ? engine.rawValue : "\(engine.rawValue) (asked for: \(engineRequested.rawValue))"])
        table.add(["exit status", "\(exitStatus)"])
        table.add(["instructions retired", "\(instructionsRetired)"])
        table.add(["  interpreted", "\(instructionsInterpreted)"])
        table.add(["  translated", "\(instructionsTranslated)"])
        if let stencilBlocks, let stencilInstructions, let stencilBytes {
            table.add(["stencil blocks", "\(stencilBlocks), of \(stencilInstructions) instructions"])
            table.add(["stencil code bytes", "\(stencilBytes)"])
        }
        table.add(["regions compiled", "\(regionsCompiled)"])
        table.add(["regions from cache", "\(regionsFromCache)"])
        if let regionsWidened, let regionLinks { table.add(["regions made larger, links", "\(regionsWidened), \(regionLinks)"]) }
        if let codeBytes, let codeEvictions { table.add(["region code bytes", "\(codeBytes), given up \(codeEvictions) times"]) }
        table.add(["compiler processes", compilersLost == 0 ? "\(compilersStarted)" : "\(compilersStarted), \(compilersLost) of them lost"])
        if let startCPUSeconds {
            let waiting = startWaitingSeconds.map { ", " + Format.seconds($0) + " s of waiting for a processor" } ?? ""
            table.add(["start to first translated", Format.seconds(startCPUSeconds) + " s of CPU" + waiting])
        }
        table.add(["compile seconds", Format.seconds(compileSeconds)])
        table.add(["guest seconds", Format.seconds(guestSeconds)])
        table.add(["wall seconds", Format.seconds(wallSeconds)])
        table.add(["M instructions/s", Format.speed(speed)])
        for (reason, count) in exits.sorted(by: { $0.key < $1.key }) { table.add(["exits: \(reason)", "\(count)"]) }
        return table.lines()
    }
}
