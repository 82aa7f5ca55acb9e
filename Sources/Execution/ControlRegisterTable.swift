import CHost
import LoongArch

/// What the control and status registers of a core let software change: `lvz.md` sections 2.2, 5 and 6.
package enum ControlRegisterTable {
    /// Who may reach a register of the guest bank from guest mode.
    package enum Access: UInt8 {
        /// Reads give 0, writes vanish.
        case undefined
        /// The guest's own copy.
        case own
        /// Root's business: an exit with GSPR.
        case sensitive
    }

    /// One register's line.
    package struct Row {
        package let number: Int
        /// Bits that root's `csrwr`, the guest's `csrwr` and root's `gcsrwr` change.
        package let root: UInt64
        package let guest: UInt64
        package let bank: UInt64
        package let reset: UInt64
        package let is32: Bool
        package let access: Access
        /// Writing it does more than storing, or reading it more than loading.
        package let isSpecial: Bool
    }

    private static let all = ~UInt64(0)
    private static let entryMask: UInt64 = 0xE000_FFFF_FFFF_F07F

    private static func own(
        _ number: Int, _ mask: UInt64, guest: UInt64? = nil, bank: UInt64? = nil, reset: UInt64 = 0, is32: Bool = false, special: Bool = false
    ) -> Row {
        Row(
            number: number, root: mask, guest: guest ?? mask, bank: bank ?? guest ?? mask, reset: reset, is32: is32, access: .own, isSpecial: special)
    }

    private static func sensitive(_ number: Int, _ mask: UInt64, reset: UInt64 = 0, is32: Bool = false, special: Bool = false) -> Row {
        Row(number: number, root: mask, guest: 0, bank: 0, reset: reset, is32: is32, access: .sensitive, isSpecial: special)
    }

    package static let rows: [Row] = [
        own(CSR.CRMD, 0x3FF, reset: 8, is32: true, special: true),
        own(CSR.PRMD, 0xF, is32: true),
        own(CSR.EUEN, 0xF, is32: true, special: true),
        own(CSR.MISC, 0x7FEEE, is32: true, special: true),
        own(CSR.ECFG, 0x71FFF, is32: true, special: true),
        own(CSR.ESTAT, 0x3, guest: 0x3, bank: 0x7FFF_1C03, is32: true, special: true),
        own(CSR.ERA, all),
        own(CSR.BADV, all),
        own(CSR.BADI, 0, bank: 0xFFFF_FFFF, is32: true),
        own(CSR.EENTRY, ~0xFFF),
        own(CSR.TLBIDX, 0xBF00_0FFF, is32: true),
        own(CSR.TLBEHI, 0x0000_FFFF_FFFF_E000, special: true),
        own(CSR.TLBELO0, entryMask),
        own(CSR.TLBELO1, entryMask),
        sensitive(CSR.GTLBC, 0x00FF_303F, is32: true, special: true),
        sensitive(CSR.TRGP, 0x00FF_0001, is32: true),
        own(CSR.ASID, 0x3FF, reset: 0xA0000, is32: true, special: true),
        own(CSR.PGDL, ~0xFFF),
        own(CSR.PGDH, ~0xFFF),
        own(CSR.PGD, 0, special: true),
        own(CSR.PWCL, 0xFFFF_FFFF, is32: true),
        own(CSR.PWCH, 0x00FF_FFFF, is32: true),
        own(CSR.STLBPS, 0x3F, reset: 0xC, is32: true, special: true),
        own(CSR.RVACFG, 0xF, is32: true, special: true),
        own(CSR.CPUID, 0, bank: 0x1FF, is32: true),
        own(CSR.PRCFG1, 0, reset: 0x72F8, is32: true),
        own(CSR.PRCFG2, 0, reset: 0x3FFF_F000),
        own(CSR.PRCFG3, 0, reset: 0x80_73F2, is32: true),
        own(CSR.TID, 0xFFFF_FFFF, is32: true, special: true),
        own(CSR.TCFG, 0x0000_FFFF_FFFF_FFFF, special: true),
        own(CSR.TVAL, 0, bank: 0x0000_FFFF_FFFF_FFFF, special: true),
        own(CSR.CNTC, all, special: true),
        own(CSR.TICLR, 1, is32: true, special: true),
        sensitive(CSR.GSTAT, 0x00FF_0002, reset: 0x80, is32: true, special: true),
        sensitive(CSR.GCFG, 0x0030_0230, reset: 0x0007_0103, is32: true, special: true),
        sensitive(CSR.GINTC, 0x00FF_FFFF, is32: true, special: true),
        sensitive(CSR.GCNTC, all),
        own(CSR.LLBCTL, 0x6, is32: true, special: true),
        sensitive(CSR.IMPCTL1, all), sensitive(CSR.IMPCTL2, all), sensitive(CSR.GNMI, all),
        own(CSR.TLBRENTRY, 0x0000_FFFF_FFFF_F000),
        own(CSR.TLBRBADV, all),
        own(CSR.TLBRERA, ~0x2),
        own(CSR.TLBRSAVE, all),
        own(CSR.TLBRELO0, entryMask),
        own(CSR.TLBRELO1, entryMask),
        own(CSR.TLBREHI, 0x0000_FFFF_FFFF_E03F, special: true),
        own(CSR.TLBRPRMD, 0x1F, guest: 0x17, is32: true),
        sensitive(CSR.MERRCTL, 0x1FFE, is32: true),
        sensitive(CSR.MERRINFO1, all), sensitive(CSR.MERRINFO2, all),
        sensitive(CSR.MERRENTRY, 0x0000_FFFF_FFFF_F000), sensitive(CSR.MERRERA, all), sensitive(CSR.MERRSAVE, all),
        sensitive(CSR.CTAG, all),
        sensitive(CSR.DBG, 0, is32: true), sensitive(CSR.DERA, all), sensitive(CSR.DSAVE, all),
    ] + (0..<8).map { own(CSR.SAVE + $0, all) } + (0..<4).map { own(CSR.DMW + $0, 0xF000_0000_0000_003F, special: true) }

    /// By register number: the rows, spread out for quick access; a register without a row is undefined.
    package nonisolated(unsafe) static let root = column(0) { $0.root }
    package nonisolated(unsafe) static let guest = column(0) { $0.guest }
    package nonisolated(unsafe) static let bank = column(0) { $0.bank }
    package nonisolated(unsafe) static let is32 = column(false) { $0.is32 }
    package nonisolated(unsafe) static let isSpecial = column(false) { $0.isSpecial }
    package nonisolated(unsafe) static let isDefined = column(false) { _ in true }
    package nonisolated(unsafe) static let access: UnsafeMutablePointer<Access> = {
        let table = column(Access.undefined) { $0.access }
        // Performance counters, watchpoints and debug registers do not exist, but are not the guest's either.
        for number in Array(0x200...0x21F) + Array(0x300...0x3FF) + Array(0x500...0x502) { table[number] = .sensitive }
        return table
    }()

    private static func column<Value>(_ missing: Value, _ value: (Row) -> Value) -> UnsafeMutablePointer<Value> {
        let table = UnsafeMutablePointer<Value>.allocate(capacity: Int(LONGMA_CSR_COUNT))
        table.initialize(repeating: missing, count: Int(LONGMA_CSR_COUNT))
        for row in rows { table[row.number] = value(row) }
        return table
    }
}
