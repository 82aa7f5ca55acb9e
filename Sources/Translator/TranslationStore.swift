import CHost
import Execution
import Glibc
import LoongArch

/// Where code is translated and where it lives, and the thread that translates in the background: one for a Linux process, or for all cores of a machine.
///
/// Code for a mapped mode is also found by content: what was made of the same instructions at the same addresses serves every context.
public final class TranslationStore: @unchecked Sendable {
    /// Counters of compilation.
    public struct Counters: Sendable {
        /// Regions compiled and instructions in them, batches, wall seconds spent in the code generator.
        public var regions: UInt64 = 0
        public var instructions: UInt64 = 0
        public var batches: UInt64 = 0
        public var seconds: Double = 0
        /// Bytes of host code.
        public var codeBytes: UInt64 = 0
    }

    /// A region to be compiled for a cache.
    struct Request {
        let cache: TranslationCache
        var region: Region
        var isWritable: Bool
        var options: TranslationOptions
        /// The cache's at the time of the request; what is older than an invalidation is discarded.
        var generation: Int
    }

    /// Most instructions in one background batch: a third of a second of compiling or so.
    private static let batchLimit = 2500
    /// Most regions with one entry that are kept to be found by content.
    private static let variantLimit = 32

    private let generator: any CodeGenerator
    private let onFailure: @Sendable (String) -> Void
    // Two locks, always taken in this order: `compiling` is held during a compilation, `state` guards what is below and the caches' translations.
    let compiling = HostLock()
    let state = HostLock()
    private let wakeUp = HostCondition()
    private var queue: [Request] = []
    private var arena: CodeArena?
    private var made: [UInt64: [MadeCode]] = [:]
    private(set) var totals = Counters()
    private(set) var failed = false
    private var compilerProcess: pid_t = 0
    private var stopping = false

    /// `onFailure` gets one sentence when the code generator fails for the first time; guests then run on with what is translated.
    public init(generator: any CodeGenerator, onFailure: @escaping @Sendable (String) -> Void) {
        self.generator = generator
        self.onFailure = onFailure
        arena = CodeArena(capacity: 1 << 30)
        ForkGuard.register(self)
    }

    public var counters: Counters { state.withLock { totals } }

    /// Queues a request; with `state` held.
    func enqueue(_ request: Request) {
        queue.append(request)
        startCompilerIfNeeded()
        wakeUp.signal()
    }

    /// Drops a cache's requests; with `state` held.
    func dequeue(of cache: TranslationCache) { queue.removeAll { $0.cache === cache } }

    // MARK: Compilation

    /// Compiles regions without entering them anywhere: the code of each, in order.
    func precompile(_ regions: [Region], _ options: TranslationOptions) -> [UnsafeRawPointer]? {
        compiling.withLock {
            guard let unit = try? generator.compile(regions, options) else { return nil }
            return state.withLock { arena?.place(unit).map { base in unit.functions.map { base + $0 } } }
        }
    }

    /// Compiles requests with equal options and gives the code to their caches; with `compiling` held.
    func compile(_ requests: [Request]) -> Bool {
        // Another core may have asked for the same meanwhile.
        let requests = state.withLock {
            requests.filter { request in
                guard let known = twin(of: request) else { return true }
                request.cache.enter(request, known.code)
                return false
            }
        }
        guard let options = requests.first?.options else { return true }
        let began = Self.now()
        let unit: CompiledUnit
        do { unit = try generator.compile(requests.map(\.region), options) } catch {
            // One bad region must not cost the others of its batch their translation.
            if requests.count > 1 {
                var all = true
                for request in requests where !compile([request]) { all = false }
                return all
            }
            state.withLock { fail(error.reason) }
            return false
        }
        let seconds = Self.now() - began
        return state.withLock {
            totals.batches += 1
            totals.seconds += seconds
            guard let base = arena?.place(unit) else {
                fail("the space for translated code is used up; what is not translated yet will be interpreted")
                return false
            }
            totals.codeBytes += UInt64(unit.code.count)
            for (request, offset) in zip(requests, unit.functions) {
                keep(MadeCode(request.region, options, base + offset))
                guard request.cache.enter(request, base + offset) else { continue }
                totals.regions += 1
                totals.instructions += UInt64(request.region.instructionCount)
            }
            return true
        }
    }

    private func fail(_ reason: String) {
        if !failed { onFailure(reason) }
        failed = true
    }

    // MARK: Finding by content

    /// Code with an entry, made under options that come to the same.
    func candidates(at entry: UInt64, _ options: TranslationOptions) -> [MadeCode] {
        state.withLock { made[entry, default: []].filter { $0.fits(options) } }
    }

    private func twin(of request: Request) -> MadeCode? {
        guard request.options.mode.isMapped else { return nil }
        return made[request.region.entries[0]]?.first { $0.fits(request.options) && $0.region.entries[0] == request.region.entries[0] && $0.region.hasSameCode(request.region) }
    }

