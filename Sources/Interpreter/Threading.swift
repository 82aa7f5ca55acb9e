import CHost
import Execution
import LoongArch
import Semantics

/// Executes the instruction of a record and those behind it, through the blocks that are linked to each other, until something is for the interpreter's
/// loop to do: answers a `Status` with `cpu.pc` = the instruction it is about. The second argument points at a `Record`.
///
/// Handlers go on by calling the next one as the last thing they do, which the compiler makes a jump. Where it does not, the stack grows; the head of
/// each block looks at it.
typealias Handler = @convention(c) (UnsafeMutablePointer<LongmaCPU>, UnsafeMutableRawPointer) -> UInt64

/// What a chain of handlers answers.
enum Status {
    /// Go on at `cpu.pc`: no linked block starts there.
    static let unlinked: UInt64 = 0
    /// Poll at `cpu.pc`, a block's start: fuel is low, the CPU is wanted, or the stack is deep.
    static let poll: UInt64 = 0x200
    /// The countdown of the block at `cpu.pc` has ended.
    static let due: UInt64 = 0x201
    /// The machine has changed something: go on at `cpu.pc`, perhaps with another engine. The second: and the instruction has not retired.
    static let machine: UInt64 = 0x202
    static let machineUnretired: UInt64 = 0x203
    /// `exception` + raw value of a `GuestException` that the instruction at `cpu.pc` raised.
    static let exception: UInt64 = 1
}

/// One step of threaded code, 32 bytes: handler, address, and 16 bytes for the handler's own use.
///
/// A block's records are its head (own data: the block), its instructions (own data: the decoded instruction), and two links (own data: the goal, the head
/// record of the block that starts at the link's address). Behind a branch with a fixed goal the first link is for the jump, the second for going on, and an
/// open link's goal is the link itself, which leaves the chain. Else the links are the two blocks that came last, and the first one's handler is for a block
/// that runs on into the next.
struct Record {
    var code: UnsafeRawPointer
    var pc: UInt64
    var instruction: Instruction

    static let size = 32

    init(_ handler: Handler, at pc: UInt64) {
        code = unsafeBitCast(handler, to: UnsafeRawPointer.self)
        self.pc = pc
        instruction = Instruction(opcode: .break, rd: 0, rj: 0, rk: 0, ra: 0, immediate: 0, immediate2: 0, word: 0)
    }

    init(_ instruction: Instruction, at pc: UInt64, _ mode: CodeMode) {
        let handler =
            if let exception = mode.exception(for: instruction.opcode) { Handlers.disabled(exception) } else {
                (mode.isMapped ? Handlers.mapped : Handlers.table)[instruction.opcode.index]
            }
        self.init(handler, at: pc)
        self.instruction = instruction
    }

    /// An address that no instruction has, for a link to nowhere: whoever jumps there leaves the chain.
    static let nowhere: UInt64 = 1
}

extension UnsafeMutablePointer<Record> {
    /// Makes the two links behind `last`, the instruction at `pc` that ends a block.
    func initializeLinks(behind last: Instruction, at pc: UInt64) {
        switch last.controlFlow {
        case .branch(let offset), .jump(let offset, _):
            initialize(to: Record(Handlers.stop, at: pc &+ UInt64(bitPattern: offset)))
            (self + 1).initialize(to: Record(Handlers.stop, at: pc &+ 4))
            UnsafeMutableRawPointer(self).goal = UnsafeMutableRawPointer(self)
        default:
            initialize(to: Record(Handlers.link, at: Record.nowhere))
            (self + 1).initialize(to: Record(Handlers.stop, at: Record.nowhere))
            UnsafeMutableRawPointer(self).goal = UnsafeMutableRawPointer(self + 1)
        }
        UnsafeMutableRawPointer(self + 1).goal = UnsafeMutableRawPointer(self + 1)
    }
}

