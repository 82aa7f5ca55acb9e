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

extension Instruction {
    /// Whether a `dbar` orders earlier stores before later loads. Hints 0x10 to 0x1F order accesses of four kinds: bits 3 to 0, each 0 for one that is ordered,
    /// stand for earlier loads, earlier stores, later loads, later stores. 0x700 is about loads of one address. All others order, and complete, everything.
    @inlinable
    public var isFullBarrier: Bool {
        switch immediate {
        case 0x10...0x1F: immediate & 0b0110 == 0
        case 0x700: false
        default: true
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

    /// Whether it is one of the atomic forms that refuse a destination which is also an operand: `am*` but for `amcas`.
    public var refusesEqualRegisters: Bool {
        switch self {
        case .amcas_b, .amcas_h, .amcas_w, .amcas_d, .amcas_db_b, .amcas_db_h, .amcas_db_w, .amcas_db_d: false
        default: isAtomic
        }
    }

    /// Whether it is an atomic access at the address in rj, or one that makes or uses a reservation.
    public var isFixedPlace: Bool {
        switch self {
        case .ll_w, .ll_d, .llacq_w, .llacq_d, .sc_w, .sc_d, .screl_w, .screl_d: true
        default: isAtomic
        }
    }

    /// The instruction that does the same where every atomic access orders all others around it; nil for one that does so already.
    public var withoutOrder: Opcode? {
        switch self {
        case .amswap_db_b: .amswap_b
        case .amswap_db_h: .amswap_h
        case .amswap_db_w: .amswap_w
        case .amswap_db_d: .amswap_d
        case .amadd_db_b: .amadd_b
        case .amadd_db_h: .amadd_h
        case .amadd_db_w: .amadd_w
        case .amadd_db_d: .amadd_d
        case .amand_db_w: .amand_w
        case .amand_db_d: .amand_d
        case .amor_db_w: .amor_w
        case .amor_db_d: .amor_d
        case .amxor_db_w: .amxor_w
        case .amxor_db_d: .amxor_d
        case .ammax_db_w: .ammax_w
        case .ammax_db_d: .ammax_d
        case .ammin_db_w: .ammin_w
        case .ammin_db_d: .ammin_d
        case .ammax_db_wu: .ammax_wu
        case .ammax_db_du: .ammax_du
        case .ammin_db_wu: .ammin_wu
        case .ammin_db_du: .ammin_du
        case .amcas_db_b: .amcas_b
        case .amcas_db_h: .amcas_h
        case .amcas_db_w: .amcas_w
        case .amcas_db_d: .amcas_d
        case .llacq_w: .ll_w
        case .llacq_d: .ll_d
        case .screl_w: .sc_w
        case .screl_d: .sc_d
        default: nil
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