    private func keep(_ code: MadeCode) {
        guard code.options.mode.isMapped else { return }
        for entry in code.region.entries {
            var variants = made[entry, default: []]
            variants.insert(code, at: 0)
            if variants.count > Self.variantLimit { variants.removeLast() }
            made[entry] = variants
        }
    }

    // MARK: The compiling thread

    private static func now() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }

    /// The thread does not survive `fork`, so it belongs to a process.
    private func startCompilerIfNeeded() {
        guard compilerProcess != getpid(), !stopping else { return }
        compilerProcess = getpid()
        // Signals are for the guest's threads.
        var all = sigset_t()
        var previous = sigset_t()
        sigfillset(&all)
        pthread_sigmask(SIG_SETMASK, &all, &previous)
        var thread = pthread_t()
        let this = Unmanaged.passRetained(self).toOpaque()
        let status = pthread_create(
            &thread, nil,
            { argument in
                Unmanaged<TranslationStore>.fromOpaque(argument!).takeRetainedValue().compileUntilStopped()
                return nil
            }, this)
        if status == 0 { pthread_detach(thread) } else { Unmanaged<TranslationStore>.fromOpaque(this).release() }
        pthread_sigmask(SIG_SETMASK, &previous, nil)
    }

    private func compileUntilStopped() {
        // The guest comes first where cores are few.
        setpriority(__priority_which_t(0), id_t(longma_thread_id()), 5)
        while true {
            let ready = state.withLock {
                while queue.isEmpty, !stopping { wakeUp.wait(state) }
                return !stopping
            }
            guard ready else { return }
            compiling.withLock {
                let batch = state.withLock { takeBatch() }
                if !batch.isEmpty { _ = compile(batch) }
            }
        }
    }

    private func takeBatch() -> [Request] {
        var batch: [Request] = []
        var size = 0
        while let next = queue.first,
            batch.isEmpty || next.options == batch[0].options && size + next.region.instructionCount <= Self.batchLimit
        {
            queue.removeFirst()
            size += next.region.instructionCount
            batch.append(next)
        }
        return batch
    }

    /// Stops background compilation, waiting at most `milliseconds` for one that is under way. The store makes no more translations afterwards.
    public func stop(waiting milliseconds: Int = 500) {
        state.withLock {
            stopping = true
            queue.removeAll()
            wakeUp.signal()
        }
        for _ in 0..<max(milliseconds / 5, 1) {
            if compiling.tryLock() {
                compiling.unlock()
                return
            }
            usleep(5000)
        }
    }

    /// Around `fork`: no lock is held in the child, and no compilation is half done.
    fileprivate func prepareFork() {
        compiling.lock()
        state.lock()
    }
    fileprivate func finishFork() {
        state.unlock()
        compiling.unlock()
    }
}

/// Translated code that can be found by content.
struct MadeCode {
    let region: Region
    let options: TranslationOptions
    let code: UnsafeRawPointer
    /// Units with a switch whose instructions the region has, and whether it has instructions that depend on the privilege.
    private let units: CodeMode.Units
    private let isPrivileged: Bool

    init(_ region: Region, _ options: TranslationOptions, _ code: UnsafeRawPointer) {
        self.region = region
        self.options = options
        self.code = code
        var units: CodeMode.Units = []
        var isPrivileged = false
        for block in region.blocks {
            for instruction in block.instructions {
                units.formUnion(CodeMode.unit(of: instruction.opcode))
                isPrivileged = isPrivileged || instruction.opcode.asksMachine
            }
        }
        self.units = units
        self.isPrivileged = isPrivileged
    }

    /// Whether the region would be translated alike under other options.
    func fits(_ other: TranslationOptions) -> Bool {
        options.preciseRegisters == other.preciseRegisters && options.mode.isMapped == other.mode.isMapped
            && options.mode.disabled.intersection(units) == other.mode.disabled.intersection(units)
            && (!isPrivileged || options.mode.privilege == other.mode.privilege)
    }
}

/// Keeps the stores' locks in order over `fork`.
private enum ForkGuard {
    private struct Entry { weak var store: TranslationStore? }
    private nonisolated(unsafe) static var entries: [Entry] = []
    private nonisolated(unsafe) static var held: [TranslationStore] = []
    private static let installed: Void = {
        pthread_atfork(
            {
                held = entries.compactMap(\.store)
                held.forEach { $0.prepareFork() }
            }, { finish() }, { finish() })
    }()

    private static func finish() {
        held.reversed().forEach { $0.finishFork() }
        held = []
    }

    static func register(_ store: TranslationStore) {
        _ = installed
        entries.removeAll { $0.store == nil }
        entries.append(Entry(store: store))
    }
}
