import CHost

/// Limits that the guest sets for itself and that must not be imposed on Longma, which needs more address space than the guest: kept, shown, not enforced.
final class ResourceLimits {
    /// RLIMIT_DATA, RLIMIT_STACK, RLIMIT_RSS, RLIMIT_MEMLOCK, RLIMIT_AS.
    static let own: Set<UInt64> = [2, 3, 5, 8, 9]
    private var set: [UInt64: (UInt64, UInt64)] = [:]
    private let lock: UnsafeMutablePointer<LongmaLock>

    init() {
        lock = .allocate(capacity: 1)
        lock.initialize(to: LongmaLock(state: 0))
    }

    deinit { lock.deallocate() }

    /// The limit (current, maximum) that the guest set for `resource`, or nil.
    subscript(resource: UInt64) -> (UInt64, UInt64)? {
        get {
            longma_lock(lock)
            defer { longma_unlock(lock) }
            return set[resource]
        }
        set(value) {
            longma_lock(lock)
            defer { longma_unlock(lock) }
            set[resource] = value
        }
    }
}
