import CHost
import Glibc

/// Waiting for descriptors: poll, select, epoll, and the descriptors made for being waited for.
enum EventCalls {
    static let table: KeyValuePairs<Int, SystemCall> = [
        19: PassThrough.call("eventfd2", 290, [.value, .value], .makesDescriptor),
        20: PassThrough.call("epoll_create1", 291, [.value], .makesDescriptor),
        21: SystemCall("epoll_ctl") { thread, a in controlEpoll(thread, a) },
        22: SystemCall("epoll_pwait") { thread, a in waitEpoll(thread, a, host: 281) },
        26: PassThrough.call("inotify_init1", 294, [.value], .makesDescriptor),
        27: PassThrough.call("inotify_add_watch", 254, [.descriptor, .path, .value]),
        28: PassThrough.call("inotify_rm_watch", 255, [.descriptor, .value]),
        72: SystemCall("pselect6") { thread, a in select(thread, a) },
        73: SystemCall("ppoll") { thread, a in poll(thread, a) },
        74: SystemCall("signalfd4") { thread, a in signalDescriptor(thread, a) },
        85: PassThrough.call("timerfd_create", 283, [.value, .value], .makesDescriptor),
        86: PassThrough.call("timerfd_settime", 286, [.descriptor, .value, .memory(32), .memory(32)]),
        87: PassThrough.call("timerfd_gettime", 287, [.descriptor, .memory(32)]),
        441: SystemCall("epoll_pwait2") { thread, a in
            guard UserMemory.admitsOrNull(a.a3, 16) else { return .error(EFAULT) }
            return waitEpoll(thread, a, host: 441)
        },
    ]

    /// Runs a waiting call with the guest's signal mask at `address` (null: none) in place for its duration. `body` gets the address of the host's copy.
    private static func withMask(_ thread: GuestThread, _ address: UInt64, size: UInt64, _ body: (UInt64) -> SystemCallOutcome) -> SystemCallOutcome {
        guard address != 0 else { return body(0) }
        guard size == SignalNumbers.setSize else { return .error(EINVAL) }
        guard var mask: UInt64 = UserMemory.read(address) else { return .error(EFAULT) }
        mask &= ~SignalNumbers.unblockable
        thread.temporaryMask = mask
        let outcome = withUnsafePointer(to: SignalCalls.hostMask(mask)) { body(UInt64(UInt(bitPattern: $0))) }
        if case .interrupted = outcome { return outcome }
        thread.temporaryMask = nil
        return outcome
    }

    private static func poll(_ thread: GuestThread, _ a: SystemCallArguments) -> SystemCallOutcome {
        let (size, overflow) = a.a1.multipliedReportingOverflow(by: 8)
        guard !overflow, UserMemory.admitsOrNull(a.a0, size), UserMemory.admitsOrNull(a.a2, 16) else { return .error(EFAULT) }
        return withMask(thread, a.a3, size: a.a4) { mask in
            thread.blockingCall(271, a.a0, a.a1, a.a2, mask, 8, restarts: false)
        }
    }

    private static func select(_ thread: GuestThread, _ a: SystemCallArguments) -> SystemCallOutcome {
        let count = a.int(0)
        guard count >= 0 else { return .error(EINVAL) }
        let size = UInt64(Int(count) + 63) / 64 * 8
        guard [a.a1, a.a2, a.a3].allSatisfy({ UserMemory.admitsOrNull($0, size) }), UserMemory.admitsOrNull(a.a4, 16) else { return .error(EFAULT) }
        var mask: (UInt64, UInt64) = (0, 8)
        if a.a5 != 0 {
            guard let given: (UInt64, UInt64) = UserMemory.read(a.a5) else { return .error(EFAULT) }
            mask = given
        }
        return withMask(thread, mask.0, size: mask.1) { hostMask in
            withUnsafePointer(to: (hostMask, UInt64(8))) {
                thread.blockingCall(270, a.a0, a.a1, a.a2, a.a3, a.a4, UInt64(UInt(bitPattern: $0)), restarts: false)
            }
        }
    }

    private static func controlEpoll(_ thread: GuestThread, _ a: SystemCallArguments) -> SystemCallOutcome {
        guard thread.process.descriptors.contains(a.int(0)), thread.process.descriptors.contains(a.int(2)) else { return .error(EBADF) }
        guard a.a3 != 0 else { return .value(longma_syscall(233, a.a0, a.a1, a.a2, 0, 0, 0)) }
        guard let bytes = UserMemory.bytes(a.a3, EpollEvent.guestSize) else { return .error(EFAULT) }
        var host = EpollEvent.toHost(bytes)
        return .value(host.withUnsafeMutableBytes { longma_syscall(233, a.a0, a.a1, a.a2, UInt64(UInt(bitPattern: $0.baseAddress!)), 0, 0) })
    }

    private static func waitEpoll(_ thread: GuestThread, _ a: SystemCallArguments, host number: Int64) -> SystemCallOutcome {
        guard thread.process.descriptors.contains(a.int(0)) else { return .error(EBADF) }
        let count = a.int(2)
        guard count > 0, count <= 1 << 20 else { return .error(EINVAL) }
        guard UserMemory.admits(a.a1, UInt64(count) * UInt64(EpollEvent.guestSize)) else { return .error(EFAULT) }
        // More events than this are left for the next call.
        let capacity = min(Int(count), 4096)
        return withUnsafeTemporaryAllocation(byteCount: capacity * EpollEvent.hostSize, alignment: 8) { buffer in
            let outcome = withMask(thread, a.a4, size: a.a5) { mask in
                thread.blockingCall(
                    number, a.a0, UInt64(UInt(bitPattern: buffer.baseAddress!)), UInt64(capacity), a.a3, mask, 8, restarts: false)
            }
            guard case .value(let got) = outcome, got > 0 else { return outcome }
            let bytes = EpollEvent.toGuest(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(buffer)[..<(Int(got) * EpollEvent.hostSize)]))
            return UserMemory.write(a.a1, bytes: bytes) ? outcome : .error(EFAULT)
        }
    }

    private static func signalDescriptor(_ thread: GuestThread, _ a: SystemCallArguments) -> SystemCallOutcome {
        let old = a.int(0)
        guard old == -1 || thread.process.descriptors.contains(old) else { return .error(EBADF) }
        guard a.a2 == SignalNumbers.setSize else { return .error(EINVAL) }
        guard let mask: UInt64 = UserMemory.read(a.a1) else { return .error(EFAULT) }
        let result = withUnsafePointer(to: SignalCalls.hostMask(mask)) {
            longma_syscall(289, a.a0, UInt64(UInt(bitPattern: $0)), 8, a.a3, 0, 0)
        }
        if result >= 0 { thread.process.descriptors.add(Int32(truncatingIfNeeded: result)) }
        return .value(result)
    }
}

/// `struct epoll_event`: 16 bytes on LA64 (events, 4 bytes of padding, data), 12 on x86-64 (packed).
package enum EpollEvent {
    package static let guestSize = 16
    package static let hostSize = 12

    /// One event in the host's layout.
    package static func toHost(_ bytes: [UInt8]) -> [UInt8] { Array(bytes[0..<4] + bytes[8..<16]) }

    /// Any number of the host's events in the guest's layout.
    package static func toGuest(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count / hostSize * guestSize)
        for start in stride(from: 0, to: bytes.count, by: hostSize) {
            result.append(contentsOf: bytes[start..<(start + 4)])
            result.append(contentsOf: repeatElement(0, count: 4))
            result.append(contentsOf: bytes[(start + 4)..<(start + 12)])
        }
        return result
    }
}
