import CHost
import Execution
import Glibc
import GuestMemory
import LoongArch

/// All that decides how addresses are translated and what code means. Two states of the core with equal keys share a soft TLB and code.
struct ContextKey: Equatable {
    var bank: UInt64
    /// CRMD.PLV, DA and PG.
    var mode: UInt64
    var asid: UInt64
    var windows: (UInt64, UInt64, UInt64, UInt64)
    var misc: UInt64
    var reducedAddress: UInt64
    /// Units that are switched off, by root or the guest.
    var disabled: UInt64
    /// GID and the second stage's id; 0 in root mode.
    var guestID: UInt64
    var secondStage: UInt64

    static func == (a: Self, b: Self) -> Bool {
        a.bank == b.bank && a.mode == b.mode && a.asid == b.asid && a.windows == b.windows && a.misc == b.misc && a.reducedAddress == b.reducedAddress
            && a.disabled == b.disabled && a.guestID == b.guestID && a.secondStage == b.secondStage
    }
}

/// A soft TLB and what was decoded and translated through it.
struct TranslationContext {
    var key: ContextKey
    let number: UInt64
    /// Behind a `LongmaSites`.
    let pages: UnsafeMutablePointer<LongmaPage>
    var jumpCache: UnsafeMutablePointer<LongmaJumpCacheEntry>?
    var lastUse: UInt64 = 0
    /// An engine has been made for it.
    var hasEngine = false
    /// A page that code was decoded from is mapped no more: the code must go before it is run again.
    var isStale = false
    /// Addresses (48 bits) between which all code was decoded; empty when there is none.
    var codeStart: UInt64 = ~0
    var codeEnd: UInt64 = 0
    /// A bit for each of `pages` that may hold something.
    let filled: UnsafeMutablePointer<UInt64>
    private static let words = Int(LONGMA_SOFT_TLB_PAGES) / 64

    /// Code may go on in it without further ado.
    var isReady: Bool { hasEngine && !isStale }

    /// A context with empty pages.
    init(key: ContextKey, number: UInt64, lastUse: UInt64) {
        (self.key, self.number, self.lastUse) = (key, number, lastUse)
        let size = MemoryLayout<LongmaSites>.size + Int(LONGMA_SOFT_TLB_PAGES) * MemoryLayout<LongmaPage>.stride
        let sites = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 64).assumingMemoryBound(to: LongmaSites.self)
        pages = UnsafeMutableRawPointer(sites + 1).assumingMemoryBound(to: LongmaPage.self)
        pages.initialize(repeating: emptyPage, count: Int(LONGMA_SOFT_TLB_PAGES))
        sites.pointee.used = 1
        filled = .allocate(capacity: Self.words)
        filled.initialize(repeating: 0, count: Self.words)
        forgetSites()
    }

    /// A context in the memory of one that makes room.
    init(key: ContextKey, number: UInt64, lastUse: UInt64, replacing old: TranslationContext) {
        old.clearPages()
        (self.key, self.number, self.lastUse, pages, filled) = (key, number, lastUse, old.pages, old.filled)
    }

    func deallocate() {
        sites.deallocate()
        filled.deallocate()
    }

    private var sites: UnsafeMutablePointer<LongmaSites> { UnsafeMutableRawPointer(pages).assumingMemoryBound(to: LongmaSites.self) - 1 }

    /// Forgets what accesses found: whenever a translation is dropped, for theirs may have left `pages` before.
    @inline(__always)
    func forgetSites() {
        if sites.pointee.used == 0 { return }
        let runs = MemoryLayout<LongmaSites>.offset(of: \.loadRuns)!
        memset(sites, 0xFF, runs)
        memset(UnsafeMutableRawPointer(sites) + runs, 0, MemoryLayout<LongmaSites>.size - runs)
        sites.pointee.used = 0
    }

    /// Fills one of `pages`.
    @inline(__always)
    func fill(_ page: UnsafeMutablePointer<LongmaPage>, with new: LongmaPage) {
        page.pointee = new
        let index = page - pages
        filled[index >> 6] |= 1 << UInt64(index & 63)
    }

    /// The page that an address would be in, unless it is empty. Asks the bits first: the pages themselves are seldom in the host's cache.
    @inline(__always)
    func filledPage(_ address: UInt64) -> UnsafeMutablePointer<LongmaPage>? {
        let index = Int(truncatingIfNeeded: address >> 12) & Int(LONGMA_SOFT_TLB_PAGES - 1)
        return filled[index >> 6] >> UInt64(index & 63) & 1 != 0 ? pages + index : nil
    }

    /// Empties one of `pages`.
    @inline(__always)
    func empty(_ page: UnsafeMutablePointer<LongmaPage>) {
        page.pointee = emptyPage
        let index = page - pages
        filled[index >> 6] &= ~(1 << UInt64(index & 63))
    }

    /// Forgets all translations of addresses.
    func clearPages() { clearPages { _ in true } }

    /// Forgets the translations that lead to host memory in one of two ranges.
    func clearPages(of hosts: (Range<UInt64>, Range<UInt64>)) {
        clearPages { page in
            let host = page.pointee.host
            return hosts.0.contains(host) || hosts.1.contains(host)
        }
    }

    @inline(__always)
    private func clearPages(_ matches: (UnsafeMutablePointer<LongmaPage>) -> Bool) {
        forgetSites()
        for word in 0..<Self.words {
            var left = filled[word]
            while left != 0 {
                let bit = left & (0 &- left)
                left ^= bit
                let page = pages + (word << 6 + bit.trailingZeroBitCount)
                guard matches(page) else { continue }
                empty(page)
            }
        }
    }
}

