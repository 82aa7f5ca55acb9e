import CHost
import LoongArch
import Semantics

/// Executes the instruction of a record and those behind it up to the end of the block. Answers 0 with `cpu.pc` = where to go on, or 1 + the raw value
/// of the exception that the instruction at `cpu.pc` raised. The second argument points at a `Record`.
typealias Handler = @convention(c) (UnsafeMutablePointer<LongmaCPU>, UnsafeMutableRawPointer) -> UInt64

/// A predecoded instruction with its handler: 32 bytes. The C function pointer is kept untyped, because a type cannot mention itself in a function's type.
struct Record {
    var code: UnsafeRawPointer
    var pc: UInt64
    var instruction: Instruction

    var handler: Handler {
        @inline(__always) get { unsafeBitCast(code, to: Handler.self) }
    }

    init(_ instruction: Instruction, at pc: UInt64) {
        code = unsafeBitCast(Handlers.table[Int(instruction.opcode.rawValue)], to: UnsafeRawPointer.self)
        self.pc = pc
        self.instruction = instruction
    }

    /// What stands behind the last instruction of a block.
    init(endAt pc: UInt64) {
        code = unsafeBitCast(Handlers.end, to: UnsafeRawPointer.self)
        self.pc = pc
        instruction = Instruction(opcode: .break, rd: 0, rj: 0, rk: 0, ra: 0, immediate: 0, immediate2: 0, word: 0)
    }
}

typealias Semantic = (Instruction, inout InterpreterEmitter<FlatAccess>) throws(GuestException) -> Void

/// Executes and goes on with the next record. The call is the last thing that happens, so the compiler makes it a jump; should it not, a block is short enough for the stack.
@inline(__always)
func passing(_ cpu: UnsafeMutablePointer<LongmaCPU>, _ place: UnsafeMutableRawPointer, _ semantic: Semantic) -> UInt64 {
    let record = place.assumingMemoryBound(to: Record.self)
    var e = InterpreterEmitter<FlatAccess>(cpu, pc: record.pointee.pc)
    do throws(GuestException) {
        try semantic(record.pointee.instruction, &e)
    } catch {
        return failed(cpu, record, error)
    }
    let next = record + 1
    return next.pointee.handler(cpu, next)
}

/// Executes an instruction that ends its block.
@inline(__always)
func closing(_ cpu: UnsafeMutablePointer<LongmaCPU>, _ place: UnsafeMutableRawPointer, _ semantic: Semantic) -> UInt64 {
    let record = place.assumingMemoryBound(to: Record.self)
    var e = InterpreterEmitter<FlatAccess>(cpu, pc: record.pointee.pc)
    do throws(GuestException) {
        try semantic(record.pointee.instruction, &e)
    } catch {
        return failed(cpu, record, error)
    }
    cpu.pointee.pc = e.next
    return 0
}

@inline(never)
private func failed(_ cpu: UnsafeMutablePointer<LongmaCPU>, _ record: UnsafeMutablePointer<Record>, _ exception: GuestException) -> UInt64 {
    cpu.pointee.pc = record.pointee.pc
    return 1 + UInt64(exception.rawValue)
}
