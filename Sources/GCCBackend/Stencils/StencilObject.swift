/// What the assembler made of the stencils: a relocatable ELF object's sections, symbols and relocations.
struct StencilObject {
    struct Malformed: Error { let reason: String }

    struct Relocation {
        var offset: Int
        var type: Int
        /// The symbol's name, or for a place in the object its section and the offset there in `addend`.
        var symbol: String
        var section: String?
        var addend: Int
    }

    private(set) var contents: [String: [UInt8]] = [:]
    private(set) var symbols: [String: (section: String, offset: Int)] = [:]
    /// By section, ascending.
    private(set) var relocations: [String: [Relocation]] = [:]

    init(_ bytes: [UInt8]) throws(Malformed) {
        func read(_ offset: Int, _ size: Int) -> Int {
            guard offset >= 0, offset + size <= bytes.count else { return 0 }
            var value: UInt64 = 0
            for index in 0..<size { value |= UInt64(bytes[offset + index]) << UInt64(8 * index) }
            return Int(truncatingIfNeeded: value)
        }
        func string(_ offset: Int) -> String { String(decoding: bytes[min(offset, bytes.count)...].prefix { $0 != 0 }, as: UTF8.self) }
        guard bytes.count >= 64, bytes[0] == 0x7F, bytes[4] == 2 else { throw Malformed(reason: "not an ELF64 object") }
        let table = read(40, 8)
        let count = read(60, 2)
        func header(_ section: Int, _ field: Int, _ size: Int) -> Int { read(table + 64 * section + field, size) }
        let names = header(read(62, 2), 24, 8)
        func name(_ section: Int) -> String { string(names + header(section, 0, 4)) }
        guard table + 64 * count <= bytes.count else { throw Malformed(reason: "truncated section table") }

        for section in 0..<count where header(section, 4, 4) == 1 {
            let start = header(section, 24, 8)
            let size = header(section, 32, 8)
            guard start >= 0, size >= 0, start + size <= bytes.count else { throw Malformed(reason: "truncated section") }
            contents[name(section)] = Array(bytes[start..<start + size])
        }
        for section in 0..<count where header(section, 4, 4) == 2 {
            let strings = header(header(section, 40, 4), 24, 8)
            for at in stride(from: header(section, 24, 8), to: header(section, 24, 8) + header(section, 32, 8), by: 24) {
                let home = read(at + 6, 2)
                if home > 0, home < count { symbols[string(strings + read(at, 4))] = (name(home), read(at + 8, 8)) }
            }
        }
        for section in 0..<count where header(section, 4, 4) == 4 {
            let table = header(section, 40, 4)
            let strings = header(header(table, 40, 4), 24, 8)
            var lines: [Relocation] = []
            for at in stride(from: header(section, 24, 8), to: header(section, 24, 8) + header(section, 32, 8), by: 24) {
                let symbol = header(table, 24, 8) + 24 * read(at + 12, 4)
                let home = read(symbol + 6, 2)
                let isLocal = home > 0 && home < count
                lines.append(
                    Relocation(
                        offset: read(at, 8), type: read(at + 8, 4), symbol: string(strings + read(symbol, 4)), section: isLocal ? name(home) : nil,
                        addend: read(at + 16, 8) + (isLocal ? read(symbol + 8, 8) : 0)))
            }
            relocations[name(header(section, 44, 4))] = lines.sorted { $0.offset < $1.offset }
        }
    }
}
