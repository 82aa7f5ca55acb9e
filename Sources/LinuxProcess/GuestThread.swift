import CHost
import Execution
import Glibc
import GuestMemory
import Semantics

/// One thread of the guest, on a host thread of its own.
final class GuestThread {
    /// Bytes of a path buffer.
    static let pathCapacity = 8192

    let process: LinuxProcess
    let cpu: UnsafeMutablePointer<LongmaCPU>
    /// The 32 general registers.
    let gpr: UnsafeMutablePointer<UInt64>
    let slot: UnsafeMutablePointer<LongmaSignalSlot>
    /// Made on the host thread that runs this one.
    private(set) var engine: (any Engine)! { didSet { hasNewEngine = true } }
    /// The loop has yet to notice it.
    private var hasNewEngine = true
    /// The process's.
    let descriptorTable: FileDescriptors
    private let directCalls = DirectCall.table
    /// The host's, and the guest's, thread number.
    private(set) var tid: Int32 = 0
    /// Signals that the guest blocks; bit n-1 is signal n.
    var signalMask: UInt64
    /// What `rt_sigsuspend` and its like put in place of the mask until a handler runs.
    var temporaryMask: UInt64?
    var alternateStack = AlternateStack()
    /// Where to store 0 and wake a futex when the thread ends.
    var clearChildTID: UInt64 = 0
    var robustList: UInt64 = 0
    /// Code ranges that the engine must forget; guarded by the process's lock.
    var invalidations: [Range<UInt64>] = []
    /// SIGSEGV, SIGBUS and SIGILL that were sent with `kill`: the host cannot carry them. Guarded by the process's lock.
    var sentFaults: [Int32: LongmaSignalInfo] = [:]
    private var granted: Int64
    /// By reason; behind a pointer, for other threads read it.
    let exitCounts: UnsafeMutablePointer<UInt64>
    private var isLeader = false
    private var exitStatus: Int32 = 0
    private let pathBuffers: UnsafeMutablePointer<CChar>

    /// A thread of `process` with registers 0; `fuel`: instructions it may retire.
    init(process: LinuxProcess, mask: UInt64, fuel: Int64) {
        self.process = process
        descriptorTable = process.descriptors
        cpu = longma_allocate_cpu()!
        gpr = UnsafeMutableRawPointer(cpu).assumingMemoryBound(to: UInt64.self)
        cpu.pointee.fuel = fuel
        cpu.pointee.fuelFloor = Int64(LONGMA_FUEL_FLOOR)
        cpu.pointee.addressLimit = FlatAddressSpace.limit
        cpu.pointee.guestMXCSR = 0x1f80
        granted = fuel
        slot = .allocate(capacity: 1)
        slot.initialize(to: LongmaSignalSlot(cpu: cpu, signal: 0, closed: 0, info: LongmaSignalInfo()))
        signalMask = mask & ~SignalNumbers.unblockable
        pathBuffers = .allocate(capacity: 2 * Self.pathCapacity)
        exitCounts = .allocate(capacity: ExitReason.allCases.count)
        exitCounts.initialize(repeating: 0, count: ExitReason.allCases.count)
    }

    deinit {
        // It refers to the CPU.
        engine = nil
        slot.deallocate()
        exitCounts.deallocate()
        pathBuffers.deallocate()
        free(cpu)
    }

    var paths: GuestPaths { process.paths }
    var attentionWord: UnsafePointer<UInt64> {
        UnsafePointer((UnsafeMutableRawPointer(cpu) + MemoryLayout<LongmaCPU>.offset(of: \.attention)!).assumingMemoryBound(to: UInt64.self))
    }
    var instructionsRetired: UInt64 { UInt64(max(0, granted - cpu.pointee.fuel)) }
    var remainingFuel: Int64 { max(0, cpu.pointee.fuel) }

    /// One of the thread's two buffers for paths, of `pathCapacity` bytes.
    func pathBuffer(_ index: Int) -> UnsafeMutablePointer<CChar> { pathBuffers + index * Self.pathCapacity }

    /// Registers of a new program.
    func setInitialState(pc: UInt64, stackPointer: UInt64) {
        cpu.pointee.pc = pc
        gpr[3] = stackPointer
        isLeader = true
    }

    /// Registers of a thread that `parent` makes: the parent's, after its system call.
    func copyState(from parent: GuestThread) {
        for index in 0..<32 { gpr[index] = parent.gpr[index] }
        cpu.pointee.pc = parent.cpu.pointee.pc &+ 4
        cpu.pointee.vr = parent.cpu.pointee.vr
        cpu.pointee.fcc = parent.cpu.pointee.fcc
        cpu.pointee.fcsr = parent.cpu.pointee.fcsr
        gpr[4] = 0
    }

    // MARK: Life

    /// Takes the calling host thread's number; to be called on the thread itself before it runs.
    func adoptHostThread(unblocking: Bool = true) {
        tid = Int32(truncatingIfNeeded: longma_syscall(186, 0, 0, 0, 0, 0, 0))
        longma_bind_cpu(cpu)
        longma_bind_signal_slot(slot)
        if engine == nil { makeEngine() }
        if isLeader { longma_set_signal_fallback(tid) }
        if unblocking { _ = longma_set_signal_mask(signalMask) }
    }

    /// Runs the guest until this thread ends, on the host thread that calls.
    func runOnCurrentHostThread() {
        adoptHostThread()
        loop()
        _ = longma_set_signal_mask(.max)
        slot.pointee.closed = 1
        longma_bind_signal_slot(nil)
        ThreadCalls.leave(self)
        process.remove(self, status: exitStatus, isLeader: isLeader)
        process.threadHasEnded()
    }

