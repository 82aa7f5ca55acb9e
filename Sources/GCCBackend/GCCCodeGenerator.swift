import CHost
import Glibc
import LoongArch
import Translator

/// Compiles regions with libgccjit in the calling process, and assembles the result with a child process.
///
/// libgccjit changes signal handlers and limits, keeps garbage, and ends the process when it cannot write; so guests run elsewhere (`WorkerCodeGenerator`).
/// It would run the assembler itself, but then ends the process when there is none.
public final class GCCCodeGenerator: CodeGenerator, CodeGeneratorLane, @unchecked Sendable {
    private let library: LibGCCJIT

    /// Throws when libgccjit is not on this host.
    public init() throws(CodeGenerationError) {
        switch LibGCCJIT.shared {
        case .success(let library): self.library = library
        case .failure(let error): throw CodeGenerationError(error.reason, .unavailable)
        }
    }

    // The library has one lock for all its compilations.
    public var lanes: Int { 1 }
    public func makeLane(_ gate: CompilationGate) -> any CodeGeneratorLane { self }
    public func close() {}

    /// Compiles something small; throws when nothing can be compiled on this host.
    public func verify() throws(CodeGenerationError) { _ = try compile([Self.smallRegion], TranslationOptions(preciseRegisters: false)) }

    /// The least that can be compiled.
    static let smallRegion = Region(
        entries: [0x10000],
        blocks: [
            RegionBlock(
                start: 0x10000, instructions: [Instruction(opcode: .break, rd: 0, rj: 0, rk: 0, ra: 0, immediate: 0, immediate2: 0, word: 0x002a_0000)])
        ])

    public func compile(_ regions: [Region], _ options: TranslationOptions) throws(CodeGenerationError) -> CompiledUnit {
        try Self.checkSpace()
        let source = Self.fileInMemory("source")
        let object = Self.fileInMemory("object")
        defer {
            Glibc.close(source)
            Glibc.close(object)
        }
        guard source >= 0, object >= 0 else {
            throw CodeGenerationError("no file can be made in memory: \(String(cString: strerror(errno)))", .unavailable)
        }
        let context = CompilationContext(library, isMapped: options.mode.isMapped)
        for (index, region) in regions.enumerated() { _ = RegionFunction(context, region, options, name: "region\(index)") }
        // The calling thread may have descriptors of its own.
        do { try context.compile(to: "/proc/thread-self/fd/\(source)") } catch { throw CodeGenerationError("libgccjit: \(error.reason)", .refused) }
        WholeRegisterMoves.mend(source)
        try HostAssembler.assemble(source, to: object)
        guard let bytes = CacheDirectory.contents(object, limit: 1 << 30) else { throw CodeGenerationError("the object file cannot be read", .refused) }
        do {
            let object = try ObjectFile(bytes)
            let functions = try object.functions("region", count: regions.count)
            return CompiledUnit(code: object.code, functions: functions, sites: object.sites, links: object.links)
        } catch { throw CodeGenerationError("the compiled object cannot be used: \(error.reason)", .refused) }
    }

    static func fileInMemory(_ name: StaticString) -> Int32 {
        let result = longma_syscall(319 /* memfd_create */, UInt64(UInt(bitPattern: name.utf8Start)), 1 /* MFD_CLOEXEC */, 0, 0, 0, 0)
        errno = result < 0 ? Int32(-result) : 0
        return Int32(result)
    }

    /// The compiler ends the process when it cannot write its temporary files.
    static func checkSpace() throws(CodeGenerationError) {
        let directory = temporaryDirectory
        var space = statvfs()
        guard statvfs(directory, &space) == 0, access(directory, W_OK | X_OK) == 0 else {
            throw CodeGenerationError("the temporary directory \(directory) cannot be used: \(String(cString: strerror(errno)))", .unavailable)
        }
        if space.f_bavail * space.f_frsize < 16 << 20 || (space.f_files > 0 && space.f_favail < 16) {
            throw CodeGenerationError("the file system of \(directory) is full; make room there, or name another directory in TMPDIR", .unavailable)
        }
    }

    /// Where libgccjit keeps its temporary files.
    static var temporaryDirectory: String { getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp" }
}