extension UnsafeMutableRawPointer {
    @inline(__always) var record: UnsafeMutablePointer<Record> { assumingMemoryBound(to: Record.self) }
    /// A head record's block.
    @inline(__always) var block: UnsafeMutablePointer<Block> {
        get { load(fromByteOffset: 16, as: UnsafeMutablePointer<Block>.self) }
        nonmutating set { storeBytes(of: newValue, toByteOffset: 16, as: UnsafeMutablePointer<Block>.self) }
    }
    /// A link record's goal: a head record.
    @inline(__always) var goal: UnsafeMutableRawPointer {
        get { load(fromByteOffset: 16, as: UnsafeMutableRawPointer.self) }
        nonmutating set { storeBytes(of: newValue, toByteOffset: 16, as: UnsafeMutableRawPointer.self) }
    }
    /// Starts a chain of handlers at this record; the one way in for which `InterpreterEmitter.fail` finds its way out.
    func start(_ cpu: UnsafeMutablePointer<LongmaCPU>) -> UInt64 { longma_run_handlers(cpu, self, record.pointee.code) }

    /// Goes on with the record's handler.
    @inline(__always) fileprivate func run(_ cpu: UnsafeMutablePointer<LongmaCPU>) -> UInt64 {
        unsafeBitCast(record.pointee.code, to: Handler.self)(cpu, self)
    }
}

typealias Semantic = (Instruction, inout InterpreterEmitter<FlatAccess>) -> Void

/// Executes an instruction and goes on with the next record.
@inline(__always)
func passing(_ cpu: UnsafeMutablePointer<LongmaCPU>, _ place: UnsafeMutableRawPointer, _ semantic: Semantic) -> UInt64 {
    var e = InterpreterEmitter<FlatAccess>(cpu, pc: place.record.pointee.pc)
    semantic(place.record.pointee.instruction, &e)
    return (place + Record.size).run(cpu)
}

/// The same for an instruction that accesses memory through the soft TLB.
@inline(__always)
func passingMapped(
    _ cpu: UnsafeMutablePointer<LongmaCPU>, _ place: UnsafeMutableRawPointer, _ semantic: (Instruction, inout InterpreterEmitter<MappedAccess>) -> Void
) -> UInt64 {
    var e = InterpreterEmitter<MappedAccess>(cpu, pc: place.record.pointee.pc)
    semantic(place.record.pointee.instruction, &e)
    return (place + Record.size).run(cpu)
}

/// Has the machine perform an instruction that ends its block.
@inline(__always)
func asking(_ cpu: UnsafeMutablePointer<LongmaCPU>, _ place: UnsafeMutableRawPointer) -> UInt64 {
    let pc = place.record.pointee.pc
    let words = unsafeBitCast(place.record.pointee.instruction, to: (UInt64, UInt64).self)
    let answer = cpu.pointee.system!(cpu, words.0, words.1, pc)
    if answer == 0 { return follow(cpu, place + Record.size, to: pc &+ 4) }
    return answer & UInt64(LONGMA_SYSTEM_UNRETIRED) == 0 ? Status.machine : Status.machineUnretired
}

/// Raises an exception.
@inline(__always)
func raising(_ cpu: UnsafeMutablePointer<LongmaCPU>, _ place: UnsafeMutableRawPointer, _ exception: GuestException) -> UInt64 {
    InterpreterEmitter<FlatAccess>.fail(cpu, place.record.pointee.pc, exception, address: 0)
}

/// Executes an instruction that ends its block and goes on with the block it leads to, if that is linked.
@inline(__always)
func closing(_ cpu: UnsafeMutablePointer<LongmaCPU>, _ place: UnsafeMutableRawPointer, _ semantic: Semantic) -> UInt64 {
    var e = InterpreterEmitter<FlatAccess>(cpu, pc: place.record.pointee.pc)
    semantic(place.record.pointee.instruction, &e)
    return follow(cpu, place + Record.size, to: e.next)
}

