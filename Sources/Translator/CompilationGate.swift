import Synchronization

/// Passed by the compiling threads one at a time: who holds it is in the middle of something, and a `fork` waits until nobody is. While a thread waits for a
/// compiler it leaves the gate open.
public final class CompilationGate: Sendable {
    private let lock = HostLock()
    private let stopping = Atomic(false)

    /// A gate that is open.
    public init() {}

    package func close() { lock.lock() }
    package func open() { lock.unlock() }

    /// Does something that takes long and changes nothing that a forked child would miss.
    public func whileOpen<Result>(_ body: () -> Result) -> Result {
        lock.unlock()
        defer { lock.lock() }
        return body()
    }

    /// Whether the guest has ended and nobody needs the compilation any more.
    public var isStopping: Bool { stopping.load(ordering: .relaxed) }
    /// `rest`: regions that nobody has begun with, and their options.
    package func stop(leaving rest: (regions: [Region], options: TranslationOptions)? = nil) {
        self.rest.withLock { $0 = rest }
        stopping.store(true, ordering: .relaxed)
    }

    private let rest = Mutex<(regions: [Region], options: TranslationOptions)?>(nil)

    /// What the first lane that asks may have compiled for later runs.
    public func takeRest() -> (regions: [Region], options: TranslationOptions)? {
        rest.withLock { rest in
            defer { rest = nil }
            return rest
        }
    }
}
