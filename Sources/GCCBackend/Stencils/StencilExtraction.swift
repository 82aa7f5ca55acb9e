import Translator

/// Takes the stencils out of the assembled object: their bytes, holes, and where the operands' register numbers are, which is found by comparing
/// copies of a stencil that differ in one bit of one operand's register.
struct StencilExtraction {
    /// All operands' register in the first copy, and what differs from it in one bit each. None is encoded in an extraordinary way.
    static let register = 10
    static let neighbours = [11, 8, 14, 2]

    let object: StencilObject
    private(set) var library = StencilLibrary.Content()

    struct Unusable: Error { let reason: String }

    /// A copy's name. `operand` and `bit` say how it differs from the first.
    static func name(_ stencil: Int, operand: Int, bit: Int) -> String { "\(stencil)_\(operand)\(bit)" }
    static func name(_ stencil: Int) -> String { "\(stencil)" }

    init(_ object: StencilObject, _ texts: [StencilText]) throws(Unusable) {
        self.object = object
        for (index, text) in texts.enumerated() { try add(index, text) }
    }

    private static let parts: [(section: String, start: String, end: String)] = [(".text", "common_", "end_"), (".rare", "rare_", "rareend_")]

    private func range(_ part: Int, _ name: String) throws(Unusable) -> Range<Int> {
        let (_, start, end) = Self.parts[part]
        guard let from = object.symbols[start + name]?.offset, let to = object.symbols[end + name]?.offset, from <= to else {
            throw Unusable(reason: "stencil \(name) is missing")
        }
        return from..<to
    }

    private mutating func add(_ index: Int, _ text: StencilText) throws(Unusable) {
        var stencil = Stencil()
        let name = Self.name(index)
        stencil.operands = text.operandMask
        stencil.shareable = text.shareable
        stencil.clobbers = text.clobbers
        stencil.holes = UInt32(library.holes.count)
        stencil.registers = UInt32(library.registers.count)
        stencil.sites = UInt32(library.sites.count)
        let starts = [try range(0, name).lowerBound, try range(1, name).lowerBound]
        for part in 0..<2 {
            let range = try range(part, name)
            var bytes = Array((object.contents[Self.parts[part].section] ?? [])[range])
            try findRegisters(&bytes, index, part, text.operandMask)
            try findHoles(range, part, starts)
            let at = UInt32(library.bytes.count)
            library.bytes += bytes
            let size = UInt16(bytes.count)
            if part == 0 { (stencil.common, stencil.commonSize) = (at, size) } else { (stencil.rare, stencil.rareSize) = (at, size) }
        }
        findSites(index)
        stencil.holeCount = UInt8(library.holes.count - Int(stencil.holes))
        stencil.registerCount = UInt8(library.registers.count - Int(stencil.registers))
        stencil.siteCount = UInt8(library.sites.count - Int(stencil.sites))
        for hole in library.holes[Int(stencil.holes)...] {
            if HoleValue.constants.contains(Int(hole.value)) { stencil.traits |= Stencil.hasConstants }
            if (HoleValue.float.rd...HoleValue.flag.ra).contains(Int(hole.value)) { stencil.traits |= Stencil.hasFloats }
        }
        // An access behind a soft TLB is left by its stub, which is told what has not been executed.
        let leaves = library.holes[Int(stencil.holes)...].contains { $0.value == HoleValue.leave || $0.value == HoleValue.unexecuted }
        if stencil.siteCount > 0 || leaves { stencil.traits |= Stencil.canLeave }
        library.stencils.append(stencil)
    }

    /// Notes where register numbers are, and makes them those of register 0.
    private mutating func findRegisters(_ bytes: inout [UInt8], _ index: Int, _ part: Int, _ operands: UInt8) throws(Unusable) {
        let original = bytes
        for operand in 0..<4 where operands >> UInt8(operand) & 1 == 1 {
            // By bit of the register's number: the bits of bytes that change with it.
            var changes: [Set<Int>] = []
            for bit in 0..<4 {
                let range = try range(part, Self.name(index, operand: operand, bit: bit))
                let copy = Array((object.contents[Self.parts[part].section] ?? [])[range])
                guard copy.count == original.count else { throw Unusable(reason: "the length of stencil \(index) depends on its registers") }
                var changed: Set<Int> = []
                for (at, (a, b)) in zip(original, copy).enumerated() { for place in 0..<8 where (a ^ b) >> place & 1 == 1 { changed.insert(8 * at + place) } }
                changes.append(changed)
            }
            guard changes[1] == Set(changes[0].map { $0 + 1 }), changes[2] == Set(changes[0].map { $0 + 2 }) else {
                throw Unusable(reason: "register numbers in stencil \(index) are not understood")
            }
            let fields = changes[0].map { ($0 / 8, UInt8($0 % 8)) } + changes[3].map { ($0 / 8, UInt8($0 % 8) + 8) }
            for (at, field) in fields.sorted(by: { ($0.0, $0.1) < ($1.0, $1.1) }) {
                bytes[at] ^= RegisterField.bits(field, UInt8(Self.register))
                library.registers.append(StencilRegister(position: UInt16(at) | (part == 1 ? StencilRegister.rare : 0), operand: UInt8(operand), field: field))
            }
        }
    }

    private mutating func findHoles(_ range: Range<Int>, _ part: Int, _ starts: [Int]) throws(Unusable) {
        for relocation in object.relocations[Self.parts[part].section] ?? [] where range.contains(relocation.offset) {
            // R_X86_64_64, PC32, PLT32, 32, 32S, 8.
            let (width, isRelative): (UInt8, Bool) =
                switch relocation.type {
                case 1: (8, false)
                case 2, 4: (4, true)
                case 10, 11: (4, false)
                case 14: (1, false)
                default: throw Unusable(reason: "relocation type \(relocation.type)")
                }
            var addend = relocation.addend
            let value: Int
            if let section = relocation.section {
                guard let home = Self.parts.firstIndex(where: { $0.section == section }) else { throw Unusable(reason: "a reference to \(section)") }
                value = home == 0 ? HoleValue.common : HoleValue.rare
                addend -= starts[home]
            } else {
                guard relocation.symbol.hasPrefix("hole"), let number = Int(relocation.symbol.dropFirst(4)) else {
                    throw Unusable(reason: "a reference to \(relocation.symbol)")
                }
                value = number
            }
            let form = width | (isRelative ? StencilHole.relative : 0) | (part == 1 ? StencilHole.rare : 0)
            library.holes.append(StencilHole(position: UInt16(relocation.offset - range.lowerBound), value: UInt8(value), form: form, addend: Int32(addend)))
        }
    }

    private mutating func findSites(_ index: Int) {
        let table = object.contents["longma_sites"] ?? []
        func word(_ at: Int) -> Int { (0..<4).reduce(0) { $0 | Int(table[at + $1]) << (8 * $1) } }
        for at in stride(from: 0, to: table.count - 15, by: 16) where word(at) == index {
            library.sites.append(StencilSite(position: UInt16(word(at + 4)), isStore: UInt16(word(at + 12))))
            library.sites.append(StencilSite(position: UInt16(word(at + 8)) | StencilSite.rare, isStore: UInt16(word(at + 12))))
        }
    }
}
