import VirtualMachine

/// What `longma vm --stats --json` writes.
struct MachineReport: Codable {
    var engine: EngineName
    var engineRequested: EngineName
    var program: String
    /// Why the run ended: shutdown, quit, fuel, timeout, ...
    var end: String
    /// LA64 instructions of guest and world switch.
    var instructionsRetired: UInt64
    var instructionsInterpreted: UInt64
    var instructionsTranslated: UInt64
    var regionsCompiled: UInt64
    var regionsFromCache: UInt64
    /// Guest instructions translated, each time that they were, and bytes of host code they became.
    var instructionsCompiled: UInt64
    var codeBytes: UInt64
    /// How often regions' code was given up because there was too much of it.
    var codeEvictions: UInt64
    /// Regions that were found in the cache on disk, and those that had to be compiled.
    var cacheHits: UInt64
    var cacheMisses: UInt64
    /// Compiler processes that were started, and those of them that died or hung and were replaced.
    var compilersStarted: Int
    var compilersLost: Int
    var compileSeconds: Double
    var waitSeconds: Double
    var guestSeconds: Double
    var wallSeconds: Double
    /// World switches out of the guest, by the exception's name.
    var exits: [String: UInt64]

    init(_ run: MachineRun, _ machine: Machine, wallSeconds: Double, end: String) {
        engine = run.choice.effective
        engineRequested = run.choice.requested
        program = run.path
        self.end = end
        let statistics = machine.core.statistics
        let compilation = run.choice.compilation()
        instructionsRetired = machine.core.retired
        instructionsTranslated = statistics.translated
        instructionsInterpreted = instructionsRetired - min(statistics.translated, instructionsRetired)
        regionsCompiled = max(statistics.regionsCompiled, compilation.regions)
        regionsFromCache = statistics.regionsFromCache
        instructionsCompiled = compilation.instructions
        codeBytes = compilation.codeBytes
        codeEvictions = compilation.evictions
        cacheHits = compilation.archived
        cacheMisses = compilation.regions
        compilersStarted = compilation.compilers
        compilersLost = compilation.compilersLost
        compileSeconds = max(statistics.compileSeconds, compilation.seconds)
        waitSeconds = statistics.waitSeconds
        guestSeconds = wallSeconds - statistics.waitSeconds
        self.wallSeconds = wallSeconds
        exits = machine.exits
    }

    func table() -> [String] {
        var table = TextTable(["what", "value"])
        table.add(["engine", engine == engineRequested ? engine.rawValue : "\(engine.rawValue) (asked for: \(engineRequested.rawValue))"])
        table.add(["ended by", end])
        table.add(["instructions retired", "\(instructionsRetired)"])
        table.add(["  interpreted", "\(instructionsInterpreted)"])
        table.add(["  translated", "\(instructionsTranslated)"])
        table.add(["regions compiled", "\(regionsCompiled)"])
        table.add(["regions from cache", "\(regionsFromCache)"])
        if codeBytes > 0 { table.add(["region code bytes", "\(codeBytes), given up \(codeEvictions) times"]) }
        table.add(["compiler processes", compilersLost == 0 ? "\(compilersStarted)" : "\(compilersStarted), \(compilersLost) of them lost"])
        table.add(["compile seconds", Format.seconds(compileSeconds)])
        table.add(["guest seconds", Format.seconds(guestSeconds)])
        table.add(["wall seconds", Format.seconds(wallSeconds)])
        table.add(["M instructions/s", Format.speed(guestSeconds > 0 ? Double(instructionsRetired) / guestSeconds / 1e6 : 0)])
        for (reason, count) in exits.sorted(by: { $0.key < $1.key }) { table.add(["exits: \(reason)", "\(count)"]) }
        return table.lines()
    }
}
