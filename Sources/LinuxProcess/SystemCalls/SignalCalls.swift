import CHost
import Glibc

/// Signals: actions, masks, waiting, sending.
enum SignalCalls {
    static let table: KeyValuePairs<Int, SystemCall> = [
        129: SystemCall("kill") { thread, a in kill(thread, a) },
        130: SystemCall("tkill") { thread, a in sendToThread(thread, group: nil, tid: a.int(0), signal: a.int(1)) },
        131: SystemCall("tgkill") { thread, a in sendToThread(thread, group: a.int(0), tid: a.int(1), signal: a.int(2)) },
        132: SystemCall("sigaltstack") { thread, a in alternateStack(thread, a) },
        133: SystemCall("rt_sigsuspend") { thread, a in suspend(thread, a) },
        134: SystemCall("rt_sigaction") { thread, a in action(thread, a) },
        135: SystemCall("rt_sigprocmask") { thread, a in changeMask(thread, a) },
        136: SystemCall("rt_sigpending") { thread, a in pending(thread, a) },
        137: SystemCall("rt_sigtimedwait") { thread, a in timedWait(thread, a) },
        138: SystemCall("rt_sigqueueinfo") { thread, a in queue(thread, host: 129, target: a.int(0), signal: a.int(1), info: a.a2, a: [a.a0, a.a1]) },
        139: SystemCall("rt_sigreturn") { thread, _ in thread.returnFromHandler() },
        240: SystemCall("rt_tgsigqueueinfo") { thread, a in
            queue(thread, host: 297, target: a.int(1), signal: a.int(2), info: a.a3, a: [a.a0, a.a1, a.a2])
        },
    ]

    private static func action(_ thread: GuestThread, _ a: SystemCallArguments) -> SystemCallOutcome {
        let signal = a.int(0)
        guard a.a3 == SignalNumbers.setSize, SignalNumbers.isValid(signal), signal != SignalNumbers.kick else { return .error(EINVAL) }
        var new: GuestSignalAction?
        if a.a1 != 0 {
            guard let value: GuestSignalAction = UserMemory.read(a.a1) else { return .error(EFAULT) }
            guard signal != SIGKILL, signal != SIGSTOP else { return .error(EINVAL) }
            new = value
        }
        let old = new.map { thread.process.signals.set(signal, $0) } ?? thread.process.signals[signal]
        if let new, !new.isDefault, !new.isIgnore, SignalNumbers.raisedByInstructions.contains(signal) {
            thread.process.requirePreciseRegisters(thread)
        }
        if a.a2 != 0, !UserMemory.write(a.a2, old) { return .error(EFAULT) }
        return .success
    }

    private static func changeMask(_ thread: GuestThread, _ a: SystemCallArguments) -> SystemCallOutcome {
        guard a.a3 == SignalNumbers.setSize else { return .error(EINVAL) }
        let old = thread.signalMask
        if a.a1 != 0 {
            guard let set: UInt64 = UserMemory.read(a.a1) else { return .error(EFAULT) }
            var mask = old
            switch a.int(0) {
            case SIG_BLOCK: mask |= set
            case SIG_UNBLOCK: mask &= ~set
            case SIG_SETMASK: mask = set
            default: return .error(EINVAL)
            }
            thread.signalMask = mask & ~SignalNumbers.unblockable
            thread.applyMask()
        }
        if a.a2 != 0, !UserMemory.write(a.a2, old) { return .error(EFAULT) }
        return .success
    }

    private static func pending(_ thread: GuestThread, _ a: SystemCallArguments) -> SystemCallOutcome {
        guard a.a1 <= SignalNumbers.setSize else { return .error(EINVAL) }
        var set: UInt64 = 0
        let result = withUnsafeMutablePointer(to: &set) { longma_syscall(127, UInt64(UInt(bitPattern: $0)), 8, 0, 0, 0, 0) }
        guard result >= 0 else { return .value(result) }
        for signal in thread.process.locked({ Array(thread.sentFaults.keys) }) { set |= SignalNumbers.bit(signal) }
        return UserMemory.write(a.a0, set) ? .success : .error(EFAULT)
    }

    private static func suspend(_ thread: GuestThread, _ a: SystemCallArguments) -> SystemCallOutcome {
        guard a.a1 == SignalNumbers.setSize else { return .error(EINVAL) }
        guard var mask: UInt64 = UserMemory.read(a.a0) else { return .error(EFAULT) }
        mask &= ~SignalNumbers.unblockable
        thread.temporaryMask = mask
        let outcome = withUnsafePointer(to: hostMask(mask)) { thread.blockingCall(130, UInt64(UInt(bitPattern: $0)), 8, restarts: false) }
        if case .interrupted = outcome { return outcome }
        thread.temporaryMask = nil
        return outcome
    }

    /// A guest mask as the host may apply it during a system call.
    static func hostMask(_ mask: UInt64) -> UInt64 {
        SignalNumbers.faults.reduce(mask) { $0 & ~SignalNumbers.bit($1) } & ~SignalNumbers.bit(SignalNumbers.kick)
    }

