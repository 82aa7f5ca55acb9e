/// What `cpucfg` answers: a 3A5000-class LA464 core with the units that Longma implements, and no others.
public enum MachineIdentity {
    /// Configuration word number `index`, sign-extended from 32 bits; unknown words are 0 (manual volume 1: CPUCFG).
    @inlinable
    public static func configurationWord(_ index: UInt64) -> UInt64 {
        let word: UInt32 =
            switch UInt32(truncatingIfNeeded: index) {
            // PRID of an LA464 core.
            case 0x0: 0x0014_C010
            // LA64, paging, 48-bit addresses, UAL, RI, EP, RPLV, HP, CRC.
            case 0x1: 0x03F2_F2FE
            // FP, FP_SP, FP_DP, FP_ver 1; LSX; LLFTP version 1; LAM; FRECIPE, DIV32, LAM_BH, LAMCAS, LLACQ_SCREL, SCQ.
            case 0x2: 0x7E40_C04F
            // Crystal of 100 MHz, multiplier and divider 1.
            case 0x4: 100_000_000
            case 0x5: 0x0001_0001
            // Caches: L1I and L1D of 64 KiB, L2 of 256 KiB, L3 of 16 MiB.
            case 0x10: 0x2C3D
            case 0x11, 0x12: 0x0608_0003
            case 0x13: 0x0608_000F
            case 0x14: 0x060E_000F
            default: 0
            }
        return UInt64(bitPattern: Int64(Int32(bitPattern: word)))
    }
}
