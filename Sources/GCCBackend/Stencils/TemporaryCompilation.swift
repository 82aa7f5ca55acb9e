import Glibc
import Translator

/// A directory with the files of one run of compiler and assembler.
struct TemporaryCompilation {
    private let directory: String
    var source: String { "\(directory)/stencils.s" }
    var object: String { "\(directory)/stencils.o" }

    init() throws(CodeGenerationError) {
        let base = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var template = Array("\(base)/longma-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw CodeGenerationError("no temporary directory can be made in \(base): \(String(cString: strerror(errno)))")
        }
        directory = String(cString: template)
        // The compiler ends the process when it cannot write.
        var space = statvfs()
        if statvfs(directory, &space) == 0, space.f_bavail * space.f_frsize < 64 << 20 {
            rmdir(directory)
            throw CodeGenerationError("the file system of \(base) is full; make room there, or name another directory in TMPDIR")
        }
    }

    func remove() {
        unlink(source)
        unlink(object)
        rmdir(directory)
    }

    static func contents(of path: String) -> [UInt8]? { HostFile.contents(of: path) }
    static func write(_ text: String, to path: String) -> Bool { HostFile.write(Array(text.utf8), to: path) }
}
