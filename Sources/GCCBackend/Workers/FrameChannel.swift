import Glibc

/// Sends and receives messages over a stream socket: kind, length and checksum, then the bytes.
struct FrameChannel {
    enum Kind: UInt32 {
        /// The worker is ready, or says why it never will be.
        case ready = 1
        case request = 2
        case unit = 3
        case failure = 4
        /// A request without an answer, for when nobody waits any more.
        case rest = 5
    }

    /// Why nothing came.
    enum Trouble: Error {
        /// The other side is gone.
        case closed
        case timedOut
        /// Nobody waits for it any more.
        case stopped
        case malformed
    }

    private static let magic: UInt32 = 0x314D_474C
    private static let headerSize = 24
    /// No message is longer.
    private static let limit = 1 << 30

    /// A non-blocking socket.
    let descriptor: Int32
    /// Milliseconds between calls of `interruption`, which says whether to wait no longer.
    private static let tick: Int32 = 5

    static func now() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }

    /// Waits until the socket is ready for `events`, at most until the monotonic time `deadline`.
    private func wait(_ events: Int32, until deadline: Double, _ interruption: (() -> Trouble?)?) throws(Trouble) {
        while true {
            if let trouble = interruption?() { throw trouble }
            let left = deadline - Self.now()
            if left <= 0 { throw .timedOut }
            var entry = pollfd(fd: descriptor, events: Int16(events), revents: 0)
            let milliseconds = Int32(min(left * 1000 + 1, 60000))
            let count = poll(&entry, 1, interruption == nil ? milliseconds : min(milliseconds, Self.tick))
            if count > 0 { return }
            if count < 0, errno != EINTR { throw .closed }
        }
    }

    /// After a transfer that has failed: waits if it only came too early.
    private func goOn(_ events: Int32, _ deadline: Double, _ interruption: (() -> Trouble?)?) throws(Trouble) {
        if errno == EAGAIN { try wait(events, until: deadline, interruption) } else if errno != EINTR { throw .closed }
    }

    func send(_ kind: Kind, _ payload: [UInt8], until deadline: Double, interruption: (() -> Trouble?)? = nil) throws(Trouble) {
        var header = ByteWriter()
        header.add(Self.magic)
        header.add(kind.rawValue)
        header.add(UInt64(payload.count))
        header.add(Checksum.of(payload))
        for part in [header.bytes, payload] {
            var done = 0
            while done < part.count {
                let count = part.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress! + done, $0.count - done, 0x4000 /* MSG_NOSIGNAL */) }
                if count > 0 { done += count } else { try goOn(POLLOUT, deadline, interruption) }
            }
        }
    }

    func receive(until deadline: Double, interruption: (() -> Trouble?)? = nil) throws(Trouble) -> (kind: Kind, payload: [UInt8]) {
        var head: [UInt8] = []
        try fill(&head, Self.headerSize, deadline, interruption)
        let parsed: (magic: UInt32, kind: UInt32, count: UInt64, sum: UInt64)? = head.withUnsafeBytes { bytes in
            var reader = ByteReader(bytes)
            return try? (reader.read(), reader.read(), reader.read(), reader.read())
        }
        guard let parsed, parsed.magic == Self.magic, let kind = Kind(rawValue: parsed.kind), parsed.count <= Self.limit else { throw .malformed }
        var payload: [UInt8] = []
        try fill(&payload, Int(parsed.count), deadline, interruption)
        guard Checksum.of(payload) == parsed.sum else { throw .malformed }
        return (kind, payload)
    }

    private func fill(_ bytes: inout [UInt8], _ size: Int, _ deadline: Double, _ interruption: (() -> Trouble?)?) throws(Trouble) {
        bytes = [UInt8](repeating: 0, count: size)
        var done = 0
        while done < size {
            let count = bytes.withUnsafeMutableBytes { recv(descriptor, $0.baseAddress! + done, size - done, 0) }
            if count == 0 { throw .closed }
            if count > 0 { done += count } else { try goOn(POLLIN, deadline, interruption) }
        }
    }
}
