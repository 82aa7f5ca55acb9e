import CHost
import Execution
import LoongArch

/// Privileged and virtualization instructions, and those that depend on the machine: the behaviour matrix of `lvz.md` section 7.2.
extension Core {
    private static let done: UInt64 = 0

    /// `LongmaCPU.system`.
    func perform(_ i: Instruction, at address: UInt64) -> UInt64 {
        pc = address
        switch i.opcode {
        case .csrrd, .csrwr, .csrxchg: return guarded(i) { accessRegister(i) }
        case .gcsrrd, .gcsrwr, .gcsrxchg: return hypervisor(i) { accessBank(i) }
        case .ertn:
            return guarded(i) {
                returnFromException()
                return moved()
            }
        case .hvcl:
            guard hasVirtualization else { return raised(ExceptionCode.INE) }
            return guarded(i) { isGuest ? exited(ExceptionCode.HVC, i) : raised(ExceptionCode.INE) }
        case .cpucfg:
            if isGuest { return exited(ExceptionCode.GSPR, i) }
            set(i.rd, configurationWord(self[gpr: Int(i.rj)]))
            return Self.done
        case .rdtime_d, .rdtimel_w, .rdtimeh_w: return readTime(i)
        case .idle:
            return guarded(i) {
                if isGuest { return exited(ExceptionCode.GSPR, i) }
                isIdle = true
                cpu.pointee.leaving = 1
                pc = address &+ 4
                return UInt64(LONGMA_SYSTEM_PC | LONGMA_SYSTEM_LEAVE)
            }
        case .iocsrrd_b, .iocsrrd_h, .iocsrrd_w, .iocsrrd_d, .iocsrwr_b, .iocsrwr_h, .iocsrwr_w, .iocsrwr_d:
            return guarded(i) { isGuest ? exited(ExceptionCode.GSPR, i) : accessIOCSR(i) }
        case .cacop: return guarded(i) { cacheOperation(i) }
        case .tlbsrch, .tlbrd, .tlbwr, .tlbfill, .tlbclr, .tlbflush:
            return guarded(i) {
                if isGuest, root[CSR.GTLBC] & 0x2000 != 0 { return exited(ExceptionCode.GSPR, i) }
                tlbInstruction(i.opcode, plainScope)
                return changed()
            }
        case .gtlbsrch: return hypervisor(i) { gtlb(.tlbsrch) }
        case .gtlbrd: return hypervisor(i) { gtlb(.tlbrd) }
        case .gtlbwr: return hypervisor(i) { gtlb(.tlbwr) }
        case .gtlbfill: return hypervisor(i) { gtlb(.tlbfill) }
        case .gtlbclr: return hypervisor(i) { gtlb(.tlbclr) }
        case .gtlbflush: return hypervisor(i) { gtlb(.tlbflush) }
        case .invtlb: return guarded(i) { invalidate(i) }
        case .lddir:
            return guarded(i) {
                guard let value = loadDirectory(self[gpr: Int(i.rj)], level: Int(i.immediate)) else { return refused() }
                set(i.rd, value)
                return Self.done
            }
        case .ldpte: return guarded(i) { loadPageEntry(self[gpr: Int(i.rj)], second: i.immediate & 1 != 0) ? Self.done : refused() }
        case .dbcl: return callGate(i)
        case .movgr2scr, .movscr2gr, .x86mttop, .x86mftop, .x86settm, .x86clrtm, .x86mfflag, .x86mtflag:
            performBinaryTranslation(i)
            return Self.done
        // Translated code has the machine deliver what it would else leave for.
        case .syscall: return raised(ExceptionCode.SYS)
        case .break: return raised(ExceptionCode.BRK)
        default: return raised(ExceptionCode.INE)
        }
    }

    // MARK: Outcomes

    private func set(_ register: UInt8, _ value: UInt64) { self[gpr: Int(register)] = value }

    /// Has gone elsewhere: pc is set.
    @inline(__always)
    private func moved(_ bits: UInt64 = UInt64(LONGMA_SYSTEM_PC)) -> UInt64 {
        if hasInterrupt { cpu.pointee.leaving = 1 }
        return cpu.pointee.leaving != 0 ? bits | UInt64(LONGMA_SYSTEM_LEAVE) : bits
    }

