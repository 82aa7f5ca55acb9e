import CHost

/// A CPU as test vectors want it: everything 0 but what the case gives.
enum CPU {
    static func reset(_ cpu: UnsafeMutablePointer<LongmaCPU>, pc: UInt64, fuel: Int64) {
        let kept = (cpu.pointee.jumpCache, cpu.pointee.helpers, cpu.pointee.engine)
        cpu.pointee = LongmaCPU()
        (cpu.pointee.jumpCache, cpu.pointee.helpers, cpu.pointee.engine) = kept
        cpu.pointee.pc = pc
        cpu.pointee.fuel = fuel
        cpu.pointee.addressLimit = UInt64(LONGMA_FLAT_ADDRESS_LIMIT)
        cpu.pointee.guestMXCSR = 0x1f80
    }

    static func setFCSR(_ cpu: UnsafeMutablePointer<LongmaCPU>, _ value: UInt32) {
        cpu.pointee.fcsr = value & 0x1f1f_031f
        cpu.pointee.floatTraps = value & 0x1f
    }

    static func fcsr(_ cpu: UnsafeMutablePointer<LongmaCPU>) -> UInt32 { cpu.pointee.fcsr }
}
