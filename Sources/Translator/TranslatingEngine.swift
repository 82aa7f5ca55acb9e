import CHost
import Execution
import GuestMemory
import Glibc
import Interpreter
import LoongArch
import Semantics

/// Runs a guest thread by translated code, with an interpreter for what is not translated.
public final class TranslatingEngine: Engine {
    /// When code is translated.
    public enum Policy: Sendable, Equatable {
        /// As regions, before it is first executed (`--tier region`).
        case eager
        /// As regions, in the background once it is hot; interpreted until then.
        case background
        /// By stencils, before it is first executed, if there are stencils; what is hot then becomes regions in the background.
        case tiers
        /// The same, but a region is compiled while the guest waits, after `heat` polls of an edge: for tests that must not depend on time.
        case patientTiers(heat: Int32)
        /// By stencils alone, before it is first executed (`--tier stencil`).
        case stencils

        /// Whether the guest stands still while its regions are compiled.
        public var waits: Bool {
            switch self {
            case .eager, .patientTiers: true
            case .background, .tiers, .stencils: false
            }
        }
    }

    /// Executions after which a block is hot: translating costs about 100 us per instruction, interpreting one 2 ns; with a core to spare that pays early.
    private static let hotness: Int64 = 1500
    /// Executions after which to look whether a requested translation has arrived.
    private static let recheck: Int64 = 500
    /// Translations of one address after which its code is interpreted: whoever rewrites it that often would wait for the compiler only.
    static let rewritesTolerated = 8
    /// Executions granted to a block that a requested region contains before it gets a region of its own.
    private static let patience: Int64 = 50_000
    /// Executions after which to look for code of a mapped mode that was made for another context or before an invalidation.
    private static let curiosity: Int64 = 2
    /// Executions that an invalidation is taken to have made forgotten.
    private static let forgotten: Int64 = 100
    static let eagerLimits = RegionLimits(blocks: 64, instructions: 600)
    private static let backgroundLimits = RegionLimits(blocks: 256, instructions: 2000)

    let cache: TranslationCache
    private let findsByContent: Bool
    let policy: Policy
    private let source: any CodeSource
    private let prepare: (UnsafeMutablePointer<LongmaCPU>) -> Void
    private let interpreter: Interpreter
    let ownJumpCache: UnsafeMutablePointer<LongmaJumpCacheEntry>
    var counters = EngineStatistics()
    private var untranslatable: Set<UInt64> = []
    /// Blocks of a mapped mode for which no code was found: the executions that make them hot, as of an invalidation.
    private var unmatched: [UInt64: (left: Int64, invalidation: Int)] = [:]
    private var invalidations = 0
    /// How often code at an address was translated, for code that the guest rewrites all the time.
    var translationsMade: [UInt64: Int] = [:]
    private var hasPreciseRegisters = false
    var stencils: StencilCode?
    /// Where stencils come from, until they are there.
    private var supply: StencilSupply?
    /// How stencil code becomes regions, and regions larger ones.
    var tierChange = TierChange()
    /// Of `cache`, when the ways to regions were last known to be right.
    private var knownInvalidations = 0
    /// Of `stencils`, when the jump cache was last known to be right.
    private var flushes = 0
    /// The same as `stencils`, for where counting references would take longer than the rest.
    private var currentStencils: Unmanaged<StencilCode>?
    private var stencilDescriptors: UnsafePointer<LongmaStencilCode>?
    /// The CPU that was prepared last; test vectors begin with one that has lost half of it.
    private var prepared: UnsafeMutablePointer<LongmaCPU>?
    /// Where this thread takes part in giving up code.
    private var user: CodeUser?

