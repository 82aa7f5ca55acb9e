import Glibc

/// The directory in which Longma keeps files from one run to the next: translations, the stencil library.
///
/// It is made, for its owner alone, when it is first used. What belongs to another user, or can be written by one, is not trusted. When it cannot be used, one
/// warning says why, and Longma works without.
public final class CacheDirectory: @unchecked Sendable {
    /// Where it is, whether or not it is there yet.
    public let path: String
    private let warn: @Sendable (String) -> Void
    private let lock: UnsafeMutablePointer<pthread_mutex_t>
    private var hasWarned = false

    /// A cache below `path`; `warn` gets at most one sentence.
    public init(path: String, warn: @escaping @Sendable (String) -> Void) {
        self.path = path
        self.warn = warn
        lock = .allocate(capacity: 1)
        lock.initialize(to: pthread_mutex_t())
        pthread_mutex_init(lock, nil)
    }

    deinit { lock.deallocate() }

    /// The path that `--cache` (`option`) or the environment names: $LONGMA_CACHE, then `longma` below $XDG_CACHE_HOME, then below $HOME/.cache. Nil when that is
    /// `none`, or when nothing names one.
    public static func path(option: String?) -> String? {
        func variable(_ name: String) -> String? {
            guard let value = getenv(name), value.pointee != 0 else { return nil }
            return String(cString: value)
        }
        if let named = option ?? variable("LONGMA_CACHE") { return named == "none" ? nil : absolute(named) }
        // Its specification wants relative paths ignored.
        if let base = variable("XDG_CACHE_HOME"), base.hasPrefix("/") { return base + "/longma" }
        return variable("HOME").map { absolute($0) + "/.cache/longma" }
    }

    /// The guest may change the working directory.
    private static func absolute(_ path: String) -> String {
        if path.hasPrefix("/") { return path }
        guard let current = getcwd(nil, 0) else { return path }
        defer { free(current) }
        return String(cString: current) + "/" + path
    }

    /// Says why the cache is not used as it should be, or that a file of it is bad; only the first time.
    public func warnOnce(_ sentence: String) {
        pthread_mutex_lock(lock)
        let isFirst = !hasWarned
        hasWarned = true
        pthread_mutex_unlock(lock)
        if isFirst { warn(sentence) }
    }

    /// The path of the directory `name` below this one, both made if need be; an empty name is this one. Nil, after a warning, when it cannot be used.
    public func directory(_ name: String = "") -> String? {
        let wanted = name.isEmpty ? path : "\(path)/\(name)"
        if let trouble = Self.make(wanted, above: path) {
            warnOnce("the cache \(path) is not used: \(trouble); name another with --cache or LONGMA_CACHE, or --cache none")
            return nil
        }
        return wanted
    }

    /// The same without making anything: nil without a warning when it is not there.
    public func existingDirectory(_ name: String = "") -> String? {
        var status = stat()
        return stat(path, &status) == 0 ? directory(name) : nil
    }

    /// Makes `path` and what is missing above it; what is wrong with it, or nil.
    private static func make(_ path: String, above top: String) -> String? {
        if let trouble = inspect(path) {
            guard trouble == missing else { return trouble }
            var end = path.startIndex
            while end < path.endIndex {
                end = path[path.index(after: end)...].firstIndex(of: "/") ?? path.endIndex
                if mkdir(String(path[..<end]), 0o700) != 0, errno != EEXIST, access(String(path[..<end]), F_OK) != 0 {
                    return "\(path[..<end]): \(String(cString: strerror(errno)))"
                }
            }
            if let trouble = inspect(path) { return trouble }
        }
        return path == top ? nil : inspect(top)
    }

    private static let missing = "it is missing"

    /// What is wrong with a directory, or nil.
    private static func inspect(_ path: String) -> String? {
        var status = stat()
        guard stat(path, &status) == 0 else { return errno == ENOENT ? missing : String(cString: strerror(errno)) }
        if status.st_mode & S_IFMT != S_IFDIR { return "\(path) is not a directory" }
        if status.st_uid != geteuid() { return "\(path) belongs to another user" }
        if status.st_mode & 0o022 != 0 { return "\(path) can be written by other users (chmod go-w \(path))" }
        if access(path, W_OK | X_OK) != 0 { return "\(path): \(String(cString: strerror(errno)))" }
        return nil
    }

    // MARK: Files

    /// The whole of a file that is this user's and that no other can write to, or nil.
    public static func read(_ path: String, limit: Int = 256 << 20) -> [UInt8]? {
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard file >= 0 else { return nil }
        defer { close(file) }
        return isTrusted(file) ? contents(file, limit: limit) : nil
    }

    /// Whether an open file is a plain one of this user's that no other can write to.
    static func isTrusted(_ file: Int32) -> Bool {
        var status = stat()
        return fstat(file, &status) == 0 && status.st_mode & S_IFMT == S_IFREG && status.st_uid == geteuid() && status.st_mode & 0o022 == 0
    }

    /// What an open file holds from its beginning; nil when it cannot be read or is longer than `limit`.
    static func contents(_ file: Int32, limit: Int) -> [UInt8]? {
        var status = stat()
        guard fstat(file, &status) == 0, status.st_size <= limit else { return nil }
        let size = Int(status.st_size)
        var isWhole = true
        let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            while count < size {
                let got = pread(file, buffer.baseAddress! + count, size - count, off_t(count))
                if got < 0, errno == EINTR { continue }
                if got < 0 { isWhole = false }
                if got <= 0 { break }
                count += got
            }
        }
        return isWhole ? bytes : nil
    }

    /// Puts a file in place as a whole: readers see the old one or the new one. False, after a warning, when it cannot be written.
    @discardableResult
    public func write(_ bytes: [UInt8], to path: String) -> Bool {
        let temporary = "\(path).\(getpid()).\(UInt32.random(in: 0...UInt32.max))"
        let file = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        var trouble: Int32 = file < 0 ? errno : 0
        if file >= 0 {
            if !Self.writeAll(bytes, to: file) { trouble = errno }
            close(file)
            if trouble == 0, rename(temporary, path) != 0 { trouble = errno }
            if trouble != 0 { unlink(temporary) }
        }
        if trouble != 0 { warnOnce("\(path) cannot be written: \(String(cString: strerror(trouble))); going on without it") }
        return trouble == 0
    }

    /// False, with errno set, when not all could be written. A limit on the size of files does not raise its signal.
    static func writeAll(_ bytes: [UInt8], to file: Int32) -> Bool {
        var limit = sigset_t()
        var previous = sigset_t()
        sigemptyset(&limit)
        sigaddset(&limit, SIGXFSZ)
        pthread_sigmask(SIG_BLOCK, &limit, &previous)
        var done = 0
        var failure: Int32 = 0
        bytes.withUnsafeBytes { buffer in
            while done < buffer.count, failure == 0 {
                let count = Glibc.write(file, buffer.baseAddress! + done, buffer.count - done)
                if count > 0 { done += count } else if count == 0 { failure = ENOSPC } else if errno != EINTR { failure = errno }
            }
        }
        var none = timespec()
        if failure == EFBIG { sigtimedwait(&limit, nil, &none) }
        pthread_sigmask(SIG_SETMASK, &previous, nil)
        errno = failure
        return failure == 0
    }
}
