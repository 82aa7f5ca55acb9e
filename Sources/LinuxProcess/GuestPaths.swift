import CHost
import Glibc

/// Turns the guest's paths into the host's: absolute ones are looked up under the guest's root first, and a few files of `/proc` are about the guest.
final class GuestPaths {
    /// Host path of the guest's program.
    let program: String
    private let root: String?
    private let rootDirectory: Int32
    private weak var process: LinuxProcess?

    init(program: String, root: String?, process: LinuxProcess) {
        self.program = program
        self.process = process
        if let root {
            rootDirectory = Glibc.open(root, HostFlags.path | O_DIRECTORY | O_CLOEXEC)
            self.root = realpath(root, nil).map { pointer in
                defer { free(pointer) }
                let text = String(cString: pointer)
                return text == "/" ? "" : text
            }
        } else {
            rootDirectory = -1
            self.root = nil
        }
    }

    deinit { if rootDirectory >= 0 { close(rootDirectory) } }

    /// Copies the guest's path at `address` to `buffer` and turns it into one for the host; the result points to it. `directory` is the descriptor that a relative
    /// path starts from (nil: the working directory). Errors: EFAULT, ENAMETOOLONG, EBADF.
    func host(_ address: UInt64, directory: Int32?, follow: Bool, buffer: UnsafeMutablePointer<CChar>) -> Result<UInt64, SystemCallError> {
        // A null path is EFAULT, except where the kernel takes it to mean the descriptor (utimensat); that call does not come here then.
        let length = longma_copy_string_from_guest(buffer, address, 4096)
        guard length >= 0 else { return .failure(SystemCallError(errno: Int32(-length))) }
        let pointer = UInt64(UInt(bitPattern: buffer))
        if buffer[0] != 0x2f {
            if let directory, directory != AT_FDCWD, let process, !process.descriptors.contains(directory) {
                return .failure(SystemCallError(errno: EBADF))
            }
            return .success(pointer)
        }
        if let text = translate(buffer, follow: follow) {
            guard text.utf8.count < GuestThread.pathCapacity else { return .failure(SystemCallError(errno: ENAMETOOLONG)) }
            strcpy(buffer, text)
        }
        return .success(pointer)
    }

    /// The host's path for an absolute guest path, or nil when it is the same.
    private func translate(_ path: UnsafePointer<CChar>, follow: Bool) -> String? {
        if strncmp(path, "/proc/", 6) == 0 {
            return follow && isOwnProcFile(String(cString: path), "exe") ? program : nil
        }
        guard rootDirectory >= 0 else { return nil }
        return underRoot(String(cString: path), follow: follow)
    }

    /// Whether `path` is `/proc/self/NAME` or one of its other names.
    func isOwnProcFile(_ path: String, _ name: String) -> Bool {
        path == "/proc/self/\(name)" || path == "/proc/thread-self/\(name)" || path == "/proc/\(getpid())/\(name)"
    }

    /// Host path of a guest program or library: under the root if it exists there, else itself.
    func hostPath(of path: String) -> String {
        guard path.hasPrefix("/") else { return path }
        return path.withCString { translate($0, follow: true) } ?? path
    }

    /// The path on the host as the guest knows it (without the root in front).
    func guestPath(of host: String) -> String {
        guard let root, !root.isEmpty else { return host }
        if host == root { return "/" }
        return host.hasPrefix(root + "/") ? String(host.dropFirst(root.count)) : host
    }

    private func underRoot(_ path: String, follow: Bool) -> String? {
        if let found = resolve(path, follow: follow) { return found }
        guard errno == ENOENT, let slash = path.lastIndex(of: "/") else { return nil }
        // A name that does not exist yet belongs under the root if its directory is there.
        let name = path[path.index(after: slash)...]
        let parent = slash == path.startIndex ? "/" : String(path[..<slash])
        guard !name.isEmpty, name != ".", name != "..", let directory = resolve(parent, follow: true) else { return nil }
        return directory + "/" + name
    }

    /// Host path of what `path` leads to when the root is its `/`, symbolic links included; nil with errno when there is nothing.
    private func resolve(_ path: String, follow: Bool) -> String? {
        // struct open_how { flags, mode, resolve }, RESOLVE_IN_ROOT = 0x10
        var how: (UInt64, UInt64, UInt64) = (UInt64(HostFlags.path | O_CLOEXEC | (follow ? 0 : O_NOFOLLOW)), 0, 0x10)
        let opened = path.withCString { text in
            withUnsafePointer(to: &how) {
                longma_syscall(
                    437, UInt64(bitPattern: Int64(rootDirectory)), UInt64(UInt(bitPattern: text)), UInt64(UInt(bitPattern: $0)), 24, 0, 0)
            }
        }
        guard opened >= 0 else {
            errno = Int32(-opened)
            return nil
        }
        defer { close(Int32(opened)) }
        return linkTarget("/proc/self/fd/\(opened)")
    }
}

/// Where the symbolic link at `path` leads, or nil.
func linkTarget(_ path: String) -> String? {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: 4097) { buffer in
        let length = readlink(path, buffer.baseAddress!, 4096)
        guard length >= 0 else { return nil }
        buffer[length] = 0
        return String(cString: buffer.baseAddress!)
    }
}

/// Flags that Glibc's module does not show.
enum HostFlags {
    /// `O_PATH`.
    static let path: Int32 = 0o10000000
}
