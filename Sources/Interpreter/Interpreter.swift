import CHost
import Execution
import GuestMemory
import LoongArch
import Semantics

/// Runs predecoded blocks: the reference engine, the fallback, and what `auto` begins with.
public final class Interpreter: Engine {
    /// Why `execute` came back.
    public enum Stop {
        case exit(Exit)
        /// The block's countdown ended or it has a translation; it has not been executed this time. `cpu.pc` is its start.
        case due(UnsafeMutablePointer<Block>)
    }

    private let mode: CodeMode
    private var cache: BlockCache
    private var retired: UInt64 = 0

    /// An interpreter for one guest thread. `countdown`: executions after which a block is reported by `execute`; never by default.
    public init(source: any CodeSource, mode: CodeMode = .flat, countdown: Int64 = .max) {
        self.mode = mode
        cache = BlockCache(source: source, mode: mode, countdown: countdown)
    }

    deinit { cache.deallocate() }

    public var statistics: EngineStatistics {
        var result = EngineStatistics()
        result.interpreted = retired
        return result
    }

    public func run(_ cpu: UnsafeMutablePointer<LongmaCPU>) -> Exit {
        longma_bind_cpu(cpu)
        FloatUnit.enterGuest(cpu)
        defer { FloatUnit.leaveGuest(cpu) }
        while true {
            if case .exit(let exit) = execute(cpu) { return exit }
        }
    }

    /// Drops all blocks if one of them may lie in `range`.
    public func invalidate(_ range: Range<UInt64>) { cache.removeAll() }

    /// The interpreter's registers are always exact.
    public func requirePreciseRegisters() {}

    public func synchronizeCode() { dropStaleCode() }

    /// What an `ibar` means to an engine above, which has code of its own and interprets the rest; called instead of `synchronizeCode`.
    public var synchronizeAbove: ((UnsafeMutablePointer<LongmaCPU>) -> Void)?

    private func synchronize(_ cpu: UnsafeMutablePointer<LongmaCPU>) {
        if let synchronizeAbove { synchronizeAbove(cpu) } else { dropStaleCode() }
    }

    /// Makes code that the guest wrote visible (`ibar`); true when some had changed.
    @discardableResult
    public func dropStaleCode() -> Bool {
        if cache.writableBlocksAreCurrent() { return false }
        cache.removeAll()
        return true
    }

    /// The predecoded block at `pc`, for an engine above; nil when nothing can be executed there.
    public func block(at pc: UInt64) -> UnsafeMutablePointer<Block>? { cache.block(at: pc) }

    /// The block at `pc` if it was predecoded before.
    public func knownBlock(at pc: UInt64) -> UnsafeMutablePointer<Block>? { cache.find(pc) }

    /// Interprets from `cpu.pc`. The guest's floating-point mode must be loaded and the CPU bound to this thread.
    public func execute(_ cpu: UnsafeMutablePointer<LongmaCPU>) -> Stop {
        let granted = cpu.pointee.fuel
        defer { retired &+= UInt64(granted &- cpu.pointee.fuel) }
        longma_mark_stack(cpu)
        let context = cpu.pointee.context
        guard var block = cache.block(at: cpu.pointee.pc) else { return .exit(fetchFault(cpu)) }
        while true {
            let status = UnsafeMutableRawPointer(block.pointee.records).start(cpu)
            switch status {
            case Status.unlinked:
                let last = cpu.pointee.block!.assumingMemoryBound(to: Block.self)
                guard let next = cache.find(cpu.pointee.pc) ?? cache.block(at: cpu.pointee.pc) else { return .exit(fetchFault(cpu)) }
                last.pointee.link(to: next)
                block = next
            case Status.due:
                return .due(cache.find(cpu.pointee.pc)!)
            case Status.poll:
                if cpu.pointee.fuel <= longma_fuel_floor(cpu) {
                    if let exit = Self.answerPoll(cpu, synchronizeCode: { synchronize(cpu) }) { return .exit(exit) }
                    if cpu.pointee.fuel <= Int64(LONGMA_FUEL_FLOOR), let exit = stepUncounted(cpu, Int64(LONGMA_FUEL_FLOOR)) { return .exit(exit) }
                }
                guard let current = cache.block(at: cpu.pointee.pc) else { return .exit(fetchFault(cpu)) }
                block = current
            case Status.machine, Status.machineUnretired:
                if status == Status.machineUnretired { cpu.pointee.fuel &+= 1 }
                if cpu.pointee.leaving != 0 || cpu.pointee.context != context { return .exit(.switched) }
                guard let next = cache.block(at: cpu.pointee.pc) else { return .exit(fetchFault(cpu)) }
                block = next
            default:
                let last = cpu.pointee.block!.assumingMemoryBound(to: Block.self).pointee
                cpu.pointee.fuel &+= Int64((last.end &- cpu.pointee.pc) / 4)
                return .exit(exit(GuestException(rawValue: UInt8(truncatingIfNeeded: status &- Status.exception))!, cpu))
            }
        }
    }

