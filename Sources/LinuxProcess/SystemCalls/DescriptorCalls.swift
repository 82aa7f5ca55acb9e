import CHost
import Glibc

/// Making, copying, closing and controlling file descriptors.
enum DescriptorCalls {
    static let table: KeyValuePairs<Int, SystemCall> = [
        23: PassThrough.call("dup", 32, [.descriptor], .makesDescriptor),
        24: SystemCall("dup3") { thread, a in duplicate(thread, a) },
        25: SystemCall("fcntl") { thread, a in control(thread, a) },
        29: SystemCall("ioctl") { thread, a in deviceControl(thread, a) },
        57: SystemCall("close") { thread, a in closeOne(thread, a.int(0)) },
        59: SystemCall("pipe2") { thread, a in
            pair(thread, address: a.a0) { longma_syscall(293, $0, a.a1, 0, 0, 0, 0) }
        },
        279: PassThrough.call("memfd_create", 319, [.string, .value], .makesDescriptor),
        436: SystemCall("close_range") { thread, a in closeRange(thread, a) },
    ]

    private static func closeOne(_ thread: GuestThread, _ number: Int32) -> SystemCallOutcome {
        guard thread.process.descriptors.contains(number) else { return .error(EBADF) }
        // Not ours any more before the host can give the number to somebody else.
        thread.process.descriptors.remove(number)
        return .value(longma_syscall(3, UInt64(number), 0, 0, 0, 0, 0))
    }

    private static func closeRange(_ thread: GuestThread, _ a: SystemCallArguments) -> SystemCallOutcome {
        let first = UInt32(truncatingIfNeeded: a.a0)
        let last = UInt32(truncatingIfNeeded: a.a1)
        guard first <= last, a.a2 & ~6 == 0 else { return .error(EINVAL) }
        for number in thread.process.descriptors.all where number >= 0 && UInt32(number) >= first && UInt32(number) <= last {
            if a.a2 & 4 != 0 {  // CLOSE_RANGE_CLOEXEC
                _ = fcntl(number, F_SETFD, FD_CLOEXEC)
            } else {
                _ = closeOne(thread, number)
            }
        }
        return .success
    }

    private static func duplicate(_ thread: GuestThread, _ a: SystemCallArguments) -> SystemCallOutcome {
        let descriptors = thread.process.descriptors
        guard descriptors.contains(a.int(0)) else { return .error(EBADF) }
        let target = a.int(1)
        guard a.int(0) != target else { return .error(EINVAL) }
        guard target >= 0, Int(target) < FileDescriptors.capacity else { return .error(EBADF) }
        // A number that Longma itself uses is not to be had.
        if !descriptors.contains(target), Glibc.fcntl(target, F_GETFD) >= 0 { return .error(EBUSY) }
        let result = longma_syscall(292, a.a0, a.a1, a.a2, 0, 0, 0)
        if result >= 0 { descriptors.add(target) }
        return .value(result)
    }

    /// A call that stores two new descriptors at `address`; `make` gets the address of host memory for them.
    static func pair(_ thread: GuestThread, address: UInt64, _ make: (UInt64) -> Int64) -> SystemCallOutcome {
        var numbers: (Int32, Int32) = (-1, -1)
        let result = withUnsafeMutablePointer(to: &numbers) { make(UInt64(UInt(bitPattern: $0))) }
        guard result >= 0 else { return .value(result) }
        guard UserMemory.write(address, numbers) else {
            close(numbers.0)
            close(numbers.1)
            return .error(EFAULT)
        }
        thread.process.descriptors.add(numbers.0)
        thread.process.descriptors.add(numbers.1)
        return .success
    }

