import CHost
import Execution
import LoongArch
import Semantics

extension Interpreter {
    /// Executes one instruction on behalf of translated code, whose registers are all in `cpu`; the exception that it raised, if any.
    /// Without one `cpu.pc` is where to go on.
    public static func executeSingle(_ instruction: Instruction, at pc: UInt64, _ cpu: UnsafeMutablePointer<LongmaCPU>) -> GuestException? {
        if instruction.opcode.isVector {
            let isMapped = cpu.pointee.pages != nil
            let exception = isMapped ? VectorAccess<MappedAccess>.exception(cpu, instruction) : VectorAccess<FlatAccess>.exception(cpu, instruction)
            cpu.pointee.pc = exception == nil ? pc &+ 4 : pc
            return exception
        }
        // Translated code has seen to units that are switched off, and asks the machine itself.
        let status = status(instruction, at: pc, cpu, CodeMode(isMapped: cpu.pointee.pages != nil, disabled: []))
        return status == Status.unlinked ? nil : GuestException(rawValue: UInt8(truncatingIfNeeded: status &- Status.exception))!
    }

    /// The status that a chain of this one instruction ends with.
    static func status(_ instruction: Instruction, at pc: UInt64, _ cpu: UnsafeMutablePointer<LongmaCPU>, _ mode: CodeMode) -> UInt64 {
        withUnsafeTemporaryAllocation(of: Record.self, capacity: 3) { records in
            records.initializeElement(at: 0, to: Record(instruction, at: pc, mode))
            // The links of an instruction that ends a block, or what runs behind any other: either way the chain ends here.
            if instruction.controlFlow != .sequential {
                (records.baseAddress! + 1).initializeLinks(behind: instruction, at: pc)
            } else {
                records.initializeElement(at: 1, to: Record(Handlers.stop, at: pc &+ 4))
            }
            return UnsafeMutableRawPointer(records.baseAddress!).start(cpu)
        }
    }
}
