import CHost
import GuestMemory
import LoongArch

/// From virtual addresses to host memory: windows, TLB, second stage (`lvz.md` sections 4 and 9).
extension Core {
    /// Where an address leads.
    struct Mapping {
        var address: UInt64
        var readable = true
        var writable = true
        var executable = true

        /// Narrowed to what a second stage allows.
        func limited(by other: Mapping) -> Mapping {
            Mapping(
                address: other.address, readable: readable && other.readable, writable: writable && other.writable,
                executable: executable && other.executable)
        }
    }

    /// `LongmaCPU.resolve`: the host address of `address` for one kind of access in the current state, or 0 with `noted` filled in. Bits 63:8 of
    /// `kindAndSize` are the number of bytes, for levels that must align; 0 when the engine has looked after that.
    func resolve(_ address: UInt64, _ kindAndSize: UInt64) -> UInt64 {
        let access = kindAndSize & 0xFF
        let page = cpu.pointee.pages! + Int(truncatingIfNeeded: address >> 12) & Int(LONGMA_SOFT_TLB_PAGES - 1)
        let tag =
            switch Int32(access) {
            case LONGMA_ACCESS_LOAD: page.pointee.read
            case LONGMA_ACCESS_STORE: page.pointee.write
            default: page.pointee.fetch
            }
        if tag == address & ~4095 { return address &+ page.pointee.addend }

        let bank = current
        let plv = bank[CSR.CRMD] & 3
        let mustAlign = bank[CSR.MISC] >> (12 &+ plv) & 1 != 0
        if mustAlign, kindAndSize > 0xFF, address & (kindAndSize >> 8 &- 1) != 0 {
            refuse(ExceptionCode.ALE, 0, address, access)
            return 0
        }
        let is32Bit = plv != 0 && bank[CSR.MISC] >> plv & 1 != 0
        let virtual = is32Bit ? address & 0xFFFF_FFFF : address
        guard var mapping = firstStage(virtual, access, bank, plv) else { return 0 }
        if isGuest {
            guard let second = secondStage(mapping.address, access) else { return 0 }
            mapping = mapping.limited(by: second)
        }
        guard let host = memory.host(of: mapping.address) else {
            if device != nil, kindAndSize > 0xFF {
                deviceAddress = mapping.address
                return UInt64(LONGMA_DEVICE_ACCESS)
            }
            return memory.absent(mapping.address, forStore: access == UInt64(LONGMA_ACCESS_STORE))
        }
        // Accesses that need a look each time: 32-bit addresses, and levels that must align.
        if !is32Bit, !mustAlign || access == UInt64(LONGMA_ACCESS_FETCH) {
            let tag = address & ~4095
            let none = UInt64(LONGMA_NO_PAGE)
            let new = LongmaPage(
                read: mapping.readable && !mustAlign ? tag : none, write: mapping.writable && !mustAlign ? tag : none,
                fetch: mapping.executable ? tag : none, addend: host &- address)
            contexts.slots[Int(state.pointee.slot)].fill(page, with: new)
        }
        return host
    }

    /// `LongmaCore.device`: the part of `size` bytes of an access that `resolve` has answered.
    func accessDevice(_ size: UInt64, _ store: UInt64?) -> UInt64 {
        defer { deviceAddress &+= size }
        return device?(deviceAddress, Int(size), store) ?? 0
    }

    private func refuse(_ code: UInt64, _ subcode: UInt64 = 0, _ address: UInt64, _ access: UInt64, isRefill: Bool = false, isSecondStage: Bool = false) {
        noted = NotedException(
            isRefill: isRefill, isSecondStage: isSecondStage, code: code, subcode: subcode, address: address, isFetch: access == UInt64(LONGMA_ACCESS_FETCH))
    }

    // MARK: First stage

