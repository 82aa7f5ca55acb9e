import CHost
import Glibc
import GuestMemory

/// The files of `/proc/self` that would tell about Longma instead of the guest, or open a way around the guest's memory.
enum ProcFiles {
    private static let files: [String: (LinuxProcess) -> [UInt8]] = [
        "maps": { process in Array(maps(process).utf8) },
        "cmdline": { process in process.start.arguments.flatMap { Array($0.utf8) + [0] } },
        "auxv": { process in
            UserMemory.bytes(process.start.auxiliary.lowerBound, process.start.auxiliary.count) ?? []
        },
    ]

    /// A new file with the contents that `path` has for the guest, or nil when it is no such file.
    static func open(_ path: String, _ process: LinuxProcess, flags: Int32) -> SystemCallOutcome? {
        guard path.hasPrefix("/proc/"), let slash = path.lastIndex(of: "/") else { return nil }
        let name = String(path[path.index(after: slash)...])
        guard let contents = files[name], process.paths.isOwnProcFile(path, name) else { return nil }
        guard flags & O_ACCMODE == O_RDONLY else { return .error(EACCES) }
        let file = longma_syscall(319, UInt64(UInt(bitPattern: fileName)), flags & O_CLOEXEC == 0 ? 0 : 1, 0, 0, 0, 0)
        guard file >= 0 else { return .value(file) }
        let bytes = contents(process)
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes { write(Int32(file), $0.baseAddress!, $0.count) }
            if count < 0 {
                close(Int32(file))
                return .error(ENOMEM)
            }
            written += count
        }
        lseek(Int32(file), 0, SEEK_SET)
        return .value(file)
    }

    nonisolated(unsafe) private static let fileName: UnsafePointer<CChar> = UnsafePointer(strdup("longma-proc"))

    /// The guest's mappings in the form of `/proc/self/maps`, without the files' names.
    private static func maps(_ process: LinuxProcess) -> String {
        let stack = (ProgramStart.stackTop - ProgramStart.stackSize)..<ProgramStart.stackTop
        var text = ""
        for region in process.space.regions {
            let p = region.protection
            let mode = (p.contains(.read) ? "r" : "-") + (p.contains(.write) ? "w" : "-") + (p.contains(.execute) ? "x" : "-") + (p.contains(.shared) ? "s" : "p")
            let name = stack.contains(region.range.lowerBound) ? "                          [stack]" : ""
            text += "\(padded(region.range.lowerBound))-\(padded(region.range.upperBound)) \(mode) 00000000 00:00 0\(name)\n"
        }
        return text
    }

    private static func padded(_ address: UInt64) -> String {
        let digits = hexadecimal(address)
        return String(repeating: "0", count: max(0, 8 - digits.count)) + digits
    }

    /// Whether an open file gives access to a process's memory by address: `/proc/…/mem` and `/proc/…/map_files`.
    static func isForbidden(_ file: Int32) -> Bool {
        var status = [Int64](repeating: 0, count: 32)  // struct statfs, 120 bytes; its first word is the type
        let result = status.withUnsafeMutableBytes { longma_syscall(138, UInt64(file), UInt64(UInt(bitPattern: $0.baseAddress!)), 0, 0, 0, 0) }
        guard result == 0, status[0] == 0x9fa0 else { return false }  // PROC_SUPER_MAGIC
        guard let path = linkTarget("/proc/self/fd/\(file)") else { return true }
        return path.hasSuffix("/mem") || path.contains("/map_files") || path.hasSuffix("/clear_refs") || path == "/proc/kcore"
    }
}
