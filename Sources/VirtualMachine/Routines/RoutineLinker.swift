/// Applies the relocations of a LoongArch object file to an image that will lie at a known address.
struct RoutineLinker {
    private(set) var image: [UInt8]
    let base: UInt64
    /// End of the section that is being relocated.
    let limit: UInt64

    init(image: [UInt8], base: UInt64, limit: UInt64) {
        self.image = image
        self.base = base
        self.limit = limit
    }

    /// Applies one relocation at an offset into the image. `symbol` finds the address of its symbol.
    mutating func apply(
        _ relocation: ElfBytes.Relocation, at offset: UInt64, symbol: () throws(RoutineSet.RoutineError) -> UInt64
    ) throws(RoutineSet.RoutineError) {
        let type = relocation.type
        // Nothing to do: marks, and hints for a linker that makes code shorter, which this one does not.
        if [0, 20, 21, 100, 102].contains(type) { return }
        let size = Self.size(type)
        guard size > 0 else {
            throw RoutineSet.RoutineError("unimplemented: relocation type \(type) at offset 0x\(String(offset, radix: 16)) of the routine; link the file first")
        }
        guard offset <= limit, limit - offset >= UInt64(size) else {
            throw RoutineSet.RoutineError("the file's relocations are damaged: one is for a place outside of its section")
        }
        let place = Int(offset)
        let target = try symbol() &+ UInt64(bitPattern: relocation.addend)
        let distance = Int64(bitPattern: target &- (base &+ offset))
        let page = Int64(bitPattern: ((target &+ 0x800) & ~0xFFF) &- ((base &+ offset) & ~0xFFF))
        let old = number(place, size)
        switch type {
        case 1, 2: put(target, place, size)
        case 47, 48, 50, 51: put(old &+ target, place, size)
        case 52, 53, 55, 56: put(old &- target, place, size)
        case 105: put(old & 0xC0 | (old &+ target) & 0x3F, place, 1)
        case 106: put(old & 0xC0 | (old &- target) & 0x3F, place, 1)
        case 64: try branch(.bits16, distance, place)
        case 65: try branch(.bits21, distance, place)
        case 66: try branch(.bits26, distance, place)
        case 67: insert20(target >> 12, place)
        case 68, 72: insert12(target, place)
        case 69: insert20(target >> 32, place)
        case 70: insert12(target >> 52, place)
        case 71: insert20(UInt64(bitPattern: page >> 12), place)
        case 73: insert20(UInt64(bitPattern: page) >> 32, place)
        case 74: insert12(UInt64(bitPattern: page) >> 52, place)
        case 99, 109: put(UInt64(bitPattern: distance), place, size)
        case 103:
            guard distance & 3 == 0, distance >= -(1 << 21), distance < 1 << 21 else { throw tooFar(place) }
            insert20(UInt64(bitPattern: distance >> 2), place)
        default:
            // CALL36: pcaddu18i and jirl.
            insert20(UInt64(bitPattern: (distance &+ 0x20000) >> 18), place)
            let word = UInt32(truncatingIfNeeded: number(place + 4, 4))
            put(UInt64(word & ~(0xFFFF << 10) | UInt32(truncatingIfNeeded: distance >> 2 & 0xFFFF) << 10), place + 4, 4)
        }
    }

    /// Bytes that a relocation works on; 0 for those that are not known.
    private static func size(_ type: UInt32) -> Int {
        switch type {
        case 47, 52, 105, 106: 1
        case 48, 53: 2
        case 1, 50, 55, 64...74, 99, 103: 4
        case 2, 51, 56, 109, 110: 8
        default: 0
        }
    }

    private func tooFar(_ place: Int) -> RoutineSet.RoutineError {
        RoutineSet.RoutineError("the instruction at offset 0x\(String(place, radix: 16)) of the routine cannot reach what it refers to")
    }

    private mutating func branch(_ field: BranchField, _ distance: Int64, _ place: Int) throws(RoutineSet.RoutineError) {
        guard let word = field.inserted(distance, into: UInt32(number(place, 4))) else { throw tooFar(place) }
        put(UInt64(word), place, 4)
    }

    /// Bits 24:5 of an instruction.
    private mutating func insert20(_ value: UInt64, _ place: Int) {
        let word = UInt32(number(place, 4))
        put(UInt64(word & ~(0xF_FFFF << 5) | UInt32(value & 0xF_FFFF) << 5), place, 4)
    }

    /// Bits 21:10.
    private mutating func insert12(_ value: UInt64, _ place: Int) {
        let word = UInt32(number(place, 4))
        put(UInt64(word & ~(0xFFF << 10) | UInt32(value & 0xFFF) << 10), place, 4)
    }

    private func number(_ place: Int, _ count: Int) -> UInt64 { image[place..<place + count].reversed().reduce(0) { $0 << 8 | UInt64($1) } }

    private mutating func put(_ value: UInt64, _ place: Int, _ count: Int) {
        for byte in 0..<count { image[place + byte] = UInt8(truncatingIfNeeded: value >> UInt64(8 * byte)) }
    }
}
