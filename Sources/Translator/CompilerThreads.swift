import CHost
import Glibc

/// A compilation that a guest's thread waits for.
final class CompilationOrder: @unchecked Sendable {
    /// No regions: only to find out whether anything can be compiled.
    let regions: [Region]
    let options: TranslationOptions
    /// Who gets the code, if not only the caller.
    var request: TranslationStore.Request?
    /// Each region's code, or why there is none.
    var code: TranslationStore.PlacedCodes?
    var failure: CodeGenerationError?
    fileprivate var isDone = false

    init(regions: [Region], options: TranslationOptions) {
        self.regions = regions
        self.options = options
    }
}

/// The threads that see to a store's compilations: as many as the code generator has lanes, started when there is work for them.
///
/// Each has a table of file descriptors of its own, so that pipes to compilers are neither seen by the guest nor inherited by what it forks.
final class CompilerThreads: @unchecked Sendable {
    /// Most instructions in one background batch: a third of a second of compiling or so.
    private static let batchLimit = 2500
    /// Most instructions of regions that wait when the guest ends and are compiled nevertheless: a second of compiling or so.
    private static let restLimit = 8000

    /// Kept alive by each thread.
    unowned(unsafe) var store: TranslationStore!
    let gate = CompilationGate()
    private let generator: any CodeGenerator
    // Guarded by `state`.
    private let state: HostLock
    private let wakeUp = HostCondition()
    private let done = HostCondition()
    private var queue: [TranslationStore.Request] = []
    private var orders: [CompilationOrder] = []
    private var underWay: [Int: [TranslationStore.Request]] = [:]
    private var running = 0
    private var idle = 0
    private var started = 0
    private var stopping = false

    init(generator: any CodeGenerator, state: HostLock) {
        self.generator = generator
        self.state = state
    }

    // MARK: Asking

    /// With `state` held.
    func enqueue(_ request: TranslationStore.Request) {
        queue.append(request)
        startThreadIfNeeded()
        wakeUp.signal()
    }

    /// Requests and orders that no thread has taken yet; with `state` held.
    var waiting: Int { queue.count + orders.count }

    /// Entries of a cache's regions that are waited for; with `state` held.
    func entriesAsked(of cache: TranslationCache) -> Set<UInt64> {
        Set((queue + underWay.values.joined()).filter { $0.cache === cache }.map { $0.region.entries[0] })
    }

    /// Drops requests; with `state` held.
    func dequeue(_ isUnwanted: (TranslationStore.Request) -> Bool) { queue.removeAll(where: isUnwanted) }

    /// Waits until an order is carried out.
    func carryOut(_ order: CompilationOrder) {
        state.withLock {
            guard !stopping else { return }
            orders.append(order)
            guard startThreadIfNeeded() else {
                orders.removeAll { $0 === order }
                order.failure = CodeGenerationError("no thread can be started for the compiler", .unavailable)
                return
            }
            wakeUp.signal()
            while !order.isDone, !stopping { done.wait(state) }
        }
    }

    /// Ends the threads, waiting at most `milliseconds`; compilers that are at work are ended.
    func stop(waiting milliseconds: Int) {
        state.withLock {
            stopping = true
            let rest = takeBatch(upTo: Self.restLimit)
            queue.removeAll()
            gate.stop(leaving: rest.first.map { (rest.map(\.region), $0.options) })
            wakeUp.broadcast()
            done.broadcast()
        }
        for _ in 0..<max(milliseconds, 1) where state.withLock({ running > 0 }) { usleep(1000) }
    }

    /// In a forked child, which has none of the threads: what they were at is to be done again. With `state` held.
    func startAnew() {
        wakeUp.reset()
        done.reset()
        queue = underWay.values.joined() + queue
        underWay = [:]
        orders = []
        running = 0
        idle = 0
        if !queue.isEmpty { startThreadIfNeeded() }
    }

    /// Does something on a thread of its own, which holds the gate except where `work` leaves it open; not in a child that is forked meanwhile.
    func inBackground(_ work: @escaping (CompilationGate) -> Void) {
        let store = store!
        _ = HostThread.start {
            withExtendedLifetime(store) {
                longma_own_descriptors()
                self.gate.close()
                work(self.gate)
                self.gate.open()
            }
        }
    }

    // MARK: The threads

    @discardableResult
    private func startThreadIfNeeded() -> Bool {
        if idle > 0 || running > 0 && running >= generator.lanes || stopping { return true }
        let store = store!
        guard HostThread.start({ withExtendedLifetime(store) { store.compilers.work() } }) else { return running > 0 }
        running += 1
        return true
    }

