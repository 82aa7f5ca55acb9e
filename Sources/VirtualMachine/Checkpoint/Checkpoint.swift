import Glibc

/// A machine's whole state as bytes: versioned, with a checksum, and independent of the engine that ran it.
public enum Checkpoint {
    private static let magic: [UInt8] = Array("LONGMAVM".utf8)
    /// Changes whenever what is written changes.
    private static let version: UInt64 = 2

    /// The state of a machine none of whose vcpus is running; `devices`: what the embedder's devices want to keep.
    public static func save(_ machine: VM, devices: [UInt8] = []) -> [UInt8] {
        var encoder = CheckpointEncoder()
        encoder.append(machine.configuration.clock == .instructions)
        encoder.append(machine.slots.flatMap { [$0.base, $0.size] })
        encoder.append(machine.vcpus.count)
        for vcpu in machine.vcpus { vcpu.save(&encoder) }
        for slot in machine.slots { CheckpointPages.save(slot.host, Int(slot.size), &encoder) }
        encoder.append(counted: devices)
        var file = CheckpointEncoder()
        file.append(raw: magic.withUnsafeBytes { $0 })
        file.append(version)
        file.append(checksum(encoder.bytes[...]))
        file.append(counted: encoder.bytes)
        return file.bytes
    }

    /// What a checkpoint's machine must have: its clock, its memory slots, and the number of vcpus.
    public struct Shape: Equatable, Sendable {
        public let clock: Core.Clock
        public let slots: [Range<UInt64>]
        public let vcpus: Int
    }

    /// Checks a file; the shape of the machine that `restore` needs.
    public static func shape(_ file: [UInt8]) throws(VM.MachineError) -> Shape {
        var decoder = CheckpointDecoder(try payload(file))
        return try shape(&decoder)
    }

    private static func shape(_ decoder: inout CheckpointDecoder) throws(VM.MachineError) -> Shape {
        let clock: Core.Clock = try decoder.flag() ? .instructions : .host
        let words = try decoder.numbers(atMost: 128)
        guard words.count & 1 == 0 else { throw VM.MachineError("the checkpoint's memory slots are damaged") }
        var slots: [Range<UInt64>] = []
        for index in stride(from: 0, to: words.count, by: 2) {
            guard words[index] < SecondStageTable.addressLimit, words[index + 1] <= SecondStageTable.addressLimit - words[index] else {
                throw VM.MachineError("the checkpoint's memory slots are damaged")
            }
            slots.append(words[index]..<words[index] + words[index + 1])
        }
        return Shape(clock: clock, slots: slots, vcpus: try decoder.integer())
    }

    /// Puts a machine of the same shape into the state of a checkpoint; what the devices kept comes back.
    public static func restore(_ file: [UInt8], _ machine: VM) throws(VM.MachineError) -> [UInt8] {
        var decoder = CheckpointDecoder(try payload(file))
        let shape = try shape(&decoder)
        guard shape.clock == machine.configuration.clock, shape.slots == machine.slots.map(\.range), shape.vcpus == machine.vcpus.count else {
            throw VM.MachineError("the checkpoint is of a machine with another clock, other memory or another number of vcpus")
        }
        for vcpu in machine.vcpus { try vcpu.restore(&decoder) }
        for slot in machine.slots { try CheckpointPages.restore(slot.host, Int(slot.size), &decoder) }
        let devices = try decoder.counted(atMost: 1 << 20)
        guard decoder.isAtEnd else { throw VM.MachineError("the checkpoint is longer than it should be") }
        for vcpu in machine.vcpus { vcpu.core.codeChanged() }
        return Array(devices)
    }

    private static func payload(_ file: [UInt8]) throws(VM.MachineError) -> ArraySlice<UInt8> {
        guard file.starts(with: magic) else { throw VM.MachineError("is no checkpoint of Longma") }
        var decoder = CheckpointDecoder(file[magic.count...])
        let found = try decoder.number()
        guard found == version else { throw VM.MachineError("is a checkpoint of version \(found); this Longma reads version \(version)") }
        let sum = try decoder.number()
        let payload = try decoder.counted(atMost: file.count)
        guard decoder.isAtEnd, checksum(payload) == sum else { throw VM.MachineError("is damaged: its checksum is wrong") }
        return payload
    }

    /// Eight bytes at a time: multiply, rotate, add.
    private static func checksum(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        bytes.withUnsafeBytes { raw in
            var sum: UInt64 = 0x9E37_79B9_7F4A_7C15 ^ UInt64(raw.count)
            var position = 0
            while position + 8 <= raw.count {
                sum = ((sum ^ raw.loadUnaligned(fromByteOffset: position, as: UInt64.self)) &* 0xFF51_AFD7_ED55_8CCD)
                sum = sum << 29 | sum >> 35
                position += 8
            }
            while position < raw.count {
                sum = (sum ^ UInt64(raw[position])) &* 0x0000_0100_0000_01B3
                position += 1
            }
            return sum
        }
    }

    /// Writes a file so that there is always a whole one: beside it first, then in its place.
    public static func write(_ bytes: [UInt8], to path: String) throws(VM.MachineError) {
        let beside = "\(path).new-\(getpid())"
        func failed(_ step: String) -> VM.MachineError {
            let reason = String(cString: strerror(errno))
            unlink(beside)
            return VM.MachineError("cannot \(step) \(path): \(reason)")
        }
        let file = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw failed("create") }
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(file, $0.baseAddress!, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                let error = failed("write")
                close(file)
                throw error
            }
            rest = rest.dropFirst(count)
        }
        guard fsync(file) == 0, close(file) == 0, rename(beside, path) == 0 else { throw failed("write") }
    }
}
