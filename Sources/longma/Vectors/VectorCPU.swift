import CHost

/// A CPU as test vectors want it: everything 0 but what the case gives.
extension LongmaCPU {
    /// Starts anew at `pc`, keeping what belongs to the engine.
    mutating func reset(pc: UInt64, fuel: Int64) {
        let kept = (jumpCache, helpers)
        self = LongmaCPU()
        (jumpCache, helpers) = kept
        self.pc = pc
        self.fuel = fuel
        addressLimit = UInt64(LONGMA_FLAT_ADDRESS_LIMIT)
        fuelFloor = Int64(LONGMA_FUEL_FLOOR)
    }
}
