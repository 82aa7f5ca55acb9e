import CHost
import Glibc
import Synchronization
import Translator

/// What a worker process does: compiles what comes over its socket, one request after the other, until nobody is at the other end.
public enum CompileWorker {
    /// The descriptor that the parent gives a worker.
    public static let descriptor: Int32 = 3
    /// Seconds without a request after which a worker gives its memory back by ending; a new one costs 20 ms.
    private static let patience = 10.0
    /// Resident memory, in pages of 4 KiB, after which it does the same: libgccjit keeps some garbage.
    private static let pageLimit = 40_000

    /// Whether this process was started as a worker.
    public static var isWorker: Bool {
        var status = stat()
        return fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFSOCK
    }

    /// Serves to the end, with libgccjit's files in `directory`, which goes with this process. The exit status: 0 when there is nothing more to do.
    /// `standsBack`: the guest goes on without what is compiled.
    public static func serve(_ directory: String, standsBack: Bool) -> Int32 {
        "longma-compiler".withCString { _ = longma_syscall(157 /* prctl */, 15 /* PR_SET_NAME */, UInt64(UInt(bitPattern: $0)), 0, 0, 0, 0) }
        if standsBack { HostPriority.lower(to: 5) }
        var none = rlimit()
        setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &none)
        let channel = FrameChannel(descriptor: descriptor)
        var hello = ByteWriter()
        var generator: GCCCodeGenerator?
        var failure = ""
        watch(directory)
        defer { remove(directory) }
        setenv("TMPDIR", directory, 1)
        // Whoever wants to unmount what the guest has left is not kept from it.
        chdir("/")
        do { generator = try GCCCodeGenerator() } catch { failure = error.reason }
        hello.add(failure)
        do {
            try channel.send(.ready, hello.bytes, until: FrameChannel.now() + patience)
            guard let generator else { return 0 }
            while residentPages() < pageLimit {
                let request = try channel.receive(until: FrameChannel.now() + patience)
                if request.kind == .rest {
                    keep(request.payload, generator)
                    continue
                }
                guard request.kind == .request else { return 1 }
                let reply = answer(request.payload, generator)
                try channel.send(reply.kind, reply.payload, until: FrameChannel.now() + patience)
            }
            return 0
        } catch {
            if case .malformed = error { return 1 }
            guard case .closed = error else { return 0 }
            keepLast()
            // What came before the other side was gone.
            while let generator, let request = try? channel.receive(until: FrameChannel.now()), request.kind == .rest { keep(request.payload, generator) }
            return 0
        }
    }

    /// Who has gone may not have read the last answer. What is in the cache already is not added again.
    private static func keepLast() { if let last { CodeCache(addingAt: last.place).add(last.unit, last.regions, last.options) } }

    /// Compiles for the cache alone.
    private static func keep(_ request: [UInt8], _ generator: GCCCodeGenerator) {
        keepLast()
        _ = answer(request, generator)
        keepLast()
    }

    /// The last unit that was made for a cache.
    private nonisolated(unsafe) static var last: (unit: CompiledUnit, regions: [Region], options: TranslationOptions, place: CodeCache.Place)?
    /// Whether what is made is of use also when nobody waits for it; the thread that watches reads it.
    private static let isOfUse = Atomic(false)
    /// Seconds that are left to a compilation for which nobody waits any more.
    private static let grace: UInt32 = 30

    private static func answer(_ request: [UInt8], _ generator: GCCCodeGenerator) -> (kind: FrameChannel.Kind, payload: [UInt8]) {
        var writer = ByteWriter()
        do {
            let (regions, options, place) = try read(request)
            last = nil
            isOfUse.store(place != nil, ordering: .sequentiallyConsistent)
            let unit = try generator.compile(regions, options)
            if let place { last = (unit, regions, options, place) }
            writer.add(unit)
            return (.unit, writer.bytes)
        } catch {
            writer.add(error.cause.rawValue)
            writer.add(error.reason)
            return (.failure, writer.bytes)
        }
    }

    private static func read(_ request: [UInt8]) throws(CodeGenerationError) -> ([Region], TranslationOptions, CodeCache.Place?) {
        let result: ([Region], TranslationOptions, CodeCache.Place?)? = request.withUnsafeBytes { bytes in
            var reader = ByteReader(bytes)
            guard let options = try? reader.options() else { return nil }
            let place: CodeCache.Place?
            do { place = try reader.place() } catch { return nil }
            guard let count = try? reader.count(of: 8) else { return nil }
            var regions: [Region] = []
            for _ in 0..<count {
                guard let region = try? reader.region() else { return nil }
                regions.append(region)
            }
            return reader.isAtEnd ? (regions, options, place) : nil
        }
        guard let result else { throw CodeGenerationError("the compiler process cannot read its request", .refused) }
        return result
    }

    /// What `answer` is given: also where to put what nobody waits for any more.
    static func request(_ regions: [Region], _ options: TranslationOptions, keepingAt place: CodeCache.Place?) -> [UInt8] {
        var writer = ByteWriter()
        writer.add(options)
        writer.add(place)
        writer.add(UInt32(regions.count))
        for region in regions { writer.add(region) }
        return writer.bytes
    }

    // MARK: Surroundings

    /// A directory for a worker's files, so that nothing is left when it is ended in the middle of a compilation; nil, with errno set, when there can be none.
    static func makeTemporaryDirectory() -> String? {
        var template = Array("\(GCCCodeGenerator.temporaryDirectory)/longma-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil, let path = realpath(template, nil) else { return nil }
        defer { free(path) }
        return String(cString: path)
    }

    /// Removes a worker's directory, with the directories of compilations in it.
    static func remove(_ directory: String) {
        func entries(_ path: String) -> [String] {
            guard let listing = opendir(path) else { return [] }
            defer { closedir(listing) }
            var names: [String] = []
            while let entry = readdir(listing) {
                let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
                if name != ".", name != ".." { names.append("\(path)/\(name)") }
            }
            return names
        }
        // A compilation may still be under way and make a file behind our back.
        for _ in 0..<3 {
            for inner in entries(directory) {
                entries(inner).forEach { unlink($0) }
                if rmdir(inner) != 0 { unlink(inner) }
            }
            if rmdir(directory) == 0 || errno == ENOENT { return }
        }
    }

    /// Ends this process when nobody is at the other end of the socket: at once, also in the middle of a compilation, or a while later when that is of use.
    private static func watch(_ directory: String) {
        watched = directory
        var thread = pthread_t()
        let status = pthread_create(
            &thread, nil,
            { _ in
                var entry = pollfd(fd: CompileWorker.descriptor, events: 0x2000 /* POLLRDHUP */, revents: 0)
                while poll(&entry, 1, -1) <= 0 {}
                if CompileWorker.isOfUse.load(ordering: .sequentiallyConsistent) { sleep(CompileWorker.grace) }
                CompileWorker.remove(CompileWorker.watched)
                _exit(0)
            }, nil)
        if status == 0 { pthread_detach(thread) }
    }

    private nonisolated(unsafe) static var watched = ""

    private static func residentPages() -> Int {
        let file = open("/proc/self/statm", O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return 0 }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 128)
        let count = Glibc.read(file, &bytes, bytes.count)
        let fields = String(decoding: bytes.prefix(max(count, 0)), as: UTF8.self).split(separator: " ")
        return fields.count > 1 ? Int(fields[1]) ?? 0 : 0
    }
}
