import CHost
import LoongArch

/// What one thread knows of code that becomes hot: blocks of stencils on their way to regions, and regions on their way to larger ones.
struct TierChange {
    /// How often an edge of stencil code is polled before its target is hot.
    static let usualHeat: Int32 = 20_000
    /// Instructions that are about to retire between two looks whether a region is there.
    static let lookDistance: Int64 = 1_000_000
    /// Looks granted to a block that a requested region contains, until the region is there and from then on, before it gets one of its own.
    static let looks = (before: 1000, after: 5)
    /// Looks at where an indirect jump goes until it is hot.
    static let looksAtJump: Int32 = 8
    /// Most addresses that a region expects an indirect jump to go to, by what was seen.
    private static let goalLimit = 3
    /// Entries of regions between two that are noted, and how many are noted before the region with most of them is made anew, with more of what it leads to.
    /// A larger region costs 100 to 300 ms of compiling; leaving one for another some ten nanoseconds.
    static let usualEntries: Int64 = 50_000
    static let usualSamples = 40
    /// Most regions that are made anew in that way, and how large they may become.
    static let wideLimit = 16
    static let wideLimits = RegionLimits(blocks: 512, instructions: 2400)

    /// Blocks in regions that were asked for: the regions' entries, and looks that they are still granted.
    var awaited: [UInt64: (region: UInt64, looks: Int)] = [:]
    /// By edge of stencil code that is looked after: the fuel at the last look, and the countdown that began then.
    var looksMade: [Int: (fuel: Int64, countdown: Int32)] = [:]
    /// By an indirect jump's address, where it was seen to go.
    private var goals: [UInt64: [UInt64]] = [:]
    /// By region's head, entries that were noted, and how many they are altogether.
    private var entries: [UInt64: Int] = [:]
    private var samples = 0
    /// Heads of regions that are as large as they get.
    private var settled: Set<UInt64> = []
    /// Heads of regions that are made anew, and the code that they have until then.
    var widening: [UInt64: UnsafeRawPointer] = [:]

    /// Notes an entry of a region; when that makes as many as wanted, the head of the region that was entered most, which will not be answered again.
    mutating func noteEntry(of head: UInt64, wanted: Int) -> UInt64? {
        samples += 1
        if !settled.contains(head) { entries[head, default: 0] += 1 }
        guard samples >= wanted, let most = entries.max(by: { ($0.value, $1.key) < ($1.value, $0.key) }) else { return nil }
        samples = 0
        entries.removeAll()
        settled.insert(most.key)
        return most.key
    }

    /// Notes where a jump goes; false when enough is known.
    mutating func note(_ goal: UInt64, ofJumpAt pc: UInt64) -> Bool {
        goals[pc, default: []].append(goal)
        return goals[pc]!.count < Self.looksAtJump
    }

    /// Where a jump may be expected to go: what was seen in a quarter of the looks, the likeliest first.
    func goals(ofJumpAt pc: UInt64) -> [UInt64] {
        guard let seen = goals[pc] else { return [] }
        let counts = Dictionary(seen.map { ($0, 1) }, uniquingKeysWith: +).filter { $0.value * 4 >= seen.count }
        return counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(Self.goalLimit).map(\.key)
    }

    mutating func forgetEdges() { looksMade.removeAll() }

    mutating func forget() {
        awaited.removeAll()
        looksMade.removeAll()
        goals.removeAll()
        entries.removeAll()
        settled.removeAll()
        widening.removeAll()
    }
}

extension TranslatingEngine {
    /// How often an edge is polled before its target is hot; nil when that is not counted.
    var heat: Int32? {
        switch policy {
        case .tiers: TierChange.usualHeat
        case .patientTiers(let heat): heat
        default: nil
        }
    }

    /// Entries of regions between two that are noted.
    var entriesBetweenSamples: Int64 {
        switch policy {
        case .tiers: TierChange.usualEntries
        case .patientTiers(let heat): 4 * Int64(heat)
        default: .max
        }
    }

    // MARK: From stencils to regions

