import CHost
import Execution
import Glibc
import GuestMemory

/// An LA64 Linux program with its memory, threads, signals and files, run in this host process. One at a time may exist.
public final class LinuxProcess {
    let configuration: ProcessConfiguration
    let space = FlatAddressSpace()
    let descriptors = FileDescriptors()
    let signals = SignalActions()
    let limits = ResourceLimits()
    private(set) var paths: GuestPaths!
    /// What the program began with.
    private(set) var start: ProgramStart!
    /// Guards `threads`, `termination` and the threads' lists that others write.
    let lock: UnsafeMutablePointer<LongmaLock>
    var threads: [GuestThread] = []
    /// Number of threads that run; a futex word.
    let live: UnsafeMutablePointer<UInt32>
    private var termination: ProcessResult.Termination?
    private var leaderStatus: Int32 = 0
    /// What ended threads have left behind.
    private var retired: UInt64 = 0
    private var exitCounts = [UInt64](repeating: 0, count: ExitReason.allCases.count)
    private var statistics = EngineStatistics()
    /// Whether this is a child that the guest forked: it ends by itself and returns to nobody.
    private(set) var isForkedChild = false
    private var watchdog: Watchdog?
    private let began = MonotonicClock.now()
    /// Every thread that was there when a handler for faults was first installed has exact registers; new ones have them from the start.
    private var hasPreciseRegisters = false
    private var reportedCalls = Set<UInt64>()

    /// Loads the program. Throws when it cannot be run (`badImage`) or the host does not let it (`hostFailure`).
    public init(_ configuration: ProcessConfiguration) throws(ProcessError) {
        self.configuration = configuration
        lock = .allocate(capacity: 1)
        lock.initialize(to: LongmaLock(state: 0))
        live = .allocate(capacity: 1)
        live.initialize(to: 0)
        try HostLayout.check()
        longma_install_fault_handler()
        if let root = configuration.root {
            var status = stat()
            guard stat(root, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
                throw .badImage("The root directory \(root) is not a directory.")
            }
        }
        let program = Self.findProgram(configuration)
        paths = GuestPaths(program: program, root: configuration.root, process: self)
        space.codeInvalidated = { [unowned self] in self.invalidateCode($0) }
        do throws(ProcessError) {
            start = try ProgramStart(configuration, program: program, paths: paths, space: space)
        } catch {
            space.removeAll()
            throw error
        }
    }

    deinit {
        lock.deallocate()
        live.deallocate()
    }

    private static func findProgram(_ configuration: ProcessConfiguration) -> String {
        let path = configuration.program
        if let root = configuration.root, path.hasPrefix("/"), access(path, F_OK) != 0, access(root + path, F_OK) == 0 {
            return root + path
        }
        guard let real = realpath(path, nil) else { return path }
        defer { free(real) }
        return String(cString: real)
    }

    /// Runs the program to its end on the calling thread (and more, as it asks for them). To be called once; nothing of the guest remains afterwards,
    /// unless `ProcessConfiguration.hostEndsToo`.
    ///
    /// In a child that the guest forks, this does not return: the child ends as the guest does.
    public func run() -> ProcessResult {
        descriptors.begin(stdout: configuration.stdoutFD, stderr: configuration.stderrFD)
        let hostMask = longma_set_signal_mask(.max)
        signals.begin()
        let thread = GuestThread(process: self, mask: hostMask, fuel: configuration.fuel ?? .max / 2)
        thread.setInitialState(pc: start.entry, stackPointer: start.stackPointer)
        add(thread)
        startWatchdog()
        thread.runOnCurrentHostThread()
        waitForThreads()
        if isForkedChild { endForkedChild() }
        watchdog?.cancel()
        signals.end()
        longma_bind_cpu(nil)
        longma_release_thread()
        _ = longma_set_signal_mask(hostMask)
        descriptors.end()
        if !configuration.hostEndsToo { space.removeAll() }
        return result
    }

    /// Gives back the memory that `ProcessConfiguration.hostEndsToo` has kept.
    public func releaseMemory() { space.removeAll() }

    /// Ends the guest from another thread; `run` then returns with termination `.stopped`.
    public func stop() { end(.stopped) }

    /// What has been done so far; from any thread. Of threads that run the figures are as of a moment ago.
    public func progress() -> ProcessResult {
        // Translated code counts when it is left; a barrier makes each thread come by, unless it waits for the host.
        locked { threads.forEach { longma_request_attention($0.cpu, UInt64(LONGMA_ATTENTION_BARRIER)) } }
        for _ in 0..<20 where locked({ threads.contains { longma_peek_attention($0.cpu) & UInt64(LONGMA_ATTENTION_BARRIER) != 0 } }) { usleep(1000) }
        return locked {
            var result = self.result
            for thread in threads {
                result.instructionsRetired &+= thread.instructionsRetired
                if let engine = thread.engine { result.statistics += engine.statistics }
                for reason in ExitReason.allCases where thread.exitCounts[reason.rawValue] > 0 { result.exits[reason.name, default: 0] &+= thread.exitCounts[reason.rawValue] }
            }
            return result
        }
    }

    private var result: ProcessResult {
        var counts: [String: UInt64] = [:]
        for reason in ExitReason.allCases where exitCounts[reason.rawValue] > 0 { counts[reason.name] = exitCounts[reason.rawValue] }
        return ProcessResult(
            termination: termination ?? .exited(leaderStatus), instructionsRetired: retired, exits: counts, statistics: statistics)
    }

    // MARK: Threads

