import CHost
import Execution
import LoongArch

/// Reading and writing control and status registers (`lvz.md` sections 2, 5 and 6).
extension Core {
    /// Bits that root's `csrwr` changes.
    @inline(__always)
    func rootMask(_ number: Int) -> UInt64 {
        guard number < Int(LONGMA_CSR_COUNT) else { return 0 }
        let mask = ControlRegisterTable.root[number]
        if hasVirtualization { return mask }
        switch number {
        case CSR.GTLBC, CSR.TRGP, CSR.GSTAT, CSR.GCFG, CSR.GINTC, CSR.GCNTC: return 0
        case CSR.TLBRPRMD: return mask & ~8
        case CSR.MERRCTL: return mask & ~0x20
        default: return mask
        }
    }

    /// Whether the guest's bank has a register.
    @inline(__always)
    func isBankRegister(_ number: Int) -> Bool {
        number < Int(LONGMA_CSR_COUNT) && ControlRegisterTable.isDefined[number] && ControlRegisterTable.access[number] == .own
    }

    /// What software reads.
    func readRegister(_ number: Int, bank: Int32) -> UInt64 {
        guard number < Int(LONGMA_CSR_COUNT) else { return 0 }
        let registers = longma_csr(state, UInt64(bank))
        guard ControlRegisterTable.isSpecial[number] else { return registers[number] }
        switch number {
        case CSR.ESTAT:
            updateLines()
            pollTimers()
        case CSR.PGD:
            let address = registers[registers[CSR.TLBRERA] & 1 != 0 ? CSR.TLBRBADV : CSR.BADV]
            return registers[address >> 63 != 0 ? CSR.PGDH : CSR.PGDL]
        case CSR.TVAL: return timerValue(Int(bank))
        case CSR.TICLR: return 0
        case CSR.LLBCTL:
            let isCurrent = state.pointee.isGuest == UInt64(bank)
            let isValid = isCurrent ? cpu.pointee.llValid : longma_reservation(state, UInt64(bank))[0]
            return registers[number] & 4 | (isValid != 0 ? 1 : 0)
        default: break
        }
        return registers[number]
    }

    /// Changes the bits of `mask`, with all that follows from it.
    func writeRegister(_ number: Int, _ value: UInt64, bank: Int32, mask: UInt64) {
        guard number < Int(LONGMA_CSR_COUNT), mask != 0 else { return }
        let registers = longma_csr(state, UInt64(bank))
        let old = registers[number]
        var new = old & ~mask | value & mask
        if ControlRegisterTable.is32[number] { new = UInt64(bitPattern: Int64(Int32(truncatingIfNeeded: new))) }
        guard ControlRegisterTable.isSpecial[number] else {
            registers[number] = new
            return
        }
        switch number {
        case CSR.TLBEHI: new = pairAddress(new)
        case CSR.TLBREHI: new = pairAddress(new) | new & 0x3F
        case CSR.CRMD:
            registers[number] = new
            if (old ^ new) & 0x1B != 0, UInt64(bank) == state.pointee.isGuest { select() }
            return
        case CSR.EUEN, CSR.MISC, CSR.ASID, CSR.RVACFG, CSR.DMW, CSR.DMW + 1, CSR.DMW + 2, CSR.DMW + 3:
            registers[number] = new
            if old != new {
                forgetContext(bank: UInt64(bank))
                select()
            }
            return
        case CSR.STLBPS:
            registers[number] = new
            // The sets are others now.
            if old != new { drop(nil) { bank == LONGMA_ROOT || $0.pointee.key.bank == 1 } }
            return
        case CSR.GCFG: new = configuration(old, value & mask)
        case CSR.GINTC:
            registers[number] = new
            updateLines()
            return
        case CSR.TCFG, CSR.TVAL, CSR.TICLR:
            writeTimer(number, new, Int(bank))
            return
        case CSR.LLBCTL:
            registers[number] = new & 4
            if value & mask & 2 != 0 { clearReservation(of: UInt64(bank)) }
            return
        default: break
        }
        registers[number] = new
    }

    private func clearReservation(of bank: UInt64) {
        if state.pointee.isGuest == bank { cpu.pointee.llValid = 0 } else { longma_reservation(state, bank)[0] = 0 }
    }

    /// GCFG after a write: modes that are not offered keep the field as it was.
    private func configuration(_ old: UInt64, _ written: UInt64) -> UInt64 {
        var new = old & ~0x200 | written & 0x200
        let attribute = written >> 4 & 3
        if attribute < 2 { new = new & ~0x30 | attribute << 4 }
        let cache = written >> 20 & 3
        if cache < 3 { new = new & ~0x30_0000 | cache << 20 }
        return new
    }

    /// ESTAT.IS[9:2] of both banks: the lines as they are now, and what GINTC makes of them.
    func updateLines() {
        let lines = longma_lines(state)
        root[CSR.ESTAT] = root[CSR.ESTAT] & ~0x13FC | (lines & 0x4FF) << 2
        let control = root[CSR.GINTC]
        // A line with hardware clear takes its virtual interrupt back when it drops.
        let cleared = control >> 16 & ~lines & state.pointee.lastLines
        if cleared & 0xFF != 0 { root[CSR.GINTC] = control & ~(cleared & 0xFF) }
        state.pointee.lastLines = lines
        let effective = (root[CSR.GINTC] | lines & control >> 8) & 0xFF
        guest[CSR.ESTAT] = guest[CSR.ESTAT] & ~0x3FC | effective << 2
    }
}
