/// Collects the bytes of a checkpoint: little-endian numbers, counted arrays.
struct CheckpointEncoder {
    private(set) var bytes: [UInt8] = []

    mutating func append(_ value: UInt64) { withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) } }
    mutating func append(_ value: Int) { append(UInt64(bitPattern: Int64(value))) }
    mutating func append(_ value: Bool) { append(UInt64(value ? 1 : 0)) }
    mutating func append(_ values: some Collection<UInt64>) {
        append(values.count)
        for value in values { append(value) }
    }
    mutating func append(raw: UnsafeRawBufferPointer) { bytes.append(contentsOf: raw) }
    mutating func append(counted raw: [UInt8]) {
        append(raw.count)
        bytes.append(contentsOf: raw)
    }
}

/// Reads them back; every number is checked before it is used.
struct CheckpointDecoder {
    private let bytes: ArraySlice<UInt8>
    private var position: Int

    init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        position = bytes.startIndex
    }

    var isAtEnd: Bool { position == bytes.endIndex }

    mutating func raw(_ count: Int) throws(VM.MachineError) -> ArraySlice<UInt8> {
        guard count >= 0, count <= bytes.endIndex - position else { throw VM.MachineError("the checkpoint ends too early") }
        defer { position += count }
        return bytes[position..<position + count]
    }

    mutating func number() throws(VM.MachineError) -> UInt64 { try raw(8).reversed().reduce(0) { $0 << 8 | UInt64($1) } }
    mutating func integer() throws(VM.MachineError) -> Int { Int(truncatingIfNeeded: try number()) }
    mutating func flag() throws(VM.MachineError) -> Bool { try number() != 0 }

    mutating func numbers(atMost limit: Int) throws(VM.MachineError) -> [UInt64] {
        let count = try integer()
        guard (0...limit).contains(count) else { throw VM.MachineError("the checkpoint has a list of \(count) numbers where at most \(limit) belong") }
        var result: [UInt64] = []
        result.reserveCapacity(count)
        for _ in 0..<count { result.append(try number()) }
        return result
    }

    mutating func counted(atMost limit: Int) throws(VM.MachineError) -> ArraySlice<UInt8> {
        let count = try integer()
        guard (0...limit).contains(count) else { throw VM.MachineError("the checkpoint has \(count) bytes where at most \(limit) belong") }
        return try raw(count)
    }
}
