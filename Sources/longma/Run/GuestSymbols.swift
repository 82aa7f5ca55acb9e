import Foundation

/// Names of addresses in this process's guest: symbols of the ELF files that are mapped there.
struct GuestSymbols {
    private struct Mapping {
        var range: Range<UInt64>
        var offset: UInt64
        var path: String
    }

    /// What a file has names for: stretches of code, and symbols in ascending order.
    private struct File {
        var code: [ElfFile.Code] = []
        var symbols: [(address: UInt64, name: String)] = []
    }

    private var mappings: [Mapping] = []
    private var files: [String: File] = [:]

    /// The name of `address`, with the distance from it; the address itself where there is no name.
    mutating func name(_ address: UInt64) -> String {
        let plain = "0x" + String(address, radix: 16)
        if !mappings.contains(where: { $0.range.contains(address) }) { mappings = Self.read() }
        guard let mapping = mappings.first(where: { $0.range.contains(address) }), mapping.path.hasPrefix("/") else { return plain }
        let file = files[mapping.path] ?? Self.file(mapping.path)
        files[mapping.path] = file
        let offset = Int(address - mapping.range.lowerBound + mapping.offset)
        // A slice of the file's bytes is counted from the file's beginning.
        guard let code = file.code.first(where: { $0.bytes.indices.contains(offset) }) else { return plain }
        let inFile = code.address &+ UInt64(offset - code.bytes.startIndex)
        guard let symbol = file.symbols.last(where: { $0.address <= inFile }), symbol.address >= code.address else { return plain }
        return symbol.address == inFile ? symbol.name : "\(symbol.name)+0x\(String(inFile - symbol.address, radix: 16))"
    }

    private static func file(_ path: String) -> File {
        guard let data = FileManager.default.contents(atPath: path), ElfFile.isELF(data), let elf = try? ElfFile(data, path: path) else { return File() }
        return File(code: elf.code, symbols: elf.symbols.map { (address: $0.key, name: $0.value[0]) }.sorted { $0.address < $1.address })
    }

    private static func read() -> [Mapping] {
        let text = FileManager.default.contents(atPath: "/proc/self/maps").map { String(decoding: $0, as: UTF8.self) } ?? ""
        return text.split(separator: "\n").compactMap { line in
            let fields = line.split(separator: " ", maxSplits: 5, omittingEmptySubsequences: true)
            guard fields.count == 6, let dash = fields[0].firstIndex(of: "-"), let start = UInt64(fields[0][..<dash], radix: 16),
                let end = UInt64(fields[0][fields[0].index(after: dash)...], radix: 16), start < end, let offset = UInt64(fields[2], radix: 16)
            else { return nil }
            return Mapping(range: start..<end, offset: offset, path: fields[5].trimmingCharacters(in: .whitespaces))
        }
    }
}