    /// Goes on behind the instruction, whose effects the engine may have to know.
    @inline(__always)
    private func changed() -> UInt64 {
        if hasInterrupt { cpu.pointee.leaving = 1 }
        guard cpu.pointee.leaving != 0 || cpu.pointee.context != performedContext else { return Self.done }
        pc &+= 4
        return moved()
    }

    private func raised(_ code: UInt64) -> UInt64 {
        raise(code)
        return moved(UInt64(LONGMA_SYSTEM_PC | LONGMA_SYSTEM_UNRETIRED))
    }

    @inline(__always)
    private func exited(_ code: UInt64, _ i: Instruction) -> UInt64 {
        exit(code, word: i.word)
        return moved(UInt64(LONGMA_SYSTEM_PC | LONGMA_SYSTEM_UNRETIRED))
    }

    /// `LongmaCPU.deliver`.
    func deliverRefusal() -> UInt64 { refused() }

    private func refused() -> UInt64 {
        deliverNoted()
        return moved(UInt64(LONGMA_SYSTEM_PC | LONGMA_SYSTEM_UNRETIRED))
    }

    /// For instructions of privilege level 0.
    @inline(__always)
    private func guarded(_ i: Instruction, _ body: () -> UInt64) -> UInt64 {
        if current[CSR.CRMD] & 3 != 0 { return raised(ExceptionCode.IPE) }
        performedContext = cpu.pointee.context
        return body()
    }

    /// For instructions that only root has, and only with the extension.
    private func hypervisor(_ i: Instruction, _ body: () -> UInt64) -> UInt64 {
        if !hasVirtualization { return raised(ExceptionCode.INE) }
        if current[CSR.CRMD] & 3 != 0 { return raised(ExceptionCode.IPE) }
        if isGuest { return raised(ExceptionCode.INE) }
        performedContext = cpu.pointee.context
        return body()
    }

    // MARK: Registers

    private func accessRegister(_ i: Instruction) -> UInt64 {
        let number = Int(i.immediate)
        if isGuest {
            let access = number < Int(LONGMA_CSR_COUNT) ? ControlRegisterTable.access[number] : .undefined
            if access == .sensitive || trapsTimer(number) { return exited(ExceptionCode.GSPR, i) }
            guard access == .own else {
                set(i.rd, 0)
                return Self.done
            }
            return exchange(i, number, bank: LONGMA_GUEST, mask: ControlRegisterTable.guest[number])
        }
        return exchange(i, number, bank: LONGMA_ROOT, mask: rootMask(number))
    }

    /// GCFG.TIT: the guest's timer is root's business.
    private func trapsTimer(_ number: Int) -> Bool { root[CSR.GCFG] & 0x200 != 0 && (CSR.TID...CSR.TICLR).contains(number) }

    private func accessBank(_ i: Instruction) -> UInt64 {
        let number = Int(i.immediate)
        guard isBankRegister(number) else {
            set(i.rd, 0)
            return Self.done
        }
        return exchange(i, number, bank: LONGMA_GUEST, mask: ControlRegisterTable.bank[number])
    }

    @inline(__always)
    private func exchange(_ i: Instruction, _ number: Int, bank: Int32, mask: UInt64) -> UInt64 {
        let old = readRegister(number, bank: bank)
        switch i.opcode {
        case .csrrd, .gcsrrd:
            set(i.rd, old)
            return Self.done
        case .csrwr, .gcsrwr: writeRegister(number, self[gpr: Int(i.rd)], bank: bank, mask: mask)
        default: writeRegister(number, self[gpr: Int(i.rd)], bank: bank, mask: mask & self[gpr: Int(i.rj)])
        }
        set(i.rd, old)
        return number < Int(LONGMA_CSR_COUNT) && ControlRegisterTable.isSpecial[number] ? changed() : Self.done
    }

    // MARK: Time, configuration, IOCSR, caches

