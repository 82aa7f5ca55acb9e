import CHost
import Execution
import GuestMemory
import Interpreter
import LoongArch
import Semantics

/// One LA64 core with address translation and the virtualization extension: two banks of control and status registers, TLBs, timers, and the engines that run
/// its code. Root mode, guest mode and the switches between them are all the core's; who owns a core decides only what root's software is.
///
/// A core belongs to one thread; `requestStop` and `setLine` may come from any.
public final class Core {
    /// What `rdtime` and the timers count.
    public enum Clock: Sendable {
        /// 100 MHz of the host's time.
        case host
        /// One tick per retired instruction: a run repeats exactly.
        case instructions
    }

    /// Why `run` came back. The core's pc is where to go on.
    public enum Stop: Equatable, Sendable {
        /// All granted instructions are retired.
        case fuel
        /// `requestStop`, or a gate that said so.
        case stopped
        /// An instruction that Longma does not implement.
        case unimplemented(pc: UInt64, word: UInt32)
    }

    /// Makes the engine for one translation context.
    public typealias MakeEngine = (any CodeSource, CodeMode) -> any Engine

    let state: UnsafeMutablePointer<LongmaCore>
    /// The registers and what engines work on: the head of `state`.
    public let cpu: UnsafeMutablePointer<LongmaCPU>
    public let memory: PhysicalMemory
    /// False: CPUCFG2.LVZ is 0 and the extension's registers and instructions do not exist.
    public let hasVirtualization: Bool
    let clock: Clock
    let makeEngine: MakeEngine

    /// TLB entries of root and of the second stage, and those of the guests' first stage.
    var rootTLB = TranslationBuffer()
    var guestTLB = TranslationBuffer()
    /// What the last refused access will raise.
    var noted = NotedException()
    var contexts: ContextTable
    let alarm: Alarm
    /// Where an instruction `dbcl` calls the owner's function instead.
    public var gates: [Gate] = [] {
        didSet {
            gateTable.deallocate()
            gateTable = GateTable(gates)
            state.pointee.gates = UnsafePointer(gateTable.rows.baseAddress)
            state.pointee.gateCount = UInt64(gates.count)
        }
    }
    private var gateTable = GateTable()
    /// Reads and writes of the IOCSR space by root.
    public var iocsr: ((_ address: UInt64, _ size: Int, _ store: UInt64?) -> UInt64)?
    /// Accesses to physical addresses without memory, of 1 to 8 bytes; nil: the machine has no devices. Runs in the engine, in the host's floating-point mode.
    public var device: ((_ address: UInt64, _ size: Int, _ store: UInt64?) -> UInt64)?
    /// Where the access that `device` is to perform goes on.
    var deviceAddress: UInt64 = 0
    /// The context in which a system instruction began.
    var performedContext: UInt64 = 0
    /// Root executed `idle` and no interrupt has come since.
    var isIdle = false
    /// An unimplemented instruction wants `run` to return.
    var stop: Stop?
    /// Instructions retired in earlier slices, and those granted to the current one.
    var retiredBefore: UInt64 = 0
    var granted: Int64 = 0
    /// What is added to the clock, for a restored core and for idle time that is skipped.
    public var clockOffset: UInt64 = 0
    /// TLB refill exceptions taken, by guest and root.
    public internal(set) var refills: UInt64 = 0

    /// A core after reset, at pc 0x1C000000.
    public init(memory: PhysicalMemory, clock: Clock = .host, hasVirtualization: Bool = true, makeEngine: @escaping MakeEngine) {
        self.memory = memory
        self.clock = clock
        self.hasVirtualization = hasVirtualization
        self.makeEngine = makeEngine
        state = .allocate(capacity: 1)
        UnsafeMutableRawPointer(state).initializeMemory(as: UInt8.self, repeating: 0, count: MemoryLayout<LongmaCore>.size)
        cpu = UnsafeMutableRawPointer(state).assumingMemoryBound(to: LongmaCPU.self)
        contexts = ContextTable()
        alarm = Alarm(cpu)
        cpu.pointee.machine = Unmanaged.passUnretained(self).toOpaque()
        cpu.pointee.resolve = { cpu, address, access in Core.of(cpu)._withUnsafeGuaranteedRef { $0.resolve(address, access) } }
        cpu.pointee.system = { cpu, low, high, pc in
            let instruction = unsafeBitCast((low, high), to: Instruction.self)
            return Core.of(cpu)._withUnsafeGuaranteedRef { $0.perform(instruction, at: pc) }
        }
        state.pointee.device = { cpu, size, isStore, value in Core.of(cpu)._withUnsafeGuaranteedRef { $0.accessDevice(size, isStore ? value : nil) } }
        state.pointee.gate = longma_call_gate
        cpu.pointee.deliver = { cpu in Core.of(cpu)._withUnsafeGuaranteedRef { $0.deliverRefusal() } }
        reset()
    }

    deinit {
        alarm.cancel()
        contexts.deallocate()
        gateTable.deallocate()
        rootTLB.deallocate()
        guestTLB.deallocate()
        state.deallocate()
    }

    @inline(__always)
    private static func of(_ cpu: UnsafeMutablePointer<LongmaCPU>) -> Unmanaged<Core> { Unmanaged.fromOpaque(cpu.pointee.machine!) }