    /// An engine for one guest thread; the process's threads share `cache`, which also says what the code means. `prepare` gives a CPU what the cache's translations need.
    /// Stencils are used when the policy says so.
    public init(
        source: any CodeSource, cache: TranslationCache, policy: Policy, stencils: StencilSupply? = nil,
        prepare: @escaping (UnsafeMutablePointer<LongmaCPU>) -> Void
    ) {
        self.source = source
        self.prepare = prepare
        self.cache = cache
        self.policy = policy
        findsByContent = cache.findsByContent
        supply = stencils
        let countdown = policy == .eager || policy == .stencils ? .max : cache.findsByContent ? Self.curiosity : Self.hotness
        interpreter = Interpreter(source: source, mode: cache.mode, countdown: countdown)
        ownJumpCache = .allocate(capacity: Int(LONGMA_JUMP_CACHE_SLOTS))
        ownJumpCache.initialize(repeating: Self.emptyEntry, count: Int(LONGMA_JUMP_CACHE_SLOTS))
        // An `ibar` that is interpreted is for translated code too.
        interpreter.synchronizeAbove = { [unowned self] cpu in self.withHostFloatMode(cpu) { self.synchronizeCode() } }
    }

    deinit {
        if let user { cache.leave(user) }
        ownJumpCache.deallocate()
    }

    /// An odd pc, which no instruction has; a guest that jumps there all the same comes back to the engine.
    private static let emptyEntry = LongmaJumpCacheEntry(
        pc: 1, code: unsafeBitCast(longma_dispatch_code as @convention(c) () -> Void, to: UnsafeRawPointer.self))

    public var jumpCache: UnsafeMutablePointer<LongmaJumpCacheEntry>? { ownJumpCache }

    public var statistics: EngineStatistics {
        var result = counters
        result.interpreted = interpreter.statistics.interpreted
        result.stencilBlocks = UInt64(stencils?.translatedBlocks ?? 0)
        result.stencilInstructions = UInt64(stencils?.translatedInstructions ?? 0)
        result.stencilBytes = UInt64(stencils?.translatedBytes ?? 0)
        return result
    }

    public func requirePreciseRegisters() {
        if hasPreciseRegisters { return }
        hasPreciseRegisters = true
        cache.requirePreciseRegisters()
        forgetOwn()
    }

    public func invalidate(_ range: Range<UInt64>) {
        cache.invalidate(range)
        _ = stencils?.invalidate(range)
        forgetOwn()
    }

    /// Forgets what this thread knows of code; the cache is asked again.
    private func forgetOwn() {
        interpreter.invalidate(0..<UInt64.max)
        stencils?.forgetRegions()
        forgetJumps()
        tierChange.forget()
        knownInvalidations = cache.invalidations
        untranslatable.removeAll()
        invalidations += 1
    }

    static func slot(of pc: UInt64) -> Int { Int(truncatingIfNeeded: pc >> 2) & Int(LONGMA_JUMP_CACHE_SLOTS - 1) }

    private func forgetJumps() { ownJumpCache.update(repeating: Self.emptyEntry, count: Int(LONGMA_JUMP_CACHE_SLOTS)) }

    public func synchronizeCode() {
        // Whether code was given up.
        let epoch = user == nil ? 0 : cache.epoch
        let isNewEpoch = user.map { $0.epoch.load(ordering: .relaxed) != epoch } ?? false
        // Another thread may have found before that code has changed.
        let changed = cache.synchronizeCode() || isNewEpoch || stencils != nil && cache.invalidations != knownInvalidations
        if stencils?.synchronizeCode() == true { forgetJumps() }
        if interpreter.dropStaleCode() || changed { forgetOwn() }
        guard isNewEpoch else { return }
        // What is made again for want of room is not being rewritten.
        translationsMade.removeAll()
        user?.epoch.store(epoch, ordering: .sequentiallyConsistent)
    }

    // MARK: Running

