import LoongArch
import Semantics

extension InterpreterEmitter {
    /// Out of line, so that the interpreter's loop is no worse for it.
    @inline(never)
    public mutating func vector(_ i: Instruction) throws(GuestException) {
        guard let row = VectorTable.rows[i.opcode.index] else { return try raise(.unimplemented) }
        let unit = VectorUnit(cpu, row, i)
        if row.family == .memory { return try access(unit) }
        if let exception = unit.perform() {
            cpu.pointee.exitAddress = 0
            cpu.pointee.exitDetail = 0
            throw exception
        }
    }

    /// Loads and stores.
    private mutating func access(_ unit: VectorUnit) throws(GuestException) {
        let i = unit.i
        let displaced = gpr(i.rj) &+ UInt64(bitPattern: Int64(i.immediate))
        switch unit.row.operation {
        case .vld: unit.write(try loadVector(displaced))
        case .vst: try storeVector(displaced, unit.bits(i.rd))
        case .vldx: unit.write(try loadVector(gpr(i.rj) &+ gpr(i.rk)))
        case .vstx: try storeVector(gpr(i.rj) &+ gpr(i.rk), unit.bits(i.rd))
        case .vldrepl:
            switch unit.row.lane {
            case .b: unit.write(Lanes(repeating: UInt8(truncatingIfNeeded: try load(displaced, .uint8, aligned: false))).bits)
            case .h: unit.write(Lanes(repeating: UInt16(truncatingIfNeeded: try load(displaced, .uint16, aligned: false))).bits)
            case .w: unit.write(Lanes(repeating: UInt32(truncatingIfNeeded: try load(displaced, .uint32, aligned: false))).bits)
            default: unit.write(SIMD2(repeating: try load(displaced, .int64, aligned: false)))
            }
        case .vstelm:
            let lane = Int(i.immediate2)
            switch unit.row.lane {
            case .b: try store(displaced, UInt64(unit.lanes(i.rd, UInt8.self)[lane & 15]), .uint8, aligned: false)
            case .h: try store(displaced, UInt64(unit.lanes(i.rd, UInt16.self)[lane & 7]), .uint16, aligned: false)
            case .w: try store(displaced, UInt64(unit.lanes(i.rd, UInt32.self)[lane & 3]), .uint32, aligned: false)
            default: try store(displaced, unit.lanes(i.rd, UInt64.self)[lane & 1], .int64, aligned: false)
            }
        default: fatalError("InterpreterEmitter.access: \(unit.row.operation) does not access memory")
        }
    }

    private func loadVector(_ address: UInt64) throws(GuestException) -> SIMD2<UInt64> {
        guard let value = Access.loadVector(address) else { throw dataFault(address, .PIL) }
        return value
    }

    private func storeVector(_ address: UInt64, _ value: SIMD2<UInt64>) throws(GuestException) {
        guard Access.storeVector(address, value) else { throw dataFault(address, .PIS) }
    }
}
