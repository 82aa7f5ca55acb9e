import CHost
import Execution
import GuestMemory
import LoongArch

/// One virtual processor: a core whose root runs the world switch, and the kernel's part of handling exits, in KVM's nouns.
///
/// A vcpu belongs to one thread; `stop` and `setInterrupt` may come from any.
public final class VCPU {
    /// Why `run` came back.
    public enum Exit: Equatable, Sendable {
        /// A load from a place without memory or device, of 1 to 8 bytes; `completeLoad` before the next `run`.
        case mmioLoad(address: UInt64, size: Int)
        case mmioStore(address: UInt64, size: Int, value: UInt64)
        /// `iocsrrd`, which `completeLoad` finishes, and `iocsrwr`.
        case iocsrLoad(address: UInt64, size: Int)
        case iocsrStore(address: UInt64, size: Int, value: UInt64)
        /// Hypercall 0x102 with a0...a5; `hypercallResult` is what the guest gets.
        case hypercall(arguments: [UInt64])
        /// `cpucfg` and accesses to sensitive registers, when `intercepts` has them; `completeLoad` gives the old value. `mask` of the bits to change.
        case cpucfg(index: UInt64)
        case csr(number: Int, value: UInt64, mask: UInt64)
        /// `idle` without a pending interrupt, when `intercepts` has it.
        case idle
        /// The breakpoint hypercall 0x101, when `hasBreakpoints`.
        case debug
        /// The guest switched the machine off, or wants it to begin anew.
        case shutdown
        case reset
        /// The guest said that it has crashed (hypercall 0x103).
        case crash
        /// `stop` was called.
        case interrupted
        /// All granted instructions are retired.
        case fuel
        /// The guest used an instruction that Longma does not implement.
        case unimplemented(pc: UInt64, word: UInt32)
        /// What should not happen.
        case internalError(String)
    }

    /// Exits that the kernel's part handles by itself unless they are asked for.
    public struct Intercepts: OptionSet, Sendable {
        public let rawValue: UInt8
        public init(rawValue: UInt8) { self.rawValue = rawValue }
        public static let cpucfg = Intercepts(rawValue: 1)
        public static let csr = Intercepts(rawValue: 2)
        public static let idle = Intercepts(rawValue: 4)
    }

    public let machine: VM
    /// Position among the machine's vcpus, and CPUID.
    public let number: Int
    public let core: Core
    /// Which exits `run` reports although it could handle them.
    public var intercepts: Intercepts = []
    public var hasBreakpoints = false
    /// What the guest gets from a hypercall that `run` reported.
    public var hypercallResult: UInt64 = ~0
    /// What a profiler wants called before and after the exit handler. They run where gates do, and take no references: that would cost more than the handler.
    public struct Observer {
        public typealias Function = @convention(c) (_ context: UnsafeMutableRawPointer) -> Void
        let context: UnsafeMutableRawPointer
        let handlerEntered: Function
        let handlerLeft: Function

        /// `context` is what the functions get; it must outlive the vcpu's last `run`.
        public init(context: UnsafeMutableRawPointer, handlerEntered: @escaping Function, handlerLeft: @escaping Function) {
            self.context = context
            self.handlerEntered = handlerEntered
            self.handlerLeft = handlerLeft
        }
    }
    public var observer: Observer?

    let guestID: UInt64
    let root: RootMemory
    var table: SecondStageTable
    /// What the next `run` does first.
    var pending = Completion.none
    /// What `handleExit` wants `run` to return.
    var outcome: Exit?
    /// `run` was left in the middle of the guest or a routine.
    var isInside = false
    /// The guest waits for an interrupt.
    var isWaiting = false
    /// Software's copy of sensitive registers, by number.
    var softwareRegisters: [UInt64]
    /// CPUCFG words as the guest sees them.
    public var configurationWords: [UInt32]
    /// What `KVM_INTERRUPT` has queued.
    let interrupts = InterruptQueue()
    /// Units whose registers hold the guest's values.
    var ownedUnits: UInt64 = 0
    /// What waits for context routines to end: they run one after another.
    var routineCalls: [Int] = []
    /// By `ContextRoutine`: where it is among the routines, nil when it is missing.
    let contextRoutines: [Int?]
    var routineReturn: UInt64 = 0
    var routineArgument: UInt64 = 0
    /// Exits so far by ESTAT.Ecode.
    public internal(set) var exitCounts: [UInt64] {
        get { Array(UnsafeBufferPointer(start: exits, count: 64)) }
        set { for (code, count) in newValue.prefix(64).enumerated() { exits[code] = count } }
    }
    private let exits: UnsafeMutablePointer<UInt64>
    /// Where `kvm_enter_guest` is.
    let enterGuest: UInt64

