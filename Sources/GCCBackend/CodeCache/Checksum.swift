/// A quick 64-bit checksum: any change of one byte, and nearly any other, changes it. It is no protection against people; who may write is.
enum Checksum {
    static func of(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
        // Each step is a bijection of what was there before, so no single difference is lost. Two halves, because a multiplication takes three cycles.
        var a: UInt64 = 0x9E37_79B9_7F4A_7C15 ^ UInt64(bytes.count)
        var b: UInt64 = 0xC2B2_AE3D_27D4_EB4F
        var at = 0
        while at + 16 <= bytes.count {
            a = step(a, bytes.loadUnaligned(fromByteOffset: at, as: UInt64.self))
            b = step(b, bytes.loadUnaligned(fromByteOffset: at + 8, as: UInt64.self))
            at += 16
        }
        while at < bytes.count {
            a = step(a, UInt64(bytes[at]))
            at += 1
        }
        return step(step(a, b), b >> 32)
    }

    static func of(_ bytes: [UInt8]) -> UInt64 { bytes.withUnsafeBytes { of($0) } }

    @inline(__always)
    private static func step(_ state: UInt64, _ word: UInt64) -> UInt64 {
        let product = (state ^ word) &* 0xFF51_AFD7_ED55_8CCD
        return product ^ product >> 32
    }
}
