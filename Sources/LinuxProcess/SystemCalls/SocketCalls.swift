import CHost
import Glibc

/// Sockets. Addresses and constants are the same on both machines; every structure that holds pointers is copied and checked.
enum SocketCalls {
    static let table: KeyValuePairs<Int, SystemCall> = [
        198: PassThrough.call("socket", 41, [.value, .value, .value], .makesDescriptor),
        199: SystemCall("socketpair") { thread, a in
            DescriptorCalls.pair(thread, address: a.a3) { longma_syscall(53, a.a0, a.a1, a.a2, $0, 0, 0) }
        },
        200: PassThrough.call("bind", 49, [.descriptor, .buffer(length: 2), .value]),
        201: PassThrough.call("listen", 50, [.descriptor, .value]),
        202: SystemCall("accept") { thread, a in accept(thread, a, flags: 0) },
        203: PassThrough.call("connect", 42, [.descriptor, .buffer(length: 2), .value]),
        204: SystemCall("getsockname") { thread, a in address(thread, a, host: 51) },
        205: SystemCall("getpeername") { thread, a in address(thread, a, host: 52) },
        206: PassThrough.call("sendto", 44, [.descriptor, .buffer(length: 2), .value, .value, .buffer(length: 5), .value]),
        207: SystemCall("recvfrom") { thread, a in receive(thread, a) },
        208: SystemCall("setsockopt") { thread, a in setOption(thread, a) },
        209: SystemCall("getsockopt") { thread, a in getOption(thread, a) },
        210: PassThrough.call("shutdown", 48, [.descriptor, .value]),
        211: SystemCall("sendmsg") { thread, a in MessageCalls.send(thread, a) },
        212: SystemCall("recvmsg") { thread, a in MessageCalls.receive(thread, a) },
        242: SystemCall("accept4") { thread, a in accept(thread, a, flags: a.a3) },
    ]

    /// Runs a call that takes a buffer at `buffer` and the address of its length at `length`; the kernel sees a copy of the length, checked against the buffer.
    private static func withLength(buffer: UInt64, length: UInt64, _ body: (UInt64) -> SystemCallOutcome) -> SystemCallOutcome {
        guard buffer != 0, length != 0 else { return length == 0 && buffer != 0 ? .error(EFAULT) : body(0) }
        guard var size: UInt32 = UserMemory.read(length) else { return .error(EFAULT) }
        guard Int32(bitPattern: size) >= 0 else { return .error(EINVAL) }
        guard UserMemory.admits(buffer, UInt64(size)) else { return .error(EFAULT) }
        let outcome = withUnsafeMutablePointer(to: &size) { body(UInt64(UInt(bitPattern: $0))) }
        if case .value(let result) = outcome, result >= 0, !UserMemory.write(length, size) { return .error(EFAULT) }
        return outcome
    }

    private static func accept(_ thread: GuestThread, _ a: SystemCallArguments, flags: UInt64) -> SystemCallOutcome {
        guard thread.process.descriptors.contains(a.int(0)) else { return .error(EBADF) }
        return withLength(buffer: a.a1, length: a.a2) { length in
            let outcome = thread.blockingCall(288, a.a0, length == 0 ? 0 : a.a1, length, flags)
            if case .value(let number) = outcome, number >= 0 { thread.process.descriptors.add(Int32(truncatingIfNeeded: number)) }
            return outcome
        }
    }

    private static func address(_ thread: GuestThread, _ a: SystemCallArguments, host: Int64) -> SystemCallOutcome {
        guard thread.process.descriptors.contains(a.int(0)) else { return .error(EBADF) }
        guard a.a1 != 0 else { return .error(EFAULT) }
        return withLength(buffer: a.a1, length: a.a2) { thread.blockingCall(host, a.a0, a.a1, $0) }
    }

    private static func receive(_ thread: GuestThread, _ a: SystemCallArguments) -> SystemCallOutcome {
        guard thread.process.descriptors.contains(a.int(0)) else { return .error(EBADF) }
        guard UserMemory.admitsOrNull(a.a1, a.a2) else { return .error(EFAULT) }
        return withLength(buffer: a.a4, length: a.a5) { length in
            thread.blockingCall(45, a.a0, a.a1, a.a2, a.a3, length == 0 ? 0 : a.a4, length)
        }
    }

    /// Options whose values hold addresses, or that belong to protocols of which that is not known, are refused.
    private static func isOffered(level: Int32, option: Int32, setting: Bool) -> Bool {
        switch level {
        case 1: return !(setting && [26, 50, 51, 52].contains(option))  // SOL_SOCKET; filters
        case 6: return option != 35  // IPPROTO_TCP; TCP_ZEROCOPY_RECEIVE
        case 0, 41: return option < 64  // IPPROTO_IP, IPPROTO_IPV6; above are the packet filters
        case 17, 136, 1 << 8 | 14: return true  // UDP, UDP-Lite, netlink
        default: return false
        }
    }

    private static func setOption(_ thread: GuestThread, _ a: SystemCallArguments) -> SystemCallOutcome {
        guard thread.process.descriptors.contains(a.int(0)) else { return .error(EBADF) }
        guard isOffered(level: a.int(1), option: a.int(2), setting: true) else { return .error(ENOPROTOOPT) }
        guard a.int(4) >= 0 else { return .error(EINVAL) }
        guard UserMemory.admitsOrNull(a.a3, UInt64(a.int(4))) else { return .error(EFAULT) }
        return thread.blockingCall(54, a.a0, a.a1, a.a2, a.a3, a.a4)
    }

    private static func getOption(_ thread: GuestThread, _ a: SystemCallArguments) -> SystemCallOutcome {
        guard thread.process.descriptors.contains(a.int(0)) else { return .error(EBADF) }
        guard isOffered(level: a.int(1), option: a.int(2), setting: false) else { return .error(ENOPROTOOPT) }
        guard a.a3 != 0 else { return .error(EFAULT) }
        return withLength(buffer: a.a3, length: a.a4) { thread.blockingCall(55, a.a0, a.a1, a.a2, a.a3, $0) }
    }
}
