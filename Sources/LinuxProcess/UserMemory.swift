import CHost
import GuestMemory

/// Host-side access to guest memory that answers nil or false where the guest's pointer is bad.
enum UserMemory {
    /// Whether `size` bytes from `address` all lie below the guests' limit: what a pointer must satisfy before the host's kernel may see it.
    static func admits(_ address: UInt64, _ size: UInt64) -> Bool {
        address < FlatAddressSpace.limit && size <= FlatAddressSpace.limit - address
    }

    /// Whether a pointer may be handed to the kernel: null (the kernel knows what that means) or `size` bytes below the limit.
    static func admitsOrNull(_ address: UInt64, _ size: UInt64) -> Bool { address == 0 || admits(address, size) }

    /// The value of a trivial type at `address`, of any alignment.
    static func read<T: BitwiseCopyable>(_ address: UInt64, as type: T.Type = T.self) -> T? {
        withUnsafeTemporaryAllocation(of: T.self, capacity: 1) { buffer in
            guard longma_copy_from_guest(buffer.baseAddress!, address, MemoryLayout<T>.size) else { return nil }
            return buffer[0]
        }
    }

    /// Stores a trivial value at `address`.
    static func write<T: BitwiseCopyable>(_ address: UInt64, _ value: T) -> Bool {
        withUnsafePointer(to: value) { longma_copy_to_guest(address, $0, MemoryLayout<T>.size) }
    }

    /// `count` bytes from `address`.
    static func bytes(_ address: UInt64, _ count: Int) -> [UInt8]? {
        guard admits(address, UInt64(count)) else { return nil }
        var result = [UInt8](repeating: 0, count: count)
        guard longma_copy_from_guest(&result, address, count) else { return nil }
        return result
    }

    static func write(_ address: UInt64, bytes: [UInt8]) -> Bool { longma_copy_to_guest(address, bytes, bytes.count) }

    /// The C string at `address`, or the errno: EFAULT, or ENAMETOOLONG when it has `limit` bytes or more.
    static func string(_ address: UInt64, limit: Int = 4096) -> Result<String, SystemCallError> {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: limit) { buffer in
            let length = longma_copy_string_from_guest(buffer.baseAddress!, address, limit)
            guard length >= 0 else { return .failure(SystemCallError(errno: Int32(-length))) }
            return .success(String(cString: buffer.baseAddress!))
        }
    }

    /// The null-terminated array of strings at `address` (argv, envp), or the errno.
    static func strings(_ address: UInt64) -> Result<[String], SystemCallError> {
        var result: [String] = []
        var next = address
        if address == 0 { return .success([]) }
        var total = 0
        while let pointer = read(next, as: UInt64.self) {
            if pointer == 0 { return .success(result) }
            switch string(pointer, limit: 1 << 17) {
            case .success(let text):
                total += text.utf8.count + 9
                guard total < 6 << 20 else { return .failure(SystemCallError(errno: 7)) }  // E2BIG
                result.append(text)
            case .failure(let error): return .failure(error.errno == 36 ? SystemCallError(errno: 7) : error)
            }
            next += 8
        }
        return .failure(SystemCallError(errno: 14))
    }
}
