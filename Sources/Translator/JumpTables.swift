import LoongArch

/// Finds where an indirect jump is likely to go: what the table holds that its register is loaded from, as compilers write `switch` and computed `goto`.
///
/// Only a hint. Translated code compares, so a table that is read wrongly or changes later costs time and nothing else.
struct JumpTables {
    /// The straight runs of instructions found so far, by address.
    let runs: [UInt64: [Instruction]]
    /// Reads 1, 2, 4 or 8 bytes of guest memory, zero-extended; nil where there are none.
    let read: (_ address: UInt64, _ size: Int) -> UInt64?
    /// A register's value when the region was asked for, for tables whose address no instruction of the region makes.
    let register: (UInt8) -> UInt64

    private static let most = 256
    /// Bytes from the jump within which its targets lie.
    private static let reach: UInt64 = 1 << 20

    /// Targets of the jump through `jump` at the end of the run at `start`.
    func targets(of jump: UInt8, start: UInt64, _ run: [Instruction]) -> [UInt64] {
        let origin = start &+ UInt64(run.count - 1) &* 4
        guard let (index, made) = definition(of: jump, before: run.count - 1, in: run) else { return [] }
        switch made.opcode {
        case .ldx_d, .ld_d: return entries(loadedBy: made, at: index, start, run, origin) { $0 }
        case .add_d:
            // An offset from the table itself.
            for (loaded, base) in [(made.rj, made.rk), (made.rk, made.rj)] {
                guard let (place, load) = definition(of: loaded, before: index, in: run), load.opcode.loadsTable else { continue }
                for table in constants(base, before: index, start, run) {
                    let found = entries(loadedBy: load, at: place, start, run, origin) { table &+ $0 }
                    if !found.isEmpty { return found }
                }
            }
            return []
        default: return []
        }
    }

    /// What the table holds that an instruction loads from.
    private func entries(
        loadedBy load: Instruction, at index: Int, _ start: UInt64, _ run: [Instruction], _ origin: UInt64, _ target: (UInt64) -> UInt64
    ) -> [UInt64] {
        var bases: [UInt64] = []
        if load.opcode == .ldx_d || load.opcode == .ldx_w {
            bases = constants(load.rj, before: index, start, run) + constants(load.rk, before: index, start, run)
        } else if let (place, sum) = definition(of: load.rj, before: index, in: run), sum.opcode == .alsl_d || sum.opcode == .add_d {
            bases = (constants(sum.rk, before: place, start, run) + (sum.opcode == .add_d ? constants(sum.rj, before: place, start, run) : []))
                .map { $0 &+ UInt64(bitPattern: Int64(load.immediate)) }
        }
        let isWord = load.opcode == .ldx_w || load.opcode == .ld_w
        for base in bases {
            var found: [UInt64] = []
            for n in 0..<Self.most {
                guard let value = read(base &+ UInt64(n) &* (isWord ? 4 : 8), isWord ? 4 : 8) else { break }
                let goal = target(isWord ? UInt64(bitPattern: Int64(Int32(truncatingIfNeeded: value))) : value)
                guard goal & 3 == 0, goal &- origin &+ Self.reach < 2 * Self.reach else { break }
                if !found.contains(goal) { found.append(goal) }
            }
            if found.count > 1 { return found }
        }
        return []
    }

    private func definition(of register: UInt8, before index: Int, in run: [Instruction]) -> (Int, Instruction)? {
        for place in (0..<index).reversed() where run[place].writes(register) { return (place, run[place]) }
        return nil
    }

    /// Values that a register may have as a constant: made in the run itself, or else anywhere in the region, or else by chance.
    private func constants(_ register: UInt8, before index: Int, _ start: UInt64, _ run: [Instruction]) -> [UInt64] {
        guard register != 0 else { return [] }
        if let value = constant(register, before: index, start, run) { return [value] }
        if definition(of: register, before: index, in: run) != nil { return [] }
        let values = Set(runs.compactMap { constant(register, before: $1.count, $0, $1) })
        return values.isEmpty ? [self.register(register)] : values.sorted()
    }

    /// The constant that a register holds in a run.
    private func constant(_ register: UInt8, before index: Int, _ start: UInt64, _ run: [Instruction]) -> UInt64? {
        guard let (place, made) = definition(of: register, before: index, in: run) else { return nil }
        let pc = start &+ UInt64(place) &* 4
        let immediate = UInt64(bitPattern: Int64(made.immediate))
        switch made.opcode {
        case .pcalau12i: return (pc &+ immediate << 12) & ~0xFFF
        case .pcaddu12i: return pc &+ immediate << 12
        case .pcaddi: return pc &+ immediate << 2
        case .addi_d: return constant(made.rj, before: place, start, run).map { $0 &+ immediate }
        case .ld_d: return constant(made.rj, before: place, start, run).flatMap { read($0 &+ immediate, 8) }
        default: return nil
        }
    }
}

extension Opcode {
    fileprivate var loadsTable: Bool { self == .ldx_d || self == .ldx_w || self == .ld_d || self == .ld_w }
}