    /// Wants the thread out of its engine and of a blocking system call. From any thread.
    func interrupt(_ bits: UInt64) {
        longma_request_attention(cpu, bits)
        if tid != 0 { _ = longma_syscall(234, UInt64(getpid()), UInt64(tid), UInt64(LONGMA_KICK_SIGNAL), 0, 0, 0) }
    }

    /// After a fork, in the child: the thread has a new number and an engine of its own.
    func continueInForkedChild() {
        isLeader = true
        tid = Int32(truncatingIfNeeded: longma_syscall(186, 0, 0, 0, 0, 0, 0))
        longma_set_signal_fallback(tid)
        sentFaults = [:]
        makeEngine()
    }

    private func makeEngine() {
        engine = process.configuration.makeEngine(process.space)
        if process.signals.hasFaultHandler { engine.requirePreciseRegisters() }
    }

    // MARK: The loop

    private func count(_ reason: ExitReason) { exitCounts[reason.rawValue] &+= 1 }

    private func loop() {
        var engine: any Engine = self.engine
        while true {
            if longma_peek_attention(cpu) & ~UInt64(LONGMA_ATTENTION_BARRIER) != 0, !attend(nil) { return }
            if hasNewEngine {
                engine = self.engine
                hasNewEngine = false
            }
            longma_enter_engine(cpu)
            let exit = engine.run(cpu)
            longma_leave_engine(cpu)
            switch exit {
            case .exception(let exception, let address, let signal, let code):
                if exception == .SYS {
                    count(.systemCall)
                    if !systemCall() { return }
                } else if !handle(exception, address, signal, code) {
                    return
                }
            case .fuel:
                count(.fuel)
                process.end(.fuel)
                return
            case .interrupted:
                count(.interrupted)
            case .switched: continue
            }
        }
    }

    /// Does the system call at pc; false when the thread ends.
    private func systemCall() -> Bool {
        let number = gpr[11]
        if number < UInt64(SystemCallTable.capacity), directCalls[Int(number)].host >= 0 {
            cpu.pointee.llValid = 0
            return finish(perform(directCalls + Int(number)))
        }
        let arguments = SystemCallArguments(a0: gpr[4], a1: gpr[5], a2: gpr[6], a3: gpr[7], a4: gpr[8], a5: gpr[9])
        cpu.pointee.llValid = 0
        let outcome: SystemCallOutcome
        if number < UInt64(SystemCallTable.calls.count), let call = SystemCallTable.calls[Int(number)] {
            outcome = call.body(self, arguments)
        } else {
            process.reportUnknownCall(number)
            outcome = .error(ENOSYS)
        }
        return finish(outcome)
    }

    @inline(__always)
    private func finish(_ outcome: SystemCallOutcome) -> Bool {
        switch outcome {
        case .value(let result):
            finishCall(result)
            return true
        case .notStarted:
            return true
        case .interrupted(let restarts):
            if longma_peek_attention(cpu) == 0 {
                finishCall(-Int64(EINTR))
                return true
            }
            return attend(restarts)
        case .registersSet:
            cpu.pointee.fuel -= 1
            return true
        case .threadEnds:
            cpu.pointee.fuel -= 1
            exitStatus = Int32(truncatingIfNeeded: gpr[4]) & 0xff
            return false
        }
    }

    /// Retires the system call at pc with its result.
    func finishCall(_ result: Int64) {
        gpr[4] = UInt64(bitPattern: result)
        cpu.pointee.pc &+= 4
        cpu.pointee.fuel -= 1
    }

    /// Does what others have asked of this thread; false when it is to end. `interruptedCall`: whether the system call at pc was interrupted, and if so whether
    /// SA_RESTART restarts it.
    private func attend(_ interruptedCall: Bool?) -> Bool {
        let wanted = longma_take_attention(cpu)
        if wanted & UInt64(LONGMA_ATTENTION_STOP) != 0 { return false }
        if wanted & UInt64(LONGMA_ATTENTION_INVALIDATE) != 0 {
            let ranges = process.locked {
                defer { invalidations.removeAll() }
                return invalidations
            }
            for range in ranges { engine.invalidate(range) }
            if process.signals.hasFaultHandler { engine.requirePreciseRegisters() }
        }
        if wanted & UInt64(LONGMA_ATTENTION_BARRIER) != 0 { longma_request_attention(cpu, UInt64(LONGMA_ATTENTION_BARRIER)) }
        if wanted & UInt64(LONGMA_ATTENTION_SIGNAL) != 0 { return deliverPending(interruptedCall) }
        return true
    }

    /// Turns an exception into the signal that Linux makes of it; false when the thread ends.
    private func handle(_ exception: GuestException, _ address: UInt64, _ signal: Int32, _ code: Int32) -> Bool {
        var fault = GuestFault(exception, pc: cpu.pointee.pc, address: address, signal: signal, code: code, fcsr: cpu.pointee.fcsr)
        count(fault.reason)
        if exception == .unimplemented {
            var word: UInt64 = 0
            _ = longma_load_u32(cpu.pointee.pc, &word)
            fault.explanation = "unimplemented: instruction \(process.configuration.describe(UInt32(word))) at pc 0x\(hexadecimal(cpu.pointee.pc))"
        }
        return deliver(fault)
    }

    func countSignal() { count(.signal) }
}
