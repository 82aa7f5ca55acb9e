import CHost
import LoongArch
import Semantics

extension Interpreter {
    /// Executes one instruction on behalf of translated code, whose registers are all in `cpu`; the exception that it raised, if any.
    /// Without one `cpu.pc` is where to go on.
    public static func executeSingle(_ instruction: Instruction, at pc: UInt64, _ cpu: UnsafeMutablePointer<LongmaCPU>) -> GuestException? {
        var e = InterpreterEmitter<FlatAccess>(cpu, pc: pc)
        do throws(GuestException) {
            try Semantics.execute(instruction, &e)
            cpu.pointee.pc = e.next
            return nil
        } catch {
            return error
        }
    }
}
