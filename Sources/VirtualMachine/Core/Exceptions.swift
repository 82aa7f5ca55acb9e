import CHost
import LoongArch
import Semantics

/// An exception that an access met, until the engine has put its state in order and it can be delivered.
struct NotedException {
    /// A miss, which goes to the refill entry.
    var isRefill = false
    /// Goes to root although the guest runs: the second stage refused.
    var isSecondStage = false
    var code: UInt64 = 0
    var subcode: UInt64 = 0
    /// The virtual address, or the guest physical one.
    var address: UInt64 = 0
    var isFetch = false
}

/// Taking exceptions and returning from them: `lvz.md` sections 3 and 8.
extension Core {
    /// Delivers an exception that the engine reported for the instruction at pc.
    func deliver(_ exception: GuestException, address: UInt64) {
        switch exception {
        case .SYS: raise(ExceptionCode.SYS)
        case .BRK: raise(ExceptionCode.BRK)
        case .INE: raise(ExceptionCode.INE)
        case .IPE: raise(ExceptionCode.IPE)
        case .unimplemented: stop = .unimplemented(pc: pc, word: instructionWord() ?? 0)
        case .ADEF: raise(ExceptionCode.ADE, 0, badAddress: address, isFetch: true)
        case .ADEM: raise(ExceptionCode.ADE, 1, badAddress: address)
        case .ALE: raise(ExceptionCode.ALE, badAddress: address)
        case .BCE: raise(ExceptionCode.BCE, badAddress: address)
        case .FPE: raise(ExceptionCode.FPE, isVectorInstruction() ? 1 : 0)
        case .FPD: raiseDisabled(ExceptionCode.FPD, unit: 1)
        case .SXD: raiseDisabled(ExceptionCode.SXD, unit: 2)
        case .ASXD: raiseDisabled(ExceptionCode.ASXD, unit: 4)
        case .BTD: raiseDisabled(ExceptionCode.BTD, unit: 8)
        case .PIF, .PIL, .PIS, .translation: deliverNoted()
        }
    }

    private func isVectorInstruction() -> Bool { instructionWord().flatMap { Decoder.decode($0) }?.opcode.isVector ?? false }

    /// The guest's own switch comes first: it works with its lazy unit as on any machine.
    private func raiseDisabled(_ code: UInt64, unit: UInt64) {
        if isGuest, guest[CSR.EUEN] & unit != 0 { exit(code, word: instructionWord()) } else { raise(code) }
    }

    /// Delivers what `noted` says about the instruction at pc.
    func deliverNoted() {
        if noted.isRefill {
            if noted.isSecondStage || !isGuest { refillRoot(noted.address) } else { refill(noted.address) }
        } else if noted.isSecondStage {
            root[CSR.BADV] = noted.address
            root[CSR.TLBEHI] = pairAddress(noted.address)
            exit(noted.code, noted.subcode, word: noted.isFetch ? 0 : instructionWord())
        } else {
            raise(noted.code, noted.subcode, badAddress: noted.address, isFetch: noted.isFetch)
        }
    }

    /// The instruction word at pc, as the current mode fetches it.
    public func instructionWord() -> UInt32? {
        let kept = noted
        defer { noted = kept }
        let host = resolve(pc, UInt64(LONGMA_ACCESS_FETCH))
        return host == 0 ? nil : UnsafeRawPointer(bitPattern: UInt(host))!.load(as: UInt32.self)
    }

    /// Bits 47:13 of an address, sign-extended, as TLBEHI.VPPN shows them.
    func pairAddress(_ address: UInt64) -> UInt64 { UInt64(bitPattern: Int64(bitPattern: address << 16) >> 16) & ~0x1FFF }

    // MARK: General exceptions

    /// Takes a general exception in the current bank.
    func raise(_ code: UInt64, _ subcode: UInt64 = 0, badAddress: UInt64? = nil, isFetch: Bool = false) {
        let word = isFetch ? 0 : instructionWord() ?? 0
        let bank = current
        enterHandler(bank, code, subcode)
        if let badAddress { bank[CSR.BADV] = badAddress }
        if (ExceptionCode.PIL...ExceptionCode.PPI).contains(code), let badAddress { bank[CSR.TLBEHI] = pairAddress(badAddress) }
        bank[CSR.BADI] = UInt64(bitPattern: Int64(Int32(bitPattern: word)))
        if !isGuest { root[CSR.GSTAT] &= ~2 }
        pc = vector(bank, code)
        select()
    }

