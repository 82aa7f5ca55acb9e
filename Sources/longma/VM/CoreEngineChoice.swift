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

    /// Decides, saying in one sentence when it is not what was asked for. Code that is in `archive` is not made again. Stencils are kept in `cache`; without one
    /// there are none.
    static func make(_ name: EngineName, cache: CacheDirectory? = nil, archive: CodeCache? = nil) throws -> CoreEngineChoice {
        if name == .interpreter { return interpreter(requested: name) }
        do {
            guard let cache, cache.directory() != nil else { return try translating(name, name == .jit ? .eager : .background, archive) }
            let file = StencilFile(cache: cache)
            let supply = StencilSupply(file.existingLibrary())
            return try translating(name, .tiers, archive, supply) { try $0.see(to: supply, file, isPromised: name == .jit && archive?.isEmpty != false) }
        } catch let failure as Failure where failure.status == .engineUnavailable && name == .auto {
            standardError("longma: \(failure.sentence); going on with the interpreter")
            return interpreter(requested: name)
        }
    }

    private static func interpreter(requested: EngineName) -> CoreEngineChoice {
        CoreEngineChoice(requested: requested, effective: .interpreter) { source, mode in Interpreter(source: source, mode: mode) }
    }

    private static func translating(
        _ name: EngineName, _ policy: TranslatingEngine.Policy, _ archive: CodeCache?, _ stencils: StencilSupply? = nil,
        begin: (Compilation) throws -> Void = { _ in }
    ) throws -> CoreEngineChoice {
        let compilation = try Compilation(policy, archive: archive, codeLimit: EngineChoice.usualCodeLimit)
        try begin(compilation)
        let store = compilation.store
        return CoreEngineChoice(
            requested: name, effective: name,
            makeEngine: { source, mode in
                let cache = TranslationCache(store: store, options: TranslationOptions(preciseRegisters: true, mode: mode))
                return TranslatingEngine(source: source, cache: cache, policy: policy, stencils: stencils, prepare: HelperTable.install)
            },
            compilation: { compilation.report }, finish: { store.stop() })
    }
}
