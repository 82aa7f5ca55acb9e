import CHost
import Glibc

/// What the system says of itself, scheduling, randomness.
enum SystemInformationCalls {
    static let table: KeyValuePairs<Int, SystemCall> = [
        92: SystemCall("personality") { _, a in
            // PER_LINUX; the flags that change address layouts mean nothing here.
            a.a0 == 0xffff_ffff || a.a0 & 0xff == 0 ? .value(0) : .error(EINVAL)
        },
        116: SystemCall("syslog") { _, _ in .error(EPERM) },
        118: PassThrough.call("sched_setparam", 142, [.value, .memory(4)]),
        119: PassThrough.call("sched_setscheduler", 144, [.value, .value, .memory(4)]),
        120: PassThrough.call("sched_getscheduler", 145, [.value]),
        121: PassThrough.call("sched_getparam", 143, [.value, .memory(4)]),
        122: PassThrough.call("sched_setaffinity", 203, [.value, .value, .buffer(length: 1)]),
        123: PassThrough.call("sched_getaffinity", 204, [.value, .value, .buffer(length: 1)]),
        124: PassThrough.call("sched_yield", 24, []),
        125: PassThrough.call("sched_get_priority_max", 146, [.value]),
        126: PassThrough.call("sched_get_priority_min", 147, [.value]),
        127: PassThrough.call("sched_rr_get_interval", 148, [.value, .memory(16)]),
        140: PassThrough.call("setpriority", 141, [.value, .value, .value]),
        141: PassThrough.call("getpriority", 140, [.value, .value]),
        160: SystemCall("uname") { _, a in name(a) },
        165: PassThrough.call("getrusage", 98, [.value, .memory(144)]),
        168: PassThrough.call("getcpu", 309, [.memory(4), .memory(4), .value]),
        179: PassThrough.call("sysinfo", 99, [.memory(112)]),
        274: PassThrough.call("sched_setattr", 314, [.value, .memory(4096), .value]),
        275: PassThrough.call("sched_getattr", 315, [.value, .buffer(length: 2), .value, .value]),
        278: PassThrough.call("getrandom", 318, [.buffer(length: 1), .value, .value]),
        283: PassThrough.call("membarrier", 324, [.value, .value, .value]),
    ]

    private static func name(_ a: SystemCallArguments) -> SystemCallOutcome {
        var bytes = [UInt8](repeating: 0, count: 390)
        let result = bytes.withUnsafeMutableBytes { longma_syscall(63, UInt64(UInt(bitPattern: $0.baseAddress!)), 0, 0, 0, 0, 0) }
        guard result >= 0 else { return .value(result) }
        // Six fields of 65 bytes; the fifth is the machine.
        let machine = Array("loongarch64".utf8)
        bytes.replaceSubrange(260..<325, with: machine + [UInt8](repeating: 0, count: 65 - machine.count))
        return UserMemory.write(a.a0, bytes: bytes) ? .success : .error(EFAULT)
    }
}