    /// Sees to a region for the target of an edge that is hot; the countdown until the next look.
    func look(for edge: Int, _ stencils: StencilCode, _ cpu: UnsafeMutablePointer<LongmaCPU>) -> Int32 {
        var pc = stencils.target(of: edge)
        // An indirect jump is left before it is made.
        if case .indirect(let register, let offset, _)? = stencils.decoded(at: pc)?.first?.controlFlow {
            let goal = Self.register(register, cpu) &+ UInt64(bitPattern: offset)
            if tierChange.note(goal, ofJumpAt: pc) { return stencils.countdownOfJump }
            pc = goal
        }
        if cache.code(at: pc) ?? adopt(at: pc) != nil {
            goToRegion(at: pc, stencils)
            return .max
        }
        if cache.isRequested(pc) { return nextLook(for: edge, cpu) }
        if var wait = tierChange.awaited[pc] {
            if cache.code(at: wait.region) != nil { wait.looks = min(wait.looks, TierChange.looks.after) }
            wait.looks -= 1
            tierChange.awaited[pc] = wait.looks > 0 ? wait : nil
            if wait.looks > 0 { return nextLook(for: edge, cpu) }
        }
        return requestRegion(at: pc, stencils, cpu) ? nextLook(for: edge, cpu) : .max
    }

    /// The countdown until the next look, by how long the last one took.
    private func nextLook(for edge: Int, _ cpu: UnsafeMutablePointer<LongmaCPU>) -> Int32 {
        var countdown: Int32 = 1000
        if let last = tierChange.looksMade[edge] {
            let each = max(1, (last.fuel - cpu.pointee.fuel) / Int64(last.countdown))
            countdown = Int32(clamping: max(20, TierChange.lookDistance / each))
        }
        tierChange.looksMade[edge] = (cpu.pointee.fuel, countdown)
        return countdown
    }

    /// Asks for a region around `pc` of what stencil code has come to; false when that is in vain.
    private func requestRegion(at pc: UInt64, _ stencils: StencilCode, _ cpu: UnsafeMutablePointer<LongmaCPU>) -> Bool {
        guard translationsMade[pc, default: 0] < Self.rewritesTolerated else { return false }
        translationsMade[pc, default: 0] += 1
        guard let region = discover(at: pc, Self.eagerLimits, cpu, fetch: { stencils.instructions(at: $0) }) else { return false }
        if case .patientTiers = policy {
            if cache.translate(region, isWritable: isWritable(region)) { goToRegion(at: pc, stencils) }
            return false
        }
        guard cache.request(region, isWritable: isWritable(region)) else { return false }
        for inner in region.blocks where inner.start != pc { tierChange.awaited[inner.start] = (pc, TierChange.looks.before) }
        return true
    }

    private func discover(
        at pc: UInt64, _ limits: RegionLimits, _ cpu: UnsafeMutablePointer<LongmaCPU>, fetch: (UInt64) -> [Instruction]?
    ) -> Region? {
        discoverRegion(
            at: pc, limits: limits, fetch: fetch, read: readHint, register: { Self.register($0, cpu) }, seen: { tierChange.goals(ofJumpAt: $0) }
        ).flatMap { located($0, verified: false) }
    }

    /// Lets this thread's code go to the region at `pc` that has come, by whichever of its entries.
    private func goToRegion(at pc: UInt64, _ stencils: StencilCode) {
        for entry in cache.entries(at: pc) where stencils.knows(entry) {
            guard let region = cache.code(at: entry) else { continue }
            let code = stencils.enter(region, at: entry)
            let slot = Self.slot(of: entry)
            if ownJumpCache[slot].pc == entry { ownJumpCache[slot].code = code }
        }
    }

    // MARK: From regions to larger ones

    /// A region was about to be entered, after many others. One that is entered all the time is left all the time: it is made anew with more of where it leads.
    func noteEntry(_ cpu: UnsafeMutablePointer<LongmaCPU>) {
        cpu.pointee.entriesLeft = entriesBetweenSamples
        guard heat != nil, let stencils, let head = cache.entries(at: cpu.pointee.pc).first else { return }
        for (head, code) in tierChange.widening where cache.code(at: head) != code {
            tierChange.widening[head] = nil
            goToRegion(at: head, stencils)
        }
        if let head = tierChange.noteEntry(of: head, wanted: policy == .tiers ? TierChange.usualSamples : 4) { widen(head, stencils, cpu) }
    }

    private func widen(_ head: UInt64, _ stencils: StencilCode, _ cpu: UnsafeMutablePointer<LongmaCPU>) {
        guard counters.regionsWidened < TierChange.wideLimit, let code = cache.code(at: head) else { return }
        let known = cache.knownBlocks
        let region = discover(at: head, TierChange.wideLimits, cpu) { stencils.instructions(at: $0) ?? known[$0] }
        // Another thread may have had it made.
        guard let region, region.instructionCount >= cache.instructionCount(at: head) * 5 / 4 else { return goToRegion(at: head, stencils) }
        counters.regionsWidened += 1
        if case .patientTiers = policy {
            if cache.translate(region, isWritable: isWritable(region)) { goToRegion(at: head, stencils) }
        } else if cache.request(region, isWritable: isWritable(region), again: true) {
            tierChange.widening[head] = code
        }
    }
}
