import CHost

// FCSR is spread while guest code runs: Enables and rounding mode are in `cpu.fcsr` (the latter in MXCSR too); Flags are those of `cpu.fcsr` and of
// MXCSR together; Cause is what `cpu.pendingFloat` would set, or if nothing is pending that of `cpu.fcsr`.
extension FloatUnit {
    /// Runs `body` with MXCSR's flags cleared and puts MXCSR back; the second value is the exceptions that occurred.
    @inline(__always)
    private static func isolated<Result>(_ body: () -> Result) -> (Result, UInt32) {
        let saved = longma_read_mxcsr()
        longma_write_mxcsr(saved & ~FloatStatus.hostFlags)
        let result = body()
        let exceptions = FloatStatus.exceptions(mxcsr: longma_read_mxcsr())
        longma_write_mxcsr(saved)
        return (result, exceptions)
    }

    /// The Cause bits (V = 16, Z = 8, O = 4, U = 2, I = 1) that `operation` sets under the current rounding mode; MXCSR is left as it was.
    public static func cause(of operation: FloatOperation, _ a: Double, _ b: Double, _ c: Double) -> UInt32 {
        isolated { execute(operation, a, b, c) }.1
    }

    /// The Cause bits that a comparison sets; MXCSR is left as it was.
    public static func cause(of predicate: FloatPredicate, _ format: FloatFormat, _ a: Double, _ b: Double) -> UInt32 {
        isolated { executeComparison(predicate, format, a, b) }.1
    }

    // MARK: FCSR

    /// Works out a pending Cause, so that `cpu.fcsr` holds it.
    private static func settleCause(_ cpu: UnsafeMutablePointer<LongmaCPU>) {
        if cpu.pointee.pendingFloat.operation == FloatPending.none { return }
        cpu.pointee.fcsr = cpu.pointee.fcsr & ~0x1F00_0000 | FloatPending.cause(of: cpu) << 24
        cpu.pointee.pendingFloat.operation = FloatPending.none
    }

    /// The complete FCSR while guest code runs.
    private static func complete(_ cpu: UnsafeMutablePointer<LongmaCPU>) -> UInt32 {
        settleCause(cpu)
        return (cpu.pointee.fcsr | FloatStatus.exceptions(mxcsr: longma_read_mxcsr()) << 16) & (FloatStatus.mask | FloatStatus.topMode)
    }

    /// Makes `value` the FCSR of running guest code.
    private static func install(_ value: UInt32, _ cpu: UnsafeMutablePointer<LongmaCPU>) {
        cpu.pointee.fcsr = value & (FloatStatus.mask | FloatStatus.topMode)
        cpu.pointee.pendingFloat.operation = FloatPending.none
        cpu.pointee.floatTraps = value & 0x1F == 0 ? 0 : 1
        cpu.pointee.guestMXCSR = FloatStatus.mxcsr(fcsr: value)
        longma_write_mxcsr(cpu.pointee.guestMXCSR)
    }

    /// `movfcsr2gr`: the bits of `fcsr` register `number` (0...3) while guest code runs.
    public static func readFCSR(_ cpu: UnsafeMutablePointer<LongmaCPU>, _ number: UInt8) -> UInt64 {
        UInt64(complete(cpu) & (FloatStatus.mask(ofRegister: number) | (number == 0 ? FloatStatus.topMode : 0)))
    }

    /// `movgr2fcsr`: writes the bits of `fcsr` register `number` (0...3) and keeps the others, while guest code runs. Traps nothing.
    public static func writeFCSR(_ cpu: UnsafeMutablePointer<LongmaCPU>, _ number: UInt8, _ value: UInt64) {
        // A core has TM, a Linux process has no binary translation.
        let mask = FloatStatus.mask(ofRegister: number) | (number == 0 && cpu.pointee.pages != nil ? FloatStatus.topMode : 0)
        install(complete(cpu) & ~mask | UInt32(truncatingIfNeeded: value) & mask, cpu)
    }

    /// Gives the host's floating-point unit to the guest: rounding mode and traps of `cpu.fcsr`. Host code in between must compute nothing in floating point.
    public static func enterGuest(_ cpu: UnsafeMutablePointer<LongmaCPU>) {
        cpu.pointee.hostMXCSR = longma_read_mxcsr()
        cpu.pointee.floatTraps = cpu.pointee.fcsr & 0x1F == 0 ? 0 : 1
        cpu.pointee.guestMXCSR = FloatStatus.mxcsr(fcsr: cpu.pointee.fcsr)
        // Writing it takes longer than all else here, and it is often the same.
        if cpu.pointee.guestMXCSR != cpu.pointee.hostMXCSR { longma_write_mxcsr(cpu.pointee.guestMXCSR) }
    }