    /// Runs `body` with the process's lists to itself.
    func locked<T>(_ body: () -> T) -> T {
        longma_lock(lock)
        defer { longma_unlock(lock) }
        return body()
    }

    /// Enters a thread that is about to run.
    func add(_ thread: GuestThread) {
        locked {
            threads.append(thread)
            if termination != nil { longma_request_attention(thread.cpu, UInt64(LONGMA_ATTENTION_STOP)) }
            _ = longma_atomic_add(live, 1)
        }
    }

    /// Takes out a thread that has ended, with its counters.
    func remove(_ thread: GuestThread, status: Int32, isLeader: Bool) {
        locked {
            threads.removeAll { $0 === thread }
            retired &+= thread.instructionsRetired
            for index in exitCounts.indices { exitCounts[index] &+= thread.exitCounts[index] }
            if let engine = thread.engine { statistics += engine.statistics }
            if isLeader { leaderStatus = status }
            longma_set_signal_fallback(threads.first?.tid ?? 0)
        }
    }

    /// To be called last by a thread that ends.
    func threadHasEnded() {
        _ = longma_atomic_add(live, -1)
        longma_wake_all(live)
    }

    private func waitForThreads() {
        while true {
            let count = longma_atomic_load(live)
            if count == 0 { return }
            longma_wait(live, count)
        }
    }

    /// Whether the process is ending.
    var isEnding: Bool { locked { termination != nil } }

    /// Ends the process: the first reason counts. Every thread leaves what it is doing. Returns only in the process that `run` was called in.
    func end(_ reason: ProcessResult.Termination) {
        let (first, others) = locked { () -> (Bool, [GuestThread]) in
            if termination != nil { return (false, []) }
            termination = reason
            return (true, threads)
        }
        guard first else { return }
        if isForkedChild { endForkedChild() }
        for thread in others { thread.interrupt(UInt64(LONGMA_ATTENTION_STOP)) }
    }

    private func endForkedChild() -> Never {
        switch termination ?? .exited(leaderStatus) {
        case .exited(let status): _exit(status)
        case .signalled(let signal): dieBySignal(signal)
        case .fuel, .timeout: _exit(124)
        case .stopped: _exit(130)
        }
    }

    /// A process that forked wants to see the signal itself, not a status.
    private func dieBySignal(_ signal: Int32) -> Never {
        var none = rlimit(rlim_cur: 0, rlim_max: 0)
        getrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &none)
        none.rlim_cur = 0
        setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &none)
        _ = longma_set_host_action(signal, Int32(LONGMA_SIGNAL_DEFAULT), 0)
        kill(getpid(), signal)
        _ = longma_set_signal_mask(0)
        _exit(128 + signal)
    }

    /// What `ProcessConfiguration.diesBySignal` asks for, after the results are collected.
    public func dieAsGuestDid(_ result: ProcessResult) {
        if configuration.diesBySignal, case .signalled(let signal) = result.termination { dieBySignal(signal) }
    }

    private func startWatchdog() {
        guard let timeout = configuration.timeout else { return }
        let remaining = max(0, timeout - (MonotonicClock.now() - began))
        watchdog = Watchdog(seconds: remaining) { [unowned self] in self.end(.timeout) }
    }

    // MARK: Fork

    /// Forks the host process. In the child only the calling thread goes on; returns what `fork` returns, or -errno.
    func fork(_ thread: GuestThread) -> Int64 {
        space.lockForFork()
        longma_lock(lock)
        signals.lockForFork()
        let mask = longma_set_signal_mask(.max)
        let child = Glibc.fork()
        let failure = errno
        signals.unlockAfterFork()
        longma_unlock(lock)
        space.unlockAfterFork()
        if child == 0 {
            isForkedChild = true
            termination = nil
            threads = [thread]
            live.pointee = 1
            watchdog = nil
            thread.continueInForkedChild()
            startWatchdog()
        }
        _ = longma_set_signal_mask(mask)
        return child < 0 ? -Int64(failure) : Int64(child)
    }

    // MARK: Code and messages

    /// Every engine has to forget the code in `range` before it runs guest code again.
    private func invalidateCode(_ range: Range<UInt64>) {
        locked {
            for thread in threads {
                thread.invalidations.append(range)
                longma_request_attention(thread.cpu, UInt64(LONGMA_ATTENTION_INVALIDATE))
            }
        }
    }

    /// Makes all engines keep their registers exact before it returns; `thread` is the calling one.
    func requirePreciseRegisters(_ thread: GuestThread) {
        thread.engine.requirePreciseRegisters()
        let others = locked { hasPreciseRegisters ? [] : threads.filter { $0 !== thread } }
        let request = UInt64(LONGMA_ATTENTION_INVALIDATE)
        for other in others { longma_request_attention(other.cpu, request) }
        for other in others {
            // Who enters guest code from now on sees the request first; who is there takes it at its next poll and comes out.
            while longma_is_in_engine(other.cpu), longma_peek_attention(other.cpu) & request != 0 { usleep(20) }
        }
        locked { hasPreciseRegisters = true }
    }

    /// Reports an unknown system call, once per number.
    func reportUnknownCall(_ number: UInt64) {
        guard locked({ reportedCalls.insert(number).inserted }) else { return }
        configuration.logger.debug("unknown system call \(number): ENOSYS")
    }

    /// Writes a line to the standard error that Longma began with.
    func message(_ text: String) {
        let line = Array((text + "\n").utf8)
        _ = write(descriptors.messages, line, line.count)
    }
}