    /// Takes interrupt `number` in the current bank.
    func raiseInterrupt(_ number: UInt64) {
        let bank = current
        enterHandler(bank, ExceptionCode.INT, 0)
        if !isGuest { root[CSR.GSTAT] &= ~2 }
        pc = vector(bank, 64 &+ number)
        select()
    }

    /// Leaves the guest by a general exception. `word`: the instruction, nil to leave BADI as it is (interrupts).
    func exit(_ code: UInt64, _ subcode: UInt64 = 0, word: UInt32?, interrupt: UInt64? = nil) {
        enterHandler(root, code, subcode)
        if let word { root[CSR.BADI] = UInt64(bitPattern: Int64(Int32(bitPattern: word))) }
        root[CSR.GSTAT] |= 2
        pc = vector(root, interrupt.map { 64 &+ $0 } ?? code)
        switchBank(to: UInt64(LONGMA_ROOT))
    }

    @inline(__always)
    private func enterHandler(_ bank: UnsafeMutablePointer<UInt64>, _ code: UInt64, _ subcode: UInt64) {
        let mode = bank[CSR.CRMD]
        bank[CSR.PRMD] = mode & 7 | mode >> 6 & 8
        bank[CSR.CRMD] = mode & ~0x207
        bank[CSR.ESTAT] = bank[CSR.ESTAT] & 0xFFFF | code << 16 | subcode << 22
        bank[CSR.ERA] = pc
    }

    @inline(__always)
    private func vector(_ bank: UnsafeMutablePointer<UInt64>, _ index: UInt64) -> UInt64 {
        let spacing = bank[CSR.ECFG] >> 16 & 7
        return spacing == 0 ? bank[CSR.EENTRY] : bank[CSR.EENTRY] | index << (spacing &+ 2)
    }

    // MARK: TLB refill

    /// A miss of the guest's first stage.
    private func refill(_ address: UInt64) {
        enterRefill(guest, address, isGuestMode: false)
        pc = guest[CSR.TLBRENTRY]
        select()
    }

    /// A miss in root mode, or of the guest's second stage.
    private func refillRoot(_ address: UInt64) {
        enterRefill(root, address, isGuestMode: isGuest)
        pc = root[CSR.TLBRENTRY]
        if isGuest { switchBank(to: UInt64(LONGMA_ROOT)) } else { select() }
    }

    private func enterRefill(_ bank: UnsafeMutablePointer<UInt64>, _ address: UInt64, isGuestMode: Bool) {
        refills &+= 1
        let mode = bank[CSR.CRMD]
        bank[CSR.TLBRPRMD] = mode & 7 | (isGuestMode ? 8 : 0) | mode >> 5 & 0x10
        bank[CSR.CRMD] = mode & ~0x217 | 8
        bank[CSR.TLBRERA] = pc & ~3 | 1
        bank[CSR.TLBRBADV] = address
        bank[CSR.TLBREHI] = bank[CSR.TLBREHI] & 0x3F | pairAddress(address)
    }

    /// Raises a machine error, which nothing here does by itself.
    public func raiseMachineError() {
        let mode = root[CSR.CRMD]
        let saved = (mode & 3) << 2 | (mode & 4) << 2 | (isGuest ? 0x20 : 0) | (mode & 0x200) >> 3 | (mode & 0x18) << 4 | (mode & 0x1E0) << 4
        root[CSR.MERRCTL] = root[CSR.MERRCTL] & ~0x1FFD | saved | 1
        root[CSR.CRMD] = mode & ~0x3FF | 8
        root[CSR.MERRERA] = pc
        pc = root[CSR.MERRENTRY]
        if isGuest { switchBank(to: UInt64(LONGMA_ROOT)) } else { select() }
    }

    // MARK: Return

    /// `ertn` in the current bank; sets pc.
    func returnFromException() {
        if isGuest { returnWithin(guest) } else { returnFromRoot() }
    }

    private func returnWithin(_ bank: UnsafeMutablePointer<UInt64>) {
        if bank[CSR.TLBRERA] & 1 != 0 { leaveRefill(bank) } else { leaveGeneral(bank) }
        select()
    }

