import ArgumentParser
import Execution
import GCCBackend
import Glibc
import GuestMemory
import Interpreter
import Logging
import Synchronization
import Translator

/// The value of `--engine`.
enum EngineName: String, CaseIterable, Codable, ExpressibleByArgument {
    case auto, jit, interpreter
}

/// The value of `--tier`: the only thing that `--engine jit` translates with.
enum TierName: String, CaseIterable, Codable, ExpressibleByArgument {
    case stencil, region
}

/// What `--engine` comes down to on this host: which engine runs, and how one is made for each guest thread.
struct EngineChoice {
    /// What was asked for.
    let requested: EngineName
    /// What runs: `interpreter` when `auto` was asked for and libgccjit is missing.
    let effective: EngineName
    /// Makes the engine of one guest thread.
    let makeEngine: (any CodeSource) -> any Engine
    /// What all engines together have compiled, in the background too.
    var compilation: () -> Compilation.Report = { Compilation.Report() }
    /// To be called when the guest has ended.
    var finish: () -> Void = {}
    /// Whether, after that, other processes still hold on to this one's memory.
    var leavesCompilers: () -> Bool = { false }
    /// How many guest threads have got an engine that translates.
    var threads: () -> Int = { 1 }
    /// The counters of compilation; nil where nothing is compiled.
    var counters: () -> TranslationStore.Counters? = { nil }
    /// Whether what is compiled is the same in every run.
    var isRepeatable = false

    /// Decides, saying in one sentence when it is not what was asked for. Code that is in `archive` is not made again; `log` is told of all code. Stencils are kept
    /// in `cache`; without one only `--tier stencil` has them, and waits for them. `codeLimit`: see `TranslationStore`.
    static func make(
        _ name: EngineName, tier: TierName? = nil, cache: CacheDirectory? = nil, archive: CodeCache? = nil, log: CodeLog? = nil, codeLimit: Int? = nil,
        logger: Logger
    ) throws -> EngineChoice {
        if tier != nil, name != .jit { throw Failure(.usage, "--tier goes with --engine jit") }
        if tier == .stencil { return try stencils(requested: name, cache) }
        if name == .interpreter { return interpreter(requested: name) }
        do {
            if tier == nil, let cache, cache.directory() != nil { return try tiers(name, StencilFile(cache: cache), archive, log, codeLimit) }
            return try translating(name, name == .jit ? .eager : .background, nil, archive, log, codeLimit)
        } catch let failure as Failure where failure.status == .engineUnavailable && name == .auto {
            standardError("longma: \(failure.sentence); going on with the interpreter")
            return interpreter(requested: name)
        }
    }

    private static func interpreter(requested: EngineName) -> EngineChoice {
        EngineChoice(requested: requested, effective: .interpreter, makeEngine: { Interpreter(source: $0) })
    }

    /// Translates everything before its first execution, by stencils.
    private static func stencils(requested: EngineName, _ directory: CacheDirectory?) throws -> EngineChoice {
        let library: StencilLibrary
        do { library = try StencilFile(cache: directory).library() } catch { throw Failure(.engineUnavailable, error.reason) }
        return try translating(requested, .stencils, StencilSupply(library), nil, nil)
    }

    /// Both tiers, where the guest waits for its regions: what runs when depends on nothing but the guest.
    static func patient(_ directory: CacheDirectory?, heat: Int32) throws -> EngineChoice {
        let library: StencilLibrary
        do { library = try StencilFile(cache: directory).library() } catch { throw Failure(.engineUnavailable, error.reason) }
        return try translating(.jit, .patientTiers(heat: heat), StencilSupply(library), nil, nil)
    }

    /// Translates everything by stencils, once there are some, and what is hot as regions. Stencils are made in the background.
    private static func tiers(_ name: EngineName, _ file: StencilFile, _ archive: CodeCache?, _ log: CodeLog?, _ codeLimit: Int?) throws -> EngineChoice {
        let supply = StencilSupply(file.existingLibrary())
        return try translating(name, .tiers, supply, archive, log, codeLimit) {
            try $0.see(to: supply, file, isPromised: name == .jit && archive?.isEmpty != false)
        }
    }

    private static func translating(
        _ name: EngineName, _ policy: TranslatingEngine.Policy, _ stencils: StencilSupply?, _ archive: CodeCache?, _ log: CodeLog?,
        _ codeLimit: Int? = nil, begin: (Compilation) throws -> Void = { _ in }
    ) throws -> EngineChoice {
        let compilation = try Compilation(policy, archive: archive, observer: log, codeLimit: codeLimit)
        try begin(compilation)
        let cache = TranslationCache(store: compilation.store, options: TranslationOptions(preciseRegisters: false))
        let threads = ThreadCount()
        return EngineChoice(
            requested: name, effective: name,
            makeEngine: {
                threads.number.add(1, ordering: .relaxed)
                return TranslatingEngine(source: $0, cache: cache, policy: policy, stencils: stencils, prepare: HelperTable.install)
            },
            compilation: { compilation.report }, finish: { cache.stop() }, leavesCompilers: { compilation.leavesCompilers || stencils.map { $0.library == nil } == true },
            threads: { threads.number.load(ordering: .relaxed) },
            counters: { policy == .stencils ? nil : cache.counters }, isRepeatable: policy == .eager)
    }

    /// Bytes of regions' code that a run keeps; tests make them few.
    static var usualCodeLimit: Int { getenv("LONGMA_CODE_LIMIT").flatMap { Int(String(cString: $0)) } ?? TranslationStore.usualCodeLimit }

    private final class ThreadCount: Sendable { let number = Atomic(0) }

    /// Seconds during which the guest stood still for compilations, of `waiting` that its threads waited in all. Threads wait at the same time, but no longer than
    /// something is compiled.
    func standstill(_ waiting: Double) -> Double { threads() > 1 ? min(waiting, compilation().busySeconds) : waiting }
}
