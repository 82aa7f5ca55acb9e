import CHost
import Glibc

/// What `clone` or `clone3` is asked for.
struct CloneRequest {
    var flags: UInt64
    var exitSignal: UInt64
    /// The new stack pointer, 0 for the parent's.
    var stack: UInt64
    var parentTID: UInt64
    var childTID: UInt64
    var threadPointer: UInt64

    static let memory: UInt64 = 0x100
    static let signalHandlers: UInt64 = 0x800
    static let vfork: UInt64 = 0x4000
    static let thread: UInt64 = 0x10000
    static let setTLS: UInt64 = 0x80000
    static let parentSetTID: UInt64 = 0x100000
    static let childClearTID: UInt64 = 0x200000
    static let childSetTID: UInt64 = 0x1000000
    /// New namespaces, a pidfd and the like are not offered.
    static let known: UInt64 = 0x100 | 0x200 | 0x400 | 0x800 | 0x4000 | 0x8000 | 0x10000 | 0x40000 | 0x80000 | 0x100000 | 0x200000 | 0x400000
        | 0x800000 | 0x1000000 | 0x80000000
}

enum CloneCalls {
    static func clone(_ thread: GuestThread, _ request: CloneRequest) -> SystemCallOutcome {
        guard request.flags & ~CloneRequest.known == 0 else { return .error(EINVAL) }
        if request.flags & CloneRequest.thread != 0 {
            guard request.flags & CloneRequest.memory != 0, request.flags & CloneRequest.signalHandlers != 0 else { return .error(EINVAL) }
            return newThread(thread, request)
        }
        // Memory shared between processes is not offered; for vfork and posix_spawn a copy does as well.
        guard request.flags & CloneRequest.memory == 0 || request.flags & CloneRequest.vfork != 0 else { return .error(EINVAL) }
        return newProcess(thread, request)
    }

    static func clone3(_ thread: GuestThread, _ a: SystemCallArguments) -> SystemCallOutcome {
        guard a.a1 >= 64 else { return .error(EINVAL) }
        // flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls
        guard let w: (UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64) = UserMemory.read(a.a0) else { return .error(EFAULT) }
        guard (w.5 == 0) == (w.6 == 0) else { return .error(EINVAL) }
        return clone(
            thread,
            CloneRequest(flags: w.0, exitSignal: w.4, stack: w.5 == 0 ? 0 : w.5 &+ w.6, parentTID: w.3, childTID: w.2, threadPointer: w.7))
    }

    /// Passed to a new host thread.
    private final class Birth {
        let thread: GuestThread
        let request: CloneRequest
        /// 0 until the thread has its number; a futex word.
        let tid: UnsafeMutablePointer<UInt32>

        init(_ thread: GuestThread, _ request: CloneRequest) {
            self.thread = thread
            self.request = request
            tid = .allocate(capacity: 1)
            tid.initialize(to: 0)
        }

        deinit { tid.deallocate() }
    }

    private static func newThread(_ parent: GuestThread, _ request: CloneRequest) -> SystemCallOutcome {
        let child = GuestThread(process: parent.process, mask: parent.signalMask, fuel: parent.remainingFuel)
        child.copyState(from: parent)
        if request.stack != 0 { child.gpr[3] = request.stack }
        if request.flags & CloneRequest.setTLS != 0 { child.gpr[2] = request.threadPointer }
        if request.flags & CloneRequest.childClearTID != 0 { child.clearChildTID = request.childTID }
        let birth = Birth(child, request)
        parent.process.add(child)
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        let mask = longma_set_signal_mask(.max)
        var host = pthread_t()
        let failure = pthread_create(
            &host, &attributes,
            { (context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? in
                let birth = Unmanaged<Birth>.fromOpaque(context!).takeRetainedValue()
                CloneCalls.begin(birth)
                return nil
            }, Unmanaged.passRetained(birth).toOpaque())
        pthread_attr_destroy(&attributes)
        if failure != 0 {
            Unmanaged.passUnretained(birth).release()
            parent.process.remove(child, status: 0, isLeader: false)
            parent.process.threadHasEnded()
            _ = longma_set_signal_mask(mask)
            return .error(EAGAIN)
        }
        while longma_atomic_load(birth.tid) == 0 { longma_wait(birth.tid, 0) }
        let number = longma_atomic_load(birth.tid)
        _ = longma_set_signal_mask(mask)
        return .value(Int64(number))
    }

    /// The new host thread's life.
    private static func begin(_ birth: Birth) {
        let thread = birth.thread
        thread.adoptHostThread(unblocking: false)
        let number = UInt32(bitPattern: thread.tid)
        if birth.request.flags & CloneRequest.parentSetTID != 0 { _ = UserMemory.write(birth.request.parentTID, number) }
        if birth.request.flags & CloneRequest.childSetTID != 0 { _ = UserMemory.write(birth.request.childTID, number) }
        _ = longma_atomic_add(birth.tid, Int32(bitPattern: number))
        longma_wake_all(birth.tid)
        thread.runOnCurrentHostThread()
        longma_release_thread()
    }

    private static func newProcess(_ thread: GuestThread, _ request: CloneRequest) -> SystemCallOutcome {
        let result = thread.process.fork(thread)
        guard result >= 0 else { return .value(result) }
        if result > 0 {
            if request.flags & CloneRequest.parentSetTID != 0 { _ = UserMemory.write(request.parentTID, UInt32(truncatingIfNeeded: result)) }
            return .value(result)
        }
        thread.clearChildTID = request.flags & CloneRequest.childClearTID != 0 ? request.childTID : 0
        thread.robustList = 0
        if request.flags & CloneRequest.childSetTID != 0 { _ = UserMemory.write(request.childTID, UInt32(bitPattern: thread.tid)) }
        if request.stack != 0 { thread.gpr[3] = request.stack }
        if request.flags & CloneRequest.setTLS != 0 { thread.gpr[2] = request.threadPointer }
        return .value(0)
    }
}