    private func returnFromRoot() {
        let toGuest: Bool
        if root[CSR.MERRCTL] & 1 != 0 {
            let saved = root[CSR.MERRCTL]
            toGuest = saved & 0x20 != 0
            root[CSR.CRMD] = saved >> 2 & 3 | saved >> 2 & 4 | (saved & 0x40) << 3 | saved >> 4 & 0x18 | saved >> 4 & 0x1E0
            root[CSR.MERRCTL] = saved & ~1
            pc = root[CSR.MERRERA]
            clearReservation()
        } else if root[CSR.TLBRERA] & 1 != 0 {
            toGuest = root[CSR.TLBRPRMD] & 8 != 0
            leaveRefill(root)
        } else {
            toGuest = root[CSR.GSTAT] & 2 != 0
            leaveGeneral(root)
        }
        if toGuest, hasVirtualization { switchBank(to: UInt64(LONGMA_GUEST)) } else { select() }
    }

    @inline(__always)
    private func leaveGeneral(_ bank: UnsafeMutablePointer<UInt64>) {
        let saved = bank[CSR.PRMD]
        bank[CSR.CRMD] = bank[CSR.CRMD] & ~0x207 | saved & 7 | (saved & 8) << 6
        pc = bank[CSR.ERA]
        clearReservation(bank)
    }

    /// The refill form keeps the reservation, so that LL/SC pairs get on under TLB pressure.
    private func leaveRefill(_ bank: UnsafeMutablePointer<UInt64>) {
        let saved = bank[CSR.TLBRPRMD]
        bank[CSR.CRMD] = bank[CSR.CRMD] & ~0x21F | 0x10 | saved & 7 | (saved & 0x10) << 5
        pc = bank[CSR.TLBRERA] & ~3
        bank[CSR.TLBRERA] &= ~1
    }

    private func clearReservation() { clearReservation(current) }

    @inline(__always)
    private func clearReservation(_ bank: UnsafeMutablePointer<UInt64>) {
        if bank[CSR.LLBCTL] & 4 != 0 { bank[CSR.LLBCTL] &= ~4 } else { cpu.pointee.llValid = 0 }
    }

    // MARK: Banks

    /// Makes the other bank current.
    @inline(__always)
    func switchBank(to bank: UInt64) {
        let old = state.pointee.isGuest
        state.pointee.isGuest = bank
        let saved = longma_reservation(state, old)
        let other = longma_reservation(state, bank)
        (saved[0], saved[1], saved[2], saved[3]) = (cpu.pointee.llValid, cpu.pointee.llAddress, cpu.pointee.llValue, cpu.pointee.llHigh)
        (cpu.pointee.llValid, cpu.pointee.llAddress, cpu.pointee.llValue, cpu.pointee.llHigh) = (other[0], other[1], other[2], other[3])
        select()
    }

    // MARK: Interrupts

    /// Takes an interrupt if one is pending and enabled; root's come first.
    func deliverInterrupts() {
        let pendingRoot = root[CSR.ESTAT] & root[CSR.ECFG] & 0x1FFF
        if pendingRoot != 0 {
            if root[CSR.CRMD] & 4 != 0 {
                isIdle = false
                let number = UInt64(63 - pendingRoot.leadingZeroBitCount)
                if isGuest { exit(ExceptionCode.INT, word: nil, interrupt: number) } else { raiseInterrupt(number) }
                return
            }
            if !isGuest { isIdle = false }
        }
        guard isGuest, guest[CSR.CRMD] & 4 != 0 else { return }
        let pending = guest[CSR.ESTAT] & guest[CSR.ECFG] & 0x1FFF
        if pending != 0 { raiseInterrupt(UInt64(63 - pending.leadingZeroBitCount)) }
    }

    /// Whether `deliverInterrupts` would take one.
    @inline(__always)
    var hasInterrupt: Bool {
        if root[CSR.CRMD] & 4 != 0, root[CSR.ESTAT] & root[CSR.ECFG] & 0x1FFF != 0 { return true }
        return isGuest && guest[CSR.CRMD] & 4 != 0 && guest[CSR.ESTAT] & guest[CSR.ECFG] & 0x1FFF != 0
    }
}
