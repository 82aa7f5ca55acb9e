import Translator

/// Makes a position-independent blob of a relocatable ELF object as GCC and the assembler write it: the allocated sections one behind the other, with
/// the references between them resolved.
struct ObjectFile {
    private let bytes: [UInt8]
    private var sections: [Section] = []
    /// Where each allocated section went in the blob.
    private var placement: [Int: Int] = [:]
    private(set) var blob: [UInt8] = []
    /// What is no code but says something of it, behind the code.
    private static let tables = ["longma_sites", "longma_links"]
    private var tables: [String: Range<Int>] = [:]

    private struct Section {
        var name: String, type: UInt32, flags: UInt64, offset: Int, size: Int, link: Int, info: Int, alignment: Int
    }

    struct Malformed: Error { let reason: String }

    init(_ bytes: [UInt8]) throws(Malformed) {
        self.bytes = bytes
        guard bytes.count >= 64, bytes[0] == 0x7F, bytes[4] == 2 else { throw Malformed(reason: "not an ELF64 object") }
        let table = Int(read(40, 8))
        let count = Int(read(60, 2))
        guard table + 64 * count <= bytes.count else { throw Malformed(reason: "truncated section table") }
        for index in 0..<count {
            let at = table + 64 * index
            sections.append(
                Section(
                    name: "", type: UInt32(read(at + 4, 4)), flags: read(at + 8, 8), offset: Int(read(at + 24, 8)), size: Int(read(at + 32, 8)),
                    link: Int(read(at + 40, 4)), info: Int(read(at + 44, 4)), alignment: Int(read(at + 48, 8))))
            guard sections[index].type == 8 || sections[index].offset + sections[index].size <= bytes.count else {
                throw Malformed(reason: "truncated section")
            }
        }
        let names = sections[Int(read(62, 2))].offset
        for index in 0..<count { sections[index].name = string(names + Int(read(table + 64 * index, 4))) }
        try lay()
        try relocate()
    }

    private func read(_ offset: Int, _ size: Int) -> UInt64 {
        var value: UInt64 = 0
        for index in 0..<size { value |= UInt64(bytes[offset + index]) << UInt64(8 * index) }
        return value
    }

    private func string(_ offset: Int) -> String {
        var end = offset
        while end < bytes.count, bytes[end] != 0 { end += 1 }
        return String(decoding: bytes[offset..<end], as: UTF8.self)
    }

    /// Code first, then constants; the tables last, to be cut off again.
    private mutating func lay() throws(Malformed) {
        let allocated = sections.indices.filter { sections[$0].flags & 2 != 0 && sections[$0].size > 0 }
        func rank(_ index: Int) -> Int { Self.tables.contains(sections[index].name) ? 2 : sections[index].flags & 4 != 0 ? 0 : 1 }
        for index in allocated.sorted(by: { (rank($0), $0) < (rank($1), $1) }) {
            let section = sections[index]
            guard section.type == 1, section.flags & 1 == 0 else { throw Malformed(reason: "unexpected section \(section.name)") }
            let alignment = max(section.alignment, 1)
            while blob.count % alignment != 0 { blob.append(0xCC) }
            placement[index] = blob.count
            if Self.tables.contains(section.name) { tables[section.name] = blob.count..<blob.count + section.size }
            blob += bytes[section.offset..<section.offset + section.size]
        }
    }

    private mutating func relocate() throws(Malformed) {
        for section in sections where section.type == 4 {
            guard let base = placement[section.info] else { continue }
            let symbols = sections[section.link]
            for at in stride(from: section.offset, to: section.offset + section.size, by: 24) {
                let place = base + Int(read(at, 8))
                let info = read(at + 8, 8)
                let addend = Int(bitPattern: UInt(read(at + 16, 8)))
                let symbol = symbols.offset + 24 * Int(info >> 32)
                guard let target = placement[Int(read(symbol + 6, 2))] else { throw Malformed(reason: "reference to an undefined symbol") }
                // R_X86_64_PC32 and R_X86_64_PLT32: everything else would depend on where the blob is placed.
                guard [2, 4].contains(info & 0xFFFF_FFFF) else { throw Malformed(reason: "relocation type \(info & 0xFFFF_FFFF)") }
                let value = UInt32(truncatingIfNeeded: target + Int(read(symbol + 8, 8)) + addend - place)
                for index in 0..<4 { blob[place + index] = UInt8(truncatingIfNeeded: value >> UInt32(8 * index)) }
            }
        }
    }

    /// Offsets of the functions called `prefix0`, `prefix1`…
    func functions(_ prefix: String, count: Int) throws(Malformed) -> [Int] {
        var found = [Int](repeating: -1, count: count)
        for section in sections where section.type == 2 {
            let names = sections[section.link].offset
            for at in stride(from: section.offset, to: section.offset + section.size, by: 24) {
                let name = string(names + Int(read(at, 4)))
                guard name.hasPrefix(prefix), let index = Int(name.dropFirst(prefix.count)), index < count,
                    let base = placement[Int(read(at + 6, 2))]
                else { continue }
                found[index] = base + Int(read(at + 8, 8))
            }
        }
        if found.contains(-1) { throw Malformed(reason: "a function is missing") }
        return found
    }

    /// The blob without the tables.
    var code: [UInt8] { Array(blob[..<(tables.values.map(\.lowerBound).min() ?? blob.count)]) }

    /// The fault table, in ascending order of host offsets.
    var sites: [CompiledUnit.FaultSite] {
        entries(of: "longma_sites").map { CompiledUnit.FaultSite(host: $0.host, unexecuted: $0.word, guest: $0.guest) }.sorted { $0.host < $1.host }
    }

    /// Where the code reads cells for jumps.
    var links: [CompiledUnit.Link] { entries(of: "longma_links").map { CompiledUnit.Link(host: $0.host, guest: $0.guest) } }

    /// A table's entries: a distance to a place in the code, a word, a guest address.
    private func entries(of table: String) -> [(host: UInt32, word: UInt32, guest: UInt64)] {
        func number(_ at: Int, _ size: Int) -> UInt64 { (0..<size).reduce(0) { $0 | UInt64(blob[at + $1]) << UInt64(8 * $1) } }
        return stride(from: tables[table]?.lowerBound ?? 0, to: tables[table]?.upperBound ?? 0, by: 16).map { at in
            (UInt32(at + Int(Int32(truncatingIfNeeded: number(at, 4)))), UInt32(number(at + 4, 4)), number(at + 8, 8))
        }
    }
}