    /// Takes it back: `cpu.fcsr` is then the complete FCSR.
    public static func leaveGuest(_ cpu: UnsafeMutablePointer<LongmaCPU>) {
        settleCause(cpu)
        let mxcsr = longma_read_mxcsr()
        cpu.pointee.fcsr = (cpu.pointee.fcsr | FloatStatus.exceptions(mxcsr: mxcsr) << 16) & (FloatStatus.mask | FloatStatus.topMode)
        if mxcsr != cpu.pointee.hostMXCSR { longma_write_mxcsr(cpu.pointee.hostMXCSR) }
    }

    // MARK: Traps

    /// An operation while `cpu.floatTraps` is set. When an exception that it raises is enabled, Cause says which, Flags stay as they were, and the caller must
    /// raise FPE and write nothing. Otherwise Flags and Cause are brought up to date. Either way nothing is left pending, and the caller must not record it.
    public static func trapped(
        _ cpu: UnsafeMutablePointer<LongmaCPU>, _ operation: FloatOperation, _ a: Double, _ b: Double, _ c: Double
    ) -> (result: Double, traps: Bool) {
        var (result, cause) = isolated { execute(operation, a, b, c) }
        // With underflow enabled a tiny result counts even if it is exact, of which the host's masked unit says nothing.
        if cpu.pointee.fcsr & FloatStatus.underflow != 0, isTiny(result, of: operation) { cause |= FloatStatus.underflow }
        return (result, settle(cause, cpu))
    }

    /// The same for a comparison.
    public static func trapped(
        _ cpu: UnsafeMutablePointer<LongmaCPU>, _ predicate: FloatPredicate, _ format: FloatFormat, _ a: Double, _ b: Double
    ) -> (result: Bool, traps: Bool) {
        let (result, cause) = isolated { executeComparison(predicate, format, a, b) }
        return (result, settle(cause, cpu))
    }

    /// Performs a vector operation: `lanes` computes them all with MXCSR's flags cleared, and Cause is what any of them set. Flags and traps as ``trapped(_:_:_:_:_:)``.
    public static func settling<Result>(_ cpu: UnsafeMutablePointer<LongmaCPU>, _ lanes: () -> Result) -> (result: Result, traps: Bool) {
        let (result, cause) = isolated(lanes)
        return (result, settle(cause, cpu))
    }

    /// One lane of a vector operation, within ``settling(_:_:)``.
    public static func lane(_ operation: FloatOperation, _ a: Double, _ b: Double, _ c: Double, _ cpu: UnsafeMutablePointer<LongmaCPU>) -> Double {
        let result = execute(operation, a, b, c)
        if cpu.pointee.fcsr & FloatStatus.underflow != 0, isTiny(result, of: operation) { signal(hostUnderflow) }
        return result
    }

    /// Enters an operation's exceptions in FCSR; true when one of them is enabled.
    private static func settle(_ cause: UInt32, _ cpu: UnsafeMutablePointer<LongmaCPU>) -> Bool {
        var fcsr = cpu.pointee.fcsr & ~0x1F00_0000 | cause << 24
        let traps = cause & fcsr & 0x1F != 0
        if !traps { fcsr |= cause << 16 }
        cpu.pointee.fcsr = fcsr
        cpu.pointee.pendingFloat.operation = FloatPending.none
        return traps
    }

    /// Whether `result` is subnormal and `operation` one that rounds to a format and so can underflow.
    private static func isTiny(_ result: Double, of operation: FloatOperation) -> Bool {
        let format: FloatFormat
        switch operation {
        case .addSingle, .subtractSingle, .multiplySingle, .divideSingle, .scaleSingle, .reciprocalSingle, .singleFromDouble,
            .fusedAddSingle, .fusedSubtractSingle, .negatedFusedAddSingle, .negatedFusedSubtractSingle:
            format = .single
        case .addDouble, .subtractDouble, .multiplyDouble, .divideDouble, .scaleDouble, .reciprocalDouble,
            .fusedAddDouble, .fusedSubtractDouble, .negatedFusedAddDouble, .negatedFusedSubtractDouble:
            format = .double
        default: return false
        }
        let layout = FloatLayout(format)
        let bits = layout.bits(result)
        return layout.magnitude(bits) != 0 && bits & layout.infinity == 0
    }
}
