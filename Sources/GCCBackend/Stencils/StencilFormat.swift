import Glibc
import LoongArch
import Translator

/// Where the parts of a stencil file are: a header, then one table behind the other.
struct StencilFormat {
    /// Changes with the meaning of what is in a file, and of what stencils find in the CPU state.
    fileprivate static let format: UInt64 = 3
    fileprivate static let magic: UInt64 = 0x314c_4e54_5341_474c
    /// Words before the tables: magic, format, key, the tables' counts, checksum.
    fileprivate static let header = 11
    private static let strides = [
        MemoryLayout<Stencil>.stride, 2, MemoryLayout<StencilHole>.stride, MemoryLayout<StencilRegister>.stride, MemoryLayout<StencilSite>.stride, 1, 1,
    ]

    /// How many elements each table has, and at which byte it begins.
    private(set) var counts = (0, 0, 0, 0, 0, 0, 0)
    private(set) var starts = (0, 0, 0, 0, 0, 0, 0)

    /// Nil unless the file is whole, and for this key.
    init?(_ file: UnsafeRawBufferPointer, key: UInt64) {
        let size = 8 * Self.header
        guard file.count >= size else { return nil }
        func word(_ number: Int) -> UInt64 { file.loadUnaligned(fromByteOffset: 8 * number, as: UInt64.self) }
        guard word(0) == Self.magic, word(1) == Self.format, word(2) == key else { return nil }
        var at = size
        withUnsafeMutableBytes(of: &counts) { counts in
            withUnsafeMutableBytes(of: &starts) { starts in
                for number in 0..<Self.strides.count where word(3 + number) < 1 << 24 {
                    counts.storeBytes(of: Int(word(3 + number)), toByteOffset: 8 * number, as: Int.self)
                    starts.storeBytes(of: at, toByteOffset: 8 * number, as: Int.self)
                    at += Int(word(3 + number)) * Self.strides[number]
                }
            }
        }
        for number in 0..<Self.strides.count where word(3 + number) >= 1 << 24 { return nil }
        guard file.count == at, word(10) == Self.checksum(file) else { return nil }
        guard counts.1 == StencilLibrary.tableSize else { return nil }
        for index in 0..<counts.1 where Int(file.loadUnaligned(fromByteOffset: starts.1 + 2 * index, as: UInt16.self)) >= counts.0 { return nil }
    }

    /// Of everything but itself.
    fileprivate static func checksum(_ file: UnsafeRawBufferPointer) -> UInt64 {
        Checksum.of(UnsafeRawBufferPointer(rebasing: file[(8 * header)...])) ^ Checksum.of(UnsafeRawBufferPointer(rebasing: file[..<(8 * header - 8)]))
    }
}

extension StencilLibrary.Content {
    /// The library as a file for hosts that have the same `key`.
    public func file(key: UInt64) -> [UInt8] {
        var file: [UInt8] = []
        func append<T>(_ array: [T]) { array.withUnsafeBytes { file += $0 } }
        let counts = [stencils.count, table.count, holes.count, registers.count, sites.count, decoder.count, bytes.count].map { UInt64($0) }
        append([StencilFormat.magic, StencilFormat.format, key] + counts + [0])
        append(stencils)
        append(table)
        append(holes)
        append(registers)
        append(sites)
        append(decoder)
        append(bytes)
        let checksum = file.withUnsafeBytes { StencilFormat.checksum($0) }
        file.withUnsafeMutableBytes { $0.storeBytes(of: checksum, toByteOffset: 8 * (StencilFormat.header - 1), as: UInt64.self) }
        return file
    }

    /// The library in a file; nil unless the file is whole, and for this key.
    public init?(file: [UInt8], key: UInt64) {
        guard let format = file.withUnsafeBytes({ StencilFormat($0, key: key) }) else { return nil }
        self.init()
        func take<T>(_ start: Int, _ count: Int, _ type: T.Type) -> [T] {
            file.withUnsafeBytes { bytes in
                [T](unsafeUninitializedCapacity: count) { buffer, filled in
                    memcpy(buffer.baseAddress!, bytes.baseAddress! + start, count * MemoryLayout<T>.stride)
                    filled = count
                }
            }
        }
        stencils = take(format.starts.0, format.counts.0, Stencil.self)
        table = take(format.starts.1, format.counts.1, UInt16.self)
        holes = take(format.starts.2, format.counts.2, StencilHole.self)
        registers = take(format.starts.3, format.counts.3, StencilRegister.self)
        sites = take(format.starts.4, format.counts.4, StencilSite.self)
        decoder = take(format.starts.5, format.counts.5, UInt8.self)
        bytes = take(format.starts.6, format.counts.6, UInt8.self)
    }
}

extension StencilLibrary {
    /// The library in the open `file`, which is read as a whole and never copied; nil unless it is whole, and for this key. `decoder` gets the decoder's
    /// tables in it, which stay as well.
    convenience init?(file: Int32, key: UInt64, decoder: (UnsafeRawBufferPointer) -> Void) {
        var status = stat()
        guard fstat(file, &status) == 0, status.st_size < 64 << 20 else { return nil }
        let size = Int(status.st_size)
        let memory = UnsafeMutableRawPointer.allocate(byteCount: size + Self.padding, alignment: 16)
        var count = 0
        while count < size {
            let got = pread(file, memory + count, size - count, off_t(count))
            if got < 0, errno == EINTR { continue }
            if got <= 0 { break }
            count += got
        }
        guard count == size, let format = StencilFormat(UnsafeRawBufferPointer(start: memory, count: size), key: key) else {
            memory.deallocate()
            return nil
        }
        func table<T>(_ start: Int, _ type: T.Type) -> UnsafePointer<T> { UnsafePointer((memory + start).assumingMemoryBound(to: T.self)) }
        decoder(UnsafeRawBufferPointer(start: memory + format.starts.5, count: format.counts.5))
        self.init(
            stencils: table(format.starts.0, Stencil.self), count: format.counts.0, table: table(format.starts.1, UInt16.self),
            holes: table(format.starts.2, StencilHole.self), registers: table(format.starts.3, StencilRegister.self),
            sites: table(format.starts.4, StencilSite.self), bytes: table(format.starts.6, UInt8.self), codeSize: format.counts.6)
    }
}
