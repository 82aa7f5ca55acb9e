/// The tables of a 64-bit little-endian ELF file for LoongArch, with every access checked.
struct ElfBytes {
    struct Section {
        let name: String
        let type: UInt32
        let flags: UInt64
        let address: UInt64
        let offset: UInt64
        let size: UInt64
        let link: Int
        /// Of relocations: the section that they are for.
        let info: Int
        let alignment: UInt64
        var isAllocated: Bool { flags & 2 != 0 }
        var isCode: Bool { flags & 4 != 0 }
    }

    struct Segment {
        let type: UInt32
        let offset, address, fileSize, memorySize: UInt64
    }

    struct Symbol {
        let name: String
        let section: Int
        let value: UInt64
        let kind: UInt8
        /// Neither a section nor a file.
        var isNamed: Bool { kind <= 2 }
    }

    struct Relocation {
        let offset: UInt64
        let type: UInt32
        let symbol: Int
        let addend: Int64
    }

    private let bytes: [UInt8]
    private(set) var sections: [Section] = []
    var type: UInt16 { UInt16(truncatingIfNeeded: number(16, 2)) }

    init(_ bytes: [UInt8]) throws(RoutineSet.RoutineError) {
        self.bytes = bytes
        typealias RoutineError = RoutineSet.RoutineError
        guard bytes.starts(with: [0x7F, 0x45, 0x4C, 0x46]) else { throw RoutineError("the file is no ELF file; give an object file or an executable") }
        guard bytes.count >= 64, bytes[4] == 2, bytes[5] == 1 else { throw RoutineError("the file is not a whole 64-bit little-endian ELF file") }
        guard number(18, 2) == 258 else {
            throw RoutineError("the file is for another machine (ELF machine \(number(18, 2))), not LoongArch; assemble it with --target=loongarch64-linux-gnu")
        }
        try readSections()
    }

    private static let truncated = RoutineSet.RoutineError("the file is truncated or damaged: a part of it lies outside of it")

    /// The offset of entry `index` of a table of entries of `size` bytes, `least` of which are read.
    private func entry(_ table: UInt64, _ index: Int, _ size: UInt64, least: UInt64) throws(RoutineSet.RoutineError) -> UInt64 {
        let (distance, first) = UInt64(index).multipliedReportingOverflow(by: size)
        let (at, second) = table.addingReportingOverflow(distance)
        guard !first, !second, size >= least, at <= UInt64(bytes.count), UInt64(bytes.count) - at >= least else { throw Self.truncated }
        return at
    }

    private mutating func readSections() throws(RoutineSet.RoutineError) {
        let (table, size, count, names) = (number(40, 8), number(58, 2), Int(number(60, 2)), Int(number(62, 2)))
        guard table != 0, count > 0 else { return }
        let strings = names < count ? number(try entry(table, names, size, least: 64) + 24, 8) : 0
        for index in 0..<count {
            let at = try entry(table, index, size, least: 64)
            sections.append(
                Section(
                    name: strings == 0 ? "" : string(strings, number(at, 4)), type: UInt32(number(at + 4, 4)), flags: number(at + 8, 8),
                    address: number(at + 16, 8), offset: number(at + 24, 8), size: number(at + 32, 8), link: Int(number(at + 40, 4)),
                    info: Int(number(at + 44, 4)), alignment: number(at + 48, 8)))
        }
    }

    func segments() throws(RoutineSet.RoutineError) -> [Segment] {
        let (table, size, count) = (number(32, 8), number(54, 2), Int(number(56, 2)))
        var result: [Segment] = []
        for index in 0..<count {
            let at = try entry(table, index, size, least: 56)
            result.append(
                Segment(
                    type: UInt32(number(at, 4)), offset: number(at + 8, 8), address: number(at + 16, 8), fileSize: number(at + 32, 8),
                    memorySize: number(at + 40, 8)))
        }
        return result
    }

    /// The symbol table, the dynamic one where there is no other; index 0 is its empty first entry.
    func symbols() throws(RoutineSet.RoutineError) -> [Symbol] {
        guard let table = sections.first(where: { $0.type == 2 }) ?? sections.first(where: { $0.type == 11 }) else {
            throw RoutineSet.RoutineError("the file has no symbol table; do not strip it")
        }
        guard table.link < sections.count else { throw Self.truncated }
        _ = try slice(table.offset, table.size)
        let strings = sections[table.link].offset
        return (0..<Int(table.size / 24)).map { index in
            let at = table.offset + 24 * UInt64(index)
            return Symbol(
                name: string(strings, number(at, 4)), section: Int(number(at + 6, 2)), value: number(at + 8, 8),
                kind: UInt8(truncatingIfNeeded: number(at + 4, 1)) & 15)
        }
    }

    func relocations(_ section: Section) throws(RoutineSet.RoutineError) -> [Relocation] {
        _ = try slice(section.offset, section.size)
        return (0..<Int(section.size / 24)).map { index in
            let at = section.offset + 24 * UInt64(index)
            return Relocation(
                offset: number(at, 8), type: UInt32(number(at + 8, 4)), symbol: Int(number(at + 12, 4)), addend: Int64(bitPattern: number(at + 16, 8)))
        }
    }

    func slice(_ offset: UInt64, _ size: UInt64) throws(RoutineSet.RoutineError) -> ArraySlice<UInt8> {
        guard offset <= UInt64(bytes.count), size <= UInt64(bytes.count) - offset else { throw Self.truncated }
        return bytes[Int(offset)..<Int(offset + size)]
    }

    /// A little-endian number; bytes behind the end are 0.
    private func number(_ offset: UInt64, _ count: Int) -> UInt64 {
        var result: UInt64 = 0
        for index in (0..<UInt64(count)).reversed() {
            let at = offset &+ index
            result = result << 8 | (at < UInt64(bytes.count) ? UInt64(bytes[Int(at)]) : 0)
        }
        return result
    }

    private func string(_ table: UInt64, _ offset: UInt64) -> String {
        let (start, overflow) = table.addingReportingOverflow(offset)
        guard !overflow, start < UInt64(bytes.count) else { return "" }
        return String(decoding: bytes[Int(start)...].prefix { $0 != 0 }.prefix(256), as: UTF8.self)
    }
}
