import ArgumentParser
import Execution
import GCCBackend
import GuestMemory
import Interpreter
import Logging
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
    /// Regions compiled by all engines together, and the seconds that took, in the background too.
    var compilation: () -> (regions: UInt64, seconds: Double) = { (0, 0) }
    /// To be called when the guest has ended.
    var finish: () -> Void = {}

    /// Decides, saying in one sentence when it is not what was asked for.
    static func make(_ name: EngineName, tier: TierName? = nil, cache: String? = nil, logger: Logger) throws -> EngineChoice {
        if tier != nil, name != .jit { throw Failure(.usage, "--tier goes with --engine jit") }
        if tier == .stencil { return try stencils(requested: name, cache: cache) }
        switch name {
        case .interpreter: return interpreter(requested: name)
        case .jit: return try jit(requested: name)
        case .auto:
            do {
                return try auto(requested: name)
            } catch let failure as Failure where failure.status == .engineUnavailable {
                standardError("longma: \(failure.sentence); going on with the interpreter")
                return interpreter(requested: name)
            }
        }
    }

    private static func interpreter(requested: EngineName) -> EngineChoice {
        EngineChoice(requested: requested, effective: .interpreter, makeEngine: { Interpreter(source: $0) })
    }

    /// Translates everything before its first execution.
    private static func jit(requested: EngineName) throws -> EngineChoice { try translating(requested, .jit, .eager) }

    /// Interprets at once and translates what is hot.
    private static func auto(requested: EngineName) throws -> EngineChoice { try translating(requested, .auto, .background) }

    /// Translates everything before its first execution, by stencils.
    private static func stencils(requested: EngineName, cache: String?) throws -> EngineChoice {
        let directory = CacheDirectory.path(option: cache).map { CacheDirectory(path: $0) { standardError("longma: \($0)") } }
        let library: StencilLibrary
        do { library = try StencilFile(cache: directory).library() } catch { throw Failure(.engineUnavailable, error.reason) }
        let cache = TranslationCache(store: try Compilation.store(.stencils), options: TranslationOptions(preciseRegisters: false))
        return EngineChoice(
            requested: requested, effective: .jit,
            makeEngine: { TranslatingEngine(source: $0, cache: cache, policy: .stencils, stencils: library, prepare: HelperTable.install) },
            finish: { cache.stop() })
    }

    private static func translating(_ requested: EngineName, _ effective: EngineName, _ policy: TranslatingEngine.Policy) throws -> EngineChoice {
        let store = try Compilation.store(policy)
        let cache = TranslationCache(store: store, options: TranslationOptions(preciseRegisters: false))
        return EngineChoice(
            requested: requested, effective: effective,
            makeEngine: { TranslatingEngine(source: $0, cache: cache, policy: policy, prepare: HelperTable.install) },
            compilation: { (cache.counters.regions, cache.counters.seconds) }, finish: { cache.stop() })
    }
}