    private static func control(_ thread: GuestThread, _ a: SystemCallArguments) -> SystemCallOutcome {
        let descriptors = thread.process.descriptors
        guard descriptors.contains(a.int(0)) else { return .error(EBADF) }
        let size: UInt64
        switch a.int(1) {
        case 0, 1030:  // F_DUPFD, F_DUPFD_CLOEXEC
            let result = longma_syscall(72, a.a0, a.a1, a.a2, 0, 0, 0)
            if result >= 0 { descriptors.add(Int32(truncatingIfNeeded: result)) }
            return .value(result)
        case 1, 2, 3, 4, 8, 9, 10, 11, 1024, 1025, 1026, 1031, 1032, 1033, 1034: size = 0  // flags, owner, signal, lease, notify, pipe size, seals
        case 5, 6, 7, 36, 37, 38: size = 32  // struct flock
        case 15, 16: size = 8  // struct f_owner_ex
        case 1035, 1036, 1037, 1038: size = 8  // F_GET_RW_HINT and so on
        default: return .error(EINVAL)
        }
        guard size == 0 || UserMemory.admits(a.a2, size) else { return .error(EFAULT) }
        return thread.blockingCall(72, a.a0, a.a1, a.a2)
    }

    /// What the argument of an ioctl is.
    private enum DeviceArgument {
        case value, pointer(UInt64), descriptor, newDescriptor
    }

    private static func deviceArgument(_ request: UInt32) -> DeviceArgument? {
        switch request {
        case 0x5401...0x5408: .pointer(36)  // TCGETS, TCSETS…, struct termios; TCGETA… is smaller
        case 0x5409, 0x540A, 0x540B, 0x540C, 0x540D, 0x540E, 0x5422, 0x5425, 0x5427, 0x5428: .value
        case 0x540F, 0x5410, 0x5411, 0x5415, 0x5416, 0x5417, 0x5418, 0x5419, 0x541A, 0x541B, 0x5421, 0x5424, 0x5429, 0x5452, 0x5460: .pointer(4)
        case 0x5413, 0x5414: .pointer(8)  // struct winsize
        case 0x5450, 0x5451: .value  // FIONCLEX, FIOCLEX
        case 0x5441: .newDescriptor  // TIOCGPTPEER
        case 0x4004_9409: .descriptor  // FICLONE
        case 0x8905, 0x8902, 0x8904: .pointer(4)  // SIOCATMARK, SIOCGPGRP…
        case 0x8910, 0x8913, 0x8915, 0x8917, 0x8919, 0x891B, 0x8921, 0x8927, 0x8933: .pointer(40)  // SIOCGIF… with struct ifreq
        case 0x802C_542A, 0x402C_542B, 0x402C_542C, 0x402C_542D: .pointer(44)  // TCGETS2…, struct termios2
        case 0x8004_5430, 0x4004_5431: .pointer(4)  // TIOCGPTN, TIOCSPTLCK
        case 0x8008_6601, 0x4008_6602, 0x801C_581F: .pointer(32)  // FS_IOC_GETFLAGS, SETFLAGS, FSGETXATTR
        case 0x1260, 0x1268, 0x127B, 0x8008_1272: .pointer(8)  // block device sizes
        default: nil
        }
    }

    private static func deviceControl(_ thread: GuestThread, _ a: SystemCallArguments) -> SystemCallOutcome {
        let descriptors = thread.process.descriptors
        guard descriptors.contains(a.int(0)) else { return .error(EBADF) }
        // Anything not known could hide a pointer in its argument.
        guard let argument = deviceArgument(UInt32(truncatingIfNeeded: a.a1)) else { return .error(ENOTTY) }
        switch argument {
        case .value, .newDescriptor: break
        case .pointer(let size): guard UserMemory.admits(a.a2, size) else { return .error(EFAULT) }
        case .descriptor: guard descriptors.contains(a.int(2)) else { return .error(EBADF) }
        }
        let outcome = thread.blockingCall(16, a.a0, a.a1, a.a2)
        if case .newDescriptor = argument, case .value(let number) = outcome, number >= 0 { descriptors.add(Int32(truncatingIfNeeded: number)) }
        return outcome
    }
}
