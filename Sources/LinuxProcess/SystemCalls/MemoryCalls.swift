import CHost
import Glibc
import GuestMemory

/// The memory family.
enum MemoryCalls {
    static let table: KeyValuePairs<Int, SystemCall> = [
        214: SystemCall("brk") { thread, a in .value(Int64(bitPattern: thread.process.space.setBreak(a.a0))) },
        215: SystemCall("munmap") { thread, a in
            attempt { () throws(MemoryError) in
                try thread.process.space.unmap(a.a0, a.a1)
                return 0
            }
        },
        216: SystemCall("mremap") { thread, a in
            attempt { () throws(MemoryError) in
                try thread.process.space.remap(a.a0, oldSize: a.a1, newSize: a.a2, flags: .init(rawValue: a.a3), newAddress: a.a4)
            }
        },
        222: SystemCall("mmap") { thread, a in map(thread, a) },
        226: SystemCall("mprotect") { thread, a in
            guard a.a2 & ~7 == 0 else { return .error(EINVAL) }
            return attempt { () throws(MemoryError) in
                try thread.process.space.protect(a.a0, a.a1, Protection(rawValue: UInt8(a.a2)))
                return 0
            }
        },
        227: range("msync", 26), 228: range("mlock", 149), 229: range("munlock", 150), 284: range("mlock2", 325),
        230: PassThrough.call("mlockall", 151, [.value]),
        231: PassThrough.call("munlockall", 152, []),
        232: SystemCall("mincore") { thread, a in
            guard UserMemory.admits(a.a0, a.a1), UserMemory.admits(a.a2, a.a1 / FlatAddressSpace.pageSize + 1) else { return .error(ENOMEM) }
            return thread.blockingCall(27, a.a0, a.a1, a.a2)
        },
        233: SystemCall("madvise") { thread, a in advise(thread, a) },
    ]

    private static func attempt(_ body: () throws(MemoryError) -> UInt64) -> SystemCallOutcome {
        do throws(MemoryError) {
            return .value(Int64(bitPattern: try body()))
        } catch {
            return .error(error.errno)
        }
    }

    /// A call on a range of memory in its first two arguments.
    private static func range(_ name: String, _ host: Int64) -> SystemCall {
        SystemCall(name) { thread, a in
            guard UserMemory.admits(a.a0, a.a1) else { return .error(ENOMEM) }
            return thread.blockingCall(host, a.a0, a.a1, a.a2)
        }
    }

    private static func map(_ thread: GuestThread, _ a: SystemCallArguments) -> SystemCallOutcome {
        let flags = a.a3
        let anonymous = flags & 0x20 != 0
        guard a.a5 % FlatAddressSpace.pageSize == 0 else { return .error(EINVAL) }
        var file: Int32 = -1
        if !anonymous {
            file = a.int(4)
            guard thread.process.descriptors.contains(file) else { return .error(EBADF) }
        }
        let placement: FlatAddressSpace.Placement
        if flags & 0x100000 != 0 {
            placement = .fixedNoReplace(a.a0)
        } else if flags & 0x10 != 0 {
            placement = .fixed(a.a0)
        } else {
            placement = .anywhere(hint: a.a0)
        }
        return attempt { () throws(MemoryError) in
            try thread.process.space.map(
                placement, size: a.a1, protection: Protection(rawValue: UInt8(truncatingIfNeeded: a.a2 & 7)), flags: flags, file: file, offset: a.a5)
        }
    }

    private static func advise(_ thread: GuestThread, _ a: SystemCallArguments) -> SystemCallOutcome {
        guard UserMemory.admits(a.a0, a.a1) else { return .error(ENOMEM) }
        switch a.int(2) {
        case 0...4, 8...21, 22, 23, 24, 25: break
        default: return .error(EINVAL)
        }
        let outcome = thread.blockingCall(28, a.a0, a.a1, a.a2)
        // These may have changed what memory holds.
        if [4, 8, 9].contains(a.int(2)), a.a1 > 0 { thread.process.space.contentsChanged(a.a0..<(a.a0 + a.a1)) }
        return outcome
    }
}