    /// Executes at most `count` instructions one by one, whatever the blocks' countdowns; nil when that many were executed.
    public func step(_ cpu: UnsafeMutablePointer<LongmaCPU>, _ count: Int64) -> Exit? {
        let granted = cpu.pointee.fuel
        defer { retired &+= UInt64(granted &- cpu.pointee.fuel) }
        return stepUncounted(cpu, count)
    }

    private func stepUncounted(_ cpu: UnsafeMutablePointer<LongmaCPU>, _ count: Int64) -> Exit? {
        var left = count
        let context = cpu.pointee.context
        run: while left > 0 {
            if cpu.pointee.fuel <= 0 || longma_fuel_floor(cpu) == .max {
                if let exit = Self.answerPoll(cpu, synchronizeCode: { synchronize(cpu) }) { return exit }
            }
            let pc = cpu.pointee.pc
            guard let block = cache.block(at: pc) else { return fetchFault(cpu) }
            for index in 0..<block.pointee.count where left > 0 && cpu.pointee.fuel > 0 {
                let address = pc &+ UInt64(index) &* 4
                cpu.pointee.pc = address
                // A machine that is asked for the time wants exact fuel.
                cpu.pointee.fuel -= 1
                left -= 1
                switch Self.status(block.pointee.instruction(index), at: address, cpu, mode) {
                case Status.unlinked: break
                case let status where status == Status.machine || status == Status.machineUnretired:
                    if status == Status.machineUnretired { cpu.pointee.fuel += 1 }
                    if cpu.pointee.leaving != 0 || cpu.pointee.context != context { return .switched }
                    continue run
                case let status:
                    cpu.pointee.fuel += 1
                    return exit(GuestException(rawValue: UInt8(truncatingIfNeeded: status &- Status.exception))!, cpu)
                }
            }
        }
        return nil
    }

    /// What an engine does when `fuel <= fuelFloor`: takes the requests, handles `ibar` with `synchronizeCode`, and says whether to leave.
    public static func answerPoll(_ cpu: UnsafeMutablePointer<LongmaCPU>, synchronizeCode: () -> Void) -> Exit? {
        let wanted = longma_take_attention(cpu)
        // A core has an engine for each of its contexts, and `ibar` is for all of them.
        let own = cpu.pointee.pages == nil ? UInt64(LONGMA_ATTENTION_BARRIER) : 0
        if wanted & own != 0 { synchronizeCode() }
        let others = wanted & ~own
        if others != 0 {
            // The requests are for whoever called `run`: put them back for it to take.
            longma_request_attention(cpu, others)
            return .interrupted
        }
        return cpu.pointee.fuel <= 0 ? .fuel : nil
    }

    private func exit(_ exception: GuestException, _ cpu: UnsafeMutablePointer<LongmaCPU>) -> Exit {
        let detail = cpu.pointee.exitDetail
        return .exception(
            exception, address: cpu.pointee.exitAddress, signal: Int32(truncatingIfNeeded: detail >> 32), code: Int32(truncatingIfNeeded: detail))
    }

    /// No block at `cpu.pc`: a misaligned pc, a page that may not be executed, or a word that is no instruction.
    private func fetchFault(_ cpu: UnsafeMutablePointer<LongmaCPU>) -> Exit {
        let pc = cpu.pointee.pc
        if mode.isMapped {
            let exception: GuestException = pc & 3 != 0 ? .ADEF : cache.isExecutable(pc) ? .INE : .translation
            return .exception(exception, address: pc, signal: 0, code: 0)
        }
        if pc & 3 != 0 || !FlatAccess.admits(pc) { return .exception(.ADEF, address: pc, signal: 0, code: 0) }
        if cache.isExecutable(pc) { return .exception(.INE, address: pc, signal: 0, code: 0) }
        var word: UInt64 = 0
        // SIGSEGV with SEGV_ACCERR where there is a page that may not be executed, SEGV_MAPERR where there is none.
        return .exception(.PIF, address: pc, signal: 11, code: longma_load_u32(pc, &word) ? 2 : 1)
    }
}
