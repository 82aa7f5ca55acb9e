import CHost
import Execution
import Glibc
import LoongArch
import Synchronization

/// Where code is translated and where it lives: one for a Linux process, or for all cores of a machine.
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
        /// Regions taken from the archive.
        public var archived: UInt64 = 0
        /// How often code was given up because there was too much of it.
        public var evictions: UInt64 = 0
        /// Jumps from region to region that were made direct.
        public var links: UInt64 = 0
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

    /// Code of a unit's regions, in order, and when it was put there.
    struct PlacedCodes {
        var codes: [UnsafeRawPointer]
        var epoch: Int
    }

    /// Most regions with one entry that are kept to be found by content.
    private static let variantLimit = 32

    private let onFailure: @Sendable (String) -> Void
    /// Guards what is below and the caches' translations. A compiling thread closes its gate first.
    let state = HostLock()
    let compilers: CompilerThreads
    private var arena: CodeArena?
    /// Of code for flat memory, which one cache has.
    var links = RegionLinks()
    private var made: [UInt64: [MadeCode]] = [:]
    private let archive: (any CodeArchive)?
    private let observer: (any CodeObserver)?
    /// Units of the archive that are in place.
    private var installed: [Int: InstalledUnit] = [:]
    private var totals = Counters()
    private(set) var failed = false
    /// Entries of regions that could not be compiled where others could: they are interpreted for good.
    private var setAside: Set<UInt64> = []

    /// Grows when code is given up.
    let epoch = Atomic(0)
    /// Threads that have to forget it then, and caches; of a store with a limit.
    var users: [CodeUser] = []
    private var caches: [WeakCache] = []
    private var lastTurn: UInt64 = 0
    private struct WeakCache { weak var cache: TranslationCache? }
    let isLimited: Bool

    private struct InstalledUnit {
        var base: UnsafeRawPointer
        /// Offset of each region's code.
        var functions: [Int]
        /// Kept for the observer, if there is one.
        var unit: CompiledUnit?
    }

    /// `onFailure` gets one sentence when it turns out that the code generator can do nothing; guests then run on with what is translated. Code that is in
    /// `archive` is not made again, and what is made goes there. `observer` is told of all code. With `codeLimit` no more bytes of code than that are kept; only
    /// where the threads that run it say when they are in their engines (`longma_enter_engine`).
    public init(
        generator: any CodeGenerator, archive: (any CodeArchive)? = nil, observer: (any CodeObserver)? = nil, codeLimit: Int? = nil,
        onFailure: @escaping @Sendable (String) -> Void
    ) {
        self.onFailure = onFailure
        self.archive = archive
        self.observer = observer
        isLimited = codeLimit != nil
        arena = codeLimit.map { CodeArena(capacity: max($0, 2 * 4096), halves: 2) } ?? CodeArena(capacity: 1 << 30)
        compilers = CompilerThreads(generator: generator, state: state)
        compilers.store = self
        ForkGuard.register(self)
    }

    public var counters: Counters {
        state.withLock {
            var result = totals
            result.links = links.made
            return result
        }
    }
    /// Regions that are asked for and that nobody compiles yet.
    public var waitingRegions: Int { state.withLock { compilers.waiting } }

    /// Queues a request; with `state` held.
    func enqueue(_ request: Request) {
        if setAside.contains(request.region.entries[0]) { return }
        compilers.enqueue(request)
    }

    /// Drops a cache's requests; with `state` held.
    func dequeue(of cache: TranslationCache) { compilers.dequeue { $0.cache === cache } }

    // MARK: Compilation

    /// Throws when nothing can be compiled here.
    public func verify() throws(CodeGenerationError) {
        let order = CompilationOrder(regions: [], options: TranslationOptions(preciseRegisters: false))
        compilers.carryOut(order)
        if let failure = order.failure { throw failure }
    }

    /// Compiles regions without entering them anywhere: the code of each, in order.
    func precompile(_ regions: [Region], _ options: TranslationOptions) -> [UnsafeRawPointer]? {
        // Who asks keeps the code for good.
        if isLimited { return nil }
        if state.withLock({ failed }) { return nil }
        let order = CompilationOrder(regions: regions, options: options)
        compilers.carryOut(order)
        if order.code != nil {
            state.withLock {
                totals.regions += UInt64(regions.count)
                totals.instructions += regions.reduce(0) { $0 + UInt64($1.instructionCount) }
            }
        }
        return order.code?.codes
    }

    /// Does something else that takes long, on a thread of its own. Where `work` only waits it has to leave the gate open.
    public func inBackground(_ work: @escaping (CompilationGate) -> Void) { compilers.inBackground(work) }

    /// Compiles a request now. False when that cannot be done.
    func compile(_ request: Request) -> Bool {
        if state.withLock({ failed || setAside.contains(request.region.entries[0]) }) { return false }
        let order = CompilationOrder(regions: [request.region], options: request.options)
        order.request = request
        compilers.carryOut(order)
        return order.code != nil
    }

    /// Leaves out what is there by now, because another core has asked for the same.
    func withoutTwins(_ requests: [Request]) -> [Request] {
        state.withLock {
            requests.filter { request in
                guard let known = twin(of: request) else { return true }
                request.cache.enter(request, known.code)
                return false
            }
        }
    }

    /// Puts the unit compiled from `regions` in place: the regions' code.
    func place(_ unit: CompiledUnit, _ regions: [Region], seconds: Double) throws(CodeGenerationError) -> PlacedCodes {
        let (codes, failure) = state.withLock { () -> (PlacedCodes?, CodeGenerationError?) in
            totals.batches += 1
            totals.seconds += seconds
            guard let base = placeWithinLimit(unit) else { return (nil, noRoom(unit)) }
            totals.codeBytes += UInt64(unit.code.count)
            if let observer {
                for (index, region) in regions.enumerated() { observer.placed(PlacedCode(region, unit, function: index, at: base, isArchived: false)) }
            }
            return (PlacedCodes(codes: unit.functions.map { base + $0 }, epoch: epoch.load(ordering: .relaxed)), nil)
        }
        guard let codes else { throw failure! }
        return codes
    }

    private func noRoom(_ unit: CompiledUnit) -> CodeGenerationError {
        if isLimited, let arena {
            return arena.admits(unit)
                ? CodeGenerationError("there is no room for translated code at the moment", .noRoom)
                : CodeGenerationError("there is more translated code than the limit allows", .refused)
        }
        fail("the space for translated code is used up; what is not translated yet will be interpreted")
        return CodeGenerationError("the space for translated code is used up", .unavailable)
    }

    /// Puts a unit in place; with `state` held. Where code is limited and there is too much of it, all that there was is given up, once it has been there for a while
    /// and no thread has what was given up the time before: nil until then.
    private func placeWithinLimit(_ unit: CompiledUnit) -> UnsafeRawPointer? {
        guard arena != nil else { return nil }
        if let placed = arena!.place(unit) { return link(placed, unit) }
        let now = longma_stable_counter()
        guard arena!.canTurn, arena!.admits(unit), now &- lastTurn >= Self.turnDistance, isSettled else { return nil }
        lastTurn = now
        epoch.add(1, ordering: .sequentiallyConsistent)
        totals.evictions += 1
        installed = [:]
        made = [:]
        caches.removeAll { $0.cache == nil }
        caches.forEach { $0.cache?.evict() }
        links.clear()
        arena!.turn()
        askToForget()
        return arena!.place(unit).map { link($0, unit) }
    }

    /// Lets a unit's jumps lead where there is code.
    private func link(_ placed: CodeArena.PlacedUnit, _ unit: CompiledUnit) -> UnsafeRawPointer {
        for (link, cell) in zip(unit.links, placed.cells) { links.add(cell, to: link.guest) }
        return placed.base
    }

    /// A cache that has to forget what is given up.
    func add(_ cache: TranslationCache) { if isLimited { state.withLock { caches.append(WeakCache(cache: cache)) } } }

    /// What is not to be compiled now after all may be asked for again.
    func withdraw(_ requests: [Request]) { state.withLock { requests.forEach { $0.cache.withdraw($0) } } }

    /// Gives the caches the code of their requests, unless it has been given up already.
    func enter(_ requests: [Request], _ placed: PlacedCodes) {
        state.withLock {
            guard placed.codes.isEmpty || placed.epoch == epoch.load(ordering: .relaxed) else { return requests.forEach { $0.cache.withdraw($0) } }
            for (request, code) in zip(requests, placed.codes) {
                keep(MadeCode(request.region, request.options, code))
                guard request.cache.enter(request, code) else { continue }
                totals.regions += 1
                totals.instructions += UInt64(request.region.instructionCount)
            }
        }
    }

    /// Never tries a region again.
    func setAside(_ region: Region) { state.withLock { _ = setAside.insert(region.entries[0]) } }

    /// Compiles nothing from now on, and says why.
    func giveUp(_ reason: String) { state.withLock { fail(reason) } }

    private func fail(_ reason: String) {
        if !failed { onFailure(reason) }
        failed = true
        compilers.dequeue { _ in true }
    }

    /// Puts what was made into the archive.
    func keepForLater(_ unit: CompiledUnit, _ regions: [Region], _ options: TranslationOptions) { archive?.add(unit, regions, options) }

    // MARK: Finding by content

    /// Whether earlier runs have left code.
    var hasArchive: Bool { archive?.isEmpty == false }

    /// Regions of the archive with an entry, made under options that come to the same.
    func archived(at entry: UInt64, _ options: TranslationOptions) -> [ArchivedRegion] {
        guard let archive, !archive.isEmpty else { return [] }
        return state.withLock { archive.regions(at: entry).filter { RegionNeeds($0.region, $0.options).fits(options) } }
    }

    /// The code of an archived region, and its epoch; nil when it is damaged or there is no room.
    func install(_ region: ArchivedRegion) -> PlacedRegion? {
        state.withLock {
            if installed[region.unit] == nil, let unit = archive?.unit(region.unit), let base = placeWithinLimit(unit) {
                installed[region.unit] = InstalledUnit(base: base, functions: unit.functions, unit: observer == nil ? nil : unit)
                totals.codeBytes += UInt64(unit.code.count)
            }
            guard let place = installed[region.unit] else { return nil }
            let code = place.base + place.functions[region.function]
            totals.archived += 1
            if let observer, let unit = place.unit {
                observer.placed(PlacedCode(region.region, unit, function: region.function, at: place.base, isArchived: true))
            }
            keep(MadeCode(region.region, region.options, code))
            return PlacedRegion(code: code, epoch: epoch.load(ordering: .relaxed))
        }
    }

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

    /// Stops compilation. The store makes no more translations afterwards. Waits at most `milliseconds` for its threads to end.
    public func stop(waiting milliseconds: Int = 500) {
        compilers.stop(waiting: milliseconds)
        archive?.close()
    }

    /// Around `fork`: no lock is held in the child, and no thread is in the middle of something.
    fileprivate func prepareFork() {
        compilers.gate.close()
        state.lock()
    }

    fileprivate func finishFork(inChild: Bool) {
        if inChild {
            compilers.startAnew()
            // The other threads are the parent's.
            users = []
        }
        state.unlock()
        compilers.gate.open()
    }
}

/// Translated code that can be found by content.
struct MadeCode {
    let region: Region
    let code: UnsafeRawPointer
    let needs: RegionNeeds
    var options: TranslationOptions { needs.options }

    init(_ region: Region, _ options: TranslationOptions, _ code: UnsafeRawPointer) {
        self.region = region
        self.code = code
        needs = RegionNeeds(region, options)
    }

    /// Whether the region would be translated alike under other options.
    func fits(_ other: TranslationOptions) -> Bool { needs.fits(other) }
}

/// What of the options a region's translation depends on.
struct RegionNeeds {
    let options: TranslationOptions
    /// Units with a switch whose instructions the region has, and whether it has instructions that depend on the privilege.
    private let units: CodeMode.Units
    private let isPrivileged: Bool

    init(_ region: Region, _ options: TranslationOptions) {
        self.options = options
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
            }, { finish(inChild: false) }, { finish(inChild: true) })
    }()

    private static func finish(inChild: Bool) {
        held.reversed().forEach { $0.finishFork(inChild: inChild) }
        held = []
    }

    static func register(_ store: TranslationStore) {
        _ = installed
        entries.removeAll { $0.store == nil }
        entries.append(Entry(store: store))
    }
}
