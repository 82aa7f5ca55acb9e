import GuestMemory
import LoongArch

/// The TLB instructions, plain and `gtlb*`, on one of the two TLBs with one bank's registers (`lvz.md` sections 4.3, 9.3 to 9.5).
extension Core {
    /// What TLB instructions work on.
    struct TLBScope {
        /// The bank of TLBIDX, TLBEHI, ASID, STLBPS and so on.
        let registers: UnsafeMutablePointer<UInt64>
        let kind: EntryKind
        /// Tag of the entries that are searched, written and dropped.
        let tag: UInt8
    }

    /// The scope of plain TLB instructions in the current mode.
    var plainScope: TLBScope {
        if isGuest { return TLBScope(registers: guest, kind: .guest, tag: guestTag) }
        let control = root[CSR.GTLBC]
        let tag = control & 0x1000 != 0 ? control >> 16 & 0xFF : root[CSR.GSTAT] & 2 != 0 ? root[CSR.GSTAT] >> 16 & 0xFF : 0
        return TLBScope(registers: root, kind: .root, tag: UInt8(truncatingIfNeeded: tag))
    }

    /// The scope of `gtlb*`.
    var guestScope: TLBScope { TLBScope(registers: guest, kind: .guest, tag: guestTag) }

    private var guestTag: UInt8 { UInt8(truncatingIfNeeded: root[CSR.GSTAT] >> 16) }

    private func entry(_ kind: EntryKind, _ index: Int) -> TLBEntry { kind == .root ? rootTLB[index] : guestTLB[index] }

    private func isRefilling(_ scope: TLBScope) -> Bool { scope.registers[CSR.TLBRERA] & 1 != 0 }

    func searchTLB(_ scope: TLBScope) {
        let registers = scope.registers
        let address = registers[isRefilling(scope) ? CSR.TLBREHI : CSR.TLBEHI] & 0xFFFF_FFFF_E000
        let asid = UInt16(truncatingIfNeeded: registers[CSR.ASID] & 0x3FF)
        let tlb = scope.kind == .root ? rootTLB : guestTLB
        let found = tlb.find(address, tag: scope.tag, pageSize: registers[CSR.STLBPS] & 0x3F) { $0.pointee.isGlobal || $0.pointee.asid == asid }
        if let found {
            setIndex(registers, UInt64(tlb.index(of: found)) | registers[CSR.TLBIDX] & 0x3F00_0000)
        } else {
            setIndex(registers, registers[CSR.TLBIDX] | 1 << 31)
        }
    }

    private func setIndex(_ registers: UnsafeMutablePointer<UInt64>, _ value: UInt64) {
        registers[CSR.TLBIDX] = UInt64(bitPattern: Int64(Int32(truncatingIfNeeded: value)))
    }

    func readTLB(_ scope: TLBScope) {
        let registers = scope.registers
        let index = Int(registers[CSR.TLBIDX] & 0xFFF)
        var entry = index < TranslationBuffer.count ? self.entry(scope.kind, index) : TLBEntry()
        if scope.kind == .guest, entry.tag != scope.tag { entry = TLBEntry() }
        if scope.registers == root || scope.kind == .guest, !isGuest {
            root[CSR.TRGP] = (entry.isValid ? UInt64(entry.tag) << 16 : 0) | (scope.kind == .guest ? 1 : 0)
        }
        let base = registers[CSR.TLBIDX] & 0xFFF
        guard entry.isValid else {
            registers[CSR.TLBEHI] = 0
            registers[CSR.TLBELO0] = 0
            registers[CSR.TLBELO1] = 0
            registers[CSR.ASID] &= ~0x3FF
            setIndex(registers, base | 1 << 31)
            return
        }
        registers[CSR.TLBEHI] = pairAddress(entry.address)
        registers[CSR.TLBELO0] = entry.low & ~0x40 | (entry.isGlobal ? 0x40 : 0)
        registers[CSR.TLBELO1] = entry.high & ~0x40 | (entry.isGlobal ? 0x40 : 0)
        registers[CSR.ASID] = registers[CSR.ASID] & ~0x3FF | UInt64(entry.asid)
        setIndex(registers, base | UInt64(entry.pageSize) << 24)
        // ASID decides about translations.
        forgetContext(bank: registers == root ? 0 : 1)
    }

