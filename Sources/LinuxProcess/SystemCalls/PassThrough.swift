import CHost
import Glibc

/// A system call that the host makes as it is, once its arguments have been checked: no file descriptor but the guest's, no pointer but into guest memory.
struct PassThrough {
    /// What an argument is.
    enum Argument {
        /// A number.
        case value
        /// A file descriptor of the guest.
        case descriptor
        /// A directory descriptor or AT_FDCWD, relevant unless the path in the next argument is absolute.
        case directory
        /// A path; the final symbolic link is followed or not. Looked up under the guest's root.
        case path, linkPath
        /// A path, followed unless argument `index` has AT_SYMLINK_NOFOLLOW (0x100).
        case pathWithFlags(Int)
        /// A C string that is no path.
        case string
        /// A pointer to so many bytes, or null.
        case memory(UInt64)
        /// A pointer to as many bytes as argument `length` says.
        case buffer(length: Int)
        /// A pointer to as many elements of `stride` bytes as argument `count` says.
        case array(count: Int, stride: UInt64)
    }

    struct Options: OptionSet {
        let rawValue: Int
        /// The result is a new file descriptor.
        static let makesDescriptor = Options(rawValue: 1)
        /// Interrupted by a handler it always answers EINTR, whatever SA_RESTART says.
        static let neverRestarts = Options(rawValue: 2)
    }

    /// The table entry of a call with host number `host` and these arguments.
    static func call(_ name: String, _ host: Int64, _ arguments: [Argument], _ options: Options = []) -> SystemCall {
        var result = SystemCall(name) { thread, values in
            var raw: (UInt64, UInt64, UInt64, UInt64, UInt64, UInt64) = (values.a0, values.a1, values.a2, values.a3, values.a4, values.a5)
            return withUnsafeMutableBytes(of: &raw) { bytes in
                let words = bytes.bindMemory(to: UInt64.self)
                if let problem = check(arguments, values, words, thread) { return .error(problem) }
                let outcome = thread.blockingCall(
                    host, words[0], words[1], words[2], words[3], words[4], words[5], restarts: !options.contains(.neverRestarts))
                if options.contains(.makesDescriptor), case .value(let result) = outcome, result >= 0 {
                    thread.process.descriptors.add(Int32(truncatingIfNeeded: result))
                }
                return outcome
            }
        }
        result.direct = DirectCall(host, arguments, options)
        return result
    }

    private static func check(
        _ arguments: [Argument], _ values: SystemCallArguments, _ words: UnsafeMutableBufferPointer<UInt64>, _ thread: GuestThread
    ) -> Int32? {
        var paths = 0
        for (index, argument) in arguments.enumerated() {
            let value = values[index]
            switch argument {
            case .value: continue
            case .descriptor:
                guard thread.process.descriptors.contains(values.int(index)) else { return EBADF }
            case .directory: continue  // checked with its path
            case .path, .linkPath, .pathWithFlags:
                var follow = true
                if case .linkPath = argument { follow = false }
                if case .pathWithFlags(let flags) = argument { follow = values[flags] & 0x100 == 0 }
                let directory: Int32? = if index > 0, case .directory = arguments[index - 1] { values.int(index - 1) } else { nil }
                switch thread.paths.host(value, directory: directory, follow: follow, buffer: thread.pathBuffer(paths)) {
                case .success(let pointer): words[index] = pointer
                case .failure(let error): return error.errno
                }
                paths += 1
            case .string:
                let buffer = thread.pathBuffer(paths)
                let length = longma_copy_string_from_guest(buffer, value, GuestThread.pathCapacity)
                guard length >= 0 else { return Int32(-length) }
                words[index] = UInt64(UInt(bitPattern: buffer))
                paths += 1
            case .memory(let size):
                guard UserMemory.admitsOrNull(value, size) else { return EFAULT }
            case .buffer(let length):
                guard UserMemory.admitsOrNull(value, values[length]) else { return EFAULT }
            case .array(let count, let stride):
                let (size, overflow) = values[count].multipliedReportingOverflow(by: stride)
                guard !overflow, UserMemory.admitsOrNull(value, size) else { return EFAULT }
            }
        }
        return nil
    }
}