/// The contexts of a core, found by key.
struct ContextTable {
    /// Most contexts that are kept; the one not used for longest makes room.
    static let limit = 64

    private(set) var slots: UnsafeMutablePointer<TranslationContext>
    private(set) var count = 0
    /// By context number: the engine, made when first needed, and the source of its code.
    var engines: [(any Engine)?] = []
    var sources: [ContextCode?] = []
    private var uses: UInt64 = 0
    private var numbers: UInt64 = 0
    /// Counters of engines that made room.
    var retiredStatistics = EngineStatistics()

    init() {
        slots = .allocate(capacity: Self.limit)
    }

    func deallocate() {
        for index in 0..<count { slots[index].deallocate() }
        slots.deallocate()
    }

    /// The slot of the context with a key. What `state` knows counts as used.
    mutating func find(_ key: ContextKey, _ state: UnsafeMutablePointer<LongmaCore>) -> Int {
        uses &+= 1
        if count > 0 {
            slots[Int(state.pointee.slot)].lastUse = uses
            forEachKnown(state) { slots[Int($0.pointee.slot)].lastUse = uses }
        }
        for index in 0..<count where slots[index].key == key {
            slots[index].lastUse = uses
            return index
        }
        return make(key, state)
    }

    private mutating func make(_ key: ContextKey, _ state: UnsafeMutablePointer<LongmaCore>) -> Int {
        numbers &+= 1
        if count == Self.limit {
            let oldest = (0..<count).min { slots[$0].lastUse < slots[$1].lastUse }!
            if let engine = engines[oldest] { retiredStatistics += engine.statistics }
            engines[oldest] = nil
            sources[oldest] = nil
            slots[oldest] = TranslationContext(key: key, number: numbers, lastUse: uses, replacing: slots[oldest])
            forEachKnown(state) { if $0.pointee.slot == oldest { $0.pointee.forget() } }
            return oldest
        }
        (slots + count).initialize(to: TranslationContext(key: key, number: numbers, lastUse: uses))
        engines.append(nil)
        sources.append(nil)
        count += 1
        return count - 1
    }
}

/// Where a context's code comes from.
final class ContextCode: CodeSource {
    private unowned let core: Core
    /// The pages that code was decoded from: guest addresses, and where they are in host memory.
    fileprivate var pages: [(address: UInt64, host: UInt64)] = []
    private let slot: Int

    init(_ core: Core, slot: Int) {
        self.core = core
        self.slot = slot
    }

    func executableRange(containing address: UInt64) -> (range: Range<UInt64>, writable: Bool)? {
        let host = core.resolve(address, UInt64(LONGMA_ACCESS_FETCH))
        guard host != 0 else { return nil }
        let page = address & ~4095
        if !pages.contains(where: { $0.address == page }) {
            pages.append((page, host & ~4095))
            let context = core.contexts.slots + slot
            context.pointee.codeStart = min(context.pointee.codeStart, page & 0xFFFF_FFFF_FFFF)
            context.pointee.codeEnd = max(context.pointee.codeEnd, page & 0xFFFF_FFFF_FFFF &+ 4096)
        }
        return (page..<page &+ 4096, true)
    }

    func hostAddress(of address: UInt64) -> UInt64 { core.resolve(address, UInt64(LONGMA_ACCESS_FETCH)) }

    func forget() {
        pages.removeAll(keepingCapacity: true)
        core.contexts.slots[slot].codeStart = ~0
        core.contexts.slots[slot].codeEnd = 0
    }
}

extension Core {
    // MARK: Choosing the context

