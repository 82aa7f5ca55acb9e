import CHost
import Glibc

/// Processes: ending, waiting, identities, limits.
enum ProcessCalls {
    static let table: KeyValuePairs<Int, SystemCall> = [
        90: PassThrough.call("capget", 125, [.memory(8), .memory(24)]),
        94: SystemCall("exit_group") { thread, a in
            thread.process.end(.exited(a.int(0) & 0xff))
            return .threadEnds
        },
        95: PassThrough.call("waitid", 247, [.value, .value, .memory(128), .value, .memory(144)]),
        143: PassThrough.call("setregid", 114, [.value, .value]),
        144: PassThrough.call("setgid", 106, [.value]),
        145: PassThrough.call("setreuid", 113, [.value, .value]),
        146: PassThrough.call("setuid", 105, [.value]),
        147: PassThrough.call("setresuid", 117, [.value, .value, .value]),
        148: PassThrough.call("getresuid", 118, [.memory(4), .memory(4), .memory(4)]),
        149: PassThrough.call("setresgid", 119, [.value, .value, .value]),
        150: PassThrough.call("getresgid", 120, [.memory(4), .memory(4), .memory(4)]),
        151: PassThrough.call("setfsuid", 122, [.value]),
        152: PassThrough.call("setfsgid", 123, [.value]),
        154: PassThrough.call("setpgid", 109, [.value, .value]),
        155: PassThrough.call("getpgid", 121, [.value]),
        156: PassThrough.call("getsid", 124, [.value]),
        157: PassThrough.call("setsid", 112, []),
        158: PassThrough.call("getgroups", 115, [.value, .array(count: 0, stride: 4)]),
        159: PassThrough.call("setgroups", 116, [.value, .array(count: 0, stride: 4)]),
        167: SystemCall("prctl") { thread, a in control(thread, a) },
        172: PassThrough.call("getpid", 39, []),
        173: PassThrough.call("getppid", 110, []),
        174: PassThrough.call("getuid", 102, []),
        175: PassThrough.call("geteuid", 107, []),
        176: PassThrough.call("getgid", 104, []),
        177: PassThrough.call("getegid", 108, []),
        221: SystemCall("execve") { thread, a in
            ExecuteCalls.execute(thread, directory: AT_FDCWD, path: a.a0, arguments: a.a1, environment: a.a2, flags: 0)
        },
        260: PassThrough.call("wait4", 61, [.value, .memory(4), .value, .memory(144)]),
        261: SystemCall("prlimit64") { thread, a in limit(thread, a) },
        281: SystemCall("execveat") { thread, a in
            ExecuteCalls.execute(thread, directory: a.int(0), path: a.a1, arguments: a.a2, environment: a.a3, flags: a.int(4))
        },
        424: PassThrough.call("pidfd_send_signal", 424, [.descriptor, .value, .memory(128), .value]),
        434: PassThrough.call("pidfd_open", 434, [.value, .value], .makesDescriptor),
    ]

    private static func limit(_ thread: GuestThread, _ a: SystemCallArguments) -> SystemCallOutcome {
        let limits = thread.process.limits
        let own = a.int(0) == 0 || a.int(0) == getpid()
        guard own, ResourceLimits.own.contains(a.a1) else {
            guard UserMemory.admitsOrNull(a.a2, 16), UserMemory.admitsOrNull(a.a3, 16) else { return .error(EFAULT) }
            return thread.blockingCall(302, a.a0, a.a1, a.a2, a.a3)
        }
        var old: (UInt64, UInt64) = (0, 0)
        let result = withUnsafeMutablePointer(to: &old) { longma_syscall(302, 0, a.a1, 0, UInt64(UInt(bitPattern: $0)), 0, 0) }
        guard result >= 0 else { return .value(result) }
        if let set = limits[a.a1] { old = set }
        if a.a2 != 0 {
            guard let new: (UInt64, UInt64) = UserMemory.read(a.a2) else { return .error(EFAULT) }
            guard new.0 <= new.1 else { return .error(EINVAL) }
            guard new.1 <= old.1 else { return .error(EPERM) }
            limits[a.a1] = new
        }
        if a.a3 != 0, !UserMemory.write(a.a3, old) { return .error(EFAULT) }
        return .success
    }

    private static func control(_ thread: GuestThread, _ a: SystemCallArguments) -> SystemCallOutcome {
        switch a.int(0) {
        case 1, 4, 23, 29, 30, 36, 38, 39, 41, 42, 8, 7: break  // parent-death signal, dumpable, capabilities, timer slack, subreaper, no-new-privileges, huge pages
        case 3, 21: if a.int(0) == 21 { return .value(0) }  // GET_DUMPABLE; GET_SECCOMP: none
        case 2, 37, 40: guard UserMemory.admits(a.a1, 8) else { return .error(EFAULT) }
        case 15, 16:  // SET_NAME, GET_NAME
            guard UserMemory.admits(a.a1, 16) else { return .error(EFAULT) }
        default: return .error(EINVAL)
        }
        return thread.blockingCall(157, a.a0, a.a1, a.a2, a.a3, a.a4)
    }
}
