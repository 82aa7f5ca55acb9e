import ArgumentParser
import Execution
import GCCBackend
import GuestMemory
import Interpreter
import Logging
import Synchronization
import Translator

/// The value of `--engine`.
enum EngineName: String, CaseIterable, Codable, ExpressibleByArgument {
    case auto, jit, interpreter
}

/// The value of `--tier`: what `--engine jit` translates with.
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
    /// How many guest threads have got an engine that translates.
    var threads: () -> Int = { 1 }
    /// The counters of compilation; nil where nothing is compiled.
    var counters: () -> TranslationStore.Counters? = { nil }

    /// Decides, saying in one sentence when it is not what was asked for. Code that is in `archive` is not made again; `log` is told of all code. Stencils are kept
    /// in `cache`.
    static func make(
        _ name: EngineName, tier: TierName? = nil, cache: CacheDirectory? = nil, archive: CodeCache? = nil, log: CodeLog? = nil, logger: Logger
    ) throws -> EngineChoice {
        if tier != nil, name != .jit { throw Failure(.usage, "--tier goes with --engine jit") }
        if tier == .stencil { return try stencils(requested: name, cache) }
        switch name {
        case .interpreter: return interpreter(requested: name)
        // Translates everything before its first execution.
        case .jit: return try translating(name, .eager, archive, log)
        // Interprets at once and translates what is hot.
        case .auto:
            do {
                return try translating(name, .background, archive, log)
            } catch let failure as Failure where failure.status == .engineUnavailable {
                standardError("longma: \(failure.sentence); going on with the interpreter")
                return interpreter(requested: name)
            }
        }
    }

    private static func interpreter(requested: EngineName) -> EngineChoice {
        EngineChoice(requested: requested, effective: .interpreter, makeEngine: { Interpreter(source: $0) })
    }

    /// Translates everything before its first execution, by stencils.
    private static func stencils(requested: EngineName, _ directory: CacheDirectory?) throws -> EngineChoice {
        let library: StencilLibrary
        do { library = try StencilFile(cache: directory).library() } catch { throw Failure(.engineUnavailable, error.reason) }
        let compilation = try Compilation(.stencils, archive: nil)
        let cache = TranslationCache(store: compilation.store, options: TranslationOptions(preciseRegisters: false))
        return EngineChoice(
            requested: requested, effective: .jit,
            makeEngine: { TranslatingEngine(source: $0, cache: cache, policy: .stencils, stencils: library, prepare: HelperTable.install) },
            compilation: { compilation.report }, finish: { cache.stop() })
    }

    private static func translating(_ name: EngineName, _ policy: TranslatingEngine.Policy, _ archive: CodeCache?, _ log: CodeLog?) throws -> EngineChoice {
        let compilation = try Compilation(policy, archive: archive, observer: log)
        let cache = TranslationCache(store: compilation.store, options: TranslationOptions(preciseRegisters: false))
        let threads = ThreadCount()
        return EngineChoice(
            requested: name, effective: name,
            makeEngine: {
                threads.number.add(1, ordering: .relaxed)
                return TranslatingEngine(source: $0, cache: cache, policy: policy, prepare: HelperTable.install)
            },
            compilation: { compilation.report }, finish: { cache.stop() }, threads: { threads.number.load(ordering: .relaxed) },
            counters: { cache.counters })
    }

    private final class ThreadCount: Sendable { let number = Atomic(0) }

    /// Seconds during which the guest stood still for compilations, of `waiting` that its threads waited in all. Threads wait at the same time, but no longer than
    /// something is compiled.
    func standstill(_ waiting: Double) -> Double { threads() > 1 ? min(waiting, compilation().busySeconds) : waiting }
}
