import LoongArch

/// Functions of two words that translated code calls rather than contains.
public enum PureFunction: UInt8, CaseIterable, Sendable {
    /// CRC-32 step (polynomial 0xEDB88320 and 0x82F63B78, reflected) of 1, 2, 4 or 8 message bytes in `a` over the old checksum in `b`; the result is sign-extended from 32 bits.
    case crc8, crc16, crc32, crc64
    case crcc8, crcc16, crcc32, crcc64
    /// All 64 bits in reverse order.
    case bitReverse
    /// `fclass.s` and `fclass.d` of the register image `a`.
    case classSingle, classDouble

    /// The function's value.
    @inlinable
    public func callAsFunction(_ a: UInt64, _ b: UInt64) -> UInt64 {
        switch self {
        case .crc8: crc(a, b, bits: 8, polynomial: 0xEDB8_8320)
        case .crc16: crc(a, b, bits: 16, polynomial: 0xEDB8_8320)
        case .crc32: crc(a, b, bits: 32, polynomial: 0xEDB8_8320)
        case .crc64: crc(a, b, bits: 64, polynomial: 0xEDB8_8320)
        case .crcc8: crc(a, b, bits: 8, polynomial: 0x82F6_3B78)
        case .crcc16: crc(a, b, bits: 16, polynomial: 0x82F6_3B78)
        case .crcc32: crc(a, b, bits: 32, polynomial: 0x82F6_3B78)
        case .crcc64: crc(a, b, bits: 64, polynomial: 0x82F6_3B78)
        case .bitReverse: reverseBits(a)
        case .classSingle: floatClass(a, signBit: 31, fractionBits: 23)
        case .classDouble: floatClass(a, signBit: 63, fractionBits: 52)
        }
    }

    @usableFromInline
    func crc(_ message: UInt64, _ checksum: UInt64, bits: Int, polynomial: UInt32) -> UInt64 {
        var remainder = UInt64(UInt32(truncatingIfNeeded: checksum))
        remainder ^= bits == 64 ? message : message & ((1 << UInt64(bits)) - 1)
        for _ in 0..<bits {
            remainder = (remainder >> 1) ^ (remainder & 1 == 0 ? 0 : UInt64(polynomial))
        }
        return UInt64(bitPattern: Int64(Int32(truncatingIfNeeded: remainder)))
    }

    @usableFromInline
    func reverseBits(_ a: UInt64) -> UInt64 {
        var v = a.byteSwapped
        v = (v >> 4) & 0x0F0F_0F0F_0F0F_0F0F | (v & 0x0F0F_0F0F_0F0F_0F0F) << 4
        v = (v >> 2) & 0x3333_3333_3333_3333 | (v & 0x3333_3333_3333_3333) << 2
        return (v >> 1) & 0x5555_5555_5555_5555 | (v & 0x5555_5555_5555_5555) << 1
    }

    @usableFromInline
    func floatClass(_ a: UInt64, signBit: UInt64, fractionBits: UInt64) -> UInt64 {
        let negative = (a >> signBit) & 1 == 1
        let fraction = a & ((1 << fractionBits) - 1)
        let exponentMask: UInt64 = (1 << (signBit - fractionBits)) - 1
        let exponent = (a >> fractionBits) & exponentMask
        if exponent == exponentMask, fraction != 0 { return (fraction >> (fractionBits - 1)) == 1 ? 2 : 1 }
        let kind: UInt64 = exponent == exponentMask ? 0 : exponent != 0 ? 1 : fraction != 0 ? 2 : 3
        return 1 << (kind + (negative ? 2 : 6))
    }
}