    public func run(_ cpu: UnsafeMutablePointer<LongmaCPU>) -> Exit {
        longma_bind_cpu(cpu)
        cpu.pointee.jumpCache = ownJumpCache
        cpu.pointee.stencilCode = stencilDescriptors
        if prepared != cpu || cpu.pointee.helpers == nil || cpu.pointee.floatHelper == nil { begin(cpu) }
        FloatUnit.enterGuest(cpu)
        defer { FloatUnit.leaveGuest(cpu) }
        let context = cpu.pointee.context
        while true {
            // The machine may have switched contexts while translated code ran; this engine has code for its own only.
            if cpu.pointee.leaving != 0 || cpu.pointee.context != context { return .switched }
            if cpu.pointee.fuel <= longma_fuel_floor(cpu) {
                if let exit = Interpreter.answerPoll(cpu, synchronizeCode: { withHostFloatMode(cpu) { synchronizeCode() } }) { return exit }
            }
            if let library = supply?.library { withHostFloatMode(cpu) { begin(with: library, cpu) } }
            // Close to the end of the fuel, and with floating-point traps enabled, the interpreter is the one that is exact.
            if cpu.pointee.fuel <= Int64(LONGMA_FUEL_FLOOR) || cpu.pointee.floatTraps != 0 {
                if let exit = interpreter.step(cpu, 1000) { return exit }
            } else if let currentStencils {
                if let code = currentStencils._withUnsafeGuaranteedRef({ stencilCode(at: cpu.pointee.pc, $0, cpu) }) {
                    if let exit = enter(code, cpu, context) { return exit }
                } else if let exit = interpreter.step(cpu, 1) {
                    return exit
                }
            } else if let code = translation(at: cpu.pointee.pc, cpu) {
                if let exit = enter(code, cpu, context) { return exit }
            } else if policy == .eager {
                let count = interpreter.block(at: cpu.pointee.pc)?.pointee.count ?? 1
                if let exit = interpreter.step(cpu, Int64(count)) { return exit }
            } else if case .exit(let exit) = interpreter.execute(cpu) {
                return exit
            }
        }
    }

    /// Sees to what translated code wants to find in a CPU.
    private func begin(_ cpu: UnsafeMutablePointer<LongmaCPU>) {
        prepare(cpu)
        prepared = cpu
        cpu.pointee.entriesLeft = entriesBetweenSamples
        if user?.cpu == cpu { return }
        if let user { cache.leave(user) }
        user = cache.join(cpu)
    }

    /// Runs translated code until it comes back; nil when only another piece of code is wanted.
    private func enter(_ code: UnsafeRawPointer, _ cpu: UnsafeMutablePointer<LongmaCPU>, _ context: UInt64) -> Exit? {
        ownJumpCache[Self.slot(of: cpu.pointee.pc)] = LongmaJumpCacheEntry(pc: cpu.pointee.pc, code: code)
        if counters.translated == 0 { withHostFloatMode(cpu) { FirstExecution.note() } }
        let fuel = cpu.pointee.fuel
        longma_enter_code(cpu, code)
        defer { counters.translated &+= UInt64(fuel &- cpu.pointee.fuel) }
        switch Int32(truncatingIfNeeded: cpu.pointee.exitReason) {
        case LONGMA_EXIT_DISPATCH:
            return nil
        case LONGMA_EXIT_LINK:
            // The machine may have gone to the code of another context, whose engine goes on.
            if cpu.pointee.context == context { follow(Int(cpu.pointee.exitDetail), cpu) }
            return nil
        case LONGMA_EXIT_SAMPLE:
            withHostFloatMode(cpu) { noteEntry(cpu) }
            return nil
        case LONGMA_EXIT_FAULT:
            let isStore = cpu.pointee.faultUnexecuted >> 31 & 1 == 1
            cpu.pointee.fuel &+= cpu.pointee.faultUnexecuted & 0x7FFF_FFFF
            return exit(cpu.pointee.exitDetail == 0 ? .ADEM : isStore ? .PIS : .PIL, cpu)
        case let reason:
            return exit(GuestException(rawValue: UInt8(truncatingIfNeeded: reason - LONGMA_EXIT_EXCEPTION))!, cpu)
        }
    }

    /// The block's code that stencils make for `pc`; nil when there is no instruction.
    private func stencilCode(at pc: UInt64, _ stencils: StencilCode, _ cpu: UnsafeMutablePointer<LongmaCPU>) -> UnsafeRawPointer? {
        if let known = stencils.knownCode(at: pc) { return known }
        let code = withHostFloatMode(cpu) { stencils.code(at: pc) }
        noticeFlush(stencils)
        return code
    }

    /// Goes on along an edge that led nowhere so far.
    private func follow(_ edge: Int, _ cpu: UnsafeMutablePointer<LongmaCPU>) {
        guard let stencils else { return }
        cpu.pointee.pc = stencils.target(of: edge)
        withHostFloatMode(cpu) {
            if stencils.isHot(edge) { stencils.restart(edge, look(for: edge, stencils, cpu)) }
            // Room for the way to a region may have cost all edges.
            if stencils.flushes == flushes { stencils.follow(edge) }
        }
        noticeFlush(stencils)
    }

