import Glibc
import LoongArch

/// The stencils of a host, ready to be copied and patched. Lives as long as the process.
public final class StencilLibrary: @unchecked Sendable {
    /// Variants of an opcode in the table: bits 0, 1, 2 for register 0 in the fields rd, rj, rk; bit 3 for the alternative stencil.
    public static let variants = 16

    /// The parts of a library, as they are made and as they are kept.
    public struct Content: Sendable {
        public var stencils: [Stencil] = []
        /// The stencil of an opcode and variant.
        public var table: [UInt16] = []
        public var holes: [StencilHole] = []
        public var registers: [StencilRegister] = []
        public var sites: [StencilSite] = []
        public var bytes: [UInt8] = []

        public init() {}
    }

    let stencils: UnsafePointer<Stencil>
    let table: UnsafePointer<UInt16>
    let holes: UnsafePointer<StencilHole>
    let registers: UnsafePointer<StencilRegister>
    let sites: UnsafePointer<StencilSite>
    let bytes: UnsafePointer<UInt8>
    /// What a register's number is in a field: see `RegisterField`.
    let fieldBits: UnsafePointer<UInt8>
    /// How many stencils there are, and how many bytes of code.
    public let count: Int
    public let codeSize: Int

    public init(_ content: Content) {
        func copy<T>(_ array: [T]) -> UnsafePointer<T> {
            let place = UnsafeMutablePointer<T>.allocate(capacity: array.count + 1)
            place.initialize(from: array, count: array.count)
            return UnsafePointer(place)
        }
        stencils = copy(content.stencils)
        table = copy(content.table)
        holes = copy(content.holes)
        registers = copy(content.registers)
        sites = copy(content.sites)
        // Copying takes more than is there.
        bytes = copy(content.bytes + [UInt8](repeating: 0, count: 64))
        count = content.stencils.count
        codeSize = content.bytes.count
        fieldBits = copy((0..<RegisterField.count * 16).map { RegisterField.bits(UInt8($0 / 16), UInt8($0 % 16)) })
    }
}

extension StencilLibrary.Content {
    /// Changes with the meaning of what is in a file, and of what stencils find in the CPU state.
    private static let format: UInt64 = 1
    private static let magic: UInt64 = 0x314c_4e54_5341_474c
    private static let header = 11

    /// The library as a file for hosts that have the same `key`.
    public func file(key: UInt64) -> [UInt8] {
        var body: [UInt8] = []
        func append<T>(_ array: [T]) { array.withUnsafeBytes { body += $0 } }
        append(stencils)
        append(table)
        append(holes)
        append(registers)
        append(sites)
        append(bytes)
        let counts = [stencils.count, table.count, holes.count, registers.count, sites.count, bytes.count].map { UInt64($0) }
        let words = [Self.magic, Self.format, key] + counts
        let checksum = body.withUnsafeBytes { checksumOfBytes($0) } ^ words.withUnsafeBytes { checksumOfBytes($0) }
        return (words + [checksum, 0]).withUnsafeBytes { Array($0) } + body
    }

    /// The library in a file; nil unless the file is whole, and for this key.
    public init?(file: [UInt8], key: UInt64) {
        let size = 8 * Self.header
        guard file.count >= size else { return nil }
        let words = file.withUnsafeBytes { bytes in (0..<Self.header).map { bytes.loadUnaligned(fromByteOffset: 8 * $0, as: UInt64.self) } }
        guard words[0] == Self.magic, words[1] == Self.format, words[2] == key, words[10] == 0 else { return nil }
        guard words[3..<9].allSatisfy({ $0 < 1 << 24 }) else { return nil }
        let counts = words[3..<9].map { Int($0) }
        let strides = [
            MemoryLayout<Stencil>.stride, 2, MemoryLayout<StencilHole>.stride, MemoryLayout<StencilRegister>.stride, MemoryLayout<StencilSite>.stride, 1,
        ]
        guard file.count == zip(counts, strides).reduce(size, { $0 + $1.0 * $1.1 }) else { return nil }
        let checksum = file[size...].withUnsafeBytes { checksumOfBytes($0) } ^ words[..<9].withUnsafeBytes { checksumOfBytes($0) }
        guard checksum == words[9] else { return nil }
        var at = size
        func take<T>(_ count: Int, _ type: T.Type) -> [T] {
            defer { at += count * MemoryLayout<T>.stride }
            return file.withUnsafeBytes { bytes in
                [T](unsafeUninitializedCapacity: count) { buffer, filled in
                    memcpy(buffer.baseAddress!, bytes.baseAddress! + at, count * MemoryLayout<T>.stride)
                    filled = count
                }
            }
        }
        stencils = take(counts[0], Stencil.self)
        table = take(counts[1], UInt16.self)
        holes = take(counts[2], StencilHole.self)
        registers = take(counts[3], StencilRegister.self)
        sites = take(counts[4], StencilSite.self)
        bytes = take(counts[5], UInt8.self)
        guard table.count == StencilLibrary.variants * InstructionTable.count, table.allSatisfy({ $0 < stencils.count }) else { return nil }
    }
}

/// FNV-1a by words of eight bytes, with the high half mixed in.
package func checksumOfBytes(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325 ^ UInt64(bytes.count)
    var at = 0
    while at + 8 <= bytes.count {
        hash = (hash ^ bytes.loadUnaligned(fromByteOffset: at, as: UInt64.self)) &* 0x0000_0100_0000_01b3
        hash ^= hash >> 29
        at += 8
    }
    while at < bytes.count {
        hash = (hash ^ UInt64(bytes[at])) &* 0x0000_0100_0000_01b3
        hash ^= hash >> 29
        at += 1
    }
    return hash
}
