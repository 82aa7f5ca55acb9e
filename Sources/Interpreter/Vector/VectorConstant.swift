/// The constants of `vldi`.
package enum VectorConstant {
    /// The doubleword that the 13-bit immediate of `vldi` stands for. The modes 13...15 are reserved and give zero.
    package static func expanded(_ immediate: UInt32) -> UInt64 {
        let byte = UInt64(immediate & 0xFF)
        if immediate >> 12 == 0 {
            let value = (Int64(immediate & 0x3FF) << 54) >> 54
            switch immediate >> 10 & 3 {
            case 0: return byte &* 0x0101_0101_0101_0101
            case 1: return UInt64(UInt16(truncatingIfNeeded: value)) &* 0x0001_0001_0001_0001
            case 2: return UInt64(UInt32(truncatingIfNeeded: value)) &* 0x0000_0001_0000_0001
            default: return UInt64(bitPattern: value)
            }
        }
        let words: UInt64 = 0x0000_0001_0000_0001
        let halfwords: UInt64 = 0x0001_0001_0001_0001
        let exponentBit = byte >> 6 & 1
        let single = (byte >> 7) << 31 | (1 - exponentBit) << 30 | (exponentBit == 1 ? 0x1F : 0) << 25 | (byte & 63) << 19
        let mode = UInt64(immediate >> 8 & 15)
        switch mode {
        case 0...3: return byte << (8 * mode) &* words
        case 4, 5: return byte << (8 * (mode - 4)) &* halfwords
        case 6: return (byte << 8 | 0xFF) &* words
        case 7: return (byte << 16 | 0xFFFF) &* words
        case 8: return byte &* 0x0101_0101_0101_0101
        case 9: return (0..<8).reduce(0) { $0 | (byte >> UInt64($1) & 1) * 0xFF << (8 * UInt64($1)) }
        case 10: return single &* words
        case 11: return single
        case 12: return (byte >> 7) << 63 | (1 - exponentBit) << 62 | (exponentBit == 1 ? 0xFF : 0) << 54 | (byte & 63) << 48
        default: return 0
        }
    }
}
