/// What an instruction does to the flow of control, as far as its word tells.
public enum ControlFlow: Equatable, Sendable {
    /// Goes on with the next instruction.
    case sequential
    /// Jumps by `offset` bytes or goes on.
    case branch(offset: Int64)
    /// Always jumps by `offset` bytes; `link` is the register that gets the return address, 0 for none.
    case jump(offset: Int64, link: UInt8)
    /// Jumps to rj + `offset`; `link` as above.
    case indirect(register: UInt8, offset: Int64, link: UInt8)
    /// Leaves the engine (system call, breakpoint).
    case exception
    /// Goes on with the next instruction, but what is known of the code or the floating-point mode may have changed.
    case barrier
}

extension Instruction {
    /// The instruction's effect on control flow.
    @inlinable
    public var controlFlow: ControlFlow {
        switch opcode {
        case .beqz, .bnez, .beq, .bne, .blt, .bge, .bltu, .bgeu, .bceqz, .bcnez: .branch(offset: Int64(immediate))
        case .b: .jump(offset: Int64(immediate), link: 0)
        case .bl: .jump(offset: Int64(immediate), link: 1)
        case .jirl: .indirect(register: rj, offset: Int64(immediate), link: rd)
        case .syscall, .break: .exception
        case .ibar, .movgr2fcsr: .barrier
        default: .sequential
        }
    }
}