    private func newEntry(_ scope: TLBScope) -> TLBEntry {
        let registers = scope.registers
        let isRefill = isRefilling(scope)
        var entry = TLBEntry()
        let size = isRefill ? registers[CSR.TLBREHI] & 0x3F : registers[CSR.TLBIDX] >> 24 & 0x3F
        entry.pageSize = UInt8(min(max(size, 12), 47))
        entry.address = registers[isRefill ? CSR.TLBREHI : CSR.TLBEHI] & 0xFFFF_FFFF_E000
        entry.low = registers[isRefill ? CSR.TLBRELO0 : CSR.TLBELO0]
        entry.high = registers[isRefill ? CSR.TLBRELO1 : CSR.TLBELO1]
        entry.isGlobal = entry.low & entry.high & 0x40 != 0
        entry.asid = UInt16(truncatingIfNeeded: registers[CSR.ASID] & 0x3FF)
        entry.tag = scope.tag
        entry.isValid = isRefill || registers[CSR.TLBIDX] >> 31 & 1 == 0
        return entry
    }

    func writeTLB(_ scope: TLBScope) {
        let index = Int(scope.registers[CSR.TLBIDX] & 0xFFF)
        guard index < TranslationBuffer.count else { return }
        drop(entry(scope.kind, index), kind: scope.kind)
        // Who writes all indices has emptied the TLB.
        if index < TranslationBuffer.ways * TranslationBuffer.sets { removeSpares(scope.kind, of: index % TranslationBuffer.sets) { _ in true } }
        let new = newEntry(scope)
        if scope.kind == .root { rootTLB.set(index, new) } else { guestTLB.set(index, new) }
    }

    func fillTLB(_ scope: TLBScope) {
        let entry = newEntry(scope)
        let size = scope.registers[CSR.STLBPS] & 0x3F
        if UInt64(entry.pageSize) == size {
            removeSpares(scope.kind, of: TranslationBuffer.set(of: entry.address, pageSize: size)) { entry.replaces($0) }
        }
        drop(scope.kind == .root ? rootTLB.fill(entry, stlbPageSize: size) : guestTLB.fill(entry, stlbPageSize: size), kind: scope.kind)
    }

    @inline(__always)
    private func removeSpares(_ kind: EntryKind, of set: Int, _ matches: (TLBEntry) -> Bool) {
        let tlb = kind == .root ? rootTLB : guestTLB
        tlb.forEachSpare(of: set) { spare in
            guard matches(spare.pointee) else { return }
            drop(spare.pointee, kind: kind)
            tlb.invalidate(spare)
        }
    }

    /// `tlbclr` (with `onlyASID`) and `tlbflush`.
    func clearTLB(_ scope: TLBScope, onlyASID: Bool) {
        let asid = UInt16(truncatingIfNeeded: scope.registers[CSR.ASID] & 0x3FF)
        let index = Int(scope.registers[CSR.TLBIDX] & 0xFFF)
        let tlb = scope.kind == .root ? rootTLB : guestTLB
        tlb.forEach(clearedBy: index) { entry in
            guard entry.pointee.isValid, entry.pointee.tag == scope.tag, !onlyASID || !entry.pointee.isGlobal && entry.pointee.asid == asid else { return }
            drop(entry.pointee, kind: scope.kind)
            tlb.invalidate(entry)
        }
    }

    /// Removes entries of the whole TLB, or of those that hold an address.
    @inline(__always)
    private func remove(_ kind: EntryKind, holding address: UInt64? = nil, _ matches: (UnsafeMutablePointer<TLBEntry>) -> Bool) {
        let tlb = kind == .root ? rootTLB : guestTLB
        let address = address.map { $0 & 0xFFFF_FFFF_FFFF }
        tlb.forEach(holding: address) { entry in
            guard entry.pointee.isValid, address.map({ entry.pointee.holds($0) }) ?? true, matches(entry) else { return }
            drop(entry.pointee, kind: kind)
            tlb.invalidate(entry)
        }
    }

    // MARK: invtlb

