import ArgumentParser
import Execution
import GuestMemory
import Interpreter
import Logging

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
    /// To be called in a child process that was forked while engines were running, before it makes its engine.
    var afterFork: () -> Void = {}

    /// Decides, saying in one sentence when it is not what was asked for.
    static func make(_ name: EngineName, logger: Logger) throws -> EngineChoice {
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
    private static func jit(requested: EngineName) throws -> EngineChoice {
        throw Failure(.engineUnavailable, "the engine jit is not built yet; use --engine interpreter")
    }

    /// Interprets at once and translates what is hot.
    private static func auto(requested: EngineName) throws -> EngineChoice {
        throw Failure(.engineUnavailable, "the engine auto is not built yet")
    }
}
