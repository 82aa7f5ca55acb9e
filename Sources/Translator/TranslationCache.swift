import CHost
import Execution
import LoongArch
import Synchronization

/// The translations of one guest process, shared by its threads, or of one translation context of a core.
public final class TranslationCache: @unchecked Sendable {
    public typealias Counters = TranslationStore.Counters

    private struct Translation {
        var code: UnsafeRawPointer
        var region: Region
        /// The guest may write to this code.
        var isWritable: Bool
        /// It has been compared with memory since it was made: the guest may have changed the code meanwhile, and its `ibar` did not know of the translation.
        var isCompared = false
    }

    private let store: TranslationStore
    // Guarded by the store's `state`.
    private var translations: [UInt64: Translation] = [:]
    private var requested: Set<UInt64> = []
    /// Grows with each invalidation; what was requested before is discarded.
    private var generation = 0
    private var options: TranslationOptions

    /// A cache with a store of its own. `onFailure` gets one sentence when the code generator fails for the first time.
    public convenience init(generator: any CodeGenerator, onFailure: @escaping @Sendable (String) -> Void) {
        self.init(store: TranslationStore(generator: generator, onFailure: onFailure), options: TranslationOptions(preciseRegisters: false))
    }

    /// A cache for code that means what `options.mode` says.
    public init(store: TranslationStore, options: TranslationOptions) {
        self.store = store
        self.options = options
        store.add(self)
    }

    public var counters: Counters { store.counters }

    /// Whether code that was not asked for may be found by content.
    var findsByContent: Bool { options.mode.isMapped || store.hasArchive }

    /// What an engine over this cache must take code for.
    var mode: CodeMode { options.mode }

    /// Whether there has been any code so far. Asked at each first execution, so without the lock.
    var hasCode: Bool { holdsCode.load(ordering: .acquiring) }
    private let holdsCode = Atomic(false)

    /// Code for `pc`, if there is any.
    func code(at pc: UInt64) -> UnsafeRawPointer? {
        store.state.withLock {
            guard let found = translations[pc] else { return nil }
            if found.isWritable, !found.isCompared, !options.mode.isMapped {
                guard found.region.matchesMemory() else {
                    set(nil, at: pc)
                    requested.remove(found.region.entries[0])
                    return nil
                }
                var compared = found
                compared.isCompared = true
                set(compared, at: pc)
            }
            return found.code
        }
    }

    /// Sets what there is for `pc`, and where regions' jumps to it lead; with the store's `state` held.
    private func set(_ translation: Translation?, at pc: UInt64) {
        translations[pc] = translation
        if options.mode.isMapped { return }
        store.links.lead(to: pc, translation.flatMap { $0.isWritable && !$0.isCompared ? nil : $0.code })
    }

    /// Where one may come into the region that `pc` is an entry of.
    func entries(at pc: UInt64) -> [UInt64] { store.state.withLock { translations[pc]?.region.entries ?? [] } }

    /// The blocks of all regions, by address.
    var knownBlocks: [UInt64: [Instruction]] {
        store.state.withLock {
            Dictionary(translations.values.flatMap { $0.region.blocks.map { ($0.start, $0.instructions) } }) { first, _ in first }
        }
    }

    /// How large the region is that `pc` is an entry of.
    func instructionCount(at pc: UInt64) -> Int { store.state.withLock { translations[pc]?.region.instructionCount ?? 0 } }

    /// Grows with each invalidation.
    var invalidations: Int { store.state.withLock { generation } }

    /// Compiles a region now. False when it cannot be compiled.
    func translate(_ region: Region, isWritable: Bool) -> Bool {
        store.compile(store.state.withLock { makeRequest(region, isWritable) })
    }

    /// Whether a region for `entry` was asked for already.
    func isRequested(_ entry: UInt64) -> Bool { store.state.withLock { requested.contains(entry) } }

    /// Asks for a region to be compiled in the background. Asking again is harmless, and in vain unless `again` says that it is another region with the same
    /// head. False when nothing can be compiled.
    @discardableResult
    func request(_ region: Region, isWritable: Bool, again: Bool = false) -> Bool {
        store.state.withLock {
            if !store.failed, requested.insert(region.entries[0]).inserted || again { store.enqueue(makeRequest(region, isWritable)) }
            return !store.failed
        }
    }

    private func makeRequest(_ region: Region, _ isWritable: Bool) -> TranslationStore.Request {
        TranslationStore.Request(cache: self, region: region, isWritable: isWritable, options: options, generation: generation)
    }

    /// Takes the code that was made for a request, unless something has been invalidated since; with the store's `state` held.
    @discardableResult
    func enter(_ request: TranslationStore.Request, _ code: UnsafeRawPointer) -> Bool {
        if options.mode.isMapped { requested.remove(request.region.entries[0]) }
        guard request.generation == generation else { return false }
        holdsCode.store(true, ordering: .releasing)
        let head = request.region.entries[0]
        for entry in request.region.entries where entry == head || translations[entry] == nil || translations[entry]!.region.entries[0] == head {
            set(Translation(code: code, region: request.region, isWritable: request.isWritable), at: entry)
        }
        return true
    }

