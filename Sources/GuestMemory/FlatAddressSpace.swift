import CHost

/// A system call of the memory family failed.
public struct MemoryError: Error, Equatable, Sendable {
    /// The kernel's error number (`ENOMEM`, `EINVAL`, …), positive.
    public let errno: Int32

    public init(errno: Int32) { self.errno = errno }

    static let exists = MemoryError(errno: 17)
    static let invalid = MemoryError(errno: 22)
    static let noMemory = MemoryError(errno: 12)
    static let fault = MemoryError(errno: 14)
}

/// The memory of a user-mode guest: guest address = host address, all of it below `limit`, where the host keeps nothing of its own.
///
/// Every mapping is made at an address chosen here and is entered in a map with the guest's protection; the host's protection never has
/// execute permission. All methods may be called from any thread.
public final class FlatAddressSpace: CodeSource {
    /// First address beyond guest memory.
    public static let limit: UInt64 = LONGMA_FLAT_ADDRESS_LIMIT
    /// Bytes per page, as guest and host see it.
    public static let pageSize: UInt64 = 4096
    /// Lowest address that is given out when the guest asks for none.
    static let lowest: UInt64 = 0x10000

    /// Called after mappings that the guest could execute have changed, with the range concerned; code from there must be forgotten.
    public var codeInvalidated: (Range<UInt64>) -> Void = { _ in }

    private let lock: UnsafeMutablePointer<LongmaLock>
    private(set) var map = RegionMap()
    /// Where the search for free addresses starts, downwards.
    private let searchTop: UInt64
    var breakStart: UInt64 = 0
    var breakEnd: UInt64 = 0

    /// An empty address space whose free mappings are handed out from `searchTop` downwards.
    public init(searchTop: UInt64 = 0x3f00_0000_0000) {
        self.searchTop = searchTop
        lock = .allocate(capacity: 1)
        lock.initialize(to: LongmaLock(state: 0))
    }

    deinit { lock.deallocate() }

    /// Runs `body` with the map to itself.
    func locked<T>(_ body: () throws(MemoryError) -> T) throws(MemoryError) -> T {
        longma_lock(lock)
        defer { longma_unlock(lock) }
        return try body()
    }

    /// Takes the lock before `fork`, so that the child's copy of the map is whole; both sides call `unlockAfterFork`.
    public func lockForFork() { longma_lock(lock) }
    /// Releases what `lockForFork` took.
    public func unlockAfterFork() { longma_unlock(lock) }

    /// All mappings, in ascending order.
    public var regions: [RegionMap.Region] {
        longma_lock(lock)
        defer { longma_unlock(lock) }
        return map.regions
    }

    public func executableRange(containing address: UInt64) -> (range: Range<UInt64>, writable: Bool)? {
        longma_lock(lock)
        defer { longma_unlock(lock) }
        guard let region = map.region(containing: address), region.protection.contains(.execute) else { return nil }
        return (region.range, !region.protection.isDisjoint(with: [.write, .shared]))
    }

    /// The range of `size` bytes, rounded up to whole pages, from `address`; nil when it is empty or does not lie below the limit.
    static func pages(_ address: UInt64, _ size: UInt64) -> Range<UInt64>? {
        guard size > 0, size <= limit, address < limit else { return nil }
        let rounded = (size + pageSize - 1) & ~(pageSize - 1)
        guard rounded <= limit - address else { return nil }
        return address..<(address + rounded)
    }

    /// A free range of `size` bytes (whole pages), at `hint` if that is free. The lock is held.
    func freeRange(_ size: UInt64, hint: UInt64 = 0) -> Range<UInt64>? {
        let wanted = hint & ~(Self.pageSize - 1)
        if wanted >= Self.lowest, let range = Self.pages(wanted, size), map.isFree(range) { return range }
        return map.highestFreeRange(size: size, within: Self.lowest..<searchTop)
    }

    /// Enters a new mapping; true if the guest could execute something there before. The lock is held.
    func enter(_ range: Range<UInt64>, _ protection: Protection) -> Bool {
        let executable = map.containsExecutable(range)
        map.insert(range, protection)
        return executable
    }

    /// Forgets a mapping; true if the guest could execute something there. The lock is held.
    func forget(_ range: Range<UInt64>) -> Bool {
        let executable = map.containsExecutable(range)
        map.remove(range)
        return executable
    }

    /// The mappings of `range`, the lock held.
    func mapped(in range: Range<UInt64>) -> [RegionMap.Region] { map.regions(in: range) }
    func covers(_ range: Range<UInt64>) -> Bool { map.covers(range) }
    func isFree(_ range: Range<UInt64>) -> Bool { map.isFree(range) }
    func containsExecutable(_ range: Range<UInt64>) -> Bool { map.containsExecutable(range) }

    /// Unmaps everything, of this and of any earlier guest; the address space is then as new.
    public func removeAll() {
        longma_lock(lock)
        defer { longma_unlock(lock) }
        _ = longma_syscall(HostCall.munmap, 0, Self.limit, 0, 0, 0, 0)
        map = RegionMap()
        breakStart = 0
        breakEnd = 0
    }
}

/// Numbers of the host's system calls that address spaces need.
enum HostCall {
    static let mmap: Int64 = 9
    static let mprotect: Int64 = 10
    static let munmap: Int64 = 11
    static let mremap: Int64 = 25
}
