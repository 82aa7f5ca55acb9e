/// World switch routines from an ELF file of somebody else's: relocatable, executable or shared object, for LoongArch. Nothing in the file is trusted.
public struct RoutineFile {
    private let elf: ElfBytes
    /// The file's sections that belong to the routine's memory, where they are in it. Of a relocatable file.
    private var places: [Int: UInt64] = [:]
    private var image: [UInt8] = []
    private var symbols: [String: Int] = [:]

    /// Reads and links a file for where the routines will be.
    public static func load(_ bytes: [UInt8]) throws(RoutineSet.RoutineError) -> RoutineSet {
        var file = RoutineFile(elf: try ElfBytes(bytes))
        switch file.elf.type {
        case 1: try file.link()
        case 2, 3: try file.loadSegments()
        default: throw RoutineSet.RoutineError("the file is an ELF file of type \(file.elf.type), neither relocatable nor executable")
        }
        return try RoutineSet(bytes: file.image, symbols: file.symbols)
    }

    private init(elf: ElfBytes) { self.elf = elf }

    /// Virtual address of the image's first byte.
    private static let base = RootMemory.window | RootMemory.routines

    private func grown(to size: UInt64) throws(RoutineSet.RoutineError) -> Int {
        guard size <= UInt64(RootMemory.routineLimit) else {
            throw RoutineSet.RoutineError("the routine is too large: at most \(RootMemory.routineLimit) bytes fit")
        }
        return Int(size)
    }

    // MARK: Executables

    private mutating func loadSegments() throws(RoutineSet.RoutineError) {
        let pieces = try loadedPieces()
        guard let lowest = pieces.map(\.address).min() else { throw RoutineSet.RoutineError("the file has nothing to load") }
        let start = lowest & ~4095
        for piece in pieces {
            let (end, overflow) = (piece.address - start).addingReportingOverflow(piece.size)
            guard !overflow else { throw RoutineSet.RoutineError("the file's segments are damaged") }
            let size = try grown(to: end)
            if size > image.count { image += [UInt8](repeating: 0, count: size - image.count) }
            let place = Int(piece.address - start)
            image.replaceSubrange(place..<place + piece.content.count, with: piece.content)
        }
        for symbol in try elf.symbols() where symbol.section != 0 && !symbol.name.isEmpty {
            guard symbol.value >= start, symbol.value - start <= UInt64(image.count) else { continue }
            symbols[symbol.name] = Int(symbol.value - start)
        }
        try relocateSegments(start)
    }

    /// What an executable has in memory: its sections, which leave out headers far away from the code, or for want of them its segments.
    private func loadedPieces() throws(RoutineSet.RoutineError) -> [(address: UInt64, size: UInt64, content: ArraySlice<UInt8>)] {
        var pieces: [(address: UInt64, size: UInt64, content: ArraySlice<UInt8>)] = []
        for section in elf.sections where section.isAllocated && [1, 8, 14, 15].contains(section.type) && section.size > 0 {
            pieces.append((section.address, section.size, section.type == 8 ? [] : try elf.slice(section.offset, section.size)))
        }
        if !pieces.isEmpty { return pieces }
        for segment in try elf.segments() where segment.type == 1 && segment.memorySize > 0 {
            pieces.append((segment.address, segment.memorySize, try elf.slice(segment.offset, min(segment.fileSize, segment.memorySize))))
        }
        return pieces
    }

    /// A shared object's relocations. Those that a linker was asked to keep in an executable are done already.
    private mutating func relocateSegments(_ start: UInt64) throws(RoutineSet.RoutineError) {
        guard elf.type == 3 else { return }
        for section in elf.sections where section.type == 4 && section.isAllocated {
            for relocation in try elf.relocations(section) {
                let place = relocation.offset &- start
                guard relocation.type == 3, place <= UInt64(image.count), UInt64(image.count) - place >= 8 else {
                    if relocation.type == 0 { continue }
                    throw RoutineSet.RoutineError(
                        "the file is linked for a dynamic linker (relocation type \(relocation.type)); link it with -Bsymbolic, or give the .o file")
                }
                put(Self.base &+ UInt64(bitPattern: relocation.addend) &- start, 8, at: Int(place))
            }
        }
    }

    // MARK: Relocatable files

    private mutating func link() throws(RoutineSet.RoutineError) {
        // Code first, so that what follows needs no room for growth.
        let wanted = elf.sections.indices.filter { elf.sections[$0].isAllocated && [1, 8, 14, 15].contains(elf.sections[$0].type) && elf.sections[$0].size > 0 }
        for index in wanted.filter({ elf.sections[$0].isCode }) + wanted.filter({ !elf.sections[$0].isCode }) {
            let section = elf.sections[index]
            let alignment = max(section.alignment, 1)
            guard alignment & (alignment - 1) == 0, alignment <= 1 << 16 else {
                throw RoutineSet.RoutineError("the section \(section.name) has an alignment of \(alignment); at most 65536 can be kept")
            }
            let place = (UInt64(image.count) + alignment - 1) & ~(alignment - 1)
            guard section.size <= UInt64(RootMemory.routineLimit) else { _ = try grown(to: section.size); return }
            let size = try grown(to: place + section.size)
            image += [UInt8](repeating: 0, count: size - image.count)
            if section.type != 8 { image.replaceSubrange(Int(place)..<size, with: try elf.slice(section.offset, section.size)) }
            places[index] = place
        }
        let table = try elf.symbols()
        for symbol in table where !symbol.name.isEmpty && symbol.isNamed {
            guard let place = places[symbol.section], symbol.value <= elf.sections[symbol.section].size else { continue }
            symbols[symbol.name] = Int(place + symbol.value)
        }
        for name in RoutineSet.required where symbols[name] == nil { throw RoutineSet.RoutineError.lacking(name) }
        for section in elf.sections where section.type == 4 {
            guard let target = places[section.info] else { continue }
            var linker = RoutineLinker(image: image, base: Self.base, limit: target + elf.sections[section.info].size)
            for relocation in try elf.relocations(section) {
                guard relocation.symbol < table.count else {
                    throw RoutineSet.RoutineError("the file's relocations are damaged: one names symbol \(relocation.symbol)")
                }
                try linker.apply(relocation, at: target &+ relocation.offset) { () throws(RoutineSet.RoutineError) -> UInt64 in
                    try address(of: table[relocation.symbol])
                }
            }
            image = linker.image
        }
    }

    /// Where a symbol is.
    private func address(of symbol: ElfBytes.Symbol) throws(RoutineSet.RoutineError) -> UInt64 {
        switch symbol.section {
        case 0:
            throw RoutineSet.RoutineError("the routine refers to \(symbol.name.isEmpty ? "a symbol without a name" : symbol.name), which it does not define")
        case 0xFFF1: return symbol.value
        default:
            guard let place = places[symbol.section] else {
                throw RoutineSet.RoutineError("the routine refers to \(symbol.name.isEmpty ? "a section" : symbol.name), which is in no section that is loaded")
            }
            return Self.base &+ place &+ symbol.value
        }
    }

    private mutating func put(_ value: UInt64, _ count: Int, at place: Int) {
        for byte in 0..<count { image[place + byte] = UInt8(truncatingIfNeeded: value >> UInt64(8 * byte)) }
    }
}
