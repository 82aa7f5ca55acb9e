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

/// What `--engine` comes down to on this host: which engine runs, and how one is made for each guest thread.
struct EngineChoice {
    /// What was asked for.
    let requested: EngineName
    /// What runs: `interpreter` when `auto` was asked for and libgccjit is missing.
    let effective: EngineName
    /// Makes the engine of one guest thread.
    let makeEngine: (any CodeSource) -> any Engine
    /// The translations, for an engine that makes any.
    var cache: TranslationCache?

    /// Decides, saying in one sentence when it is not what was asked for.
    static func make(_ name: EngineName, logger: Logger) throws -> EngineChoice {
        switch name {
        case .interpreter: return interpreter(requested: name)
        case .jit: return try jit(requested: name, logger: logger)
        case .auto:
            do {
                return try auto(requested: name, logger: logger)
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
    private static func jit(requested: EngineName, logger: Logger) throws -> EngineChoice {
        try translating(requested, .eager, logger: logger)
    }

    /// Interprets at once and translates what is hot.
    private static func auto(requested: EngineName, logger: Logger) throws -> EngineChoice {
        try translating(requested, .background, logger: logger)
    }

    private static func translating(_ name: EngineName, _ policy: TranslatingEngine.Policy, logger: Logger) throws -> EngineChoice {
        let generator: GCCCodeGenerator
        do { generator = try GCCCodeGenerator() } catch { throw Failure(.engineUnavailable, error.reason) }
        let cache = TranslationCache(generator: generator) { reason in
            standardError("longma: a translation failed: \(reason); going on with what there is")
        }
        return EngineChoice(
            requested: name, effective: name,
            makeEngine: { TranslatingEngine(source: $0, cache: cache, policy: policy, prepare: HelperTable.install) }, cache: cache)
    }
}
