import GCCBackend
import Translator

/// What all commands that translate have in common.
enum Compilation {
    /// Where code is translated and kept. `jit` promises translation, so it fails where nothing can be compiled; `auto` finds out when it needs it.
    static func store(_ policy: TranslatingEngine.Policy) throws -> TranslationStore {
        let store = TranslationStore(generator: WorkerCodeGenerator()) { standardError("longma: \($0); going on with the interpreter") }
        if policy == .eager {
            do { try store.verify() } catch { throw Failure(.engineUnavailable, error.reason) }
        }
        return store
    }
}