    /// Takes over code that was made of the same instructions for another context, before an invalidation, or in an earlier run. `locate` puts a region in its place
    /// in host memory and says whether the guest may write to it; it answers nil when memory holds something else.
    func adopt(at pc: UInt64, locate: (Region) -> (region: Region, isWritable: Bool)?) -> UnsafeRawPointer? {
        let (options, generation, known) = store.state.withLock { (self.options, self.generation, epoch) }
        func take(_ place: (region: Region, isWritable: Bool), _ code: PlacedRegion) -> UnsafeRawPointer? {
            store.state.withLock {
                // Another thread may have changed the code since it was compared, or caused it to be given up.
                guard generation == self.generation, code.epoch == epoch else { return nil }
                holdsCode.store(true, ordering: .releasing)
                set(Translation(code: code.code, region: place.region, isWritable: place.isWritable), at: pc)
                return code.code
            }
        }
        for candidate in store.candidates(at: pc, options) {
            if let place = locate(candidate.region) { return take(place, PlacedRegion(code: candidate.code, epoch: known)) }
        }
        for candidate in store.archived(at: pc, options) {
            if let place = locate(candidate.region), let code = store.install(candidate) { return take(place, code) }
        }
        return nil
    }

    /// Compiles regions without entering them anywhere: the code of each, in order.
    func precompile(_ regions: [Region]) -> [UnsafeRawPointer]? { store.precompile(regions, store.state.withLock { options }) }

    /// Stops background compilation, waiting at most `milliseconds` for one that is under way. The store makes no more translations afterwards.
    public func stop(waiting milliseconds: Int = 500) { store.stop(waiting: milliseconds) }

    // MARK: Invalidation

    /// Forgets all code, which is given up; what is asked for still comes. With the store's `state` held.
    func evict() {
        translations.removeAll()
        requested = store.compilers.entriesAsked(of: self)
    }

    /// A request comes to nothing for now; with the store's `state` held.
    func withdraw(_ request: TranslationStore.Request) { requested.remove(request.region.entries[0]) }

    /// See `TranslationStore`; nil where all code is kept.
    func join(_ cpu: UnsafeMutablePointer<LongmaCPU>) -> CodeUser? { store.isLimited ? store.join(cpu) : nil }
    func leave(_ user: CodeUser) { store.leave(user) }
    var epoch: Int { store.epoch.load(ordering: .sequentiallyConsistent) }

    /// Forgets translations of code in `range`. The threads that may be running them must have left them, or leave at their next poll.
    func invalidate(_ range: Range<UInt64>) {
        store.state.withLock {
            if range == 0..<UInt64.max { return forget(Array(translations.keys)) }
            forget(translations.filter { $0.value.region.overlaps(range) }.map(\.key))
        }
    }

    /// Forgets translations that no longer say what memory says; true when there were any.
    func synchronizeCode() -> Bool {
        store.state.withLock {
            let stale = translations.filter { $0.value.isWritable && !$0.value.region.matchesMemory() }.map(\.key)
            guard !stale.isEmpty else { return false }
            forget(stale)
            return true
        }
    }

    /// From now on translated code keeps all registers in memory, so that faults find them.
    func requirePreciseRegisters() {
        store.state.withLock {
            guard !options.preciseRegisters else { return }
            options = TranslationOptions(preciseRegisters: true, mode: options.mode)
            forget(Array(translations.keys))
        }
    }

    private func forget(_ entries: [UInt64]) {
        generation += 1
        for entry in entries { set(nil, at: entry) }
        // What is being made for a mapped mode will be found by content.
        if options.mode.isMapped { return }
        requested.removeAll()
        store.dequeue(of: self)
    }
}

extension Region {
    func overlaps(_ range: Range<UInt64>) -> Bool { blocks.contains { $0.start < range.upperBound && range.lowerBound < $0.end } }

    /// Whether the guest's memory still holds the instructions that were translated.
    func matchesMemory() -> Bool { blocks.allSatisfy { $0.matchesMemory() } }

    /// Whether another region has the same instructions at the same addresses, and the same entries.
    func hasSameCode(_ other: Region) -> Bool {
        entries == other.entries && blocks.count == other.blocks.count
            && zip(blocks, other.blocks).allSatisfy { $0.start == $1.start && $0.instructions == $1.instructions }
    }
}

extension RegionBlock {
    /// Whether the block's place in host memory holds its instructions.
    func matchesMemory() -> Bool {
        instructions.enumerated().allSatisfy { index, instruction in
            var word: UInt64 = 0
            return longma_load_u32(host &+ UInt64(index) &* 4, &word) && UInt32(word) == instruction.word
        }
    }
}