    private func key(bank: UInt64) -> ContextKey {
        let registers = longma_csr(state, bank)
        let isGuest = bank != 0
        return ContextKey(
            bank: bank, mode: registers[CSR.CRMD] & 0x1B, asid: registers[CSR.ASID] & 0x3FF,
            windows: (registers[CSR.DMW], registers[CSR.DMW + 1], registers[CSR.DMW + 2], registers[CSR.DMW + 3]), misc: registers[CSR.MISC],
            reducedAddress: registers[CSR.RVACFG], disabled: ~(isGuest ? root[CSR.EUEN] & guest[CSR.EUEN] : root[CSR.EUEN]) & 0xF,
            guestID: isGuest ? root[CSR.GSTAT] >> 16 & 0xFF : 0, secondStage: isGuest ? secondStageID : 0)
    }

    /// Makes the context of the current state current. The engine finds out by `cpu.context`; `cpu.leaving` is set when only the core's loop can go on.
    @inline(__always)
    func select() {
        let bank = state.pointee.isGuest
        let mode = longma_csr(state, bank)[CSR.CRMD] & 0x1B
        let known = longma_known(state, bank, mode)
        if known.pointee.mode == mode, bank == 0 || known.pointee.ids == guestIDs {
            use(known)
        } else {
            selectSlowly()
        }
    }

    @inline(never)
    private func selectSlowly() {
        let bank = state.pointee.isGuest
        let slot = contexts.find(key(bank: bank), state)
        let context = (contexts.slots + slot).pointee
        let mode = longma_csr(state, bank)[CSR.CRMD] & 0x1B
        let known = longma_known(state, bank, mode)
        known.pointee = LongmaKnownContext(
            mode: mode, ids: guestIDs, pages: context.pages, jumpCache: context.jumpCache, number: context.number, slot: UInt64(slot), isReady: context.isReady)
        use(known)
    }

    @inline(__always)
    private func use(_ known: UnsafeMutablePointer<LongmaKnownContext>) {
        cpu.pointee.pages = known.pointee.pages
        cpu.pointee.context = known.pointee.number
        cpu.pointee.jumpCache = known.pointee.jumpCache
        state.pointee.slot = known.pointee.slot
        if !known.pointee.isReady { cpu.pointee.leaving = 1 }
    }

    /// What is known of a context follows from the table again.
    private func refreshKnown(_ slot: Int) {
        let context = (contexts.slots + slot).pointee
        forEachKnown(state) { known in
            guard known.pointee.slot == slot else { return }
            known.pointee.jumpCache = context.jumpCache
            known.pointee.isReady = context.isReady
        }
    }

    /// The registers that a bank's context depends on have changed, apart from CRMD and the guest ids.
    @inline(__always)
    func forgetContext(bank: UInt64) {
        // Root's EUEN decides about the guest's units too.
        for bank in bank...1 { for mode in 0..<UInt64(LONGMA_MODES) { longma_known(state, bank, mode & 3 | (mode & 4) << 2).pointee.forget() } }
    }

    @inline(__always)
    private var guestIDs: UInt64 { root[CSR.GTLBC] & 0xFF_1000 | root[CSR.GSTAT] >> 16 & 0xFF }

    /// The engine for the current context, with no stale code.
    func currentEngine() -> any Engine {
        select()
        let slot = Int(state.pointee.slot)
        let context = contexts.slots + slot
        cpu.pointee.leaving = 0
        let source: ContextCode
        if let known = contexts.sources[slot] { source = known } else {
            source = ContextCode(self, slot: slot)
            contexts.sources[slot] = source
        }
        if let engine = contexts.engines[slot] {
            if context.pointee.isStale {
                engine.invalidate(0..<UInt64.max)
                source.forget()
                context.pointee.isStale = false
                refreshKnown(slot)
            }
            return engine
        }
        let key = context.pointee.key
        let mode = CodeMode(
            isMapped: true, disabled: CodeMode.Units(rawValue: UInt8(truncatingIfNeeded: key.disabled)),
            privilege: key.mode & 3 == 0 ? CodeMode.Privilege(isGuest: key.bank != 0, hasVirtualization: hasVirtualization) : nil)
        let engine = makeEngine(source, mode)
        contexts.engines[slot] = engine
        context.pointee.jumpCache = engine.jumpCache
        context.pointee.hasEngine = true
        context.pointee.isStale = false
        refreshKnown(slot)
        cpu.pointee.jumpCache = engine.jumpCache
        return engine
    }

    /// Every context's engine forgets code that memory no longer holds.
    func synchronizeCode() { for engine in contexts.engines { engine?.synchronizeCode() } }

    /// Code that was written from outside becomes visible.
    public func codeChanged() { longma_request_attention(cpu, UInt64(LONGMA_ATTENTION_BARRIER)) }

    /// What the engines have done so far.
    public var statistics: EngineStatistics {
        var result = contexts.retiredStatistics
        for case let engine? in contexts.engines { result += engine.statistics }
        return result
    }

    // MARK: Dropping translations

