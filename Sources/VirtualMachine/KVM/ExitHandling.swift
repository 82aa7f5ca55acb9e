import CHost
import Execution
import GuestMemory
import LoongArch
import Semantics

/// What an instruction that `run` reported still lacks.
enum Completion: Equatable {
    case none
    case mmioLoad(MMIOAccess)
    case iocsrLoad(size: Int, register: UInt8)
    case hypercall
    /// A `cpucfg` or register access that user space answers.
    case value(register: UInt8)
}

/// The kernel's part of handling exits (`lvz.md` sections 11.8 to 11.10 and 12). Results above 0 resume the guest.
extension VCPU {
    @inline(__always)
    func handleExit(_ code: Int) -> Int64 {
        runPage.pointee.exit_reason = UInt32(LONGMA_KVM_EXIT_UNKNOWN)
        let word = state.pointee.arch.badi
        // What guests use all the time.
        if code == Int(ExceptionCode.HVC), word & 0x7FFF == 0x100 {
            skip()
            gprs[4] = service()
            return 1
        }
        return handleOther(code, word)
    }

    @inline(never)
    private func handleOther(_ code: Int, _ word: UInt32) -> Int64 {
        switch UInt64(code) {
        case ExceptionCode.INT:
            // Only other threads interrupt root; what they want is looked at behind this.
            core.setInterprocessorInterrupt(false)
            return 1
        case ExceptionCode.HVC: return hypercall(Int(word & 0x7FFF))
        case ExceptionCode.GSPR: return sensitive(word)
        case ExceptionCode.PIL, ExceptionCode.PIF: return fault(word, isStore: false)
        case ExceptionCode.PIS, ExceptionCode.PME: return fault(word, isStore: true)
        case ExceptionCode.FPD: return takeUnit(1)
        case ExceptionCode.SXD: return takeUnit(2)
        case ExceptionCode.ASXD: return takeUnit(4)
        case ExceptionCode.BTD: return takeUnit(8)
        default: return inject(ExceptionCode.INE)
        }
    }

    private func skip() { state.pointee.arch.pc &+= 4 }

    private func leave(_ exit: Exit, reason: Int32 = LONGMA_KVM_EXIT_UNKNOWN) -> Int64 {
        outcome = exit
        runPage.pointee.exit_reason = UInt32(reason)
        return 0
    }

    private func set(_ register: UInt8, _ value: UInt64) { if register != 0 { gprs[Int(register)] = value } }

    // MARK: Sensitive instructions

    private func sensitive(_ word: UInt32) -> Int64 {
        switch ExitCause(word: word) {
        case .cpucfg(let rd, let rj):
            skip()
            let index = gprs[Int(rj)] & 0xFFFF_FFFF
            if intercepts.contains(.cpucfg) {
                pending = .value(register: rd)
                return leave(.cpucfg(index: index))
            }
            set(rd, UInt64(bitPattern: Int64(Int32(bitPattern: configurationWord(index)))))
            return 1
        case .csr(let number, let rd, let rj): return register(number, rd, rj)
        case .cacheOperation:
            skip()
            return 1
        case .iocsr(let size, let isStore, let rd, let rj):
            skip()
            let address = gprs[Int(rj)] & 0xFFFF_FFFF
            fillRunPage(address, size, isStore ? gprs[Int(rd)] : nil)
            if isStore { return leave(.iocsrStore(address: address, size: size, value: low(gprs[Int(rd)], size)), reason: LONGMA_KVM_EXIT_IOCSR) }
            pending = .iocsrLoad(size: size, register: rd)
            return leave(.iocsrLoad(address: address, size: size), reason: LONGMA_KVM_EXIT_IOCSR)
        case .idle:
            skip()
            if interrupts.wantsAttention || core.guestHasInterrupt { return 1 }
            if intercepts.contains(.idle) { return leave(.idle) }
            isWaiting = true
            return 0
        case .unknown: return inject(ExceptionCode.INE)
        }
    }

