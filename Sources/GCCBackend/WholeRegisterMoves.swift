import Glibc

/// The compiler copies a double from register to register by `vmovsd a, a, b`, which merges: it waits for the register and takes a cycle. Nothing looks at what
/// lies above the double, so `vmovapd a, b` does as well, and processors do that by renaming.
package enum WholeRegisterMoves {
    /// Changes those moves in an open file of assembly text, in place.
    static func mend(_ file: Int32) {
        var status = stat()
        guard fstat(file, &status) == 0, status.st_size > 0 else { return }
        let size = Int(status.st_size)
        guard let text = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0), text != MAP_FAILED else { return }
        defer { munmap(text, size) }
        mend(UnsafeMutableRawBufferPointer(start: text, count: size))
    }

    package static func mend(_ text: UnsafeMutableRawBufferPointer) {
        var start = 0
        while start < text.count {
            let rest = text.baseAddress! + start
            let end = memchr(rest, Int32(UInt8(ascii: "\n")), text.count - start).map { text.baseAddress!.distance(to: $0) } ?? text.count
            mend(line: UnsafeMutableRawBufferPointer(rebasing: text[start..<end]))
            start = end + 1
        }
    }

    private static func mend(line: UnsafeMutableRawBufferPointer) {
        let move: StaticString = "\tvmovsd\t%xmm"
        guard line.count > move.utf8CodeUnitCount, memcmp(line.baseAddress!, move.utf8Start, move.utf8CodeUnitCount) == 0 else { return }
        let operands = String(decoding: line.dropFirst(8), as: UTF8.self).split(separator: ", ")
        guard operands.count == 3, operands[0] == operands[1], operands[2].hasPrefix("%xmm") else { return }
        let result = "\tvmovapd\t\(operands[0]), \(operands[2])".utf8
        line.copyBytes(from: result)
        memset(line.baseAddress! + result.count, Int32(UInt8(ascii: " ")), line.count - result.count)
    }
}