    private func reset() {
        for row in ControlRegisterTable.rows {
            root[row.number] = row.reset
            if row.access == .own { guest[row.number] = row.reset }
        }
        if !hasVirtualization { for number in [CSR.GSTAT, CSR.GCFG] { root[number] = 0 } }
        cpu.pointee.pc = 0x1C00_0000
        cpu.pointee.fuelFloor = Int64(LONGMA_FUEL_FLOOR)
        cpu.pointee.guestMXCSR = 0x1F80
        forgetContext(bank: 0)
        select()
    }

    // MARK: State

    /// The banks of registers.
    @inline(__always) var root: UnsafeMutablePointer<UInt64> { longma_csr(state, UInt64(LONGMA_ROOT)) }
    @inline(__always) var guest: UnsafeMutablePointer<UInt64> { longma_csr(state, UInt64(LONGMA_GUEST)) }
    /// The current one.
    @inline(__always) var current: UnsafeMutablePointer<UInt64> { longma_csr(state, state.pointee.isGuest) }
    /// `GSTAT.VM`.
    @inline(__always) public var isGuest: Bool { state.pointee.isGuest != 0 }

    /// General register `n`.
    public subscript(gpr n: Int) -> UInt64 {
        @inline(__always) get { UnsafeRawPointer(cpu).load(fromByteOffset: 8 &* n, as: UInt64.self) }
        @inline(__always) set { if n != 0 { UnsafeMutableRawPointer(cpu).storeBytes(of: newValue, toByteOffset: 8 &* n, as: UInt64.self) } }
    }

    /// Address of the next instruction.
    public var pc: UInt64 {
        get { cpu.pointee.pc }
        set { cpu.pointee.pc = newValue }
    }

    /// Instructions retired since the core was made.
    public var retired: UInt64 { retiredBefore &+ UInt64(bitPattern: granted &- cpu.pointee.fuel) }

    /// A register of the root's bank as root's `csrrd` and `csrwr` see it.
    public subscript(csr number: Int) -> UInt64 {
        get { readRegister(number, bank: LONGMA_ROOT) }
        set { writeRegister(number, newValue, bank: LONGMA_ROOT, mask: rootMask(number)) }
    }

    /// A register of the guest's bank as root's `gcsrrd` and `gcsrwr` see it.
    public subscript(gcsr number: Int) -> UInt64 {
        get { isBankRegister(number) ? readRegister(number, bank: LONGMA_GUEST) : 0 }
        set { if isBankRegister(number) { writeRegister(number, newValue, bank: LONGMA_GUEST, mask: ControlRegisterTable.bank[number]) } }
    }

    // MARK: Running

    /// Asks `run` to return soon; from any thread.
    public func requestStop() {
        longma_request_attention(cpu, UInt64(LONGMA_ATTENTION_STOP))
        alarm.wake()
    }

    /// Drives hardware interrupt line HWI`line` (0...7); from any thread.
    public func setLine(_ line: Int, _ isActive: Bool) { drive(UInt64(1) << UInt64(line), isActive) }

    /// Raises or drops root's inter-processor interrupt; from any thread.
    public func setInterprocessorInterrupt(_ isActive: Bool) { drive(1 << 10, isActive) }

    private func drive(_ line: UInt64, _ isActive: Bool) {
        longma_set_line(state, line, isActive)
        longma_request_attention(cpu, UInt64(LONGMA_ATTENTION_SIGNAL))
        alarm.wake()
    }

    /// Runs until `fuel` instructions have retired or something stops the core.
    public func run(fuel: UInt64 = .max) -> Stop {
        let end = fuel > UInt64(Int64.max) &- retired ? UInt64(Int64.max) : retired &+ fuel
        stop = nil
        state.pointee.isStopped = false
        longma_bind_cpu(cpu)
        // The thread may be another than before.
        if clock == .host { setAlarm() }
        while true {
            let wanted = longma_take_attention(cpu)
            if wanted & UInt64(LONGMA_ATTENTION_STOP) != 0 { return .stopped }
            cpu.pointee.leaving = 0
            if wanted & UInt64(LONGMA_ATTENTION_BARRIER) != 0 { synchronizeCode() }
            updateLines()
            pollTimers()
            // Two clocks of the host's: the alarm may be early.
            if wanted & UInt64(LONGMA_ATTENTION_SIGNAL) != 0, clock == .host { setAlarm() }
            deliverInterrupts()
            if let stop { return stop }
            if isIdle {
                if !waitForInterrupt() { return .stopped }
                continue
            }
            let left = end &- retired
            if left == 0 || retired >= end { return .fuel }
            runSlice(min(left, ticksToNextTimer()))
            if state.pointee.isStopped { return .stopped }
            if let stop { return stop }
        }
    }

    /// Grants instructions and runs the current context's engine once.
    private func runSlice(_ instructions: UInt64) {
        let engine = currentEngine()
        retiredBefore = retired
        granted = Int64(clamping: max(instructions, 1))
        cpu.pointee.fuel = granted
        longma_enter_engine(cpu)
        let exit = engine.run(cpu)
        longma_leave_engine(cpu)
        switch exit {
        case .exception(let exception, let address, _, _): deliver(exception, address: address)
        case .switched, .fuel, .interrupted: break
        }
    }
}
