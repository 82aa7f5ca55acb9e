import LoongArch

extension RandomAccessCollection<Instruction> where Index == Int {
    /// Where a straight run at `start` goes that ends with a jump by a register which the run itself has made from the pc: `pcaddu18i` and `jirl`, as compilers
    /// write calls that may be far. Nil when the run ends in another way.
    func constantGoal(at start: UInt64) -> UInt64? {
        guard let last, case .indirect(let register, let offset, _) = last.controlFlow, register != 0 else { return nil }
        let earlier = dropLast()
        guard let place = earlier.lastIndex(where: { $0.writes(register) }) else { return nil }
        let pc = start &+ UInt64(place - startIndex) &* 4
        let immediate = UInt64(bitPattern: Int64(self[place].immediate))
        switch self[place].opcode {
        case .pcaddu18i: return pc &+ immediate << 18 &+ UInt64(bitPattern: offset)
        case .pcaddu12i: return pc &+ immediate << 12 &+ UInt64(bitPattern: offset)
        default: return nil
        }
    }

    /// How a straight run at `start` ends; a jump by a register with a constant is a direct one.
    func flow(at start: UInt64) -> ControlFlow {
        let last = last!
        guard case .indirect(_, _, let link) = last.controlFlow, let goal = constantGoal(at: start) else { return last.controlFlow }
        return .jump(offset: Int64(bitPattern: goal &- (start &+ UInt64(count - 1) &* 4)), link: link)
    }
}

extension Instruction {
    /// Whether it may write a general register: taken from the operands' kinds.
    func writes(_ register: UInt8) -> Bool {
        guard let first = opcode.form.operands.first, first.kind == .general else { return false }
        return UInt8(truncatingIfNeeded: first.value(in: word)) == register
    }
}