    /// Performs `invtlb` with an operation that the mode has; false when it has not.
    func invalidateTLB(_ operation: Int, _ information: UInt64, _ address: UInt64) -> Bool {
        let asid = UInt16(truncatingIfNeeded: information & 0x3FF)
        let gid = UInt8(truncatingIfNeeded: information >> 16)
        if operation <= 6 {
            let scope = plainScope
            if operation <= 1, !isGuest {
                remove(.root) { _ in true }
                remove(.guest) { _ in true }
                return true
            }
            remove(scope.kind, holding: operation >= 5 ? address : nil) { entry in
                guard entry.pointee.tag == scope.tag else { return false }
                let (isGlobal, isOfASID) = (entry.pointee.isGlobal, entry.pointee.asid == asid)
                switch operation {
                case 0, 1: return true
                case 2: return isGlobal
                case 3: return !isGlobal
                case 4, 5: return !isGlobal && isOfASID
                default: return isGlobal || isOfASID
                }
            }
            return true
        }
        guard hasVirtualization else { return false }
        switch operation {
        case 0x9: remove(.guest) { $0.pointee.tag == gid }
        case 0xA: remove(.guest) { $0.pointee.tag == gid && $0.pointee.isGlobal }
        case 0xB: remove(.guest) { $0.pointee.tag == gid && !$0.pointee.isGlobal }
        case 0xC: remove(.guest) { $0.pointee.tag == gid && !$0.pointee.isGlobal && $0.pointee.asid == asid }
        case 0xD: remove(.guest, holding: address) { $0.pointee.tag == gid && !$0.pointee.isGlobal && $0.pointee.asid == asid }
        case 0xE: remove(.guest, holding: address) { $0.pointee.tag == gid && ($0.pointee.isGlobal || $0.pointee.asid == asid) }
        case 0x10: remove(.guest) { _ in true }
        case 0x11: remove(.root) { $0.pointee.tag != 0 }
        case 0x12:
            remove(.guest) { _ in true }
            remove(.root) { $0.pointee.tag != 0 }
        case 0x13: remove(.guest) { $0.pointee.tag == gid }
        case 0x14: remove(.root) { $0.pointee.tag == gid && gid != 0 }
        case 0x15:
            remove(.guest) { $0.pointee.tag == gid }
            remove(.root) { $0.pointee.tag == gid && gid != 0 }
        case 0x16: remove(.root, holding: address) { $0.pointee.tag == gid && gid != 0 }
        default: return false
        }
        return true
    }

    // MARK: Page walk

    /// The Dir fields of PWCL and PWCH for `lddir` level 1...4.
    private func directory(_ registers: UnsafeMutablePointer<UInt64>, _ level: Int) -> (base: UInt64, width: UInt64) {
        switch level {
        case 1: (registers[CSR.PWCL] >> 10 & 31, registers[CSR.PWCL] >> 15 & 31)
        case 2: (registers[CSR.PWCL] >> 20 & 31, registers[CSR.PWCL] >> 25 & 31)
        case 3: (registers[CSR.PWCH] & 63, registers[CSR.PWCH] >> 6 & 63)
        default: (registers[CSR.PWCH] >> 12 & 63, registers[CSR.PWCH] >> 18 & 63)
        }
    }

    private func entrySize(_ registers: UnsafeMutablePointer<UInt64>) -> UInt64 { 8 &* ((registers[CSR.PWCL] >> 30 & 3) &+ 1) }

    /// `lddir`: the directory entry for the refill address; nil with `noted` filled in.
    func loadDirectory(_ base: UInt64, level: Int) -> UInt64? {
        guard (1...4).contains(level) else { return base }
        if base & 0x40 != 0 { return base & 0x6000 == 0 ? base | UInt64(level & 3) << 13 : base }
        let registers = current
        let (start, width) = directory(registers, level)
        let index = registers[CSR.TLBRBADV] >> start & (UInt64(1) << width &- 1)
        return walkLoad(base | index &* entrySize(registers))
    }

    /// `ldpte`; false with `noted` filled in.
    func loadPageEntry(_ base: UInt64, second: Bool) -> Bool {
        let registers = current
        let start = registers[CSR.PWCL] & 31
        let width = registers[CSR.PWCL] >> 5 & 31
        let word: UInt64
        var size = start
        if base & 0x40 != 0 {
            let level = Int(base >> 13 & 3)
            let (dirBase, dirWidth) = level == 0 ? (start, width) : directory(registers, level)
            size = dirBase &+ dirWidth &- 1
            var value = base & ~0x6040
            if value & 0x1000 != 0 { value = value & ~0x1000 | 0x40 }
            if second { value &+= UInt64(1) << size }
            word = value
        } else {
            let index = registers[CSR.TLBRBADV] >> start & (UInt64(1) << width &- 1) & ~1 | (second ? 1 : 0)
            guard let loaded = walkLoad(base | index &* entrySize(registers)) else { return false }
            word = loaded
        }
        registers[second ? CSR.TLBRELO1 : CSR.TLBRELO0] = word & 0xE000_FFFF_FFFF_F07F
        registers[CSR.TLBREHI] = registers[CSR.TLBREHI] & ~0x3F | size & 0x3F
        return true
    }
}
