import Execution
import GCCBackend
import Interpreter
import Translator
import VirtualMachine

/// What `--engine` comes down to for a core with address translation.
struct CoreEngineChoice {
    /// What was asked for, and what runs: `interpreter` when `auto` was asked for and libgccjit is missing.
    let requested: EngineName
    let effective: EngineName
    let makeEngine: Core.MakeEngine
    /// What all engines together have compiled.
    var compilation: () -> Compilation.Report = { Compilation.Report() }
    /// To be called when the guest has ended.
    var finish: () -> Void = {}

    /// Decides, saying in one sentence when it is not what was asked for. Code that is in `archive` is not made again.
    static func make(_ name: EngineName, archive: CodeCache? = nil) throws -> CoreEngineChoice {
        switch name {
        case .interpreter: return interpreter(requested: name)
        case .jit: return try translating(name, .eager, archive)
        case .auto:
            do { return try translating(name, .background, archive) } catch let failure as Failure where failure.status == .engineUnavailable {
                standardError("longma: \(failure.sentence); going on with the interpreter")
                return interpreter(requested: name)
            }
        }
    }

    private static func interpreter(requested: EngineName) -> CoreEngineChoice {
        CoreEngineChoice(requested: requested, effective: .interpreter) { source, mode in Interpreter(source: source, mode: mode) }
    }

    private static func translating(_ name: EngineName, _ policy: TranslatingEngine.Policy, _ archive: CodeCache?) throws -> CoreEngineChoice {
        let compilation = try Compilation(policy, archive: archive)
        let store = compilation.store
        return CoreEngineChoice(
            requested: name, effective: name,
            makeEngine: { source, mode in
                let cache = TranslationCache(store: store, options: TranslationOptions(preciseRegisters: true, mode: mode))
                return TranslatingEngine(source: source, cache: cache, policy: policy, prepare: HelperTable.install)
            },
            compilation: { compilation.report }, finish: { store.stop() })
    }
}
