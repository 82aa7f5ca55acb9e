import CHost
import LoongArch
import Semantics

extension InterpreterEmitter {
    @inline(__always)
    public mutating func vector(_ i: Instruction) {
        guard let exception = VectorAccess<Access>.exception(cpu, i) else { return }
        Self.fail(cpu, pc, exception, address: cpu.pointee.exitAddress, detail: cpu.pointee.exitDetail)
    }
}

/// Vector instructions, out of line. Loads and stores are here, all others in `VectorUnit`.
package enum VectorAccess<Access: DataAccess> {
    package typealias CPU = UnsafeMutablePointer<LongmaCPU>

    /// Performs an instruction; the exception that it raised, if any, whose details are in `cpu`.
    @inline(never)
    package static func exception(_ cpu: CPU, _ i: Instruction) -> GuestException? {
        do throws(GuestException) {
            try perform(cpu, i)
            return nil
        } catch {
            return error
        }
    }

    package static func perform(_ cpu: CPU, _ i: Instruction) throws(GuestException) {
        if i.opcode.isWideVectorAccess { return try accessWide(cpu, i) }
        guard let row = VectorTable.rows[i.opcode.index] else { throw failure(cpu, .unimplemented, address: 0) }
        let unit = VectorUnit(cpu, row, i)
        if row.family == .memory { return try access(unit) }
        if let exception = unit.perform() { throw failure(cpu, exception, address: 0) }
    }

    private static func access(_ unit: VectorUnit) throws(GuestException) {
        let i = unit.i
        let displaced = unit.gpr(i.rj) &+ UInt64(bitPattern: Int64(i.immediate))
        switch unit.row.operation {
        case .vld: unit.write(try loadVector(unit, displaced))
        case .vst: try storeVector(unit, displaced)
        case .vldx: unit.write(try loadVector(unit, unit.gpr(i.rj) &+ unit.gpr(i.rk)))
        case .vstx: try storeVector(unit, unit.gpr(i.rj) &+ unit.gpr(i.rk))
        case .vldrepl:
            switch unit.row.lane {
            case .b: unit.write(Lanes(repeating: UInt8(truncatingIfNeeded: try load(unit, displaced, .uint8))).bits)
            case .h: unit.write(Lanes(repeating: UInt16(truncatingIfNeeded: try load(unit, displaced, .uint16))).bits)
            case .w: unit.write(Lanes(repeating: UInt32(truncatingIfNeeded: try load(unit, displaced, .uint32))).bits)
            default: unit.write(SIMD2(repeating: try load(unit, displaced, .int64)))
            }
        case .vstelm:
            let lane = Int(i.immediate2)
            switch unit.row.lane {
            case .b: try store(unit, displaced, UInt64(unit.lanes(i.rd, UInt8.self)[lane & 15]), .uint8)
            case .h: try store(unit, displaced, UInt64(unit.lanes(i.rd, UInt16.self)[lane & 7]), .uint16)
            case .w: try store(unit, displaced, UInt64(unit.lanes(i.rd, UInt32.self)[lane & 3]), .uint32)
            default: try store(unit, displaced, unit.lanes(i.rd, UInt64.self)[lane & 1], .int64)
            }
        default: fatalError("VectorAccess: \(unit.row.operation) does not access memory")
        }
    }

    /// `xvld`, `xvst` and their indexed forms.
    private static func accessWide(_ cpu: CPU, _ i: Instruction) throws(GuestException) {
        let raw = UnsafeMutableRawPointer(cpu)
        func gpr(_ n: UInt8) -> UInt64 { raw.load(fromByteOffset: 8 &* Int(n), as: UInt64.self) }
        let isIndexed = i.opcode == .xvldx || i.opcode == .xvstx
        let address = gpr(i.rj) &+ (isIndexed ? gpr(i.rk) : UInt64(bitPattern: Int64(i.immediate)))
        let register = raw + MemoryLayout<LongmaCPU>.offset(of: \.vr)! + 32 &* Int(i.rd)
        if i.opcode == .xvst || i.opcode == .xvstx {
            if !Access.store(cpu, address, from: register, 32) { throw fault(cpu, address, .PIS) }
        } else {
            // Beside the register first: a fault must leave it as it was.
            var value = SIMD4<UInt64>()
            if !Access.load(cpu, address, to: &value, 32) { throw fault(cpu, address, .PIL) }
            register.storeBytes(of: value, as: SIMD4<UInt64>.self)
        }
    }

    private static func load(_ unit: VectorUnit, _ address: UInt64, _ type: MemoryType) throws(GuestException) -> UInt64 {
        guard let value = Access.load(unit.cpu, address, type) else { throw fault(unit.cpu, address, .PIL) }
        return value
    }

    private static func store(_ unit: VectorUnit, _ address: UInt64, _ value: UInt64, _ type: MemoryType) throws(GuestException) {
        if !Access.store(unit.cpu, address, value, type) { throw fault(unit.cpu, address, .PIS) }
    }

    private static func loadVector(_ unit: VectorUnit, _ address: UInt64) throws(GuestException) -> SIMD2<UInt64> {
        var value = SIMD2<UInt64>()
        guard Access.load(unit.cpu, address, to: &value, 16) else { throw fault(unit.cpu, address, .PIL) }
        return value
    }

    private static func storeVector(_ unit: VectorUnit, _ address: UInt64) throws(GuestException) {
        var value = unit.bits(unit.i.rd)
        if !Access.store(unit.cpu, address, from: &value, 16) { throw fault(unit.cpu, address, .PIS) }
    }

    /// Notes what an exception is about.
    private static func failure(_ cpu: CPU, _ exception: GuestException, address: UInt64) -> GuestException {
        cpu.pointee.exitAddress = address
        cpu.pointee.exitDetail = 0
        return exception
    }

    /// The same of a failed access.
    private static func fault(_ cpu: CPU, _ address: UInt64, _ exception: GuestException) -> GuestException {
        Access.fault(cpu, address, exception)
    }
}