    private func noticeFlush(_ stencils: StencilCode) {
        if stencils.flushes != flushes {
            forgetJumps()
            tierChange.forgetEdges()
        }
        flushes = stencils.flushes
    }

    private func begin(with library: StencilLibrary, _ cpu: UnsafeMutablePointer<LongmaCPU>) {
        supply = nil
        stencils = StencilCode(library, source: source, mode: cache.mode, countdown: heat)
        if heat != nil {
            stencils?.findRegion = { [unowned(unsafe) self] in (self.cache.hasCode ? self.cache.code(at: $0) : nil) ?? self.adopt(at: $0) }
        }
        currentStencils = stencils.map { Unmanaged.passUnretained($0) }
        stencilDescriptors = stencils.map { UnsafePointer($0.arena.descriptors) }
        knownInvalidations = cache.invalidations
        cpu.pointee.stencilCode = stencilDescriptors
    }

    private func exit(_ exception: GuestException, _ cpu: UnsafeMutablePointer<LongmaCPU>) -> Exit {
        let detail = cpu.pointee.exitDetail
        return .exception(
            exception, address: cpu.pointee.exitAddress, signal: Int32(truncatingIfNeeded: detail >> 32), code: Int32(truncatingIfNeeded: detail))
    }

    // MARK: Translating

    /// Code for `pc`: known, found in the cache, or, under the eager policy, made now.
    private func translation(at pc: UInt64, _ cpu: UnsafeMutablePointer<LongmaCPU>) -> UnsafeRawPointer? {
        guard let block = interpreter.block(at: pc) else { return nil }
        if let code = block.pointee.translation { return code }
        if policy != .eager, block.pointee.countdown > 0 { return nil }
        return withHostFloatMode(cpu) {
            if let code = cache.code(at: pc) ?? adopt(at: pc) { return remember(code, block) }
            switch policy {
            case .eager:
                let isRewritten = translationsMade[pc, default: 0] >= Self.rewritesTolerated
                guard !untranslatable.contains(pc), !isRewritten, translateNow(block, cpu), let code = cache.code(at: pc) else {
                    untranslatable.insert(pc)
                    return nil
                }
                return remember(code, block)
            case _ where findsByContent && mustWait(block): return nil
            case .background, .tiers, .patientTiers:
                requestTranslation(block, cpu)
                return nil
            case .stencils: return nil
            }
        }
    }

    /// Whether a block for which there is no code has yet to become hot. Interpreting forgets its counts with its blocks; what was executed before an
    /// invalidation counts all the same.
    private func mustWait(_ block: UnsafeMutablePointer<Block>) -> Bool {
        let known = unmatched[block.pointee.start]
        if let known, known.invalidation == invalidations { return false }
        let left = known.map { $0.left - Self.forgotten } ?? Self.hotness
        unmatched[block.pointee.start] = (left, invalidations)
        if left <= 0 { return false }
        block.pointee.countdown = left
        return true
    }

    /// Code that was made of the same instructions already: for another context of a core, for this one before it forgot its code, or in an earlier run.
    func adopt(at pc: UInt64) -> UnsafeRawPointer? {
        guard findsByContent,
            let code = cache.adopt(at: pc, locate: { located($0, verified: true).map { ($0, cache.mode.isMapped || isWritable($0)) } })
        else { return nil }
        counters.regionsFromCache += 1
        return code
    }

    /// A region with its blocks' places in host memory as they are in this engine's context; nil when they are not executable or, with `verified`, hold
    /// other instructions.
    func located(_ region: Region, verified: Bool) -> Region? {
        guard cache.mode.isMapped || verified else { return region }
        var result = region
        for index in result.blocks.indices {
            guard source.executableRange(containing: result.blocks[index].start) != nil else { return nil }
            result.blocks[index].host = source.hostAddress(of: result.blocks[index].start)
            if verified, !result.blocks[index].matchesMemory() { return nil }
        }
        return result
    }

