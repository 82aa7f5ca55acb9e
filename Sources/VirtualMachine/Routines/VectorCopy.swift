import LoongArch

/// The exit vector runs on pages of its own, so what it refers to outside of itself by distance is further away there.
struct VectorCopy {
    let bytes: [UInt8]
    let range: Range<Int>

    /// How far the copy is from the original.
    private var distance: Int64 { Int64(RootMemory.vector) - Int64(RootMemory.routines) - Int64(range.lowerBound) }

    /// The vector's bytes, as they must be in the copy.
    func relocated() throws(RoutineSet.RoutineError) -> [UInt8] {
        var copy = Array(bytes[range])
        for offset in stride(from: 0, to: copy.count & ~3, by: 4) {
            let word = copy[offset..<offset + 4].reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
            guard let instruction = Decoder.decode(word), let new = try relocated(instruction, at: range.lowerBound + offset) else { continue }
            for byte in 0..<4 { copy[offset + byte] = UInt8(truncatingIfNeeded: new >> (8 * byte)) }
        }
        return copy
    }

    /// An instruction's word in the copy; nil when it stays as it is.
    private func relocated(_ i: Instruction, at offset: Int) throws(RoutineSet.RoutineError) -> UInt32? {
        let immediate = Int64(i.immediate)
        switch i.opcode {
        case .b, .bl, .beq, .bne, .blt, .bge, .bltu, .bgeu, .beqz, .bnez, .bceqz, .bcnez:
            guard isOutside(Int64(offset) + immediate) else { return nil }
            guard let word = BranchField(i.opcode).inserted(immediate - distance, into: i.word) else { throw tooFar(offset) }
            return word
        case .pcaddi:
            guard isOutside(Int64(offset) + immediate << 2) else { return nil }
            let units = immediate - distance >> 2
            guard units >= -(1 << 19), units < 1 << 19 else { throw tooFar(offset) }
            return i.word & ~(0xF_FFFF << 5) | (UInt32(truncatingIfNeeded: units) & 0xF_FFFF) << 5
        case .pcaddu12i, .pcalau12i:
            let target = Int64(i.opcode == .pcalau12i ? offset & ~4095 : offset) + immediate << 12
            guard target >= -4096, target < Int64(bytes.count) else { return nil }
            guard distance & 4095 == 0 else {
                throw RoutineSet.RoutineError(
                    "kvm_vector_entry, which is copied to a page of its own, refers to data at offset 0x\(String(offset, radix: 16)); align it to 4096 bytes")
            }
            return i.word & ~(0xF_FFFF << 5) | UInt32(truncatingIfNeeded: immediate - distance >> 12) << 5 & (0xF_FFFF << 5)
        default: return nil
        }
    }

    private func isOutside(_ target: Int64) -> Bool { target >= 0 && target < Int64(bytes.count) && !range.contains(Int(target)) }

    private func tooFar(_ offset: Int) -> RoutineSet.RoutineError {
        RoutineSet.RoutineError(
            "the instruction at offset 0x\(String(offset, radix: 16)) of kvm_vector_entry, which is copied elsewhere, cannot reach its target from there")
    }
}

/// Where a branch instruction has its offset.
enum BranchField {
    case bits16, bits21, bits26

    init(_ opcode: Opcode) {
        switch opcode {
        case .b, .bl: self = .bits26
        case .beqz, .bnez, .bceqz, .bcnez: self = .bits21
        default: self = .bits16
        }
    }

    /// The word with another offset in bytes; nil when that does not fit.
    func inserted(_ offset: Int64, into word: UInt32) -> UInt32? {
        let width: Int64 = switch self {
        case .bits16: 16
        case .bits21: 21
        case .bits26: 26
        }
        let units = offset >> 2
        guard offset & 3 == 0, units >= -(1 << (width - 1)), units < 1 << (width - 1) else { return nil }
        let bits = UInt32(truncatingIfNeeded: units)
        let low = (bits & 0xFFFF) << 10
        switch self {
        case .bits16: return word & ~(0xFFFF << 10) | low
        case .bits21: return word & ~(0xFFFF << 10 | 0x1F) | low | bits >> 16 & 0x1F
        case .bits26: return word & ~(0xFFFF << 10 | 0x3FF) | low | bits >> 16 & 0x3FF
        }
    }
}
