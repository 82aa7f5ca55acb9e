import CHost
import Glibc

/// Clocks, sleeping and timers. Structures are the same on both machines.
enum TimeCalls {
    static let table: KeyValuePairs<Int, SystemCall> = [
        101: PassThrough.call("nanosleep", 35, [.memory(16), .memory(16)], .neverRestarts),
        102: PassThrough.call("getitimer", 36, [.value, .memory(32)]),
        103: PassThrough.call("setitimer", 38, [.value, .memory(32), .memory(32)]),
        107: SystemCall("timer_create") { thread, a in createTimer(thread, a) },
        108: PassThrough.call("timer_gettime", 224, [.value, .memory(32)]),
        109: PassThrough.call("timer_getoverrun", 225, [.value]),
        110: PassThrough.call("timer_settime", 223, [.value, .value, .memory(32), .memory(32)]),
        111: PassThrough.call("timer_delete", 226, [.value]),
        112: SystemCall("clock_settime") { _, _ in .error(EPERM) },
        113: PassThrough.call("clock_gettime", 228, [.value, .memory(16)]),
        114: PassThrough.call("clock_getres", 229, [.value, .memory(16)]),
        115: PassThrough.call("clock_nanosleep", 230, [.value, .value, .memory(16), .memory(16)], .neverRestarts),
        153: PassThrough.call("times", 100, [.memory(32)]),
        169: PassThrough.call("gettimeofday", 96, [.memory(16), .memory(8)]),
        170: SystemCall("settimeofday") { _, _ in .error(EPERM) },
    ]

    private static func createTimer(_ thread: GuestThread, _ a: SystemCallArguments) -> SystemCallOutcome {
        guard UserMemory.admits(a.a2, 4) else { return .error(EFAULT) }
        guard a.a1 != 0 else { return thread.blockingCall(222, a.a0, 0, a.a2) }
        // struct sigevent: value, signal, notify, thread
        guard var event = UserMemory.bytes(a.a1, 64) else { return .error(EFAULT) }
        let signal = event.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: 8, as: Int32.self) }
        let notify = event.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: 12, as: Int32.self) }
        guard notify == 1 || (SignalNumbers.isValid(signal) && signal != SignalNumbers.kick && !SignalNumbers.faults.contains(signal)) else {
            return .error(EINVAL)
        }
        return event.withUnsafeMutableBytes { thread.blockingCall(222, a.a0, UInt64(UInt(bitPattern: $0.baseAddress!)), a.a2) }
    }
}