    /// Compilers compute, and so do the standard library's hash tables: not in the guest's rounding mode, and not into its flags.
    func withHostFloatMode<Result>(_ cpu: UnsafeMutablePointer<LongmaCPU>, _ body: () -> Result) -> Result {
        FloatUnit.leaveGuest(cpu)
        defer { FloatUnit.enterGuest(cpu) }
        return body()
    }

    private func remember(_ code: UnsafeRawPointer, _ block: UnsafeMutablePointer<Block>) -> UnsafeRawPointer {
        block.pointee.translation = code
        block.pointee.countdown = 0
        return code
    }

    private func translateNow(_ block: UnsafeMutablePointer<Block>, _ cpu: UnsafeMutablePointer<LongmaCPU>) -> Bool {
        translationsMade[block.pointee.start, default: 0] += 1
        let region = discoverRegion(
            at: block.pointee.start, limits: Self.eagerLimits, fetch: { [interpreter] pc in interpreter.block(at: pc)?.pointee.instructions },
            read: readHint, register: { Self.register($0, cpu) })
        guard let region = region.flatMap({ located($0, verified: false) }) else { return false }
        let began = longma_stable_counter()
        let done = cache.translate(region, isWritable: isWritable(region))
        let seconds = Double(longma_stable_counter() - began) * 1e-8
        counters.regionsCompiled += done ? 1 : 0
        counters.compileSeconds += seconds
        counters.waitSeconds += seconds
        return done
    }

    /// Asks for a region of what has been executed often around `block`.
    private func requestTranslation(_ block: UnsafeMutablePointer<Block>, _ cpu: UnsafeMutablePointer<LongmaCPU>) {
        let isWaiting = block.pointee.isHot && cache.isRequested(block.pointee.start)
        block.pointee.isHot = true
        block.pointee.countdown = Self.recheck
        if isWaiting { return }
        let region = discoverRegion(
            at: block.pointee.start, limits: Self.backgroundLimits,
            fetch: { [interpreter] pc in
                guard let found = interpreter.knownBlock(at: pc), self.isWarm(found.pointee) else { return nil }
                return found.pointee.instructions
            }, read: readHint, register: { Self.register($0, cpu) })
        guard let region = region.flatMap({ located($0, verified: false) }) else { return }
        cache.request(region, isWritable: isWritable(region))
        // The region's other blocks need none of their own unless they go on being interpreted after it has arrived.
        for inner in region.blocks where inner.start != block.pointee.start {
            guard let known = interpreter.knownBlock(at: inner.start), known.pointee.countdown > 0 else { continue }
            known.pointee.isHot = true
            known.pointee.countdown = Self.patience
        }
    }

    /// Guest memory for the search for jump tables; none in a mapped mode, where reading could have effects.
    func readHint(_ address: UInt64, _ size: Int) -> UInt64? {
        var value: UInt64 = 0
        guard !cache.mode.isMapped, longma_copy_from_guest(&value, address, size) else { return nil }
        return value
    }

    static func register(_ n: UInt8, _ cpu: UnsafeMutablePointer<LongmaCPU>) -> UInt64 {
        UnsafeRawPointer(cpu).load(fromByteOffset: 8 * Int(n), as: UInt64.self)
    }

    private func isWarm(_ block: Block) -> Bool {
        block.isHot || block.countdown < Self.hotness * 7 / 8 && (!findsByContent || unmatched[block.start]?.invalidation == invalidations)
    }

    /// Whether regions are made before code is first executed.
    public var translatesFirst: Bool { policy == .eager }

    /// What comes is another program's code: how often addresses were translated says nothing about it.
    public func forgetRewrites() { translationsMade.removeAll() }

    /// Compiles many regions in one go, for code that will be put in place later; nil when that fails. The result is for `adopt`.
    public func precompile(_ regions: [Region]) -> [UnsafeRawPointer]? { cache.precompile(regions) }

    /// Takes `code`, which `precompile` made of a region with `entry`, as the translation of the code that now stands there.
    public func adopt(_ code: UnsafeRawPointer, at entry: UInt64) {
        if let block = interpreter.block(at: entry) { _ = remember(code, block) }
    }

    func isWritable(_ region: Region) -> Bool {
        region.blocks.contains { source.executableRange(containing: $0.start)?.writable ?? true }
    }
}
