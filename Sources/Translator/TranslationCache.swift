import CHost
import Glibc
import Synchronization

/// The translations of one guest process, shared by its threads, and the thread that makes them in the background.
public final class TranslationCache: @unchecked Sendable {
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

    private struct Translation {
        var code: UnsafeRawPointer
        var region: Region
        /// The guest may write to this code.
        var isWritable: Bool
    }

    private struct Request {
        var region: Region
        var isWritable: Bool
        var generation: Int
    }

    /// Most instructions in one background batch: a third of a second of compiling or so.
    private static let batchLimit = 2500

    private let generator: any CodeGenerator
    private let onFailure: @Sendable (String) -> Void
    // Two locks, always taken in this order: `compiling` is held during a compilation, `state` guards what is below.
    private let compiling = HostLock()
    private let state = HostLock()
    private let wakeUp = HostCondition()
    private var translations: [UInt64: Translation] = [:]
    private var queue: [Request] = []
    private var requested: Set<UInt64> = []
    /// Grows with each invalidation; what was requested before is discarded.
    private var generation = 0
    private var arena: CodeArena?
    private var options = TranslationOptions(preciseRegisters: false)
    private var totals = Counters()
    private var failed = false
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

    /// Code for `pc`, if there is any.
    func code(at pc: UInt64) -> UnsafeRawPointer? { state.withLock { translations[pc]?.code } }

    /// Compiles a region now. False when it cannot be compiled.
    func translate(_ region: Region, isWritable: Bool) -> Bool {
        compiling.withLock {
            let request = state.withLock { Request(region: region, isWritable: isWritable, generation: generation) }
            return compile([request])
        }
    }

    /// Whether a region for `entry` was asked for already.
    func isRequested(_ entry: UInt64) -> Bool { state.withLock { requested.contains(entry) } }

    /// Asks for a region to be compiled in the background. Asking again is harmless.
    func request(_ region: Region, isWritable: Bool) {
        state.withLock {
            guard !failed, requested.insert(region.entries[0]).inserted else { return }
            queue.append(Request(region: region, isWritable: isWritable, generation: generation))
            startCompilerIfNeeded()
            wakeUp.signal()
        }
    }

    /// Compiles regions without entering them anywhere: the code of each, in order.
    func precompile(_ regions: [Region]) -> [UnsafeRawPointer]? {
        compiling.withLock {
            let options = state.withLock { self.options }
            guard let unit = try? generator.compile(regions, options) else { return nil }
            return state.withLock { arena?.place(unit).map { base in unit.functions.map { base + $0 } } }
        }
    }

    // MARK: Invalidation

    /// Forgets translations of code in `range`. The threads that may be running them must have left them, or leave at their next poll.
    func invalidate(_ range: Range<UInt64>) {
        state.withLock {
            let stale = translations.filter { $0.value.region.overlaps(range) }.map(\.key)
            forget(stale)
        }
    }

    /// Forgets translations that no longer say what memory says; true when there were any.
    func synchronizeCode() -> Bool {
        state.withLock {
            let stale = translations.filter { $0.value.isWritable && !$0.value.region.matchesMemory() }.map(\.key)
            guard !stale.isEmpty else { return false }
            forget(stale)
            return true
        }
    }

    /// From now on translated code keeps all registers in memory, so that faults find them.
    func requirePreciseRegisters() {
        state.withLock {
            guard !options.preciseRegisters else { return }
            options = TranslationOptions(preciseRegisters: true)
            forget(Array(translations.keys))
        }
    }

    private func forget(_ entries: [UInt64]) {
        generation += 1
        for entry in entries { translations[entry] = nil }
        requested.removeAll()
        queue.removeAll()
    }

    // MARK: Compilation

    /// With `compiling` held.
    private func compile(_ requests: [Request]) -> Bool {
        let began = Self.now()
        let options = state.withLock { self.options }
        let unit: CompiledUnit
        do { unit = try generator.compile(requests.map(\.region), options) } catch {
            // One bad region must not cost the others of its batch their translation.
            if requests.count > 1 {
                var all = true
                for request in requests where !compile([request]) { all = false }
                return all
            }
            state.withLock {
                if !failed { onFailure(error.reason) }
                failed = true
            }
            return false
        }
        let seconds = Self.now() - began
        return state.withLock {
            totals.batches += 1
            totals.seconds += seconds
            guard let base = arena?.place(unit) else {
                if !failed { onFailure("the space for translated code is used up; what is not translated yet will be interpreted") }
                failed = true
                return false
            }
            totals.codeBytes += UInt64(unit.code.count)
            for (request, offset) in zip(requests, unit.functions) where request.generation == generation {
                totals.regions += 1
                totals.instructions += UInt64(request.region.instructionCount)
                for (index, entry) in request.region.entries.enumerated() where index == 0 || translations[entry] == nil {
                    translations[entry] = Translation(code: base + offset, region: request.region, isWritable: request.isWritable)
                }
            }
            return true
        }
    }

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
                Unmanaged<TranslationCache>.fromOpaque(argument!).takeRetainedValue().compileUntilStopped()
                return nil
            }, this)
        if status == 0 { pthread_detach(thread) } else { Unmanaged<TranslationCache>.fromOpaque(this).release() }
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
        while let next = queue.first, batch.isEmpty || size + next.region.instructionCount <= Self.batchLimit {
            queue.removeFirst()
            size += next.region.instructionCount
            batch.append(next)
        }
        return batch
    }

    /// Stops background compilation, waiting at most `milliseconds` for one that is under way. The cache makes no more translations afterwards.
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

/// Keeps the caches' locks in order over `fork`.
private enum ForkGuard {
    private struct Entry { weak var cache: TranslationCache? }
    private nonisolated(unsafe) static var entries: [Entry] = []
    private nonisolated(unsafe) static var held: [TranslationCache] = []
    private static let installed: Void = {
        pthread_atfork(
            {
                held = entries.compactMap(\.cache)
                held.forEach { $0.prepareFork() }
            }, { finish() }, { finish() })
    }()

    private static func finish() {
        held.reversed().forEach { $0.finishFork() }
        held = []
    }

    static func register(_ cache: TranslationCache) {
        _ = installed
        entries.removeAll { $0.cache == nil }
        entries.append(Entry(cache: cache))
    }
}

extension Region {
    func overlaps(_ range: Range<UInt64>) -> Bool { blocks.contains { $0.start < range.upperBound && range.lowerBound < $0.end } }

    /// Whether the guest's memory still holds the instructions that were translated.
    func matchesMemory() -> Bool {
        blocks.allSatisfy { block in
            block.instructions.enumerated().allSatisfy { index, instruction in
                var word: UInt64 = 0
                return longma_load_u32(block.start &+ UInt64(index) &* 4, &word) && UInt32(word) == instruction.word
            }
        }
    }
}
