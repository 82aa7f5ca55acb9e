import CHost
import Glibc

/// What is known about files: stat in its forms, and file systems.
enum StatusCalls {
    static let table: KeyValuePairs<Int, SystemCall> = [
        43: PassThrough.call("statfs", 137, [.path, .memory(120)]),
        44: PassThrough.call("fstatfs", 138, [.descriptor, .memory(120)]),
        79: SystemCall("newfstatat") { thread, a in statusAt(thread, a) },
        80: SystemCall("fstat") { thread, a in
            guard thread.process.descriptors.contains(a.int(0)) else { return .error(EBADF) }
            return convert(a.a1) { longma_syscall(5, a.a0, $0, 0, 0, 0, 0) }
        },
        291: PassThrough.call("statx", 332, [.directory, .pathWithFlags(2), .value, .value, .memory(256)]),
    ]

    private static func statusAt(_ thread: GuestThread, _ a: SystemCallArguments) -> SystemCallOutcome {
        switch thread.paths.host(a.a1, directory: a.int(0), follow: a.a3 & 0x100 == 0, buffer: thread.pathBuffer(0)) {
        case .failure(let error): return .error(error.errno)
        case .success(let path): return convert(a.a2) { longma_syscall(262, a.a0, path, $0, a.a3, 0, 0) }
        }
    }

    /// Makes a stat call of the host and stores the result at `address` in the guest's layout.
    private static func convert(_ address: UInt64, _ call: (UInt64) -> Int64) -> SystemCallOutcome {
        var status = stat()
        let result = withUnsafeMutablePointer(to: &status) { call(UInt64(UInt(bitPattern: $0))) }
        guard result >= 0 else { return .value(result) }
        return UserMemory.write(address, bytes: GuestStatus.encode(status)) ? .success : .error(EFAULT)
    }
}

/// LA64's `struct stat` (the asm-generic one), 128 bytes; x86-64 orders the fields differently.
package enum GuestStatus {
    package static func encode(_ status: stat) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 128)
        bytes.withUnsafeMutableBytes { raw in
            func put<T: BitwiseCopyable>(_ offset: Int, _ value: T) { raw.storeBytes(of: value, toByteOffset: offset, as: T.self) }
            put(0, UInt64(status.st_dev))
            put(8, UInt64(status.st_ino))
            put(16, UInt32(status.st_mode))
            put(20, UInt32(truncatingIfNeeded: status.st_nlink))
            put(24, UInt32(status.st_uid))
            put(28, UInt32(status.st_gid))
            put(32, UInt64(status.st_rdev))
            put(48, Int64(status.st_size))
            put(56, Int32(truncatingIfNeeded: status.st_blksize))
            put(64, Int64(status.st_blocks))
            put(72, Int64(status.st_atim.tv_sec))
            put(80, Int64(status.st_atim.tv_nsec))
            put(88, Int64(status.st_mtim.tv_sec))
            put(96, Int64(status.st_mtim.tv_nsec))
            put(104, Int64(status.st_ctim.tv_sec))
            put(112, Int64(status.st_ctim.tv_nsec))
        }
        return bytes
    }
}
