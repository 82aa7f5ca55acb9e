import CHost
import Glibc

/// A machine's physical memory: ranges of host memory at physical addresses. Where there is none, loads give 0 and stores vanish.
public final class PhysicalMemory {
    /// One range of memory.
    public struct Slot {
        /// First physical address, and size; both multiples of 4096.
        public let base: UInt64
        public let size: UInt64
        /// Host address of the first byte.
        public let host: UInt64
        /// Memory that this object has allocated.
        fileprivate let isOwned: Bool

        public var range: Range<UInt64> { base..<base &+ size }
    }

    /// The slots, ascending.
    public private(set) var slots: [Slot] = [] { didSet { ranges.replace(with: slots) } }
    /// The same as `host(of:)` finds them: without a reference or a check of access.
    private let ranges = SlotRanges()
    /// What loads see and stores hit where there is no memory: a page of zeros that stays so, and one that is never read.
    private let zeros: UnsafeMutableRawPointer
    private let sink: UnsafeMutableRawPointer

    public init() {
        zeros = mmap(nil, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        sink = mmap(nil, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    }

    deinit {
        ranges.deallocate()
        for slot in slots where slot.isOwned { munmap(UnsafeMutableRawPointer(bitPattern: UInt(slot.host)), Int(slot.size)) }
        munmap(zeros, 4096)
        munmap(sink, 4096)
    }

    /// Why memory could not be added.
    public struct SlotError: Error, CustomStringConvertible {
        public let description: String
    }

    /// Adds zeroed memory.
    @discardableResult
    public func add(base: UInt64, size: UInt64) throws(SlotError) -> Slot {
        guard base & 4095 == 0, size & 4095 == 0, size > 0, base &+ size > base, base &+ size <= 1 << 48 else {
            throw SlotError(description: "memory must consist of whole pages of 4096 bytes below 2^48")
        }
        let range = base..<base + size
        guard !slots.contains(where: { $0.range.overlaps(range) }) else {
            throw SlotError(description: "memory at 0x\(String(base, radix: 16)) overlaps memory that is there already")
        }
        guard let memory = mmap(nil, Int(size), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0), memory != MAP_FAILED else {
            throw SlotError(description: "the host has no \(size >> 20) MiB of memory for the guest")
        }
        let slot = Slot(base: base, size: size, host: UInt64(UInt(bitPattern: memory)), isOwned: true)
        slots.append(slot)
        slots.sort { $0.base < $1.base }
        return slot
    }

    /// Adds memory that belongs to somebody else and outlives this object.
    public func add(base: UInt64, size: UInt64, host: UInt64) throws(SlotError) {
        let range = base..<base &+ size
        guard !slots.contains(where: { $0.range.overlaps(range) }) else {
            throw SlotError(description: "memory at 0x\(String(base, radix: 16)) overlaps memory that is there already")
        }
        slots.append(Slot(base: base, size: size, host: host, isOwned: false))
        slots.sort { $0.base < $1.base }
    }

    /// The slot that holds an address.
    public func slot(containing address: UInt64) -> Slot? { slots.first { $0.range.contains(address) } }

    /// Host address of a physical address, nil where there is no memory.
    public func host(of address: UInt64) -> UInt64? { ranges.host(of: address) }

    /// Host address that stands in for one without memory.
    public func absent(_ address: UInt64, forStore: Bool) -> UInt64 { UInt64(UInt(bitPattern: forStore ? sink : zeros)) &+ (address & 4095) }

    /// The doubleword at a physical address that is a multiple of 8.
    public func load64(_ address: UInt64) -> UInt64 {
        guard let host = host(of: address & ~7) else { return 0 }
        return UnsafeRawPointer(bitPattern: UInt(host))!.load(as: UInt64.self)
    }

    /// Copies bytes in; false (and nothing copied) where not all of it is memory.
    public func write(_ bytes: some Collection<UInt8>, at address: UInt64) -> Bool {
        guard let host = hostRange(address, bytes.count) else { return bytes.isEmpty }
        UnsafeMutableRawBufferPointer(start: host, count: bytes.count).copyBytes(from: bytes)
        return true
    }

    /// Copies bytes out; nil where not all of it is memory.
    public func read(_ address: UInt64, count: Int) -> [UInt8]? {
        guard let host = hostRange(address, count) else { return count == 0 ? [] : nil }
        return Array(UnsafeRawBufferPointer(start: host, count: count))
    }

    private func hostRange(_ address: UInt64, _ count: Int) -> UnsafeMutableRawPointer? {
        guard count > 0, let slot = slot(containing: address), UInt64(count) <= slot.base &+ slot.size &- address else { return nil }
        return UnsafeMutableRawPointer(bitPattern: UInt(slot.host &+ (address &- slot.base)))
    }
}

/// Ranges of host memory behind physical addresses, in memory of their own.
private struct SlotRanges {
    private struct Range {
        var base: UInt64 = 0
        var size: UInt64 = 0
        /// What to add to a physical address.
        var addend: UInt64 = 0
    }

    /// Behind the last range is one of size 0.
    private let first: UnsafeMutablePointer<UnsafeMutablePointer<Range>>

    init() {
        first = .allocate(capacity: 1)
        first.initialize(to: .allocate(capacity: 1))
        first.pointee.initialize(to: Range())
    }

    func deallocate() {
        first.pointee.deallocate()
        first.deallocate()
    }

    func replace(with slots: [PhysicalMemory.Slot]) {
        first.pointee.deallocate()
        first.pointee = .allocate(capacity: slots.count + 1)
        for (index, slot) in slots.enumerated() {
            (first.pointee + index).initialize(to: Range(base: slot.base, size: slot.size, addend: slot.host &- slot.base))
        }
        (first.pointee + slots.count).initialize(to: Range())
    }

    @inline(__always)
    func host(of address: UInt64) -> UInt64? {
        var range = first.pointee
        while range.pointee.size != 0 {
            if address &- range.pointee.base < range.pointee.size { return address &+ range.pointee.addend }
            range += 1
        }
        return nil
    }
}
