import LoongArch

/// What a guest's instruction asked for, decoded from the word in BADI as the kernel does it (`lvz.md` sections 11.8 and 11.10).
enum ExitCause: Equatable {
    case cpucfg(rd: UInt8, rj: UInt8)
    case csr(number: Int, rd: UInt8, rj: UInt8)
    case cacheOperation
    case iocsr(size: Int, isStore: Bool, rd: UInt8, rj: UInt8)
    case idle
    case unknown

    /// The cause of an exit with GSPR.
    init(word: UInt32) {
        let rd = UInt8(word & 31)
        let rj = UInt8(word >> 5 & 31)
        switch word >> 24 {
        case 0x00 where word >> 10 == 0x1B: self = .cpucfg(rd: rd, rj: rj)
        case 0x04: self = .csr(number: Int(word >> 10 & 0x3FFF), rd: rd, rj: rj)
        case 0x06 where word >> 22 == 0x18: self = .cacheOperation
        case 0x06 where word >> 15 == 0xC90: self = Self.iocsr(word, rd, rj)
        case 0x06 where word >> 15 == 0xC91: self = .idle
        default: self = .unknown
        }
    }

    private static func iocsr(_ word: UInt32, _ rd: UInt8, _ rj: UInt8) -> ExitCause {
        let operation = word >> 10 & 31
        guard operation < 8 else { return .unknown }
        return .iocsr(size: 1 << Int(operation & 3), isStore: operation & 4 != 0, rd: rd, rj: rj)
    }
}

/// A load or store to a place without memory.
struct MMIOAccess: Equatable {
    let size: Int
    let isStore: Bool
    let isSigned: Bool
    let register: UInt8

    init(size: Int, isStore: Bool, isSigned: Bool, register: UInt8) {
        (self.size, self.isStore, self.isSigned, self.register) = (size, isStore, isSigned, register)
    }

    /// Decodes the forms that the kernel emulates; nil for all others (atomics, floating point, vectors).
    init?(word: UInt32) {
        register = UInt8(word & 31)
        switch word >> 24 {
        case 0x24: (size, isStore, isSigned) = (4, false, true)
        case 0x25: (size, isStore, isSigned) = (4, true, false)
        case 0x26: (size, isStore, isSigned) = (8, false, false)
        case 0x27: (size, isStore, isSigned) = (8, true, false)
        case 0x28...0x2E:
            let operation = word >> 22 & 0x3FF
            switch operation {
            case 0xA0...0xA3: (size, isStore, isSigned) = (1 << Int(operation - 0xA0), false, true)
            case 0xA4...0xA7: (size, isStore, isSigned) = (1 << Int(operation - 0xA4), true, false)
            case 0xA8...0xAA: (size, isStore, isSigned) = (1 << Int(operation - 0xA8), false, false)
            default: return nil
            }
        case 0x38:
            switch word >> 15 {
            case 0x7000, 0x7008, 0x7010, 0x7018: (size, isStore, isSigned) = (1 << Int(word >> 18 & 3), false, true)
            case 0x7020, 0x7028, 0x7030, 0x7038: (size, isStore, isSigned) = (1 << Int(word >> 18 & 3), true, false)
            case 0x7040, 0x7048, 0x7050: (size, isStore, isSigned) = (1 << Int(word >> 18 & 3), false, false)
            default: return nil
            }
        default: return nil
        }
    }

    /// A loaded value as the register gets it.
    func extended(_ value: UInt64) -> UInt64 {
        let shift = UInt64(64 - 8 * size)
        return isSigned ? UInt64(bitPattern: Int64(bitPattern: value << shift) >> Int64(shift)) : (value << shift) >> shift
    }
}
