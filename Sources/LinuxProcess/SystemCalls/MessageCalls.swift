import CHost
import Glibc

/// `sendmsg` and `recvmsg`: the message header is copied with everything it points to, except the data itself.
enum MessageCalls {
    /// The kernel's `struct msghdr`, the same on both machines.
    private struct Header: BitwiseCopyable {
        var name: UInt64 = 0
        var nameLength: UInt32 = 0
        var padding0: UInt32 = 0
        var vectors: UInt64 = 0
        var vectorCount: UInt64 = 0
        var control: UInt64 = 0
        var controlLength: UInt64 = 0
        var flags: UInt32 = 0
        var padding1: UInt32 = 0
    }

    /// Most ancillary data that one message may carry, in bytes.
    private static let maximumControl: UInt64 = 1 << 16

    /// Reads and checks the header at `address`.
    private static func read(_ address: UInt64) -> Result<(Header, IOVector), SystemCallError> {
        guard let header: Header = UserMemory.read(address), UserMemory.admitsOrNull(header.name, UInt64(header.nameLength)),
            UserMemory.admitsOrNull(header.control, header.controlLength)
        else { return .failure(SystemCallError(errno: EFAULT)) }
        guard header.vectorCount <= 1024 else { return .failure(SystemCallError(errno: EMSGSIZE)) }
        guard header.controlLength <= maximumControl else { return .failure(SystemCallError(errno: ENOBUFS)) }
        return IOVector.read(header.vectors, count: header.vectorCount).map { (header, $0) }
    }

    /// Calls `body` for each descriptor that ancillary data passes on (SCM_RIGHTS).
    private static func descriptors(in control: [UInt8], _ body: (Int32) -> Void) {
        control.withUnsafeBytes { raw in
            var offset = 0
            while offset + 16 <= raw.count {
                let length = Int(clamping: raw.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
                guard length >= 16, length <= raw.count - offset else { return }
                let level = raw.loadUnaligned(fromByteOffset: offset + 8, as: Int32.self)
                let type = raw.loadUnaligned(fromByteOffset: offset + 12, as: Int32.self)
                if level == 1, type == 1 {
                    for at in stride(from: offset + 16, through: offset + length - 4, by: 4) { body(raw.loadUnaligned(fromByteOffset: at, as: Int32.self)) }
                }
                offset += (length + 7) & ~7
            }
        }
    }

    static func send(_ thread: GuestThread, _ a: SystemCallArguments) -> SystemCallOutcome {
        guard thread.process.descriptors.contains(a.int(0)) else { return .error(EBADF) }
        switch read(a.a1) {
        case .failure(let error): return .error(error.errno)
        case .success((var header, var vector)):
            var control: [UInt8] = []
            if header.control != 0, header.controlLength > 0 {
                guard let bytes = UserMemory.bytes(header.control, Int(header.controlLength)) else { return .error(EFAULT) }
                control = bytes
                var foreign = false
                descriptors(in: control) { if !thread.process.descriptors.contains($0) { foreign = true } }
                if foreign { return .error(EBADF) }
            }
            return control.withUnsafeMutableBytes { bytes in
                header.control = bytes.count == 0 ? 0 : UInt64(UInt(bitPattern: bytes.baseAddress!))
                return vector.withPointer { pointer in
                    header.vectors = pointer
                    return withUnsafeMutablePointer(to: &header) { thread.blockingCall(46, a.a0, UInt64(UInt(bitPattern: $0)), a.a2) }
                }
            }
        }
    }

    static func receive(_ thread: GuestThread, _ a: SystemCallArguments) -> SystemCallOutcome {
        guard thread.process.descriptors.contains(a.int(0)) else { return .error(EBADF) }
        switch read(a.a1) {
        case .failure(let error): return .error(error.errno)
        case .success((var header, var vector)):
            let guestHeader = header
            var control = [UInt8](repeating: 0, count: header.control == 0 ? 0 : Int(header.controlLength))
            let outcome = control.withUnsafeMutableBytes { bytes in
                header.control = bytes.count == 0 ? 0 : UInt64(UInt(bitPattern: bytes.baseAddress!))
                return vector.withPointer { pointer in
                    header.vectors = pointer
                    return withUnsafeMutablePointer(to: &header) { thread.blockingCall(47, a.a0, UInt64(UInt(bitPattern: $0)), a.a2) }
                }
            }
            guard case .value(let result) = outcome, result >= 0 else { return outcome }
            let received = Array(control.prefix(Int(header.controlLength)))
            descriptors(in: received) { thread.process.descriptors.add($0) }
            if !received.isEmpty, !UserMemory.write(guestHeader.control, bytes: received) { return .error(EFAULT) }
            header.control = guestHeader.control
            header.vectors = guestHeader.vectors
            return UserMemory.write(a.a1, header) ? outcome : .error(EFAULT)
        }
    }
}
