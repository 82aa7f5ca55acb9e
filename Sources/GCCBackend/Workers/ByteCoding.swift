/// Writes numbers, strings and lists, little-endian.
struct ByteWriter {
    private(set) var bytes: [UInt8] = []

    mutating func add(_ value: some FixedWidthInteger) { withUnsafeBytes(of: value.littleEndian) { bytes += $0 } }

    mutating func add(_ text: String) {
        add(UInt32(text.utf8.count))
        bytes += text.utf8
    }

    mutating func add(_ list: [UInt8]) {
        add(UInt64(list.count))
        bytes += list
    }

    /// Bytes without their number.
    mutating func append(_ list: [UInt8]) { bytes += list }

    mutating func reserve(_ count: Int) { bytes.reserveCapacity(bytes.count + count) }
}

/// Reads what a `ByteWriter` wrote; throws where that ends too early.
struct ByteReader {
    struct Truncated: Error {}

    private let bytes: UnsafeRawBufferPointer
    private(set) var position = 0

    /// The bytes must outlive the reader.
    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    var isAtEnd: Bool { position == bytes.count }

    mutating func read<Value: FixedWidthInteger>(_ type: Value.Type = Value.self) throws(Truncated) -> Value {
        let size = MemoryLayout<Value>.size
        guard bytes.count - position >= size else { throw Truncated() }
        defer { position += size }
        return Value(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: Value.self))
    }

    /// A number of things to come, each of at least `size` bytes.
    mutating func count(of size: Int) throws(Truncated) -> Int {
        let count = Int(try read(UInt32.self))
        guard count * size <= bytes.count - position else { throw Truncated() }
        return count
    }

    /// Leaves out bytes that are known to be there.
    mutating func skip(_ count: Int) { position += count }

    mutating func text() throws(Truncated) -> String {
        let count = try count(of: 1)
        defer { position += count }
        return String(decoding: bytes[position..<position + count], as: UTF8.self)
    }

    mutating func list() throws(Truncated) -> [UInt8] {
        let count = try read(UInt64.self)
        guard count <= bytes.count - position else { throw Truncated() }
        defer { position += Int(count) }
        return [UInt8](bytes[position..<position + Int(count)])
    }
}
