import CHost
import Glibc

/// Threads and what they synchronize with.
enum ThreadCalls {
    static let table: KeyValuePairs<Int, SystemCall> = [
        93: SystemCall("exit") { _, _ in .threadEnds },
        96: SystemCall("set_tid_address") { thread, a in
            thread.clearChildTID = a.a0
            return .value(Int64(thread.tid))
        },
        98: SystemCall("futex") { thread, a in futex(thread, a) },
        99: SystemCall("set_robust_list") { thread, a in
            guard a.a1 == 24 else { return .error(EINVAL) }
            thread.robustList = a.a0
            return .success
        },
        100: SystemCall("get_robust_list") { thread, a in
            let target = a.int(0)
            let owner: GuestThread? = target == 0 ? thread : thread.process.locked { thread.process.threads.first { $0.tid == target } }
            guard let owner else { return .error(ESRCH) }
            return UserMemory.write(a.a1, owner.robustList) && UserMemory.write(a.a2, UInt64(24)) ? .success : .error(EFAULT)
        },
        178: SystemCall("gettid") { thread, _ in .value(Int64(thread.tid)) },
        220: SystemCall("clone") { thread, a in
            CloneCalls.clone(
                thread, CloneRequest(flags: a.a0 & ~0xff, exitSignal: a.a0 & 0xff, stack: a.a1, parentTID: a.a2, childTID: a.a3, threadPointer: a.a4))
        },
        435: SystemCall("clone3") { thread, a in CloneCalls.clone3(thread, a) },
    ]

    private static func futex(_ thread: GuestThread, _ a: SystemCallArguments) -> SystemCallOutcome {
        guard UserMemory.admits(a.a0, 4) else { return .error(EFAULT) }
        let operation = a.int(1) & 0x7f
        switch operation {
        case 0, 9, 6, 13:  // WAIT, WAIT_BITSET, LOCK_PI, LOCK_PI2: a timeout
            guard UserMemory.admitsOrNull(a.a3, 16) else { return .error(EFAULT) }
            return thread.blockingCall(202, a.a0, a.a1, a.a2, a.a3, 0, a.a5, restarts: a.a3 == 0)
        case 1, 10, 7, 8:  // WAKE, WAKE_BITSET, UNLOCK_PI, TRYLOCK_PI
            return .value(longma_syscall(202, a.a0, a.a1, a.a2, 0, 0, a.a5))
        case 3, 4, 5, 12:  // REQUEUE, CMP_REQUEUE, WAKE_OP, CMP_REQUEUE_PI: a second word; the fourth argument is a number
            guard UserMemory.admits(a.a4, 4) else { return .error(EFAULT) }
            return .value(longma_syscall(202, a.a0, a.a1, a.a2, a.a3, a.a4, a.a5))
        case 11:  // WAIT_REQUEUE_PI
            guard UserMemory.admitsOrNull(a.a3, 16), UserMemory.admits(a.a4, 4) else { return .error(EFAULT) }
            return thread.blockingCall(202, a.a0, a.a1, a.a2, a.a3, a.a4, a.a5, restarts: a.a3 == 0)
        default: return .error(ENOSYS)
        }
    }

    /// What the kernel does for a thread that has ended: robust futexes are marked, the word that a joiner waits for is cleared.
    static func leave(_ thread: GuestThread) {
        walkRobustList(thread)
        let address = thread.clearChildTID
        if address != 0, UserMemory.admits(address, 4), UserMemory.write(address, UInt32(0)) {
            _ = longma_syscall(202, address, 1, 1, 0, 0, 0)  // FUTEX_WAKE, shared
        }
    }

    /// Marks the futexes that the thread still holds as orphaned and wakes a waiter of each.
    private static func walkRobustList(_ thread: GuestThread) {
        let head = thread.robustList
        guard head != 0, var entry: UInt64 = UserMemory.read(head), let offset: UInt64 = UserMemory.read(head &+ 8),
            let pending: UInt64 = UserMemory.read(head &+ 16)
        else { return }
        var count = 0
        while entry & ~1 != head, count < 2048 {
            let next: UInt64? = UserMemory.read(entry & ~1)
            if entry != pending { orphan((entry & ~1) &+ offset, thread) }
            guard let next else { return }
            entry = next
            count += 1
        }
        if pending & ~1 != 0 { orphan((pending & ~1) &+ offset, thread) }
    }

    private static func orphan(_ address: UInt64, _ thread: GuestThread) {
        guard address % 4 == 0, UserMemory.admits(address, 4), let word: UInt32 = UserMemory.read(address) else { return }
        guard word & 0x3fff_ffff == UInt32(bitPattern: thread.tid) else { return }
        var expected = UInt64(word)
        let died = UInt64(word & 0x8000_0000 | 0x4000_0000)  // FUTEX_OWNER_DIED
        guard longma_cas_u32(address, &expected, died) else { return }
        if word & 0x8000_0000 != 0 { _ = longma_syscall(202, address, 1, 1, 0, 0, 0) }
    }
}