    private func configurationWord(_ index: UInt64) -> UInt32 {
        switch index {
        case 0...20: configurationWords[Int(index)]
        // "KVM", and the features: inter-processor interrupts, crash, hypercalls to user space.
        case 0x4000_0000: 0x004D_564B
        case 0x4000_0004: 1 << 1 | 1 << 4 | 1 << 25
        default: 0
        }
    }

    private func register(_ number: Int, _ rd: UInt8, _ rj: UInt8) -> Int64 {
        skip()
        let mask: UInt64 = rj == 0 ? 0 : rj == 1 ? ~0 : gprs[Int(rj)]
        let value = gprs[Int(rd)]
        if intercepts.contains(.csr) {
            pending = .value(register: rd)
            return leave(.csr(number: number, value: value, mask: mask))
        }
        guard number < Int(LONGMA_CSR_COUNT), ControlRegisterTable.access[number] == .sensitive else {
            set(rd, 0)
            return 1
        }
        let old = softwareRegisters[number]
        softwareRegisters[number] = old & ~mask | value & mask
        set(rd, old)
        return 1
    }

    // MARK: Hypercalls

    private func hypercall(_ code: Int) -> Int64 {
        switch code {
        case 0x101 where hasBreakpoints: return leave(.debug, reason: LONGMA_KVM_EXIT_DEBUG)
        case 0x102:
            pending = .hypercall
            hypercallResult = ~0
            runPage.pointee.u.hypercall.nr = 0x102
            withUnsafeMutableBytes(of: &runPage.pointee.u.hypercall.args) { $0.copyBytes(from: UnsafeRawBufferPointer(start: gprs + 4, count: 48)) }
            return leave(.hypercall(arguments: (4..<10).map { gprs[$0] }), reason: LONGMA_KVM_EXIT_HYPERCALL)
        case 0x103:
            skip()
            runPage.pointee.u.system_event.type = 3
            return leave(.crash, reason: LONGMA_KVM_EXIT_SYSTEM_EVENT)
        default:
            skip()
            gprs[4] = ~0
            return 1
        }
    }

    /// The service hypercall: function 1 sends software interrupt 0 to the vcpus of a bit map.
    @inline(__always)
    private func service() -> UInt64 {
        guard gprs[4] == 1 else { return ~0 }
        if gprs[5] != 0 { interrupt(gprs[5], from: gprs[7]) }
        if gprs[6] != 0 { interrupt(gprs[6], from: gprs[7] &+ 64) }
        return 0
    }

    /// Sends the interrupt to vcpu `first` plus n for each bit n.
    private func interrupt(_ bits: UInt64, from first: UInt64) {
        var left = bits
        while left != 0 {
            let target = first &+ UInt64(left.trailingZeroBitCount)
            left &= left &- 1
            guard target < UInt64(machine.vcpus.count) else { continue }
            let vcpu = machine.vcpus[Int(target)]
            vcpu.interrupts.set(0, true)
            vcpu.kick()
        }
    }

    // MARK: Second-stage faults

    private func fault(_ word: UInt32, isStore: Bool) -> Int64 {
        let address = state.pointee.arch.badv
        if let slot = machine.slots.first(where: { $0.range.contains(address) }) {
            guard table.map(address, in: slot.range) else { return leave(.internalError("the second stage's page tables are full"), reason: LONGMA_KVM_EXIT_INTERNAL_ERROR) }
            _ = core.invalidateTLB(0x16, guestID << 16, address & ~(UInt64(2) << SecondStageTable.pageSize &- 1))
            return 1
        }
        if address >= 1 << 47 { return injectAddressError(address, isFetch: false) }
        if state.pointee.arch.pc == address { return injectAddressError(address, isFetch: true) }
        guard let access = MMIOAccess(word: word) else { return injectAddressError(address, isFetch: false) }
        return emulate(access, address)
    }

