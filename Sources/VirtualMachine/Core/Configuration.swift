import Semantics

/// CPUCFG of the core: what user programs see, plus what system software needs (`lvz.md` section 2.3).
enum Configuration {
    /// Word number `index`, without the sign extension of `cpucfg`.
    static func word(_ index: UInt32) -> UInt32 {
        switch index {
        // LVZ version 1, LSPW; the units that Longma has.
        case 2: UInt32(truncatingIfNeeded: MachineIdentity.configurationWord(2)) | 0x0020_0000 | 0xC00
        default: UInt32(truncatingIfNeeded: MachineIdentity.configurationWord(UInt64(index)))
        }
    }
}