    var state: UnsafeMutablePointer<LongmaKVMVCPU> { root.pointer(RootMemory.vcpu, LongmaKVMVCPU.self) }
    var runPage: UnsafeMutablePointer<LongmaKVMRun> { root.pointer(RootMemory.run, LongmaKVMRun.self) }
    /// Guest registers while the guest is not running.
    var gprs: UnsafeMutablePointer<UInt64> {
        UnsafeMutableRawPointer(state).advanced(by: MemoryLayout<LongmaKVMVCPU>.offset(of: \.arch.gprs)!).assumingMemoryBound(to: UInt64.self)
    }

    init(_ machine: VM, number: Int, guestID: UInt64) throws {
        self.machine = machine
        self.number = number
        self.guestID = guestID
        let memory = PhysicalMemory()
        let slot: PhysicalMemory.Slot
        do {
            slot = try memory.add(base: 0, size: RootMemory.size)
            for slot in machine.slots {
                try memory.add(base: RootMemory.guestBase + slot.base, size: slot.size, host: UInt64(UInt(bitPattern: slot.host)))
            }
        } catch { throw VM.MachineError(error.description) }
        root = RootMemory(host: slot.host)
        table = SecondStageTable(root)
        core = Core(memory: memory, clock: machine.configuration.clock, makeEngine: machine.configuration.makeEngine)
        contextRoutines = ContextRoutine.allCases.map { machine.configuration.routines.symbols[$0.name] }
        exits = .allocate(capacity: 64)
        exits.initialize(repeating: 0, count: 64)
        enterGuest = RootMemory.window | RootMemory.routines + UInt64(machine.configuration.routines.symbols["kvm_enter_guest"]!)
        softwareRegisters = [UInt64](repeating: 0, count: Int(LONGMA_CSR_COUNT))
        configurationWords = Self.defaultConfiguration
        try installRoutines(machine.configuration.routines)
        setUpRoot()
        resetGuest()
    }

    deinit { exits.deallocate() }

    /// The profile less the virtualization extension, which guests of this machine do not have.
    private static var defaultConfiguration: [UInt32] { (0...20).map { Configuration.word($0) & ($0 == 2 ? ~0x3C00 : ~0) } }

    // MARK: Set-up

    private func installRoutines(_ routines: RoutineSet) throws {
        guard routines.bytes.count <= RootMemory.routineLimit else {
            throw VM.MachineError("the routine has \(routines.bytes.count) bytes; at most \(RootMemory.routineLimit) fit")
        }
        let memory = core.memory
        _ = memory.write(routines.bytes, at: RootMemory.routines)
        // The vector lies on pages of its own, as the kernel has it.
        _ = memory.write(routines.vectorBytes, at: RootMemory.vector)
        let refill = """
            csrwr $t0, 0x8b
            csrrd $t0, 0x1b
            lddir $t0, $t0, 3
            lddir $t0, $t0, 1
            ldpte $t0, 0
            ldpte $t0, 1
            tlbfill
            csrrd $t0, 0x8b
            ertn
            """
        _ = memory.write(try Assembler.assemble(refill, at: RootMemory.refill).bytes, at: RootMemory.refill)
        for gate in [RootMemory.exception, RootMemory.handleExitGate, RootMemory.returnGate, RootMemory.routineReturnGate] {
            _ = memory.write(withUnsafeBytes(of: Gate.word.littleEndian, Array.init), at: gate)
        }
    }