    private func low(_ value: UInt64, _ size: Int) -> UInt64 { size == 8 ? value : value & (UInt64(1) << UInt64(8 * size) &- 1) }

    private func emulate(_ access: MMIOAccess, _ address: UInt64) -> Int64 {
        let device = machine.devices.first { $0.range.contains(address) }?.device
        if access.isStore {
            skip()
            let value = low(gprs[Int(access.register)], access.size)
            if let device {
                _ = ask(device, address, access.size, value)
                return outcome == nil ? 1 : 0
            }
            fillRunPage(address, access.size, value)
            return leave(.mmioStore(address: address, size: access.size, value: value), reason: LONGMA_KVM_EXIT_MMIO)
        }
        if let device {
            skip()
            set(access.register, access.extended(ask(device, address, access.size, nil)))
            return outcome == nil ? 1 : 0
        }
        fillRunPage(address, access.size, nil)
        pending = .mmioLoad(access)
        return leave(.mmioLoad(address: address, size: access.size), reason: LONGMA_KVM_EXIT_MMIO)
    }

    /// Devices may compute; the guest's floating-point mode is loaded here.
    private func ask(_ device: VM.Device, _ address: UInt64, _ size: Int, _ store: UInt64?) -> UInt64 {
        FloatUnit.leaveGuest(core.cpu)
        defer { FloatUnit.enterGuest(core.cpu) }
        return device(self, address, size, store)
    }

    private func fillRunPage(_ address: UInt64, _ size: Int, _ value: UInt64?) {
        runPage.pointee.u.mmio.phys_addr = address
        runPage.pointee.u.mmio.len = UInt32(size)
        runPage.pointee.u.mmio.is_write = value == nil ? 0 : 1
        if let value { withUnsafeMutableBytes(of: &runPage.pointee.u.mmio.data) { $0.storeBytes(of: value.littleEndian, as: UInt64.self) } }
    }

    /// Gives the value that a reported load, `cpucfg` or register access gets. Without it such a load gives 0.
    public func completeLoad(_ value: UInt64) {
        switch pending {
        case .mmioLoad(let access):
            set(access.register, access.extended(value))
            skip()
        case .iocsrLoad(let size, let register):
            let shift = UInt64(64 - 8 * size)
            set(register, UInt64(bitPattern: Int64(bitPattern: value << shift) >> Int64(shift)))
        case .value(let register): set(register, value)
        case .hypercall, .none: return
        }
        pending = .none
    }

    /// Finishes what the last exit left over.
    func complete() -> Exit? {
        switch pending {
        case .none: break
        case .hypercall:
            gprs[4] = hypercallResult
            skip()
            pending = .none
        default: completeLoad(0)
        }
        return nil
    }

    // MARK: Exceptions for the guest

    private func injectAddressError(_ address: UInt64, isFetch: Bool) -> Int64 {
        core[gcsr: CSR.BADV] = isFetch ? state.pointee.arch.pc : address
        return inject(ExceptionCode.ADE)
    }

    /// Makes the guest take an exception, as the kernel's software does it: the code goes into ESTAT unshifted, where of it only SWI0 is a bit that software can set.
    /// What was raised can be told by the vector.
    func inject(_ code: UInt64) -> Int64 {
        let mode = core[gcsr: CSR.CRMD]
        core[gcsr: CSR.BADI] = UInt64(bitPattern: Int64(Int32(bitPattern: state.pointee.arch.badi)))
        core[gcsr: CSR.PRMD] = mode
        core[gcsr: CSR.CRMD] = mode & ~7
        core[gcsr: CSR.ERA] = state.pointee.arch.pc
        core[gcsr: CSR.ESTAT] = core[gcsr: CSR.ESTAT] & ~0x7FFF_0000 | code
        let spacing = core[gcsr: CSR.ECFG] >> 16 & 7
        state.pointee.arch.pc = core[gcsr: CSR.EENTRY] &+ (spacing == 0 ? 0 : code << (spacing + 2))
        return 1
    }
}
