/// Makes the smallest static LA64 ELF executable: one segment, readable, writable and executable by its header, and a symbol table.
enum ElfWriter {
    /// Where the file is mapped; its first 120 bytes are the headers, the code follows.
    static let imageBase: UInt64 = 0x1_2000_0000
    static let headerSize: UInt64 = 64 + 56
    /// The address of the first assembled byte.
    static let codeBase = imageBase + headerSize

    /// `symbols` are the labels; those outside the code are absolute.
    static func executable(_ code: [UInt8], entry: UInt64, symbols: [String: UInt64]) -> [UInt8] {
        var names: [UInt8] = [0]
        var table = [UInt8](repeating: 0, count: 24)
        for (name, value) in symbols.sorted(by: { ($0.value, $0.key) < ($1.value, $1.key) }) {
            let isCode = value >= codeBase && value <= codeBase + UInt64(code.count)
            append(&table, UInt32(names.count))
            table += [1 << 4, 0]  // global, no type
            append(&table, UInt16(isCode ? 1 : 0xfff1))
            append(&table, value)
            append(&table, UInt64(0))
            names += Array(name.utf8) + [0]
        }
        let sectionNames = Array("\0.text\0.symtab\0.strtab\0.shstrtab\0".utf8)

        let codeEnd = headerSize + UInt64(code.count)
        let tableAt = (codeEnd + 7) & ~7
        let namesAt = tableAt + UInt64(table.count)
        let sectionNamesAt = namesAt + UInt64(names.count)
        let sectionsAt = (sectionNamesAt + UInt64(sectionNames.count) + 7) & ~7

        var file: [UInt8] = [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]
        append(&file, UInt16(2))  // ET_EXEC
        append(&file, UInt16(258))  // EM_LOONGARCH
        append(&file, UInt32(1))
        append(&file, entry)
        append(&file, UInt64(64))  // program headers
        append(&file, sectionsAt)
        append(&file, UInt32(0x43))  // double-float ABI, object ABI version 1
        for half in [64, 56, 1, 64, 5, 4] as [UInt16] { append(&file, half) }

        append(&file, UInt32(1))  // PT_LOAD
        append(&file, UInt32(7))
        for word in [0, imageBase, imageBase, codeEnd, codeEnd, 0x4000] as [UInt64] { append(&file, word) }

        file += code
        pad(&file, to: tableAt)
        file += table + names + sectionNames
        pad(&file, to: sectionsAt)
        file += [UInt8](repeating: 0, count: 64)
        section(&file, name: 1, kind: 1, flags: 7, address: codeBase, offset: headerSize, size: UInt64(code.count), alignment: 4)
        section(&file, name: 7, kind: 2, offset: tableAt, size: UInt64(table.count), link: 3, info: 1, alignment: 8, entrySize: 24)
        section(&file, name: 15, kind: 3, offset: namesAt, size: UInt64(names.count), alignment: 1)
        section(&file, name: 23, kind: 3, offset: sectionNamesAt, size: UInt64(sectionNames.count), alignment: 1)
        return file
    }

    private static func section(
        _ file: inout [UInt8], name: UInt32, kind: UInt32, flags: UInt64 = 0, address: UInt64 = 0, offset: UInt64, size: UInt64, link: UInt32 = 0,
        info: UInt32 = 0, alignment: UInt64, entrySize: UInt64 = 0
    ) {
        append(&file, name)
        append(&file, kind)
        for word in [flags, address, offset, size] { append(&file, word) }
        append(&file, link)
        append(&file, info)
        append(&file, alignment)
        append(&file, entrySize)
    }

    private static func append(_ bytes: inout [UInt8], _ value: some FixedWidthInteger) {
        withUnsafeBytes(of: value.littleEndian) { bytes += $0 }
    }

    private static func pad(_ bytes: inout [UInt8], to size: UInt64) {
        while bytes.count < Int(size) { bytes.append(0) }
    }
}
