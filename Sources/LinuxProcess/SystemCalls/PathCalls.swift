import CHost
import Glibc

/// Opening files and changing the directory tree.
enum PathCalls {
    static let table: KeyValuePairs<Int, SystemCall> = [
        17: SystemCall("getcwd") { thread, a in currentDirectory(thread, a) },
        33: PassThrough.call("mknodat", 259, [.directory, .linkPath, .value, .value]),
        34: PassThrough.call("mkdirat", 258, [.directory, .linkPath, .value]),
        35: PassThrough.call("unlinkat", 263, [.directory, .linkPath, .value]),
        36: PassThrough.call("symlinkat", 266, [.string, .directory, .linkPath]),
        37: PassThrough.call("linkat", 265, [.directory, .linkPath, .directory, .linkPath, .value]),
        38: PassThrough.call("renameat", 264, [.directory, .linkPath, .directory, .linkPath]),
        45: PassThrough.call("truncate", 76, [.path, .value]),
        48: PassThrough.call("faccessat", 269, [.directory, .path, .value]),
        49: PassThrough.call("chdir", 80, [.path]),
        50: PassThrough.call("fchdir", 81, [.descriptor]),
        52: PassThrough.call("fchmod", 91, [.descriptor, .value]),
        53: PassThrough.call("fchmodat", 268, [.directory, .path, .value]),
        54: PassThrough.call("fchownat", 260, [.directory, .pathWithFlags(4), .value, .value, .value]),
        55: PassThrough.call("fchown", 93, [.descriptor, .value, .value]),
        56: SystemCall("openat") { thread, a in open(thread, a) },
        78: SystemCall("readlinkat") { thread, a in readLink(thread, a) },
        88: SystemCall("utimensat") { thread, a in changeTimes(thread, a) },
        166: PassThrough.call("umask", 95, [.value]),
        276: PassThrough.call("renameat2", 316, [.directory, .linkPath, .directory, .linkPath, .value]),
        437: SystemCall("openat2") { thread, a in open2(thread, a) },
        439: PassThrough.call("faccessat2", 439, [.directory, .pathWithFlags(3), .value, .value]),
        452: PassThrough.call("fchmodat2", 452, [.directory, .pathWithFlags(3), .value, .value]),
    ]

    private static func open(_ thread: GuestThread, _ a: SystemCallArguments) -> SystemCallOutcome {
        let buffer = thread.pathBuffer(0)
        let follow = a.a2 & UInt64(O_NOFOLLOW) == 0 && a.a2 & UInt64(O_CREAT | O_EXCL) != UInt64(O_CREAT | O_EXCL)
        switch thread.paths.host(a.a1, directory: a.int(0), follow: follow, buffer: buffer) {
        case .failure(let error): return .error(error.errno)
        case .success(let path):
            if let file = ProcFiles.open(String(cString: buffer), thread.process, flags: a.int(2)) { return admit(file, thread) }
            return admit(thread.blockingCall(257, a.a0, path, a.a2, a.a3), thread)
        }
    }

    private static func open2(_ thread: GuestThread, _ a: SystemCallArguments) -> SystemCallOutcome {
        guard a.a3 >= 24, a.a3 <= 4096 else { return .error(a.a3 < 24 ? EINVAL : E2BIG) }
        guard UserMemory.admits(a.a2, a.a3) else { return .error(EFAULT) }
        switch thread.paths.host(a.a1, directory: a.int(0), follow: true, buffer: thread.pathBuffer(0)) {
        case .failure(let error): return .error(error.errno)
        case .success(let path): return admit(thread.blockingCall(437, a.a0, path, a.a2, a.a3), thread)
        }
    }

    /// Gives the guest a file that was just opened, unless it is a window to the host's memory.
    private static func admit(_ outcome: SystemCallOutcome, _ thread: GuestThread) -> SystemCallOutcome {
        guard case .value(let result) = outcome, result >= 0 else { return outcome }
        let file = Int32(truncatingIfNeeded: result)
        if ProcFiles.isForbidden(file) {
            close(file)
            return .error(EACCES)
        }
        thread.process.descriptors.add(file)
        return outcome
    }

    private static func currentDirectory(_ thread: GuestThread, _ a: SystemCallArguments) -> SystemCallOutcome {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 4097) { buffer -> SystemCallOutcome in
            guard getcwd(buffer.baseAddress!, 4096) != nil else { return .error(errno) }
            let bytes = Array(thread.paths.guestPath(of: String(cString: buffer.baseAddress!)).utf8) + [0]
            guard UInt64(bytes.count) <= a.a1 else { return .error(ERANGE) }
            return UserMemory.write(a.a0, bytes: bytes) ? .value(Int64(bytes.count)) : .error(EFAULT)
        }
    }

    private static func readLink(_ thread: GuestThread, _ a: SystemCallArguments) -> SystemCallOutcome {
        guard a.int(3) > 0 else { return .error(EINVAL) }
        guard UserMemory.admits(a.a2, a.a3 & 0xffff_ffff) else { return .error(EFAULT) }
        let buffer = thread.pathBuffer(0)
        switch thread.paths.host(a.a1, directory: a.int(0), follow: false, buffer: buffer) {
        case .failure(let error): return .error(error.errno)
        case .success(let path):
            if thread.paths.isOwnProcFile(String(cString: buffer), "exe") {
                let bytes = Array(Array(thread.paths.guestPath(of: thread.paths.program).utf8).prefix(Int(a.int(3))))
                return UserMemory.write(a.a2, bytes: bytes) ? .value(Int64(bytes.count)) : .error(EFAULT)
            }
            return thread.blockingCall(267, a.a0, path, a.a2, a.a3)
        }
    }

    private static func changeTimes(_ thread: GuestThread, _ a: SystemCallArguments) -> SystemCallOutcome {
        guard UserMemory.admitsOrNull(a.a2, 32) else { return .error(EFAULT) }
        if a.a1 == 0 {  // futimens
            guard thread.process.descriptors.contains(a.int(0)) else { return .error(EBADF) }
            return thread.blockingCall(280, a.a0, 0, a.a2, a.a3)
        }
        switch thread.paths.host(a.a1, directory: a.int(0), follow: a.a3 & 0x100 == 0, buffer: thread.pathBuffer(0)) {
        case .failure(let error): return .error(error.errno)
        case .success(let path): return thread.blockingCall(280, a.a0, path, a.a2, a.a3)
        }
    }
}