    private func setUpRoot() {
        let window = RootMemory.window
        core[csr: CSR.CRMD] = 0xB0
        core[csr: CSR.DMW] = window | 0x11
        core[csr: CSR.EENTRY] = window | RootMemory.exception
        core[csr: CSR.TLBRENTRY] = RootMemory.refill
        core[csr: CSR.PWCL] = SecondStageTable.walkLow
        core[csr: CSR.PWCH] = SecondStageTable.walkHigh
        core[csr: CSR.STLBPS] = SecondStageTable.pageSize
        // Inter-processor interrupts take the guest's time away; hardware lines are not used by root.
        core[csr: CSR.ECFG] = 1 << 12
        core[csr: CSR.GCFG] = 0x20_0010
        core[csr: CSR.GTLBC] = 0x1000
        core[csr: CSR.GSTAT] = guestID << 16
        core[csr: CSR.CPUID] = UInt64(number)

        state.pointee.kvm = window | RootMemory.kvm
        state.pointee.run = window | RootMemory.run
        root.pointer(RootMemory.kvm, LongmaKVM.self).pointee.pgd = table.top
        state.pointee.arch.handle_exit = window | RootMemory.handleExitGate
        state.pointee.arch.guest_eentry = window | RootMemory.vector
        state.pointee.arch.kvm_pgd = table.top
        state.pointee.arch.tgid = guestID
        state.pointee.arch.host_eentry = window | RootMemory.exception
        // Not `unowned`: that takes a reference for each call, and where weak references exist, as the machine's to its vcpus, one costs a hundred cycles.
        let me = Unmanaged.passUnretained(self)
        core.gates = [
            Gate(at: window | RootMemory.handleExitGate, context: me.toOpaque()) { context in
                Unmanaged<VCPU>.fromOpaque(context)._withUnsafeGuaranteedRef { $0.handleExitCalled() }
                return false
            },
            Gate(at: window | RootMemory.returnGate) { .stop },
            Gate(at: window | RootMemory.routineReturnGate) { me._withUnsafeGuaranteedRef { $0.contextRoutineReturned() } },
            Gate(at: window | RootMemory.exception) { me._withUnsafeGuaranteedRef { $0.hostException() } },
        ]
    }

    /// Puts the guest's registers into the state after a reset: direct addressing, pc 0.
    public func resetGuest() {
        for row in ControlRegisterTable.rows where row.access == .own && row.bank != 0 && row.number != CSR.TICLR {
            core[gcsr: row.number] = row.reset
        }
        core[gcsr: CSR.TCFG] = 0
        core[gcsr: CSR.ESTAT] = 0
        core[gcsr: CSR.TID] = UInt64(number)
        core[gcsr: CSR.CPUID] = UInt64(number)
        core[csr: CSR.GINTC] = 0
        for n in 0..<32 { gprs[n] = 0 }
        state.pointee.arch.pc = 0
        for number in softwareRegisters.indices { softwareRegisters[number] = 0 }
        pending = .none
        isWaiting = false
    }

    // MARK: Registers

    /// General register `n` while `run` is not running.
    public subscript(gpr n: Int) -> UInt64 {
        get { gprs[n] }
        set { if n != 0 { gprs[n] = newValue } }
    }

    /// Where the guest goes on.
    public var pc: UInt64 {
        get { state.pointee.arch.pc }
        set { state.pointee.arch.pc = newValue }
    }

    /// LA64 instructions retired by the core: the guest's and the world switch's.
    public var instructionsRetired: UInt64 { core.retired }

    // MARK: Running

    /// For devices: `run` returns `exit` when the access is done.
    public func end(_ exit: Exit) { outcome = exit }

    /// Has the thread in `run` return `Exit.interrupted` soon; from any thread.
    public func stop() {
        interrupts.requestStop()
        kick()
    }

    /// Has `run` return `Exit.interrupted` soon without leaving the guest: nothing of the machine changes, and a checkpoint of it goes on as if it had never been
    /// stopped. From any thread.
    public func pause() { core.requestStop() }

