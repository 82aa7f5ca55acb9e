import CHost
import LoongArch
import Semantics

extension Interpreter {
    /// Executes one instruction on behalf of translated code, whose registers are all in `cpu`; the exception that it raised, if any.
    /// Without one `cpu.pc` is where to go on.
    public static func executeSingle(_ instruction: Instruction, at pc: UInt64, _ cpu: UnsafeMutablePointer<LongmaCPU>) -> GuestException? {
        withUnsafeTemporaryAllocation(of: Record.self, capacity: 3) { records in
            records.initializeElement(at: 0, to: Record(instruction, at: pc))
            // The links of an instruction that ends a block, or what runs behind any other: either way the chain ends here.
            if instruction.controlFlow != .sequential {
                (records.baseAddress! + 1).initializeLinks(behind: instruction, at: pc)
            } else {
                records.initializeElement(at: 1, to: Record(Handlers.stop, at: pc &+ 4))
            }
            let status = UnsafeMutableRawPointer(records.baseAddress!).start(cpu)
            return status == Status.unlinked ? nil : GuestException(rawValue: UInt8(truncatingIfNeeded: status &- Status.exception))!
        }
    }
}