/// Executes a branch whose goals are fixed and goes on behind it or where it jumps to.
@inline(__always)
func deciding(_ cpu: UnsafeMutablePointer<LongmaCPU>, _ place: UnsafeMutableRawPointer, _ semantic: Semantic) -> UInt64 {
    var e = InterpreterEmitter<FlatAccess>(cpu, pc: place.record.pointee.pc)
    semantic(place.record.pointee.instruction, &e)
    return (place + (e.jumps ? 1 : 2) * Record.size).goal.run(cpu)
}

/// Executes an instruction with the next one and goes on behind both; the pairs are `Handlers.pairs`.
@inline(__always)
func passing(_ cpu: UnsafeMutablePointer<LongmaCPU>, _ place: UnsafeMutableRawPointer, _ first: Semantic, _ second: Semantic) -> UInt64 {
    var e = InterpreterEmitter<FlatAccess>(cpu, pc: place.record.pointee.pc)
    first(place.record.pointee.instruction, &e)
    return passing(cpu, place + Record.size, second)
}

/// Executes an instruction with the branch behind it.
@inline(__always)
func deciding(_ cpu: UnsafeMutablePointer<LongmaCPU>, _ place: UnsafeMutableRawPointer, _ first: Semantic, _ second: Semantic) -> UInt64 {
    var e = InterpreterEmitter<FlatAccess>(cpu, pc: place.record.pointee.pc)
    first(place.record.pointee.instruction, &e)
    return deciding(cpu, place + Record.size, second)
}

/// Executes an instruction with the indirect jump behind it.
@inline(__always)
func closing(_ cpu: UnsafeMutablePointer<LongmaCPU>, _ place: UnsafeMutableRawPointer, _ first: Semantic, _ second: Semantic) -> UInt64 {
    var e = InterpreterEmitter<FlatAccess>(cpu, pc: place.record.pointee.pc)
    first(place.record.pointee.instruction, &e)
    return closing(cpu, place + Record.size, second)
}

@inline(__always)
private func follow(_ cpu: UnsafeMutablePointer<LongmaCPU>, _ links: UnsafeMutableRawPointer, to next: UInt64) -> UInt64 {
    if links.record.pointee.pc == next { return links.goal.run(cpu) }
    if (links + Record.size).record.pointee.pc == next { return (links + Record.size).goal.run(cpu) }
    cpu.pointee.pc = next
    return Status.unlinked
}

/// Stands before a block's first instruction: polls, counts, and notes where the CPU is.
@inline(__always)
func entering(_ cpu: UnsafeMutablePointer<LongmaCPU>, _ place: UnsafeMutableRawPointer) -> UInt64 {
    let block = place.block
    let fuel = cpu.pointee.fuel
    if fuel <= longma_fuel_floor(cpu) || longma_stack_is_deep(cpu) {
        cpu.pointee.pc = block.pointee.start
        return Status.poll
    }
    // Asked first and then counted: a comparison with memory and a decrement of it.
    let isDue = block.pointee.countdown <= 1
    block.pointee.countdown &-= 1
    if isDue {
        cpu.pointee.pc = block.pointee.start
        return Status.due
    }
    cpu.pointee.block = UnsafeMutableRawPointer(block)
    cpu.pointee.fuel = fuel &- Int64(block.pointee.count)
    return (place + Record.size).run(cpu)
}

/// Stands behind the last instruction of a block that runs on into the next.
@inline(__always)
func runningOn(_ cpu: UnsafeMutablePointer<LongmaCPU>, _ place: UnsafeMutableRawPointer) -> UInt64 {
    follow(cpu, place, to: cpu.pointee.block!.assumingMemoryBound(to: Block.self).pointee.end)
}

/// Stands behind an instruction that is executed alone, and is what an open link behind a branch does.
@inline(__always)
func stopping(_ cpu: UnsafeMutablePointer<LongmaCPU>, _ place: UnsafeMutableRawPointer) -> UInt64 {
    cpu.pointee.pc = place.record.pointee.pc
    return Status.unlinked
}