    fileprivate func work() {
        longma_own_descriptors()
        // The guest comes first where cores are few.
        setpriority(__priority_which_t(0), id_t(longma_thread_id()), 5)
        gate.close()
        let number = state.withLock {
            started += 1
            return started
        }
        let lane = generator.makeLane(gate)
        while let work = next(number) {
            switch work {
            case .order(let order):
                carryOut(order, lane)
                state.withLock {
                    order.isDone = true
                    done.broadcast()
                }
            case .batch(let requests):
                compile(requests, lane)
                state.withLock { underWay[number] = nil }
            }
        }
        lane.close()
        gate.open()
        state.withLock { running -= 1 }
    }

    private enum Work {
        case order(CompilationOrder)
        case batch([TranslationStore.Request])
    }

    /// What is to be done next; nil at the end. The gate is open while there is nothing.
    private func next(_ number: Int) -> Work? {
        let mayWork = gate.whileOpen {
            state.withLock {
                idle += 1
                while queue.isEmpty, orders.isEmpty, !stopping { wakeUp.wait(state) }
                idle -= 1
                return !stopping
            }
        }
        guard mayWork else { return nil }
        return state.withLock {
            if !orders.isEmpty { return .order(orders.removeFirst()) }
            let batch = takeBatch()
            underWay[number] = batch
            // Another thread may have been idle when two requests came.
            if !queue.isEmpty { startThreadIfNeeded() }
            return .batch(batch)
        }
    }

    private func takeBatch(upTo limit: Int = batchLimit) -> [TranslationStore.Request] {
        var batch: [TranslationStore.Request] = []
        var size = 0
        while let next = queue.first,
            batch.isEmpty || next.options == batch[0].options && size + next.region.instructionCount <= limit
        {
            queue.removeFirst()
            size += next.region.instructionCount
            batch.append(next)
        }
        return batch
    }

    // MARK: Compiling

    private static func now() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }

    private func carryOut(_ order: CompilationOrder, _ lane: any CodeGeneratorLane) {
        if let request = order.request, store.withoutTwins([request]).isEmpty {
            order.code = TranslationStore.PlacedCodes(codes: [], epoch: 0)
            return
        }
        do {
            if order.regions.isEmpty { return try verify(lane) }
            order.code = try attempt(order.regions, order.options, lane)
        } catch {
            order.failure = error
            // Who only wants to know whether it works says so himself.
            if error.cause == .unavailable, !order.regions.isEmpty { store.giveUp(error.reason) }
        }
        if let request = order.request, let code = order.code { store.enter([request], code) }
    }

    /// Compiles requests with equal options and gives the code to their caches.
    private func compile(_ requests: [TranslationStore.Request], _ lane: any CodeGeneratorLane) {
        let requests = store.withoutTwins(requests)
        guard let options = requests.first?.options else { return }
        do {
            let regions = requests.map(\.region)
            store.enter(requests, try requests.count == 1 ? attempt(regions, options, lane) : place(regions, options, lane))
        } catch {
            if error.cause == .unavailable { return store.giveUp(error.reason) }
            if error.cause == .noRoom { return store.withdraw(requests) }
            // One bad region must not cost the others of its batch their translation.
            if requests.count > 1, !gate.isStopping { for request in requests { compile([request], lane) } }
        }
    }

    /// Compiles a region alone, or regions that belong together; once more if the compiler was lost. What still cannot be compiled is set aside if anything can.
    private func attempt(
        _ regions: [Region], _ options: TranslationOptions, _ lane: any CodeGeneratorLane
    ) throws(CodeGenerationError) -> TranslationStore.PlacedCodes {
        var failure: CodeGenerationError
        do { return try place(regions, options, lane) } catch { failure = error }
        if failure.cause == .lost, !gate.isStopping { do { return try place(regions, options, lane) } catch { failure = error } }
        if failure.cause == .unavailable || failure.cause == .noRoom || gate.isStopping { throw failure }
        do { try verify(lane) } catch {
            // The end of the guest is nobody's fault.
            throw gate.isStopping ? failure : CodeGenerationError(failure.reason, .unavailable)
        }
        if gate.isStopping { throw failure }
        regions.forEach(store.setAside)
        throw failure
    }

    /// Whether something trivial can be compiled, in two attempts.
    private func verify(_ lane: any CodeGeneratorLane) throws(CodeGenerationError) {
        do { return try lane.verify() } catch { if error.cause != .lost { throw error } }
        try lane.verify()
    }

    private func place(
        _ regions: [Region], _ options: TranslationOptions, _ lane: any CodeGeneratorLane
    ) throws(CodeGenerationError) -> TranslationStore.PlacedCodes {
        let began = Self.now()
        let unit = try lane.compile(regions, options)
        let code = try store.place(unit, regions, seconds: Self.now() - began)
        store.keepForLater(unit, regions, options)
        return code
    }
}
