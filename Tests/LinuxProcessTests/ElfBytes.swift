/// Makes small ELF files for tests.
struct ElfBytes {
    struct Segment {
        var type: UInt32 = 1
        var flags: UInt32 = 5
        var offset: UInt64 = 0
        var address: UInt64 = 0x10000
        var fileSize: UInt64 = 0x200
        var memorySize: UInt64 = 0x200
    }

    var type: UInt16 = 2
    var machine: UInt16 = 258
    var entry: UInt64 = 0x10100
    var headerOffset: UInt64 = 64
    var entrySize: UInt16 = 56
    var segments = [Segment()]
    /// Overrides the number of program headers in the file header.
    var count: UInt16?
    /// Instruction words placed at file offset 0x100.
    var code: [UInt32] = []
    var length = 0x200

    var bytes: [UInt8] {
        var bytes: [UInt8] = [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1] + [UInt8](repeating: 0, count: 9)
        func add<T: FixedWidthInteger>(_ value: T) { withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) } }
        add(type)
        add(machine)
        add(UInt32(1))
        add(entry)
        add(headerOffset)
        add(UInt64(0))
        add(UInt32(0))
        add(UInt16(64))
        add(entrySize)
        add(count ?? UInt16(segments.count))
        add(UInt16(0))
        add(UInt16(0))
        add(UInt16(0))
        for segment in segments {
            add(segment.type)
            add(segment.flags)
            add(segment.offset)
            add(segment.address)
            add(segment.address)
            add(segment.fileSize)
            add(segment.memorySize)
            add(UInt64(0x1000))
        }
        while bytes.count < 0x100 { bytes.append(0) }
        for word in code { add(word) }
        while bytes.count < length { bytes.append(0) }
        return bytes
    }
}