    private func readTime(_ i: Instruction) -> UInt64 {
        let plv = current[CSR.CRMD] & 3
        if plv != 0, current[CSR.MISC] >> (4 &+ plv) & 1 != 0 { return raised(ExceptionCode.IPE) }
        if isGuest, root[CSR.GCFG] & 0x200 != 0 { return exited(ExceptionCode.GSPR, i) }
        let value = counter()
        let id = current[CSR.TID]
        set(i.rj, id)
        switch i.opcode {
        case .rdtime_d: set(i.rd, value)
        case .rdtimel_w: set(i.rd, UInt64(bitPattern: Int64(Int32(truncatingIfNeeded: value))))
        default: set(i.rd, UInt64(bitPattern: Int64(Int32(truncatingIfNeeded: value >> 32))))
        }
        return Self.done
    }

    private func accessIOCSR(_ i: Instruction) -> UInt64 {
        let address = self[gpr: Int(i.rj)]
        let (size, isStore) =
            switch i.opcode {
            case .iocsrrd_b: (1, false)
            case .iocsrrd_h: (2, false)
            case .iocsrrd_w: (4, false)
            case .iocsrrd_d: (8, false)
            case .iocsrwr_b: (1, true)
            case .iocsrwr_h: (2, true)
            case .iocsrwr_w: (4, true)
            default: (8, true)
            }
        if isStore {
            _ = iocsr?(address, size, self[gpr: Int(i.rd)])
        } else {
            let value = iocsr?(address, size, nil) ?? 0
            let shift = UInt64(64 - 8 * size)
            set(i.rd, UInt64(bitPattern: Int64(bitPattern: value << shift) >> Int64(shift)))
        }
        return Self.done
    }

    /// Caches are coherent: nothing to do but to trap and, for hit operations, to translate.
    private func cacheOperation(_ i: Instruction) -> UInt64 {
        let kind = i.immediate >> 3 & 3
        if isGuest {
            let mode = root[CSR.GCFG] >> 20 & 3
            let isAllowed = kind == 2 && mode >= 1 || kind == 1 && mode >= 2
            if !isAllowed { return exited(ExceptionCode.GSPR, i) }
        }
        if kind == 2 {
            let address = self[gpr: Int(i.rj)] &+ UInt64(bitPattern: Int64(i.immediate2))
            if resolve(address, UInt64(LONGMA_ACCESS_LOAD)) == 0 { return refused() }
        }
        return Self.done
    }

    // MARK: TLB

    private func tlbInstruction(_ opcode: Opcode, _ scope: TLBScope) {
        switch opcode {
        case .tlbsrch: searchTLB(scope)
        case .tlbrd: readTLB(scope)
        case .tlbwr: writeTLB(scope)
        case .tlbfill: fillTLB(scope)
        case .tlbclr: clearTLB(scope, onlyASID: true)
        default: clearTLB(scope, onlyASID: false)
        }
        select()
    }

    private func gtlb(_ opcode: Opcode) -> UInt64 {
        tlbInstruction(opcode, guestScope)
        return changed()
    }

    private func invalidate(_ i: Instruction) -> UInt64 {
        let operation = Int(i.immediate)
        if isGuest {
            if (9...0xE).contains(operation) || (0x10...0x16).contains(operation) { return raised(hasVirtualization ? ExceptionCode.IPE : ExceptionCode.INE) }
            if operation > 6 { return raised(ExceptionCode.INE) }
            if root[CSR.GTLBC] & 0x2000 != 0 { return exited(ExceptionCode.GSPR, i) }
        }
        guard invalidateTLB(operation, self[gpr: Int(i.rj)], self[gpr: Int(i.rk)]) else { return raised(ExceptionCode.INE) }
        return changed()
    }

    // MARK: Gates

    /// `LongmaCore.gate`.
    @inline(__always)
    private func callGate(_ i: Instruction) -> UInt64 {
        let answer = longma_call_gate(cpu, pc)
        if answer != 0 { return answer }
        return guarded(i) { isGuest ? exited(ExceptionCode.GSPR, i) : raised(ExceptionCode.INE) }
    }
}

extension Core {

    /// What `cpucfg` answers in root mode: the 3A5000 profile with the extension.
    public func configurationWord(_ index: UInt64) -> UInt64 {
        var word = Configuration.word(UInt32(truncatingIfNeeded: index))
        if !hasVirtualization, index & 0xFFFF_FFFF == 2 { word &= ~0x3C00 }
        return UInt64(bitPattern: Int64(Int32(bitPattern: word)))
    }
}
