import CHost
import Glibc
import LoongArch
import Translator

/// Compiles regions with libgccjit in the calling process, and assembles the result with a child process.
///
/// libgccjit would run the assembler itself; but then its embedded compiler driver ends the process when there is none, and the guest's `wait` sees the
/// assembler. The compiler changes signal handlers and the stack limit; both are put back after each compilation.
public final class GCCCodeGenerator: CodeGenerator {
    private let library: LibGCCJIT

    /// Throws when libgccjit is not on this host.
    public init() throws(CodeGenerationError) {
        switch LibGCCJIT.shared {
        case .success(let library): self.library = library
        case .failure(let error): throw CodeGenerationError(error.reason)
        }
    }

    /// Version of the libgccjit on this host, for `doctor`; throws what is missing.
    public static func libraryVersion() throws(CodeGenerationError) -> String {
        switch LibGCCJIT.shared {
        case .success(let library): return "\(library.versionMajor()).\(library.versionMinor())"
        case .failure(let error): throw CodeGenerationError(error.reason)
        }
    }

    /// Compiles something small; throws when nothing can be compiled on this host.
    public func verify() throws(CodeGenerationError) {
        let end = Instruction(opcode: .break, rd: 0, rj: 0, rk: 0, ra: 0, immediate: 0, immediate2: 0, word: 0x002a_0000)
        let region = Region(entries: [0x10000], blocks: [RegionBlock(start: 0x10000, instructions: [end])])
        _ = try compile([region], TranslationOptions(preciseRegisters: false))
    }

    public func compile(_ regions: [Region], _ options: TranslationOptions) throws(CodeGenerationError) -> CompiledUnit {
        let directory = try Self.temporaryDirectory()
        let source = "\(directory)/unit.s"
        let path = "\(directory)/unit.o"
        let context = CompilationContext(library)
        for (index, region) in regions.enumerated() { _ = RegionFunction(context, region, options, name: "region\(index)") }
        let saved = ProcessState()
        defer {
            saved.restore()
            unlink(source)
            unlink(path)
            rmdir(directory)
        }
        do { try context.compile(to: source) } catch { throw CodeGenerationError("libgccjit: \(error.reason)") }
        try HostAssembler.assemble(source, to: path)
        guard let bytes = Self.contents(of: path) else { throw CodeGenerationError("the object file \(path) cannot be read") }
        do {
            let object = try ObjectFile(bytes)
            let functions = try object.functions("region", count: regions.count)
            let (code, sites) = object.codeAndSites()
            return CompiledUnit(code: code, functions: functions, sites: sites)
        } catch { throw CodeGenerationError("the compiled object cannot be used: \(error.reason)") }
    }

    /// A directory for one compilation's object file.
    private static func temporaryDirectory() throws(CodeGenerationError) -> String {
        let base = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var template = Array("\(base)/longma-XXXXXX".utf8CString)
        guard let made = mkdtemp(&template) else {
            throw CodeGenerationError("no temporary directory can be made in \(base): \(String(cString: strerror(errno)))")
        }
        let directory = String(cString: made)
        // The compiler ends the process when it cannot write.
        var space = statvfs()
        if statvfs(directory, &space) == 0, space.f_bavail * space.f_frsize < 16 << 20 || (space.f_files > 0 && space.f_favail < 16) {
            rmdir(directory)
            throw CodeGenerationError("the file system of \(base) is full; make room there, or name another directory in TMPDIR")
        }
        return directory
    }

    private static func contents(of path: String) -> [UInt8]? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0 else { return nil }
        var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
        var filled = 0
        while filled < bytes.count {
            let count = bytes.withUnsafeMutableBytes { read(file, $0.baseAddress! + filled, $0.count - filled) }
            guard count > 0 else { return nil }
            filled += count
        }
        return bytes
    }
}

/// What libgccjit's driver changes in the process.
private struct ProcessState {
    private static let signals = [SIGINT, SIGHUP, SIGTERM, SIGPIPE, SIGCHLD]
    private let actions: [sigaction]
    private var stackLimit = rlimit()

    init() {
        actions = Self.signals.map { number in
            var action = sigaction()
            sigaction(number, nil, &action)
            return action
        }
        getrlimit(__rlimit_resource_t(3), &stackLimit)
    }

    func restore() {
        for (number, action) in zip(Self.signals, actions) {
            var action = action
            sigaction(number, &action, nil)
        }
        var limit = stackLimit
        setrlimit(__rlimit_resource_t(3), &limit)
    }
}