    /// The physical address (of the guest, in guest mode) of a virtual one; nil with `noted` filled in.
    private func firstStage(_ address: UInt64, _ access: UInt64, _ bank: UnsafeMutablePointer<UInt64>, _ plv: UInt64) -> Mapping? {
        let physicalMask: UInt64 = 0xFFFF_FFFF_FFFF
        if bank[CSR.CRMD] & 0x18 != 0x10 { return Mapping(address: address & physicalMask) }
        for window in 0..<4 {
            let register = bank[CSR.DMW + window]
            guard register >> plv & 1 != 0, register >> 60 == address >> 60 else { continue }
            // Windows 2 and 3 are for data only.
            if window < 2 || access != UInt64(LONGMA_ACCESS_FETCH) {
                return Mapping(address: address & physicalMask, executable: window < 2)
            }
        }
        let top = Int64(bitPattern: address) >> Int64(47 &- min(bank[CSR.RVACFG], 8))
        let isLegal = top == 0 || top == -1
        guard isLegal else {
            let isFetch = access == UInt64(LONGMA_ACCESS_FETCH)
            refuse(ExceptionCode.ADE, isFetch ? 0 : 1, address, access)
            return nil
        }
        let asid = UInt16(truncatingIfNeeded: bank[CSR.ASID] & 0x3FF)
        let tag = isGuest ? UInt8(truncatingIfNeeded: root[CSR.GSTAT] >> 16) : 0
        let tlb = isGuest ? guestTLB : rootTLB
        guard let entry = tlb.find(address, tag: tag, pageSize: bank[CSR.STLBPS] & 0x3F, { $0.pointee.isGlobal || $0.pointee.asid == asid }) else {
            refuse(0, 0, address, access, isRefill: true)
            return nil
        }
        let half = entry.pointee.half(address)
        let mask = (UInt64(1) << UInt64(entry.pointee.pageSize)) &- 1
        let isRestricted = half >> 63 != 0
        let level = half >> 2 & 3
        let writeAllowed = half & 2 != 0 || (plv < 3 && bank[CSR.MISC] >> (16 &+ plv) & 1 != 0)
        if half & 1 == 0 {
            refuse(access == UInt64(LONGMA_ACCESS_LOAD) ? ExceptionCode.PIL : access == UInt64(LONGMA_ACCESS_STORE) ? ExceptionCode.PIS : ExceptionCode.PIF, 0, address, access)
        } else if access == UInt64(LONGMA_ACCESS_FETCH), half >> 62 & 1 != 0 {
            refuse(ExceptionCode.PNX, 0, address, access)
        } else if isRestricted ? plv != level : plv > level {
            refuse(ExceptionCode.PPI, 0, address, access)
        } else if access == UInt64(LONGMA_ACCESS_LOAD), half >> 61 & 1 != 0 {
            refuse(ExceptionCode.PNR, 0, address, access)
        } else if access == UInt64(LONGMA_ACCESS_STORE), !writeAllowed {
            refuse(ExceptionCode.PME, 0, address, access)
        } else {
            return Mapping(
                address: half & 0xFFFF_FFFF_F000 & ~mask | address & mask, readable: half >> 61 & 1 == 0, writable: writeAllowed,
                executable: half >> 62 & 1 == 0)
        }
        return nil
    }

    // MARK: Second stage

    /// Which second-stage entries the guest uses.
    var secondStageID: UInt64 {
        let control = root[CSR.GTLBC]
        return (control & 0x1000 != 0 ? control : root[CSR.GSTAT]) >> 16 & 0xFF
    }

    /// The physical address of a guest physical one; nil with `noted` filled in. Privilege does not matter here.
    func secondStage(_ address: UInt64, _ access: UInt64) -> Mapping? {
        let tag = UInt8(truncatingIfNeeded: secondStageID)
        guard tag != 0, let entry = rootTLB.find(address, tag: tag, pageSize: root[CSR.STLBPS] & 0x3F, { _ in true }) else {
            refuse(0, 0, address, access, isRefill: true, isSecondStage: true)
            return nil
        }
        let half = entry.pointee.half(address)
        let mask = (UInt64(1) << UInt64(entry.pointee.pageSize)) &- 1
        if half & 1 == 0 {
            refuse(
                access == UInt64(LONGMA_ACCESS_LOAD) ? ExceptionCode.PIL : access == UInt64(LONGMA_ACCESS_STORE) ? ExceptionCode.PIS : ExceptionCode.PIF, 0,
                address, access, isSecondStage: true)
        } else if access == UInt64(LONGMA_ACCESS_FETCH), half >> 62 & 1 != 0 {
            refuse(ExceptionCode.PNX, 0, address, access, isSecondStage: true)
        } else if access == UInt64(LONGMA_ACCESS_LOAD), half >> 61 & 1 != 0 {
            refuse(ExceptionCode.PNR, 0, address, access, isSecondStage: true)
        } else if access == UInt64(LONGMA_ACCESS_STORE), half & 2 == 0 {
            refuse(ExceptionCode.PME, 0, address, access, isSecondStage: true)
        } else {
            return Mapping(
                address: half & 0xFFFF_FFFF_F000 & ~mask | address & mask, readable: half >> 61 & 1 == 0, writable: half & 2 != 0,
                executable: half >> 62 & 1 == 0)
        }
        return nil
    }

    /// The doubleword that a page walk reads at a physical address of the current mode; nil with `noted` filled in.
    func walkLoad(_ address: UInt64) -> UInt64? {
        var physical = address & 0xFFFF_FFFF_FFF8
        if isGuest {
            guard let mapping = secondStage(physical, UInt64(LONGMA_ACCESS_LOAD)) else { return nil }
            physical = mapping.address
        }
        return memory.load64(physical)
    }
}
