import CHost
import CLibGCCJIT
import Execution
import LoongArch
import Semantics

/// Instructions that a core with address translation answers by `LongmaCPU.system`, system calls and breakpoints among them. They end their block.
///
/// Most changes of mode and of control registers have an inline way or a short one in C, and ask the machine only when more would follow from them. Where
/// they do not ask, the result is the same as if they had.
extension RegionFunction {
    func emitSystem(_ instruction: Instruction) {
        if emitRegisterAccess(instruction) { return }
        cleanRegisters()
        emitQuickly(instruction)
        askMachine(instruction)
    }

    private func askMachine(_ instruction: Instruction) {
        cleanRegisters()
        let record = unsafeBitCast(instruction, to: (UInt64, UInt64).self)
        let fuel = field(MemoryLayout<LongmaCPU>.offset(of: \.fuel)!, c.library.pointer(c.i64)!)
        assign(fuel, c.value(c.fuel))
        let code = c.value(field(MemoryLayout<LongmaCPU>.offset(of: \.system)!))
        let answer = call(code, c.constant(record.0), c.constant(record.1))
        assign(c.fuel, c.value(fuel))
        unless(c.compare(GCC_JIT_COMPARISON_NE, c.value(answer), c.constant(0))) { goOn(by: c.value(answer)) }
        reload(RegisterUse(of: instruction))
        loadPages()
    }

    /// Calls a host function with the CPU, two words and the pc.
    private func call(_ code: OpaquePointer, _ first: OpaquePointer, _ second: OpaquePointer) -> OpaquePointer {
        var arguments: [OpaquePointer?] = [cpu, first, second, c.constant(pc)]
        let answer = temporary(c.u64)
        assign(answer, c.library.callThrough(c.context, nil, c.bitcast(code, c.helper4Pointer), 4, &arguments)!)
        return answer
    }

    /// Goes where the machine has sent the core, by the jump cache of the context that is current now or to the dispatcher.
    private func goOn(by answer: OpaquePointer) {
        // Bit 1: the instruction has not retired.
        let unretired = c.binary(GCC_JIT_BINARY_OP_BITWISE_AND, c.binary(GCC_JIT_BINARY_OP_RSHIFT, answer, c.constant(1)), c.constant(1))
        assign(c.fuel, c.binary(GCC_JIT_BINARY_OP_PLUS, c.value(c.fuel), c.cast(unretired, c.i64), c.i64))
        assign(target, c.value(field(MemoryLayout<LongmaCPU>.offset(of: \.pc)!)))
        let leaves = c.binary(GCC_JIT_BINARY_OP_BITWISE_AND, answer, c.constant(UInt64(LONGMA_SYSTEM_LEAVE)))
        endConditional(c.compare(GCC_JIT_COMPARISON_NE, leaves, c.constant(0)), exit(by: .leave), exit(by: .chain))
    }

    // MARK: Changes of mode

    /// The short way of an instruction that has one: goes on where it leads unless the machine must be asked.
    private func emitQuickly(_ i: Instruction) {
        let answer: OpaquePointer
        switch i.opcode {
        case .ertn where options.mode.privilege != nil: answer = change(HelperTable.returnQuickly, 0, 0)
        case .hvcl where options.mode.privilege?.isGuest == true: answer = change(HelperTable.exitQuickly, ExceptionCode.HVC, UInt64(i.word))
        case .cpucfg where options.mode.privilege?.isGuest == true: answer = change(HelperTable.exitQuickly, ExceptionCode.GSPR, UInt64(i.word))
        case .csrrd, .csrwr, .csrxchg:
            guard options.mode.privilege?.isGuest == true, i.immediate < Int32(LONGMA_CSR_COUNT), ControlRegisterTable.access[Int(i.immediate)] == .sensitive
            else { return }
            answer = change(HelperTable.exitQuickly, ExceptionCode.GSPR, UInt64(i.word))
        case .syscall: answer = change(HelperTable.raiseQuickly, ExceptionCode.SYS, UInt64(i.word))
        case .dbcl:
            // The owner may look at what has retired.
            let fuel = field(MemoryLayout<LongmaCPU>.offset(of: \.fuel)!, c.library.pointer(c.i64)!)
            assign(fuel, c.value(c.fuel))
            var arguments: [OpaquePointer?] = [cpu, c.constant(pc)]
            answer = temporary(c.u64)
            let gate = c.bitcast(c.value(field(Int(longma_gate_offset()))), c.regionPointer)
            assign(answer, c.library.callThrough(c.context, nil, gate, 2, &arguments)!)
            assign(c.fuel, c.value(fuel))
        default: return
        }
        unless(c.compare(GCC_JIT_COMPARISON_NE, c.value(answer), c.constant(0))) { goOn(by: c.value(answer)) }
    }

