import CHost
import CLibGCCJIT
import Execution
import LoongArch
import Semantics

/// Instructions that a core with address translation answers by `LongmaCPU.system`, system calls and breakpoints among them. They end their block.
extension RegionFunction {
    func emitSystem(_ instruction: Instruction) {
        if emitRegisterAccess(instruction) { return }
        let record = unsafeBitCast(instruction, to: (UInt64, UInt64).self)
        let fuel = field(MemoryLayout<LongmaCPU>.offset(of: \.fuel)!, c.library.pointer(c.i64)!)
        assign(fuel, c.value(c.fuel))
        let code = c.value(field(MemoryLayout<LongmaCPU>.offset(of: \.system)!))
        var arguments: [OpaquePointer?] = [cpu, c.constant(record.0), c.constant(record.1), c.constant(pc)]
        let answer = temporary(c.u64)
        assign(answer, c.library.callThrough(c.context, nil, c.bitcast(code, c.helper4Pointer), 4, &arguments)!)
        assign(c.fuel, c.value(fuel))
        unless(c.compare(GCC_JIT_COMPARISON_NE, c.value(answer), c.constant(0))) { goOn(by: c.value(answer)) }
        reload(RegisterUse(of: instruction))
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

    // MARK: Registers that are plain storage

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
                return emitRegisterAccess(i, number, bank: LONGMA_GUEST, mask: ControlRegisterTable.guest[number])
            }
            return emitRegisterAccess(i, number, bank: LONGMA_ROOT, mask: privilege.hasVirtualization ? ControlRegisterTable.root[number] : nil)
        case .gcsrrd, .gcsrwr, .gcsrxchg:
            guard number < Int(LONGMA_CSR_COUNT), privilege.hasVirtualization, !privilege.isGuest, ControlRegisterTable.access[number] == .own else {
                return false
            }
            return emitRegisterAccess(i, number, bank: LONGMA_GUEST, mask: ControlRegisterTable.bank[number])
        default: return false
        }
    }

    /// `mask`: the bits that a write changes, nil when only the machine knows.
    private func emitRegisterAccess(_ i: Instruction, _ number: Int, bank: Int32, mask: UInt64?) -> Bool {
        let isRead = i.opcode == .csrrd || i.opcode == .gcsrrd
        guard isRead ? !ControlRegisterTable.isComputed(number) : mask != nil && !ControlRegisterTable.isSpecial[number] else { return false }
        let place = field(Int(longma_csr_offset(UInt64(bank), UInt64(number))))
        let old = temporary(c.u64)
        assign(old, c.value(place))
        if !isRead, let mask, mask != 0 {
            let changed = temporary(c.u64)
            let isExchange = i.opcode == .csrxchg || i.opcode == .gcsrxchg
            assign(changed, isExchange ? c.binary(GCC_JIT_BINARY_OP_BITWISE_AND, gpr(i.rj), c.constant(mask)) : c.constant(mask))
            // old ^ ((old ^ value) & changed)
            let difference = c.binary(GCC_JIT_BINARY_OP_BITWISE_XOR, c.value(old), gpr(i.rd))
            var new = c.binary(GCC_JIT_BINARY_OP_BITWISE_XOR, c.value(old), c.binary(GCC_JIT_BINARY_OP_BITWISE_AND, difference, c.value(changed)))
            if ControlRegisterTable.is32[number] { new = c.cast(c.cast(c.cast(new, c.i32), c.i64), c.u64) }
            assign(place, new)
        }
        setGPR(i.rd, c.value(old))
        return true
    }
}

extension ControlRegisterTable {
    /// Whether a read gives something else than what is stored.
    fileprivate static func isComputed(_ number: Int) -> Bool {
        switch number {
        case CSR.ESTAT, CSR.PGD, CSR.TVAL, CSR.TICLR, CSR.LLBCTL: true
        default: false
        }
    }
}
