import CHost
import LoongArch
import Semantics

/// The binary translation instructions that saving and restoring a guest's registers needs. No others of the extension exist.
extension Core {
    /// Where the x86 flags are that bits 0...5 of a mask stand for: CF, PF, AF, ZF, SF, OF.
    private static let flagPositions: [UInt64] = [0, 2, 4, 6, 7, 11]

    private func flags(_ mask: Int32) -> UInt64 {
        Self.flagPositions.indices.reduce(0) { $0 | UInt64(mask >> Int32($1) & 1) << Self.flagPositions[$1] }
    }

    func performBinaryTranslation(_ i: Instruction) {
        let scratch = UnsafeMutableRawPointer(cpu).advanced(by: MemoryLayout<LongmaCPU>.offset(of: \.scr)!).assumingMemoryBound(to: UInt64.self)
        switch i.opcode {
        case .movgr2scr: scratch[Int(i.rd & 3)] = self[gpr: Int(i.rj)]
        case .movscr2gr: self[gpr: Int(i.rd)] = scratch[Int(i.rj & 3)]
        case .x86mttop: cpu.pointee.ftop = UInt64(i.rj & 7)
        case .x86mftop: self[gpr: Int(i.rd)] = cpu.pointee.ftop
        case .x86settm: cpu.pointee.fcsr |= FloatStatus.topMode
        case .x86clrtm: cpu.pointee.fcsr &= ~FloatStatus.topMode
        case .x86mfflag: self[gpr: Int(i.rd)] = cpu.pointee.eflags & flags(i.immediate)
        default:
            let mask = flags(i.immediate)
            cpu.pointee.eflags = cpu.pointee.eflags & ~mask | self[gpr: Int(i.rd)] & mask
        }
    }
}
