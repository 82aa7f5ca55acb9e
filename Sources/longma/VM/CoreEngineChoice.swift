import Execution
import GCCBackend
import Interpreter
import Translator
import VirtualMachine

/// What `--engine` comes down to for a core with address translation.
struct CoreEngineChoice {
    let requested: EngineName
    let effective: EngineName
    let makeEngine: Core.MakeEngine
    /// Regions compiled by all engines together, and the seconds that took.
    var compilation: () -> (regions: UInt64, seconds: Double) = { (0, 0) }
    /// To be called when the guest has ended.
    var finish: () -> Void = {}

    static func make(_ name: EngineName) throws -> CoreEngineChoice {
        if name == .jit { return try jit() }
        return CoreEngineChoice(requested: name, effective: .interpreter) { source, mode in Interpreter(source: source, mode: mode) }
    }

    /// Translates everything before its first execution. All cores share the translated code.
    private static func jit() throws -> CoreEngineChoice {
        let generator: GCCCodeGenerator
        do {
            generator = try GCCCodeGenerator()
        } catch {
            throw Failure(.engineUnavailable, error.reason)
        }
        let store = TranslationStore(generator: generator) { standardError("longma: \($0)") }
        return CoreEngineChoice(
            requested: .jit, effective: .jit,
            makeEngine: { source, mode in
                TranslatingEngine(
                    source: source, cache: TranslationCache(store: store, options: TranslationOptions(preciseRegisters: true, mode: mode)), policy: .eager,
                    prepare: HelperTable.install)
            }, compilation: { (store.counters.regions, store.counters.seconds) }, finish: { store.stop() })
    }
}
