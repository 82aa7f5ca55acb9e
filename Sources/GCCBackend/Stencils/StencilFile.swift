import CHost
import Glibc
import LoongArch
import Translator

/// The file in which a host keeps its stencils, and how it comes to be.
public struct StencilFile {
    /// Seconds of processor time after which a child process that makes stencils counts as hung, and seconds without any.
    private static let patience = 60.0
    /// The descriptor on which such a child answers.
    private static let descriptor: Int32 = 3

    private let cache: CacheDirectory?

    /// The file in a cache; without one stencils are made for this run only.
    public init(cache: CacheDirectory?) { self.cache = cache }

    /// What a file must have been made for: this build of the program.
    private static var key: UInt64 { longma_build_identity() }

    /// Where it is, if there is a cache.
    private var path: String? {
        guard let directory = cache?.directory() else { return nil }
        let digits = String(Self.key, radix: 16)
        return "\(directory)/stencils-\(String(repeating: "0", count: 16 - digits.count))\(digits)"
    }

    /// The library, if it has been made and can be used. The decoder's tables in its file are put to use as well, so this is for the start of a process, before
    /// anything is decoded.
    public func existingLibrary() -> StencilLibrary? { path.flatMap { load($0) { DecoderTables.provide($0) } } }

    /// The library, made now, by a child process, if there is none that can be used. While that works, which takes seconds, `gate` is open.
    public func library(_ gate: CompilationGate? = nil) throws(CodeGenerationError) -> StencilLibrary {
        let path = path
        if let found = path.flatMap({ load($0) }) { return found }
        let content = try Self.make(path, gate)
        // The child has written it even if this process should end first. Where it could not, this says why.
        if let path, access(path, F_OK) != 0 { cache?.write(content.file(key: Self.key), to: path) }
        return StencilLibrary(content)
    }

    /// `decoder` is given the decoder's tables.
    private func load(_ path: String, decoder: (UnsafeRawBufferPointer) -> Void = { _ in }) -> StencilLibrary? {
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        defer { if file >= 0 { close(file) } }
        guard file >= 0 || access(path, F_OK) == 0 else { return nil }
        if file >= 0, CacheDirectory.isTrusted(file), let library = StencilLibrary(file: file, key: Self.key, decoder: decoder) { return library }
        cache?.warnOnce("\(path) is damaged or not of this build; it is made again")
        unlink(path)
        return nil
    }

    private static func content(_ path: String) -> StencilLibrary.Content? {
        CacheDirectory.read(path).flatMap { StencilLibrary.Content(file: $0, key: key) }
    }

    /// Has a child process make them, and put them into the file at `path`: libgccjit is not for processes that run guests.
    private static func make(_ path: String?, _ gate: CompilationGate?) throws(CodeGenerationError) -> StencilLibrary.Content {
        let answer = GCCCodeGenerator.fileInMemory("stencils")
        guard answer >= 0 else { throw CodeGenerationError("no file can be made in memory: \(String(cString: strerror(errno)))", .unavailable) }
        defer { close(answer) }
        let arguments = ["longma", "make-stencils"] + (gate == nil ? [] : [HostPriority.argument]) + (path.map { [$0] } ?? [])
        let words: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) }
        defer { words.forEach { free($0) } }
        let list: [UnsafePointer<CChar>?] = words.map { UnsafePointer($0) } + [nil]
        var child: OpaquePointer?
        var process: Int32 = -1
        let started = list.withUnsafeBufferPointer { longma_start_hidden("/proc/self/exe", $0.baseAddress!, answer, &child, &process) }
        guard started == 0, let child else {
            throw CodeGenerationError("the process that makes stencils cannot be started: \(String(cString: strerror(Int32(-started))))", .lost)
        }
        func wait() {
            var entry = pollfd(fd: process, events: Int16(POLLIN), revents: 0)
            var before = -1.0
            while true {
                let answer = poll(&entry, 1, Int32(1000 * patience))
                if answer > 0 { return }
                if answer < 0 { continue }
                let now = HostProcess.time(of: child)
                // On a busy host it may get next to nothing; another process that makes them may be what it waits for.
                if now == before || now > patience { HostProcess.kill(process) }
                before = now
            }
        }
        if let gate { gate.whileOpen(wait) } else { wait() }
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

    /// What that process does for the file at `path`; its exit status. One process does it at a time; who comes later finds them made. `standsBack`: regions of
    /// what is hot already are worth more.
    public static func serve(_ path: String?, standsBack: Bool) -> Int32 {
        if standsBack { HostPriority.lower(to: 10) }
        let directory = path.flatMap { path in path.lastIndex(of: "/").map { String(path[..<$0]) } }
        let lock = directory.map { open("\($0)/stencils.lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600) } ?? -1
        if lock >= 0 { while flock(lock, LOCK_EX) != 0, errno == EINTR {} }
        do {
            let found = path.flatMap(content)
            let made = if let found { found } else { try StencilGenerator.generate() }
            let bytes = made.file(key: key)
            if let path, let directory, found == nil { CacheDirectory(path: directory) { _ in }.write(bytes, to: path) }
            return CacheDirectory.writeAll(bytes, to: descriptor) ? 0 : 1
        } catch {
            _ = CacheDirectory.writeAll(Array(error.reason.utf8), to: descriptor)
            return 1
        }
    }
}
