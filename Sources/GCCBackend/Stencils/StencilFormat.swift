import Glibc
import LoongArch
import Translator

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
        let checksum = body.withUnsafeBytes { Checksum.of($0) } ^ words.withUnsafeBytes { Checksum.of($0) }
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
        let checksum = file[size...].withUnsafeBytes { Checksum.of($0) } ^ words[..<9].withUnsafeBytes { Checksum.of($0) }
        guard checksum == words[9] else { return nil }
        self.init()
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