    /// A TLB entry is gone or changed: forgets what was derived from it.
    func drop(_ entry: TLBEntry, kind: EntryKind) {
        // From a pair without a page nothing was derived.
        guard entry.isValid, (entry.low | entry.high) & 1 != 0 else { return }
        switch kind {
        case .root where entry.tag == 0:
            drop(entry.range) { $0.pointee.key.bank == 0 }
        case .root:
            dropSecondStage(entry)
        case .guest:
            drop(entry.range) { $0.pointee.key.bank == 1 && $0.pointee.key.guestID == UInt64(entry.tag) }
        }
    }

    /// Which TLB an entry is of.
    enum EntryKind { case root, guest }

    /// Guest addresses are not known from a second-stage entry, but the host memory that it leads to is.
    private func dropSecondStage(_ entry: TLBEntry) {
        func hosts(_ half: UInt64) -> Range<UInt64>? {
            let size = UInt64(1) << UInt64(entry.pageSize)
            let address = half & 0xFFFF_FFFF_F000 & ~(size &- 1)
            if half & 1 == 0 { return 0..<0 }
            guard let first = memory.host(of: address), memory.host(of: address &+ size &- 1) == first &+ size &- 1 else { return nil }
            return first..<first &+ size
        }
        func isSecondStage(_ context: UnsafeMutablePointer<TranslationContext>) -> Bool {
            context.pointee.key.bank == 1 && context.pointee.key.secondStage == UInt64(entry.tag)
        }
        guard let low = hosts(entry.low), let high = hosts(entry.high) else { return drop(nil, isSecondStage) }
        for index in 0..<contexts.count where isSecondStage(contexts.slots + index) {
            contexts.slots[index].clearPages(of: (low, high))
            let hasCode = contexts.sources[index]?.pages.contains { low.contains($0.host) || high.contains($0.host) }
            if hasCode == true { makeStale(index) }
        }
    }

    private func makeStale(_ index: Int) {
        contexts.slots[index].isStale = true
        refreshKnown(index)
        if index == Int(state.pointee.slot) { cpu.pointee.leaving = 1 }
    }

    /// Forgets translations of the addresses of `range` (48 bits; all when nil) in the contexts that match.
    @inline(__always)
    func drop(_ range: Range<UInt64>?, _ matches: (UnsafeMutablePointer<TranslationContext>) -> Bool) {
        for index in 0..<contexts.count {
            let context = contexts.slots + index
            guard matches(context) else { continue }
            let hasCode: Bool
            if let range, range.count <= 64 << 12 {
                context.pointee.forgetSites()
                // Both as they stand and sign-extended.
                let upper = UInt64(bitPattern: Int64(bitPattern: range.lowerBound << 16) >> 16)
                // (No set: hash tables compute in floating point, and the guest's mode may be loaded.)
                var address = range.lowerBound
                while address < range.upperBound {
                    if let page = context.pointee.filledPage(address) {
                        let isUpper = upper != range.lowerBound
                        if page.pointee.holds(address) || isUpper && page.pointee.holds(address | 0xFFFF_0000_0000_0000) { context.pointee.empty(page) }
                    }
                    address &+= 4096
                }
                let mayHaveCode = range.lowerBound < context.pointee.codeEnd && context.pointee.codeStart < range.upperBound
                hasCode = mayHaveCode && contexts.sources[index]?.pages.contains { range.contains($0.address & 0xFFFF_FFFF_FFFF) } ?? false
            } else {
                context.pointee.clearPages()
                hasCode = contexts.sources[index]?.pages.isEmpty == false
            }
            if hasCode { makeStale(index) }
        }
    }
}

/// No translation.
let emptyPage = LongmaPage(read: UInt64(LONGMA_NO_PAGE), write: UInt64(LONGMA_NO_PAGE), fetch: UInt64(LONGMA_NO_PAGE), addend: 0)

extension LongmaPage {
    /// Where the page is in host memory; nothing that there is when it is empty.
    @inline(__always)
    fileprivate var host: UInt64 { (read != UInt64(LONGMA_NO_PAGE) ? read : write != UInt64(LONGMA_NO_PAGE) ? write : fetch) &+ addend }

    /// Whether anything is known about the page at an address.
    @inline(__always)
    fileprivate func holds(_ address: UInt64) -> Bool { read == address || write == address || fetch == address }
}

extension LongmaKnownContext {
    /// Makes it fit no mode.
    @inline(__always)
    fileprivate mutating func forget() {
        mode = ~0
        isReady = false
    }
}

/// All known contexts of a core, those that have been forgotten too.
@inline(__always)
private func forEachKnown(_ state: UnsafeMutablePointer<LongmaCore>, _ body: (UnsafeMutablePointer<LongmaKnownContext>) -> Void) {
    for bank in UInt64(0)...1 { for mode in 0..<UInt64(LONGMA_MODES) { body(longma_known(state, bank, mode & 3 | (mode & 4) << 2)) } }
}
