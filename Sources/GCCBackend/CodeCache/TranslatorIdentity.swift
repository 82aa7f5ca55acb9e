import CHost
import Glibc

/// What translated code depends on besides the guest: this program, the compiler, the processor.
enum TranslatorIdentity {
    /// Of everything together. Files made under another key are of no use here.
    static let key: SHA256.Digest = {
        var writer = ByteWriter()
        writer.add(UInt32(UnitPack.version))
        writer.add(executable)
        writer.add(compiler)
        writer.add(longma_processor_features(0))
        writer.add(longma_processor_features(1))
        return SHA256.digest(writer.bytes)
    }()

    /// The linker's build id of the running executable; without one, its size and time of modification.
    private static var executable: [UInt8] {
        let file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return [] }
        defer { close(file) }
        func bytes(_ offset: Int, _ count: Int) -> [UInt8] {
            var buffer = [UInt8](repeating: 0, count: count)
            let got = pread(file, &buffer, count, off_t(offset))
            return got == count ? buffer : []
        }
        func number(_ list: [UInt8], _ at: Int, _ size: Int) -> Int { (0..<size).reduce(0) { $0 | Int(list[at + $1]) << (8 * $1) } }
        let header = bytes(0, 64)
        if header.count == 64 {
            let count = number(header, 56, 2)
            let table = bytes(number(header, 32, 8) & 0xFFFF_FFFF, 56 * count)
            for at in stride(from: 0, to: table.count, by: 56) where number(table, at, 4) == 4 /* PT_NOTE */ {
                let notes = bytes(number(table, at + 8, 8) & 0xFFFF_FFFF, min(number(table, at + 32, 8), 1 << 16))
                var next = 0
                while next + 12 <= notes.count {
                    let (name, size, type) = (number(notes, next, 4), number(notes, next + 4, 4), number(notes, next + 8, 4))
                    let start = next + 12 + (name + 3 & ~3)
                    guard start + size <= notes.count else { break }
                    if type == 3 /* NT_GNU_BUILD_ID */, name == 4 { return Array(notes[start..<start + size]) }
                    next = start + (size + 3 & ~3)
                }
            }
        }
        return identity(of: file)
    }

    /// The library's file, which is found without loading it.
    private static var compiler: [UInt8] {
        func variable(_ name: String) -> [Substring] { getenv(name).map { String(cString: $0).split(separator: ":") } ?? [] }
        let name = getenv("LONGMA_LIBGCCJIT").map { String(cString: $0) } ?? "libgccjit.so.0"
        let usual: [Substring] = ["/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu", "/lib64", "/usr/lib64", "/lib", "/usr/lib", "/usr/local/lib"]
        for directory in name.contains("/") ? [""] : variable("LD_LIBRARY_PATH") + usual {
            let file = open(directory.isEmpty ? name : "\(directory)/\(name)", O_RDONLY | O_CLOEXEC)
            guard file >= 0 else { continue }
            defer { close(file) }
            return identity(of: file)
        }
        return []
    }

    private static func identity(of file: Int32) -> [UInt8] {
        var status = stat()
        guard fstat(file, &status) == 0 else { return [] }
        var writer = ByteWriter()
        writer.add(Int64(status.st_size))
        writer.add(Int64(status.st_mtim.tv_sec))
        writer.add(Int64(status.st_mtim.tv_nsec))
        return writer.bytes
    }
}