    /// Makes the guest be left as soon as possible, so that what is queued is looked at.
    func kick() { core.setInterprocessorInterrupt(true) }

    /// Runs the guest until something happens that the kernel's part does not handle, or until `fuel` instructions of the core have retired.
    public func run(fuel: UInt64 = .max) -> Exit {
        let end = fuel > UInt64(Int64.max) - core.retired ? UInt64.max : core.retired + fuel
        if !isInside, let exit = complete() { return exit }
        while true {
            if isWaiting {
                if let exit = waitForInterrupt() { return exit }
            }
            // What the handler has decided stays decided when the fuel ends before the routine has returned.
            if !isInside {
                callEnterGuest()
                outcome = nil
            }
            isInside = true
            switch core.run(fuel: end == .max ? .max : end - min(end, core.retired)) {
            case .fuel: return .fuel
            case .unimplemented(let pc, let word):
                isInside = false
                return .unimplemented(pc: pc, word: word)
            case .stopped: break
            }
            if core.pc != RootMemory.window | RootMemory.returnGate {
                if let outcome { return outcome }
                return .interrupted
            }
            isInside = false
            if isWaiting { continue }
            return outcome ?? .internalError("the world switch returned \(Int64(bitPattern: core[gpr: 4])) without a reason")
        }
    }

    /// Sets root up as the kernel's C code does when it calls `kvm_enter_guest(run, vcpu)`.
    private func callEnterGuest() {
        let window = RootMemory.window
        interrupts.deliver(to: core)
        core[csr: CSR.CRMD] = core[csr: CSR.CRMD] & ~7
        core[csr: CSR.PGDL] = table.top
        state.pointee.arch.host_pgd = table.top
        state.pointee.arch.host_ecfg = core[csr: CSR.ECFG] & 0x7_0000
        core[gpr: 3] = Self.stackPointer
        core[gpr: 2] = 0
        core[gpr: 21] = 0
        core[gpr: 4] = window | RootMemory.run
        core[gpr: 5] = window | RootMemory.vcpu
        core[gpr: 1] = window | RootMemory.returnGate
        core.pc = enterGuest
    }

    /// The exit handler's gate: `a0 = handle_exit(a0: run, a1: vcpu)`.
    @inline(__always)
    private func handleExitCalled() {
        if let observer { observer.handlerEntered(observer.context) }
        routineReturn = core[gpr: 1]
        core.pc = routineReturn
        let code = Int(state.pointee.arch.host_estat >> 16 & 0x3F)
        exits[code] &+= 1
        var result = handleExit(code)
        if result > 0, interrupts.wantsAttention {
            if interrupts.takeStop() {
                outcome = .interrupted
                runPage.pointee.exit_reason = UInt32(LONGMA_KVM_EXIT_INTR)
                result = -4
            } else {
                interrupts.deliver(to: core)
            }
        }
        // A context routine that is to run first has the vcpu as its argument.
        core[gpr: 4] = core.pc == routineReturn ? UInt64(bitPattern: result) : routineArgument
        if let observer { observer.handlerLeft(observer.context) }
    }

    /// Root itself took an exception: a routine is broken.
    private func hostException() -> Gate.Outcome {
        let status = core[csr: CSR.ESTAT]
        outcome = .internalError(
            "the world switch raised exception 0x\(String(status >> 16 & 0x3F, radix: 16)) at 0x\(String(core[csr: CSR.ERA], radix: 16))"
                + " (BADV 0x\(String(core[csr: CSR.BADV], radix: 16)))")
        return .stop
    }

    /// Waits until the guest has an interrupt; an exit when something else ends the wait.
    private func waitForInterrupt() -> Exit? {
        while !core.guestHasInterrupt {
            if interrupts.takeStop() { return .interrupted }
            if interrupts.wantsAttention {
                interrupts.deliver(to: core)
                continue
            }
            if !core.waitForGuestInterrupt() { return .interrupted }
        }
        isWaiting = false
        return nil
    }
}
