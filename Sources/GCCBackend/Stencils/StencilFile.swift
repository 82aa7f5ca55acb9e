import CHost
import Glibc
import Translator

/// The file in which a host keeps its stencils, and how it comes to be.
public struct StencilFile {
    /// Where the file is.
    public let path: String
    private let isTemporary: Bool

    /// The file in a directory for things that can be made again; without one, a temporary file that only this run uses.
    public init(directory: String?) {
        isTemporary = directory == nil
        let base = directory ?? getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        path = isTemporary ? "\(base)/longma-stencils-\(getpid())" : "\(base)/stencils-\(hexadecimal(Self.key))"
    }

    /// What a file must have been made for: this build of the program.
    static var key: UInt64 { longma_build_identity() }

    /// The library, made now by running `maker` (a command, to which the path is added) if there is none that can be used. `onWarning` gets a sentence when
    /// there is one that cannot.
    public func library(maker: [String], onWarning: (String) -> Void) throws(CodeGenerationError) -> StencilLibrary {
        defer { if isTemporary { unlink(path) } }
        if let found = load(onWarning) { return found }
        let words = (maker + [path]).map { strdup($0) }
        defer { words.forEach { free($0) } }
        let arguments = words.map { UnsafePointer<CChar>($0) } + [nil]
        let status = arguments.withUnsafeBufferPointer { longma_run_hidden($0.baseAddress!) }
        guard status == 0, let made = load(onWarning) else {
            throw CodeGenerationError("the stencils could not be made; this says why: \((maker + [path]).joined(separator: " "))")
        }
        return made
    }

    private func load(_ onWarning: (String) -> Void) -> StencilLibrary? {
        guard access(path, F_OK) == 0 else { return nil }
        if let bytes = HostFile.contents(of: path), let content = StencilLibrary.Content(file: bytes, key: Self.key) { return StencilLibrary(content) }
        onWarning("\(path) is damaged or not a stencil file of this build; it is made again")
        unlink(path)
        return nil
    }

    /// Makes the file at `path`: complete, or not at all. One process does it at a time; who comes later finds it made.
    public static func make(at path: String) throws(CodeGenerationError) {
        if let slash = path.lastIndex(of: "/") { makeDirectories(String(path[..<slash])) }
        let lock = open("\(path).lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard lock >= 0 else { throw CodeGenerationError("\(path).lock cannot be written (\(String(cString: strerror(errno))))") }
        defer {
            unlink("\(path).lock")
            close(lock)
        }
        flock(lock, LOCK_EX)
        if let bytes = HostFile.contents(of: path), StencilLibrary.Content(file: bytes, key: key) != nil { return }
        let file = try StencilGenerator.generate().file(key: key)
        let draft = "\(path).\(getpid())"
        guard HostFile.write(file, to: draft), rename(draft, path) == 0 else {
            let reason = String(cString: strerror(errno))
            unlink(draft)
            throw CodeGenerationError("\(path) cannot be written (\(reason))")
        }
    }

    private static func makeDirectories(_ path: String) {
        if path.isEmpty || access(path, F_OK) == 0 { return }
        if let slash = path.lastIndex(of: "/") { makeDirectories(String(path[..<slash])) }
        mkdir(path, 0o755)
    }
}

private func hexadecimal(_ value: UInt64) -> String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
}
