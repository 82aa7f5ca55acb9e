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
    /// Goes on with the next instruction, but what is known of the code, the floating-point mode or the machine may have changed; or asks the machine, which
    /// may want to know how many instructions have retired.
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
        default: opcode.asksMachine ? .barrier : .sequential
        }
    }
}

extension Opcode {
    /// Whether it is a privileged, virtualization or debug instruction, which user mode may not execute.
    @inlinable
    public var isSystem: Bool { rawValue >= Opcode.dbcl.rawValue && rawValue <= Opcode.hvcl.rawValue }

    /// Whether a core with address translation answers it by `LongmaCPU.system`: `isSystem`, what depends on the machine, and the
    /// few binary translation instructions that a world switch needs.
    @inlinable
    public var asksMachine: Bool {
        switch self {
        case .cpucfg, .rdtimel_w, .rdtimeh_w, .rdtime_d: true
        case .movgr2scr, .movscr2gr, .x86mttop, .x86mftop, .x86settm, .x86clrtm, .x86mfflag, .x86mtflag: true
        default: isSystem
        }
    }

    /// Whether it is one of the atomic read-modify-write forms `am*`.
    public var isAtomic: Bool {
        switch self {
        case .amswap_w, .amswap_d, .amadd_w, .amadd_d, .amand_w, .amand_d, .amor_w, .amor_d, .amxor_w, .amxor_d, .ammax_w, .ammax_d, .ammin_w, .ammin_d,
            .ammax_wu, .ammax_du, .ammin_wu, .ammin_du, .amswap_db_w, .amswap_db_d, .amadd_db_w, .amadd_db_d, .amand_db_w, .amand_db_d, .amor_db_w,
            .amor_db_d, .amxor_db_w, .amxor_db_d, .ammax_db_w, .ammax_db_d, .ammin_db_w, .ammin_db_d, .ammax_db_wu, .ammax_db_du, .ammin_db_wu,
            .ammin_db_du, .amswap_b, .amswap_h, .amadd_b, .amadd_h, .amswap_db_b, .amswap_db_h, .amadd_db_b, .amadd_db_h, .amcas_b, .amcas_h, .amcas_w,
            .amcas_d, .amcas_db_b, .amcas_db_h, .amcas_db_w, .amcas_db_d: true
        default: false
        }
    }
}
