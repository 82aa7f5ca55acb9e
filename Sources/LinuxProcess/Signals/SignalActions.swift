import CHost
import Glibc

/// What the guest wants done with a signal: the kernel's `struct sigaction` of LA64.
struct GuestSignalAction: Equatable, BitwiseCopyable {
    /// Address of the handler, or 0 (default), 1 (ignore).
    var handler: UInt64 = 0
    var flags: UInt64 = 0
    var mask: UInt64 = 0

    static let noChildStop: UInt64 = 1
    static let noChildWait: UInt64 = 2
    static let signalInfo: UInt64 = 4
    static let onStack: UInt64 = 0x0800_0000
    static let restart: UInt64 = 0x1000_0000
    static let noDefer: UInt64 = 0x4000_0000
    static let resetHandler: UInt64 = 0x8000_0000

    var isDefault: Bool { handler == 0 }
    var isIgnore: Bool { handler == 1 }
}

/// The guest's signal actions, kept in step with the host's.
final class SignalActions {
    private let lock: UnsafeMutablePointer<LongmaLock>
    private var actions = [GuestSignalAction](repeating: GuestSignalAction(), count: 65)
    /// The host's actions from before, to be put back.
    private var saved: [(signal: Int32, words: [UInt64])] = []

    init() {
        lock = .allocate(capacity: 1)
        lock.initialize(to: LongmaLock(state: 0))
    }

    deinit { lock.deallocate() }

    func lockForFork() { longma_lock(lock) }
    func unlockAfterFork() { longma_unlock(lock) }

    /// Whether the host's action for `signal` follows the guest's.
    private static func isCarried(_ signal: Int32) -> Bool {
        signal != SIGKILL && signal != SIGSTOP && signal != SignalNumbers.kick && !SignalNumbers.faults.contains(signal)
    }

    /// Takes over the host's signals: what is ignored stays so, everything else is at its default.
    func begin() {
        for signal in Int32(1)...64 {
            if signal == SignalNumbers.kick {
                // This one stays afterwards: a kick may still be on its way.
                _ = longma_set_host_action(signal, Int32(LONGMA_SIGNAL_RECORD), 0)
            } else if Self.isCarried(signal) {
                save(signal)
                if longma_host_action(signal) == Int32(LONGMA_SIGNAL_IGNORE) { actions[Int(signal)].handler = 1 }
                apply(signal)
            }
        }
    }

    private func save(_ signal: Int32) {
        var words = [UInt64](repeating: 0, count: 4)
        if longma_save_host_action(signal, &words) == 0 { saved.append((signal, words)) }
    }

    /// Puts the host's actions back.
    func end() {
        for (signal, words) in saved { _ = longma_restore_host_action(signal, words) }
        saved = []
    }

    /// The guest's action for `signal`.
    subscript(signal: Int32) -> GuestSignalAction {
        longma_lock(lock)
        defer { longma_unlock(lock) }
        return actions[Int(signal)]
    }

    /// Sets the guest's action and with it the host's; returns the one before.
    func set(_ signal: Int32, _ action: GuestSignalAction) -> GuestSignalAction {
        longma_lock(lock)
        defer { longma_unlock(lock) }
        let old = actions[Int(signal)]
        actions[Int(signal)] = action
        apply(signal)
        return old
    }

    private func apply(_ signal: Int32) {
        guard Self.isCarried(signal) else { return }
        let action = actions[Int(signal)]
        let host: Int
        if action.isIgnore {
            host = LONGMA_SIGNAL_IGNORE
        } else if action.isDefault {
            host = SignalNumbers.terminatesByDefault(signal) ? LONGMA_SIGNAL_RECORD : LONGMA_SIGNAL_DEFAULT
        } else {
            host = LONGMA_SIGNAL_RECORD
        }
        _ = longma_set_host_action(signal, Int32(host), action.flags & (GuestSignalAction.noChildStop | GuestSignalAction.noChildWait))
    }

    /// Handlers are of no use to the program that replaces this one: what has one goes back to its default.
    func prepareForExec() {
        longma_lock(lock)
        defer { longma_unlock(lock) }
        for signal in Int32(1)...63 where Self.isCarried(signal) && !actions[Int(signal)].isIgnore {
            _ = longma_set_host_action(signal, Int32(LONGMA_SIGNAL_DEFAULT), 0)
        }
    }

    /// The exec failed: the guest's actions count again.
    func restoreAfterExec() {
        longma_lock(lock)
        defer { longma_unlock(lock) }
        for signal in Int32(1)...63 { apply(signal) }
    }

    /// Whether the guest handles a signal that an instruction can raise, and so may look at the registers as they were before it.
    var hasFaultHandler: Bool {
        longma_lock(lock)
        defer { longma_unlock(lock) }
        return SignalNumbers.raisedByInstructions.contains { !actions[Int($0)].isDefault && !actions[Int($0)].isIgnore }
    }
}
