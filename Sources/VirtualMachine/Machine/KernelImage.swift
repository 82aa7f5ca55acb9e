/// A bare-metal guest's ELF file: what to put where in guest physical memory, and where to begin.
public struct KernelImage: Sendable {
    /// Why a file is no such image.
    public struct ImageError: Error, CustomStringConvertible, Sendable {
        public let description: String
    }

    /// Bytes for a guest physical address, and how many there are in memory, zeros behind them included.
    public struct Segment: Sendable {
        public let address: UInt64
        public let bytes: ArraySlice<UInt8>
        public let memorySize: UInt64
    }

    public let segments: [Segment]
    /// Where the guest begins, with direct addressing.
    public let entry: UInt64

    public init(_ file: [UInt8]) throws(ImageError) {
        func bad(_ text: String) -> ImageError { ImageError(description: text) }
        func number(_ offset: Int, _ size: Int) -> UInt64 { (0..<size).reduce(0) { $0 | UInt64(file[offset + $1]) << UInt64(8 * $1) } }
        guard file.count >= 4, file.starts(with: [0x7F, 0x45, 0x4C, 0x46]) else { throw bad("is not an ELF file") }
        guard file.count >= 64 else { throw bad("is truncated: it has no whole ELF header") }
        guard file[4] == 2, file[5] == 1 else { throw bad("is not a 64-bit little-endian ELF file") }
        guard number(18, 2) == 258 else { throw bad("is for another machine (ELF machine \(number(18, 2))), not LoongArch") }
        guard number(16, 2) == 2 else { throw bad("is not an executable with fixed addresses (ELF type \(number(16, 2))); link it statically, without -pie") }
        let headers = number(32, 8)
        let count = number(56, 2)
        guard number(54, 2) == 56, headers <= UInt64(file.count), count * 56 <= UInt64(file.count) - headers else {
            throw bad("is truncated: its program headers are not in the file")
        }
        var segments: [Segment] = []
        for index in 0..<Int(count) {
            let at = Int(headers) + 56 * index
            guard number(at, 4) == 1 else { continue }
            let (offset, size, memory) = (number(at + 8, 8), number(at + 32, 8), number(at + 40, 8))
            guard offset <= UInt64(file.count), size <= UInt64(file.count) - offset else { throw bad("is truncated: a segment is not in the file") }
            guard size <= memory else { throw bad("has a segment that is larger in the file than in memory") }
            segments.append(Segment(address: number(at + 24, 8) & 0xFFFF_FFFF_FFFF, bytes: file[Int(offset)..<Int(offset + size)], memorySize: memory))
        }
        guard !segments.isEmpty else { throw bad("has nothing to load") }
        self.segments = segments
        entry = number(24, 8)
    }
}

extension VM {
    /// Copies an image into guest memory; throws when it does not fit.
    public func load(_ image: KernelImage) throws {
        for segment in image.segments {
            let place = "0x" + String(segment.address, radix: 16)
            guard let slot = slots.first(where: { $0.range.contains(segment.address) }), segment.memorySize <= slot.range.upperBound - segment.address else {
                throw MachineError("a segment of \(segment.memorySize) bytes at \(place) does not lie in the guest's memory; give it more with --memory")
            }
            _ = write(segment.bytes, at: segment.address)
            _ = write(repeatElement(0, count: Int(segment.memorySize) - segment.bytes.count), at: segment.address + UInt64(segment.bytes.count))
        }
    }
}
