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

    private var cache: BlockCache
    private var retired: UInt64 = 0

    /// An interpreter for one guest thread. `countdown`: executions after which a block is reported by `execute`; never by default.
    public init(source: any CodeSource, countdown: Int64 = .max) {
        cache = BlockCache(source: source, countdown: countdown)
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

    /// Makes code that the guest wrote visible (`ibar`); true when some had changed.
    @discardableResult
    public func synchronizeCode() -> Bool {
        if cache.writableBlocksAreCurrent() { return false }
        cache.removeAll()
        return true
    }

    /// The predecoded block at `pc`, for an engine above; nil when nothing can be executed there.
    public func block(at pc: UInt64) -> UnsafeMutablePointer<Block>? { cache.block(at: pc) }

    /// The block at `pc` if it was predecoded before.
    public func knownBlock(at pc: UInt64) -> UnsafeMutablePointer<Block>? { cache.find(pc) }

    /// Interprets from `cpu.pc`. The guest's floating-point mode must be loaded and the CPU bound to this thread. With `limit`, at most about that many
    /// instructions are interpreted before the block that follows is reported as due; `ignoringDue` executes blocks whose countdown has ended too.
    public func execute(_ cpu: UnsafeMutablePointer<LongmaCPU>, limit: Int64 = .max, ignoringDue: Bool = false) -> Stop {
        guard var block = cache.block(at: cpu.pointee.pc) else { return .exit(fetchFault(cpu)) }
        let granted = cpu.pointee.fuel
        let fuelAtLimit = limit == .max ? Int64.min : granted &- limit
        var fuel = granted
        defer { retired &+= UInt64(granted &- cpu.pointee.fuel) }
        while true {
            if fuel <= longma_fuel_floor(cpu) {
                cpu.pointee.fuel = fuel
                cpu.pointee.pc = block.pointee.start
                switch poll(cpu, &block) {
                case .some(let exit): return .exit(exit)
                case .none: break
                }
                // Less fuel than instructions: the rest one by one.
                if fuel < Int64(block.pointee.count) { return .exit(step(cpu, block)) }
            }
            block.pointee.countdown &-= 1
            if (block.pointee.countdown <= 0 && !ignoringDue) || fuel <= fuelAtLimit {
                cpu.pointee.fuel = fuel
                cpu.pointee.pc = block.pointee.start
                return .due(block)
            }

            let records = block.pointee.records
            let status = records.pointee.handler(cpu, records)
            let next = cpu.pointee.pc
            guard status == 0 else {
                cpu.pointee.fuel = fuel &- Int64((next &- block.pointee.start) / 4)
                return .exit(exit(GuestException(rawValue: UInt8(truncatingIfNeeded: status &- 1))!, cpu))
            }
            fuel &-= Int64(block.pointee.count)
            if let successor = block.pointee.successor0, successor.pointee.start == next {
                block = successor
            } else if let successor = block.pointee.successor1, successor.pointee.start == next {
                block = successor
            } else if let found = cache.find(next) ?? cache.block(at: next) {
                block.pointee.successor1 = block.pointee.successor0
                block.pointee.successor0 = found
                block = found
            } else {
                cpu.pointee.fuel = fuel
                return .exit(fuel <= 0 ? .fuel : fetchFault(cpu))
            }
        }
    }

    /// Executes as many instructions of a block as there is fuel for.
    private func step(_ cpu: UnsafeMutablePointer<LongmaCPU>, _ block: UnsafeMutablePointer<Block>) -> Exit {
        for index in 0..<block.pointee.count where cpu.pointee.fuel > 0 {
            let record = block.pointee.records[index]
            cpu.pointee.pc = record.pc
            if let exception = Self.executeSingle(record.instruction, at: record.pc, cpu) { return exit(exception, cpu) }
            cpu.pointee.fuel -= 1
        }
        return .fuel
    }

    /// At a poll that was not passed: fuel is low, or the CPU is wanted. Nil: run on at `cpu.pc`, whose block may be another one now.
    @inline(never)
    private func poll(_ cpu: UnsafeMutablePointer<LongmaCPU>, _ block: inout UnsafeMutablePointer<Block>) -> Exit? {
        if let exit = Self.answerPoll(cpu, synchronizeCode: { synchronizeCode() }) { return exit }
        guard let current = cache.block(at: cpu.pointee.pc) else { return fetchFault(cpu) }
        block = current
        return nil
    }

    /// What an engine does when `fuel <= fuelFloor`: takes the requests, handles `ibar` with `synchronizeCode`, and says whether to leave.
    public static func answerPoll(_ cpu: UnsafeMutablePointer<LongmaCPU>, synchronizeCode: () -> Void) -> Exit? {
        let wanted = longma_take_attention(cpu)
        if wanted & UInt64(LONGMA_ATTENTION_BARRIER) != 0 { synchronizeCode() }
        let others = wanted & ~UInt64(LONGMA_ATTENTION_BARRIER)
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
        if pc & 3 != 0 || !FlatAccess.admits(pc) { return .exception(.ADEF, address: pc, signal: 0, code: 0) }
        if cache.isExecutable(pc) { return .exception(.INE, address: pc, signal: 0, code: 0) }
        var word: UInt64 = 0
        // SIGSEGV with SEGV_ACCERR where there is a page that may not be executed, SEGV_MAPERR where there is none.
        return .exception(.PIF, address: pc, signal: 11, code: longma_load_u32(pc, &word) ? 2 : 1)
    }
}