    private func change(_ helper: Int, _ code: UInt64, _ word: UInt64) -> OpaquePointer {
        let table = c.value(field(MemoryLayout<LongmaCPU>.offset(of: \.helpers)!))
        let function = c.value(c.memory(c.binary(GCC_JIT_BINARY_OP_PLUS, table, c.constant(UInt64(8 * helper))), c.u64Pointer))
        return call(function, c.constant(code), c.constant(word))
    }

    // MARK: Control registers

    /// Whether an instruction may be such that `emitRegisterAccess` does without the machine.
    func accessesRegister(_ i: Instruction) -> Bool {
        switch i.opcode {
        case .csrrd, .csrwr, .csrxchg, .gcsrrd, .gcsrwr, .gcsrxchg: true
        default: false
        }
    }

    /// Reads or changes a control and status register in memory. False when the machine must be asked.
    private func emitRegisterAccess(_ i: Instruction) -> Bool {
        guard let privilege = options.mode.privilege else { return false }
        let number = Int(i.immediate)
        switch i.opcode {
        case .csrrd, .csrwr, .csrxchg:
            guard number < Int(LONGMA_CSR_COUNT) else { return false }
            if privilege.isGuest {
                // A timer's registers are root's business when root says so.
                guard !(CSR.TID...CSR.TICLR).contains(number), ControlRegisterTable.access[number] == .own else { return false }
                return emitRegisterAccess(i, number, bank: LONGMA_GUEST, mask: ControlRegisterTable.guest[number], isCurrent: true)
            }
            return emitRegisterAccess(i, number, bank: LONGMA_ROOT, mask: privilege.hasVirtualization ? ControlRegisterTable.root[number] : nil, isCurrent: true)
        case .gcsrrd, .gcsrwr, .gcsrxchg:
            guard number < Int(LONGMA_CSR_COUNT), privilege.hasVirtualization, !privilege.isGuest, ControlRegisterTable.access[number] == .own else {
                return false
            }
            return emitRegisterAccess(i, number, bank: LONGMA_GUEST, mask: ControlRegisterTable.bank[number], isCurrent: false)
        default: return false
        }
    }

    /// `mask`: the bits that a write changes, nil when only the machine knows. `isCurrent`: the bank is that of the running code.
    private func emitRegisterAccess(_ i: Instruction, _ number: Int, bank: Int32, mask: UInt64?, isCurrent: Bool) -> Bool {
        if i.opcode == .csrrd || i.opcode == .gcsrrd { return emitRead(i, number, bank) }
        guard let mask, let effect = ControlRegisterEffect(number, isCurrent: isCurrent) else { return false }
        let old = temporary(c.u64)
        assign(old, register(number, bank))
        guard mask != 0 else {
            setGPR(i.rd, c.value(old))
            return true
        }
        let isExchange = i.opcode == .csrxchg || i.opcode == .gcsrxchg
        let changed = isExchange ? and(gpr(i.rj), c.constant(mask)) : c.constant(mask)
        let new = temporary(c.u64)
        // old ^ ((old ^ value) & changed)
        assign(new, exclusiveOr(c.value(old), and(exclusiveOr(c.value(old), gpr(i.rd)), changed)))
        if ControlRegisterTable.is32[number] { assign(new, c.cast(c.cast(c.cast(c.value(new), c.i32), c.i64), c.u64)) }
        let doubt: OpaquePointer?
        switch effect {
        case .none: doubt = nil
        case .pair(let rest):
            // Bits 47:13, sign-extended, and those that stay.
            let upper = c.cast(c.binary(GCC_JIT_BINARY_OP_LSHIFT, c.value(new), c.constant(16)), c.i64)
            let pair = and(c.cast(c.binary(GCC_JIT_BINARY_OP_RSHIFT, upper, c.constant(16, c.i64), c.i64), c.u64), c.constant(~0x1FFF))
            assign(new, c.binary(GCC_JIT_BINARY_OP_BITWISE_OR, pair, and(c.value(new), c.constant(rest))))
            doubt = nil
        case .enables: doubt = interrupts(bank, mode: register(CSR.CRMD, bank), enabled: c.value(new))
        case .mode:
            let other = and(exclusiveOr(c.value(old), c.value(new)), c.constant(0x1B))
            guard isCurrent else {
                doubt = nil
                break
            }
            doubt = c.binary(GCC_JIT_BINARY_OP_BITWISE_OR, other, interrupts(bank, mode: c.value(new), enabled: register(CSR.ECFG, bank)))
        case .context: doubt = exclusiveOr(c.value(old), c.value(new))
        }
        func write() {
            assign(field(Int(longma_csr_offset(UInt64(bank), UInt64(number)))), c.value(new))
            setGPR(i.rd, c.value(old))
        }
        guard let doubt else {
            write()
            return true
        }
        choose(c.compare(GCC_JIT_COMPARISON_NE, doubt, c.constant(0)), { askMachine(i) }, else: write)
        return true
    }

