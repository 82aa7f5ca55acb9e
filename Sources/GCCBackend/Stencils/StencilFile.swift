import CHost
import Glibc
import Translator

/// The file in which a host keeps its stencils, and how it comes to be.
public struct StencilFile {
    /// Seconds after which a child process that makes stencils counts as hung.
    private static let patience: Int32 = 120
    /// The descriptor on which such a child answers.
    private static let descriptor: Int32 = 3

    private let cache: CacheDirectory?

    /// The file in a cache; without one stencils are made for this run only.
    public init(cache: CacheDirectory?) { self.cache = cache }

    /// What a file must have been made for: this build of the program.
    private static var key: UInt64 { longma_build_identity() }

    /// The library, made now, by a child process, if there is none that can be used. One process does that at a time; who comes later finds it made.
    public func library() throws(CodeGenerationError) -> StencilLibrary {
        guard let directory = cache?.directory() else { return StencilLibrary(try Self.make()) }
        var digits = String(Self.key, radix: 16)
        digits = String(repeating: "0", count: 16 - digits.count) + digits
        let path = "\(directory)/stencils-\(digits)"
        if let found = load(path) { return found }
        let lock = open("\(directory)/stencils.lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        defer { if lock >= 0 { close(lock) } }
        if lock >= 0 {
            while flock(lock, LOCK_EX) != 0, errno == EINTR {}
            if let found = load(path) { return found }
        }
        let content = try Self.make()
        cache?.write(content.file(key: Self.key), to: path)
        return StencilLibrary(content)
    }

    private func load(_ path: String) -> StencilLibrary? {
        guard access(path, F_OK) == 0 else { return nil }
        if let bytes = CacheDirectory.read(path), let content = StencilLibrary.Content(file: bytes, key: Self.key) { return StencilLibrary(content) }
        cache?.warnOnce("\(path) is damaged or not of this build; it is made again")
        unlink(path)
        return nil
    }

    /// Has a child process make them: libgccjit is not for processes that run guests.
    private static func make() throws(CodeGenerationError) -> StencilLibrary.Content {
        let answer = GCCCodeGenerator.fileInMemory("stencils")
        guard answer >= 0 else { throw CodeGenerationError("no file can be made in memory: \(String(cString: strerror(errno)))", .unavailable) }
        defer { close(answer) }
        let arguments = ["longma", "make-stencils"]
        let words: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) }
        defer { words.forEach { free($0) } }
        let list: [UnsafePointer<CChar>?] = words.map { UnsafePointer($0) } + [nil]
        var child: OpaquePointer?
        var process: Int32 = -1
        let started = list.withUnsafeBufferPointer { longma_start_hidden("/proc/self/exe", $0.baseAddress!, answer, &child, &process) }
        guard started == 0, let child else {
            throw CodeGenerationError("the process that makes stencils cannot be started: \(String(cString: strerror(Int32(-started))))", .lost)
        }
        var entry = pollfd(fd: process, events: Int16(POLLIN), revents: 0)
        if poll(&entry, 1, 1000 * patience) <= 0 { _ = longma_syscall(424 /* pidfd_send_signal */, UInt64(process), UInt64(SIGKILL), 0, 0, 0, 0) }
        close(process)
        let status = longma_end_hidden(child)
        let bytes = CacheDirectory.contents(answer, limit: 64 << 20) ?? []
        if status == 0, let content = StencilLibrary.Content(file: bytes, key: key) { return content }
        var reason = String(decoding: bytes.prefix(1000), as: UTF8.self)
        if status > 0, status & 0x7f != 0 { reason = "their process was killed by signal \(status & 0x7f)" }
        throw CodeGenerationError("the stencils cannot be made: \(reason.isEmpty ? "their process was lost" : reason)", status == 0 ? .refused : .lost)
    }

    /// Whether this process was started to make stencils.
    public static var isMaker: Bool {
        var status = stat()
        return fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    }

    /// What that process does; its exit status.
    public static func serve() -> Int32 {
        setpriority(__priority_which_t(0), 0, 5)
        do {
            return CacheDirectory.writeAll(try StencilGenerator.generate().file(key: key), to: descriptor) ? 0 : 1
        } catch {
            _ = CacheDirectory.writeAll(Array(error.reason.utf8), to: descriptor)
            return 1
        }
    }
}
