import CHost
import Glibc

/// Reading, writing and what else is done to an open file.
enum FileCalls {
    static let table: KeyValuePairs<Int, SystemCall> = [
        32: PassThrough.call("flock", 73, [.descriptor, .value]),
        46: PassThrough.call("ftruncate", 77, [.descriptor, .value]),
        47: PassThrough.call("fallocate", 285, [.descriptor, .value, .value, .value]),
        61: PassThrough.call("getdents64", 217, [.descriptor, .buffer(length: 2), .value]),
        62: PassThrough.call("lseek", 8, [.descriptor, .value, .value]),
        63: PassThrough.call("read", 0, [.descriptor, .buffer(length: 2), .value]),
        64: PassThrough.call("write", 1, [.descriptor, .buffer(length: 2), .value]),
        65: vectored("readv", 19), 66: vectored("writev", 20),
        67: PassThrough.call("pread64", 17, [.descriptor, .buffer(length: 2), .value, .value]),
        68: PassThrough.call("pwrite64", 18, [.descriptor, .buffer(length: 2), .value, .value]),
        69: vectored("preadv", 295), 70: vectored("pwritev", 296),
        71: PassThrough.call("sendfile", 40, [.descriptor, .descriptor, .memory(8), .value]),
        76: PassThrough.call("splice", 275, [.descriptor, .memory(8), .descriptor, .memory(8), .value, .value]),
        77: PassThrough.call("tee", 276, [.descriptor, .descriptor, .value, .value]),
        81: PassThrough.call("sync", 162, []),
        82: PassThrough.call("fsync", 74, [.descriptor]),
        83: PassThrough.call("fdatasync", 75, [.descriptor]),
        84: PassThrough.call("sync_file_range", 277, [.descriptor, .value, .value, .value]),
        213: PassThrough.call("readahead", 187, [.descriptor, .value, .value]),
        223: PassThrough.call("fadvise64", 221, [.descriptor, .value, .value, .value]),
        267: PassThrough.call("syncfs", 306, [.descriptor]),
        285: PassThrough.call("copy_file_range", 326, [.descriptor, .memory(8), .descriptor, .memory(8), .value, .value]),
        286: vectored("preadv2", 327), 287: vectored("pwritev2", 328),
        // Extended attributes
        5: PassThrough.call("setxattr", 188, [.path, .string, .buffer(length: 3), .value, .value]),
        6: PassThrough.call("lsetxattr", 189, [.linkPath, .string, .buffer(length: 3), .value, .value]),
        7: PassThrough.call("fsetxattr", 190, [.descriptor, .string, .buffer(length: 3), .value, .value]),
        8: PassThrough.call("getxattr", 191, [.path, .string, .buffer(length: 3), .value]),
        9: PassThrough.call("lgetxattr", 192, [.linkPath, .string, .buffer(length: 3), .value]),
        10: PassThrough.call("fgetxattr", 193, [.descriptor, .string, .buffer(length: 3), .value]),
        11: PassThrough.call("listxattr", 194, [.path, .buffer(length: 2), .value]),
        12: PassThrough.call("llistxattr", 195, [.linkPath, .buffer(length: 2), .value]),
        13: PassThrough.call("flistxattr", 196, [.descriptor, .buffer(length: 2), .value]),
        14: PassThrough.call("removexattr", 197, [.path, .string]),
        15: PassThrough.call("lremovexattr", 198, [.linkPath, .string]),
        16: PassThrough.call("fremovexattr", 199, [.descriptor, .string]),
    ]

    /// A call on a descriptor with an iovec array in its second and third arguments.
    private static func vectored(_ name: String, _ host: Int64) -> SystemCall {
        SystemCall(name) { thread, a in
            guard thread.process.descriptors.contains(a.int(0)) else { return .error(EBADF) }
            switch IOVector.read(a.a1, count: a.a2) {
            case .failure(let error): return .error(error.errno)
            case .success(var vector):
                return vector.withPointer { thread.blockingCall(host, a.a0, $0, a.a2, a.a3, a.a4, a.a5) }
            }
        }
    }
}

/// A copy of the guest's iovec array, every element checked; the kernel is given the copy, so that another guest thread cannot change it in between.
struct IOVector {
    private var words: [UInt64]

    /// Reads `count` elements at `address`. Errors: EINVAL for more than 1024, EFAULT for an element that reaches beyond guest memory.
    static func read(_ address: UInt64, count: UInt64) -> Result<IOVector, SystemCallError> {
        guard count <= 1024 else { return .failure(SystemCallError(errno: EINVAL)) }
        var words = [UInt64](repeating: 0, count: Int(2 * count) + 2)
        guard longma_copy_from_guest(&words, address, Int(16 * count)) else { return .failure(SystemCallError(errno: EFAULT)) }
        for index in 0..<Int(count) {
            let length = words[2 * index + 1]
            guard length == 0 || UserMemory.admits(words[2 * index], length) else { return .failure(SystemCallError(errno: length >> 63 != 0 ? EINVAL : EFAULT)) }
            if length == 0 { words[2 * index] = 0 }
        }
        return .success(IOVector(words: words))
    }

    /// Calls `body` with the address of the array.
    mutating func withPointer<T>(_ body: (UInt64) -> T) -> T {
        words.withUnsafeMutableBufferPointer { body(UInt64(UInt(bitPattern: $0.baseAddress!))) }
    }
}
