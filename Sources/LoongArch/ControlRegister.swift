/// Numbers of control and status registers (manual volume 1, chapter 7; the virtualization ones from the specification in `lvz.md`).
public enum CSR {
    public static let CRMD = 0x0, PRMD = 0x1, EUEN = 0x2, MISC = 0x3, ECFG = 0x4, ESTAT = 0x5, ERA = 0x6, BADV = 0x7, BADI = 0x8, EENTRY = 0xC
    public static let TLBIDX = 0x10, TLBEHI = 0x11, TLBELO0 = 0x12, TLBELO1 = 0x13, GTLBC = 0x15, TRGP = 0x16
    public static let ASID = 0x18, PGDL = 0x19, PGDH = 0x1A, PGD = 0x1B, PWCL = 0x1C, PWCH = 0x1D, STLBPS = 0x1E, RVACFG = 0x1F
    public static let CPUID = 0x20, PRCFG1 = 0x21, PRCFG2 = 0x22, PRCFG3 = 0x23
    /// SAVE0; SAVEn is `SAVE + n`.
    public static let SAVE = 0x30
    public static let TID = 0x40, TCFG = 0x41, TVAL = 0x42, CNTC = 0x43, TICLR = 0x44
    public static let GSTAT = 0x50, GCFG = 0x51, GINTC = 0x52, GCNTC = 0x53
    public static let LLBCTL = 0x60
    public static let IMPCTL1 = 0x80, IMPCTL2 = 0x81, GNMI = 0x82
    public static let TLBRENTRY = 0x88, TLBRBADV = 0x89, TLBRERA = 0x8A, TLBRSAVE = 0x8B, TLBRELO0 = 0x8C, TLBRELO1 = 0x8D, TLBREHI = 0x8E, TLBRPRMD = 0x8F
    public static let MERRCTL = 0x90, MERRINFO1 = 0x91, MERRINFO2 = 0x92, MERRENTRY = 0x93, MERRERA = 0x94, MERRSAVE = 0x95
    public static let CTAG = 0x98
    /// DMW0; DMWn is `DMW + n`.
    public static let DMW = 0x180
    public static let DBG = 0x500, DERA = 0x501, DSAVE = 0x502

    /// The manual's name of a register, for messages; its number in hexadecimal when it has none.
    public static func name(_ number: Int) -> String {
        switch number {
        case 0x30...0x3F: "SAVE\(number - 0x30)"
        case 0x180...0x183: "DMW\(number - 0x180)"
        default: names[number] ?? "0x" + String(number, radix: 16)
        }
    }

    private static let names: [Int: String] = [
        CRMD: "CRMD", PRMD: "PRMD", EUEN: "EUEN", MISC: "MISC", ECFG: "ECFG", ESTAT: "ESTAT", ERA: "ERA", BADV: "BADV", BADI: "BADI", EENTRY: "EENTRY",
        TLBIDX: "TLBIDX", TLBEHI: "TLBEHI", TLBELO0: "TLBELO0", TLBELO1: "TLBELO1", GTLBC: "GTLBC", TRGP: "TRGP", ASID: "ASID", PGDL: "PGDL", PGDH: "PGDH",
        PGD: "PGD", PWCL: "PWCL", PWCH: "PWCH", STLBPS: "STLBPS", RVACFG: "RVACFG", CPUID: "CPUID", PRCFG1: "PRCFG1", PRCFG2: "PRCFG2", PRCFG3: "PRCFG3",
        TID: "TID", TCFG: "TCFG", TVAL: "TVAL", CNTC: "CNTC", TICLR: "TICLR", GSTAT: "GSTAT", GCFG: "GCFG", GINTC: "GINTC", GCNTC: "GCNTC", LLBCTL: "LLBCTL",
        IMPCTL1: "IMPCTL1", IMPCTL2: "IMPCTL2", GNMI: "GNMI", TLBRENTRY: "TLBRENTRY", TLBRBADV: "TLBRBADV", TLBRERA: "TLBRERA", TLBRSAVE: "TLBRSAVE",
        TLBRELO0: "TLBRELO0", TLBRELO1: "TLBRELO1", TLBREHI: "TLBREHI", TLBRPRMD: "TLBRPRMD", MERRCTL: "MERRCTL", MERRINFO1: "MERRINFO1",
        MERRINFO2: "MERRINFO2", MERRENTRY: "MERRENTRY", MERRERA: "MERRERA", MERRSAVE: "MERRSAVE", CTAG: "CTAG", DBG: "DBG", DERA: "DERA", DSAVE: "DSAVE",
    ]
}

/// Exception codes of `CSR.ESTAT.Ecode` (manual volume 1, table 21; GSPR, HVC and GCM from `lvz.md`).
public enum ExceptionCode {
    public static let INT: UInt64 = 0x0, PIL: UInt64 = 0x1, PIS: UInt64 = 0x2, PIF: UInt64 = 0x3, PME: UInt64 = 0x4, PNR: UInt64 = 0x5, PNX: UInt64 = 0x6
    public static let PPI: UInt64 = 0x7, ADE: UInt64 = 0x8, ALE: UInt64 = 0x9, BCE: UInt64 = 0xA, SYS: UInt64 = 0xB, BRK: UInt64 = 0xC, INE: UInt64 = 0xD
    public static let IPE: UInt64 = 0xE, FPD: UInt64 = 0xF, SXD: UInt64 = 0x10, ASXD: UInt64 = 0x11, FPE: UInt64 = 0x12, BTD: UInt64 = 0x14
    public static let GSPR: UInt64 = 0x16, HVC: UInt64 = 0x17, GCM: UInt64 = 0x18
}
