import CHost
import Execution
import LoongArch
import Semantics

/// Copies stencils behind each other and fills their holes. Makes no decisions.
final class StencilPatcher {
    let library: StencilLibrary
    let arena: StencilArena
    /// What goes into holes, by `HoleValue`.
    let values: UnsafeMutablePointer<UInt64>
    private let constantCount: UnsafeMutablePointer<Int>
    /// Host registers of the operands of the stencil to be placed.
    let operands: UnsafeMutablePointer<UInt8>
    /// Where in the arena the distance of the jump to `taken` or `other` is that was placed last.
    private(set) var jumpSite = 0

    init(_ library: StencilLibrary, _ arena: StencilArena) {
        self.library = library
        self.arena = arena
        values = .allocate(capacity: HoleValue.number)
        values.initialize(repeating: 0, count: HoleValue.number)
        constantCount = .allocate(capacity: 1)
        constantCount.initialize(to: 0)
        operands = .allocate(capacity: 4)
        operands.initialize(repeating: 0, count: 4)
    }

    deinit {
        values.deallocate()
        constantCount.deallocate()
        operands.deallocate()
    }

    /// Works out the values for an instruction's own holes.
    @inline(__always)
    func prepare(_ instruction: Instruction, _ traits: UInt8) {
        if traits & Stencil.hasConstants != 0 {
            constantCount.pointee = 0
            var recorder = HoleRecorder(values, constantCount, pc: values[HoleValue.pc])
            Semantics.execute(instruction, &recorder)
        }
        if traits & Stencil.hasFloats != 0 { prepareFloats(instruction) }
    }

    private func prepareFloats(_ instruction: Instruction) {
        let vr = UInt64(MemoryLayout<LongmaCPU>.offset(of: \.vr)!)
        let fcc = UInt64(MemoryLayout<LongmaCPU>.offset(of: \.fcc)!)
        values[HoleValue.float.rd] = vr + 32 * UInt64(instruction.rd)
        values[HoleValue.float.rj] = vr + 32 * UInt64(instruction.rj)
        values[HoleValue.float.rk] = vr + 32 * UInt64(instruction.rk)
        values[HoleValue.float.ra] = vr + 32 * UInt64(instruction.ra)
        values[HoleValue.flag.rd] = fcc + UInt64(instruction.rd & 7)
        values[HoleValue.flag.rj] = fcc + UInt64(instruction.rj & 7)
        values[HoleValue.flag.ra] = fcc + UInt64(instruction.ra & 7)
    }

    /// Appends a stencil to the code.
    @inline(__always)
    func place(_ number: Int) {
        let stencil = library.stencils + number
        let start = arena.common
        let rare = arena.rare
        copy(stencil.pointee.common, Int(stencil.pointee.commonSize), to: start)
        if stencil.pointee.rareSize != 0 { copy(stencil.pointee.rare, Int(stencil.pointee.rareSize), to: rare) }
        let base = arena.writable
        var register = library.registers + Int(stencil.pointee.registers)
        let lastRegister = register + Int(stencil.pointee.registerCount)
        while register < lastRegister {
            let position = register.pointee.position
            let place = position & StencilRegister.rare == 0 ? start &+ Int(position) : rare &+ Int(position & ~StencilRegister.rare)
            base[place] ^= library.fieldBits[Int(register.pointee.field) &* 16 &+ Int(operands[Int(register.pointee.operand)])]
            register += 1
        }
        if stencil.pointee.holeCount != 0 { fill(stencil, start, rare) }
        if stencil.pointee.siteCount != 0 { note(stencil, start, rare) }
        arena.common = start &+ Int(stencil.pointee.commonSize)
        arena.rare = rare &+ Int(stencil.pointee.rareSize)
    }

    /// Appends the common part of a stencil without operands to the rare paths.
    func placeRare(_ number: Int) {
        let (common, start) = (arena.common, arena.rare)
        arena.common = start
        place(number)
        arena.rare = arena.common
        arena.common = common
    }

    /// By sixteens, so beyond the end.
    @inline(__always)
    private func copy(_ from: UInt32, _ size: Int, to place: Int) {
        let source = UnsafeRawPointer(library.bytes + Int(from))
        let target = UnsafeMutableRawPointer(arena.writable + place)
        var at = 0
        repeat {
            target.storeBytes(of: source.loadUnaligned(fromByteOffset: at, as: SIMD16<UInt8>.self), toByteOffset: at, as: SIMD16<UInt8>.self)
            at &+= 16
        } while at < size
    }

    @inline(__always)
    private func fill(_ stencil: UnsafePointer<Stencil>, _ start: Int, _ rare: Int) {
        values[HoleValue.common] = UInt64(truncatingIfNeeded: start)
        values[HoleValue.rare] = UInt64(truncatingIfNeeded: rare)
        var hole = library.holes + Int(stencil.pointee.holes)
        let last = hole + Int(stencil.pointee.holeCount)
        while hole < last {
            let place = (hole.pointee.form & StencilHole.rare == 0 ? start : rare) &+ Int(hole.pointee.position)
            let target = UnsafeMutableRawPointer(arena.writable + place)
            var value = values[Int(hole.pointee.value)] &+ UInt64(bitPattern: Int64(hole.pointee.addend))
            if hole.pointee.form & StencilHole.relative != 0 {
                value &-= UInt64(truncatingIfNeeded: place)
                if hole.pointee.value == HoleValue.taken || hole.pointee.value == HoleValue.other { jumpSite = place }
            }
            switch hole.pointee.form & 15 {
            case 4: target.storeBytes(of: UInt32(truncatingIfNeeded: value), as: UInt32.self)
            case 8: target.storeBytes(of: value, as: UInt64.self)
            default: target.storeBytes(of: UInt8(truncatingIfNeeded: value), as: UInt8.self)
            }
            hole += 1
        }
    }

    @inline(__always)
    private func note(_ stencil: UnsafePointer<Stencil>, _ start: Int, _ rare: Int) {
        var site = library.sites + Int(stencil.pointee.sites)
        let last = site + Int(stencil.pointee.siteCount)
        while site < last {
            let isRare = site.pointee.position & StencilSite.rare != 0
            let offset = (isRare ? rare &- arena.half : start) &+ Int(site.pointee.position & ~StencilSite.rare)
            let descriptor = arena.descriptors + (isRare ? 1 : 0)
            let table = isRare ? arena.sites.1 : arena.sites.0
            let unexecuted = UInt32(truncatingIfNeeded: values[HoleValue.unexecuted]) | UInt32(site.pointee.isStore) << 31
            table[Int(descriptor.pointee.count)] = LongmaFaultSite(
                host: UInt32(truncatingIfNeeded: offset), unexecuted: unexecuted, guest: values[HoleValue.pc])
            descriptor.pointee.count &+= 1
            site += 1
        }
    }

    /// Lets the jump whose distance is at `site` go to `target`; both are offsets in the arena.
    func redirect(_ site: Int, to target: Int) {
        UnsafeMutableRawPointer(arena.writable + site).storeBytes(of: UInt32(truncatingIfNeeded: target &- site &- 4), as: UInt32.self)
    }
}