    /// Not 0 when a bank takes an interrupt in a mode (CRMD) with those of `enabled` (ECFG).
    private func interrupts(_ bank: Int32, mode: OpaquePointer, enabled: OpaquePointer) -> OpaquePointer {
        let pending = and(and(register(CSR.ESTAT, bank), enabled), c.constant(0x1FFF))
        let isOn = and(c.binary(GCC_JIT_BINARY_OP_RSHIFT, mode, c.constant(2)), c.constant(1))
        return and(pending, c.binary(GCC_JIT_BINARY_OP_MINUS, c.constant(0), isOn))
    }

    /// Reads of what is stored, or nearly so.
    private func emitRead(_ i: Instruction, _ number: Int, _ bank: Int32) -> Bool {
        switch number {
        case CSR.TVAL, CSR.TICLR, CSR.LLBCTL: return false
        case CSR.ESTAT:
            // It is up to date unless a line has moved or a timer may have expired.
            let isRunning = c.cast(c.value(field(Int(longma_timer_offset(UInt64(bank))), c.u8Pointer)), c.u64)
            let lines = exclusiveOr(c.value(field(Int(longma_lines_offset()))), c.value(field(Int(longma_last_lines_offset()))))
            let doubt = c.binary(GCC_JIT_BINARY_OP_BITWISE_OR, isRunning, lines)
            choose(c.compare(GCC_JIT_COMPARISON_NE, doubt, c.constant(0)), { askMachine(i) }, else: { setGPR(i.rd, register(number, bank)) })
        case CSR.PGD:
            func select(_ mask: OpaquePointer, _ yes: Int, _ no: Int) -> OpaquePointer {
                let plain = register(no, bank)
                return exclusiveOr(plain, and(exclusiveOr(plain, register(yes, bank)), mask))
            }
            let isRefill = c.binary(GCC_JIT_BINARY_OP_MINUS, c.constant(0), and(register(CSR.TLBRERA, bank), c.constant(1)))
            let address = temporary(c.u64)
            assign(address, select(isRefill, CSR.TLBRBADV, CSR.BADV))
            let isHigh = c.cast(c.binary(GCC_JIT_BINARY_OP_RSHIFT, c.cast(c.value(address), c.i64), c.constant(63, c.i64), c.i64), c.u64)
            setGPR(i.rd, select(isHigh, CSR.PGDH, CSR.PGDL))
        default: setGPR(i.rd, register(number, bank))
        }
        return true
    }

    private func register(_ number: Int, _ bank: Int32) -> OpaquePointer { c.value(field(Int(longma_csr_offset(UInt64(bank), UInt64(number))))) }
    private func and(_ a: OpaquePointer, _ b: OpaquePointer) -> OpaquePointer { c.binary(GCC_JIT_BINARY_OP_BITWISE_AND, a, b) }
    private func exclusiveOr(_ a: OpaquePointer, _ b: OpaquePointer) -> OpaquePointer { c.binary(GCC_JIT_BINARY_OP_BITWISE_XOR, a, b) }
}

/// What follows from a write to a control register, as far as translated code sees to it. Registers without one are the machine's.
private enum ControlRegisterEffect {
    /// Nothing: it is stored.
    case none
    /// The bits 47:13 are sign-extended; `rest` of the others stays.
    case pair(rest: UInt64)
    /// Interrupts are enabled.
    case enables
    /// CRMD: another context if its mode changes, and interrupts.
    case mode
    /// Another context, if the value changes.
    case context

    init?(_ number: Int, isCurrent: Bool) {
        guard ControlRegisterTable.isSpecial[number] else {
            self = .none
            return
        }
        switch number {
        case CSR.GSTAT, CSR.GTLBC: self = .none
        case CSR.TLBEHI: self = .pair(rest: 0)
        case CSR.TLBREHI: self = .pair(rest: 0x3F)
        case CSR.ECFG: self = isCurrent ? .enables : .none
        case CSR.CRMD: self = .mode
        case CSR.EUEN, CSR.MISC, CSR.ASID, CSR.RVACFG, CSR.STLBPS, CSR.DMW...CSR.DMW + 3: self = .context
        default: return nil
        }
    }
}
