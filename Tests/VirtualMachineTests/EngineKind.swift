import Execution
import GCCBackend
import GuestMemory
import Interpreter
import Translator

/// Which engine runs a core's code; every acceptance test runs under each.
enum EngineKind: String, CaseIterable, Sendable {
    case interpreter, jit
    /// Translates everything by stencils.
    case stencil
    /// Translates what is hot, in the background; only for tests that run long enough.
    case auto

    static let allCases: [EngineKind] = [.interpreter, .jit, .stencil]

    /// The translated code of all fixtures: tests run the same instructions again and again.
    static let store: TranslationStore = {
        guard let generator = try? GCCCodeGenerator() else { fatalError("the tests need libgccjit") }
        return TranslationStore(generator: generator) { fatalError("no code: \($0)") }
    }()

    static let stencils: StencilSupply = {
        do { return StencilSupply(StencilLibrary(try StencilGenerator.generate())) } catch { fatalError("the tests need stencils: \(error)") }
    }()

    func makeEngine(_ source: any CodeSource, _ mode: CodeMode) -> any Engine {
        switch self {
        case .interpreter: Interpreter(source: source, mode: mode)
        case .jit, .auto, .stencil:
            TranslatingEngine(
                source: source, cache: TranslationCache(store: Self.store, options: TranslationOptions(preciseRegisters: true, mode: mode)),
                policy: self == .jit ? .eager : self == .auto ? .background : .stencils, stencils: self == .stencil ? Self.stencils : nil,
                prepare: HelperTable.install)
        }
    }
}
