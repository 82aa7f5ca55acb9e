import CHost
import LoongArch
import Semantics

extension Interpreter {
    /// Executes one instruction on behalf of translated code, whose registers are all in `cpu`; the exception that it raised, if any.
    public static func executeSingle(_ instruction: Instruction, at pc: UInt64, _ cpu: UnsafeMutablePointer<LongmaCPU>) -> GuestException? {
        withUnsafeTemporaryAllocation(of: Instruction.self, capacity: 1) { record in
            record.initializeElement(at: 0, to: instruction)
            var e = InterpreterEmitter<FlatAccess>(cpu, record.baseAddress!)
            e.place(at: pc)
            do throws(GuestException) {
                try Semantics.execute(instruction, &e)
                return nil
            } catch {
                return error
            }
        }
    }
}
