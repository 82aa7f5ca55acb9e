import CHost

/// The frame that a signal handler finds on its stack (`struct rt_sigframe` of LoongArch, then the floating-point context). Offsets in bytes.
package enum SignalFrame {
    package static let siginfo = 0
    package static let context = 128
    package static let stack = context + 16
    package static let mask = context + 40
    /// `uc_mcontext`.
    package static let registers = context + 176
    package static let pc = registers
    package static let generalRegisters = registers + 8
    package static let flags = registers + 264
    /// Where the extended context begins: records of { magic, size, 8 bytes, payload }.
    package static let extended = registers + 272
    package static let floatingPointMagic: UInt32 = 0x4650_5501
    package static let floatingPointSize: UInt32 = 16 + 272
    /// LSX: 32 registers of 128 bits, condition flags, FCSR. Linux writes this record instead of the other; here it follows it, so that a handler which
    /// edits f[n] in the first is heard, and the upper halves come back from the second.
    package static let vectorMagic: UInt32 = 0x5358_0001
    package static let vectorSize: UInt32 = 16 + 528
    package static let vectors = extended + Int(floatingPointSize)
    package static let size = extended + Int(floatingPointSize) + Int(vectorSize) + 16

    package static let usedFloatingPoint: UInt32 = 1
    package static let addressErrorRead: UInt32 = 1 << 30
    package static let addressErrorWrite: UInt32 = 1 << 31

    /// What a frame holds of the CPU and of the thread.
    package struct Contents: Equatable {
        package var pc: UInt64 = 0
        package var gpr = [UInt64](repeating: 0, count: 32)
        package var fpr = [UInt64](repeating: 0, count: 32)
        /// Bits 127:64 of the vector registers; nil when the frame does not say.
        package var upper: [UInt64]? = [UInt64](repeating: 0, count: 32)
        package var fcc: UInt64 = 0
        package var fcsr: UInt32 = 0
        package var flags: UInt32 = 0
        package var mask: UInt64 = 0
        package var stack = AlternateStack()
        /// Whether the floating-point part was there.
        package var hasFloatingPoint = true

        package init() {}
    }

    /// The bytes of a frame.
    package static func encode(_ contents: Contents, info: LongmaSignalInfo) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: size)
        bytes.withUnsafeMutableBytes { raw in
            func put<T: BitwiseCopyable>(_ offset: Int, _ value: T) { raw.storeBytes(of: value, toByteOffset: offset, as: T.self) }
            put(siginfo, info)
            put(stack, contents.stack)
            put(mask, contents.mask)
            put(pc, contents.pc)
            for index in 0..<32 { put(generalRegisters + 8 * index, contents.gpr[index]) }
            put(flags, contents.flags | usedFloatingPoint)
            put(extended, floatingPointMagic)
            put(extended + 4, floatingPointSize)
            for index in 0..<32 { put(extended + 16 + 8 * index, contents.fpr[index]) }
            put(extended + 16 + 256, contents.fcc)
            put(extended + 16 + 264, contents.fcsr)
            put(vectors, vectorMagic)
            put(vectors + 4, vectorSize)
            for index in 0..<32 {
                put(vectors + 16 + 16 * index, contents.fpr[index])
                put(vectors + 24 + 16 * index, contents.upper?[index] ?? 0)
            }
            put(vectors + 16 + 512, contents.fcc)
            put(vectors + 16 + 520, contents.fcsr)
        }
        return bytes
    }

    /// Reads a frame back, as the handler may have changed it; nil when its extended context makes no sense.
    package static func decode(_ bytes: [UInt8]) -> Contents? {
        guard bytes.count >= size else { return nil }
        return bytes.withUnsafeBytes { raw -> Contents? in
            func get<T: BitwiseCopyable>(_ offset: Int, _ type: T.Type = T.self) -> T { raw.loadUnaligned(fromByteOffset: offset, as: T.self) }
            var contents = Contents()
            contents.stack = get(stack)
            contents.mask = get(mask)
            contents.pc = get(pc)
            for index in 0..<32 { contents.gpr[index] = get(generalRegisters + 8 * index) }
            contents.flags = get(flags)
            contents.hasFloatingPoint = false
            contents.upper = nil
            var offset = extended
            while offset + 16 <= raw.count {
                let magic: UInt32 = get(offset)
                let length = Int(get(offset + 4, UInt32.self))
                if magic == 0 { return contents }
                guard length >= 16, offset + length <= raw.count else { return nil }
                if magic == floatingPointMagic {
                    guard length >= Int(floatingPointSize) else { return nil }
                    for index in 0..<32 { contents.fpr[index] = get(offset + 16 + 8 * index) }
                    contents.fcc = get(offset + 16 + 256)
                    contents.fcsr = get(offset + 16 + 264)
                    contents.hasFloatingPoint = true
                } else if magic == vectorMagic {
                    guard length >= Int(vectorSize) else { return nil }
                    contents.upper = (0..<32).map { get(offset + 24 + 16 * $0) }
                    if !contents.hasFloatingPoint {
                        for index in 0..<32 { contents.fpr[index] = get(offset + 16 + 16 * index) }
                        contents.fcc = get(offset + 16 + 512)
                        contents.fcsr = get(offset + 16 + 520)
                        contents.hasFloatingPoint = true
                    }
                } else {
                    return nil
                }
                offset += length
            }
            return nil
        }
    }
}
