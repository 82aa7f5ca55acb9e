import Foundation

/// The parts of an ELF file that a listing shows: stretches of code and the names of addresses. Nothing in the file is trusted.
struct ElfFile {
    /// A stretch of executable bytes.
    struct Code {
        var name: String
        var address: UInt64
        var bytes: Data
    }

    private(set) var code: [Code] = []
    /// Names by address, in the symbol table's order.
    private(set) var symbols: [UInt64: [String]] = [:]

    private let data: Data
    private let path: String

    static func isELF(_ data: Data) -> Bool { data.starts(with: [0x7f, 0x45, 0x4c, 0x46]) }

    init(_ data: Data, path: String) throws {
        self.data = data
        self.path = path
        guard data.count >= 64, byte(4) == 2, byte(5) == 1 else { throw bad("is not a whole 64-bit little-endian ELF file") }
        guard read16(18) == 258 else { throw bad("is for another machine (ELF machine \(read16(18))), not LoongArch") }
        let isRelocatable = read16(16) == 1
        try readSections(isRelocatable: isRelocatable)
        if code.isEmpty { try readSegments() }
        guard !code.isEmpty else { throw bad("has no executable section or segment") }
    }

    /// Section headers: executable sections and the symbol table.
    private mutating func readSections(isRelocatable: Bool) throws {
        let table = read64(40)
        let size = UInt64(read16(58))
        let count = UInt64(read16(60))
        guard table != 0, count > 0, size >= 64 else { return }
        let headers = try (0..<count).map { index -> UInt64 in
            let (at, overflow) = table.addingReportingOverflow(index * size)
            guard !overflow, at <= UInt64(data.count), UInt64(data.count) - at >= 64 else { throw bad("is truncated: its section headers are not in the file") }
            return at
        }
        let names = UInt64(read16(62)) < count ? headers[Int(read16(62))] : nil
        for header in headers {
            let kind = read32(header + 4)
            let flags = read64(header + 8)
            if kind == 1, flags & 4 != 0 {  // SHT_PROGBITS, SHF_EXECINSTR
                let name = names.map { string(read64($0 + 24), UInt64(read32(header))) } ?? ""
                code.append(Code(name: name, address: read64(header + 16), bytes: try bytes(read64(header + 24), read64(header + 32))))
            }
            if kind == 2 || kind == 11, symbols.isEmpty {  // SHT_SYMTAB, SHT_DYNSYM
                let link = UInt64(read32(header + 40))
                guard link < count, !isRelocatable else { continue }
                try readSymbols(read64(header + 24), read64(header + 32), strings: read64(headers[Int(link)] + 24))
            }
        }
    }

    private mutating func readSymbols(_ offset: UInt64, _ size: UInt64, strings: UInt64) throws {
        _ = try bytes(offset, size)
        for at in stride(from: offset, to: offset + size / 24 * 24, by: 24) {
            let kind = byte(at + 4) & 15
            guard read16(at + 6) != 0, kind <= 2 else { continue }  // defined; no type, object or function
            let name = string(strings, UInt64(read32(at)))
            if !name.isEmpty, !name.hasPrefix(".L") { symbols[read64(at + 8), default: []].append(name) }
        }
    }

    /// Program headers: executable segments, for files without sections.
    private mutating func readSegments() throws {
        let table = read64(32)
        let size = UInt64(read16(54))
        for index in 0..<UInt64(read16(56)) {
            let (at, overflow) = table.addingReportingOverflow(index * size)
            guard !overflow, size >= 56, at <= UInt64(data.count), UInt64(data.count) - at >= 56 else {
                throw bad("is truncated: its program headers are not in the file")
            }
            guard read32(at) == 1, read32(at + 4) & 1 != 0 else { continue }  // PT_LOAD, PF_X
            code.append(Code(name: "segment \(index)", address: read64(at + 16), bytes: try bytes(read64(at + 8), read64(at + 32))))
        }
    }

    // MARK: Bytes

    private func bad(_ what: String) -> Failure { Failure(.badImage, "\(path) \(what); give a LoongArch ELF file, a raw file, or words in hexadecimal") }

    private func bytes(_ offset: UInt64, _ size: UInt64) throws -> Data {
        guard offset <= UInt64(data.count), size <= UInt64(data.count) - offset else { throw bad("is truncated") }
        let start = data.startIndex + Int(offset)
        return data[start..<(start + Int(size))]
    }

    private func byte(_ offset: UInt64) -> UInt8 { offset < UInt64(data.count) ? data[data.startIndex + Int(offset)] : 0 }
    private func read16(_ offset: UInt64) -> UInt16 { UInt16(byte(offset)) | UInt16(byte(offset + 1)) << 8 }
    private func read32(_ offset: UInt64) -> UInt32 { UInt32(read16(offset)) | UInt32(read16(offset + 2)) << 16 }
    private func read64(_ offset: UInt64) -> UInt64 { UInt64(read32(offset)) | UInt64(read32(offset + 4)) << 32 }

    private func string(_ table: UInt64, _ offset: UInt64) -> String {
        let (start, overflow) = table.addingReportingOverflow(offset)
        guard !overflow, start < UInt64(data.count) else { return "" }
        return String(decoding: data[(data.startIndex + Int(start))...].prefix(while: { $0 != 0 }).prefix(512), as: UTF8.self)
    }
}