    private static func timedWait(_ thread: GuestThread, _ a: SystemCallArguments) -> SystemCallOutcome {
        guard a.a3 == SignalNumbers.setSize else { return .error(EINVAL) }
        guard let set: UInt64 = UserMemory.read(a.a0) else { return .error(EFAULT) }
        guard UserMemory.admitsOrNull(a.a1, 128), UserMemory.admitsOrNull(a.a2, 16) else { return .error(EFAULT) }
        // A fault signal that was sent and is blocked is kept on this side.
        let sent = thread.process.locked { () -> LongmaSignalInfo? in
            guard let signal = thread.sentFaults.keys.first(where: { set & SignalNumbers.bit($0) != 0 }) else { return nil }
            return thread.sentFaults.removeValue(forKey: signal)
        }
        if let sent {
            if a.a1 != 0, !UserMemory.write(a.a1, sent) { return .error(EFAULT) }
            return .value(Int64(sent.signal))
        }
        return withUnsafePointer(to: hostMask(set)) {
            thread.blockingCall(128, UInt64(UInt(bitPattern: $0)), a.a1, a.a2, 8, restarts: false)
        }
    }

    private static func alternateStack(_ thread: GuestThread, _ a: SystemCallArguments) -> SystemCallOutcome {
        let pointer = thread.gpr[3]
        let old = thread.alternateStack.shown(at: pointer)
        if a.a0 != 0 {
            guard var new: AlternateStack = UserMemory.read(a.a0) else { return .error(EFAULT) }
            if thread.alternateStack.contains(pointer) { return .error(EPERM) }
            switch new.flags & ~AlternateStack.autoDisarm {
            case AlternateStack.disabled:
                new = AlternateStack()
            case 0, AlternateStack.onStack:
                guard new.size >= AlternateStack.minimumSize else { return .error(ENOMEM) }
                new.flags &= AlternateStack.autoDisarm
            default: return .error(EINVAL)
            }
            thread.alternateStack = new
        }
        if a.a1 != 0, !UserMemory.write(a.a1, old) { return .error(EFAULT) }
        return .success
    }

    // MARK: Sending

    private static func info(_ signal: Int32, code: Int32) -> LongmaSignalInfo {
        var info = LongmaSignalInfo()
        info.signal = signal
        info.code = code
        info.fields.0 = UInt64(UInt32(bitPattern: getpid())) | UInt64(getuid()) << 32
        return info
    }

    private static func kill(_ thread: GuestThread, _ a: SystemCallArguments) -> SystemCallOutcome {
        let target = a.int(0)
        let signal = a.int(1)
        guard signal >= 0, signal <= 64 else { return .error(EINVAL) }
        if target == getpid() {
            if signal == SignalNumbers.kick { return .success }
            if signal == SIGKILL { return die(thread) }
            if SignalNumbers.faults.contains(signal) {
                // Any thread that does not block it may have it.
                let bit = SignalNumbers.bit(signal)
                let taker = thread.signalMask & bit == 0 ? thread : thread.process.locked { thread.process.threads.first { $0.signalMask & bit == 0 } } ?? thread
                taker.sendFault(info(signal, code: 0), fromItself: taker === thread)
                return .success
            }
        }
        return .value(longma_syscall(62, a.a0, a.a1, 0, 0, 0, 0))
    }

    private static func die(_ thread: GuestThread) -> SystemCallOutcome {
        thread.process.end(.signalled(SIGKILL))
        return .threadEnds
    }

    private static func sendToThread(_ thread: GuestThread, group: Int32?, tid: Int32, signal: Int32) -> SystemCallOutcome {
        guard signal >= 0, signal <= 64, tid > 0, group.map({ $0 > 0 }) ?? true else { return .error(EINVAL) }
        if let target = thread.process.locked({ thread.process.threads.first { $0.tid == tid } }), group == nil || group == getpid() {
            if signal == SignalNumbers.kick { return .success }
            if signal == SIGKILL { return die(thread) }
            if SignalNumbers.faults.contains(signal) {
                target.sendFault(info(signal, code: -6), fromItself: target === thread)  // SI_TKILL
                return .success
            }
        }
        guard let group else { return .value(longma_syscall(200, UInt64(tid), UInt64(signal), 0, 0, 0, 0)) }
        return .value(longma_syscall(234, UInt64(group), UInt64(tid), UInt64(signal), 0, 0, 0))
    }

    private static func queue(
        _ thread: GuestThread, host: Int64, target: Int32, signal: Int32, info address: UInt64, a words: [UInt64]
    ) -> SystemCallOutcome {
        guard var info: LongmaSignalInfo = UserMemory.read(address) else { return .error(EFAULT) }
        guard signal >= 0, signal < SignalNumbers.kick else { return .error(EINVAL) }
        info.signal = signal
        if SignalNumbers.faults.contains(signal) {
            let receiver = host == 129 ? (target == getpid() ? thread : nil) : thread.process.locked { thread.process.threads.first { $0.tid == target } }
            if let receiver {
                receiver.sendFault(info, fromItself: receiver === thread)
                return .success
            }
        }
        return withUnsafePointer(to: &info) { pointer in
            var all = words
            all.append(UInt64(UInt(bitPattern: pointer)))
            all.append(0)
            return .value(longma_syscall(host, all[0], all[1], all[2], all[3], 0, 0))
        }
    }
}
