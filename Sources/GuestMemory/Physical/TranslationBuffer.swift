/// One TLB entry: a pair of pages (manual volume 1, section 5.4; the tag is the virtualization extension's).
@frozen
public struct TLBEntry: Equatable, Sendable {
    public var isValid = false
    /// G of both halves.
    public var isGlobal = false
    public var asid: UInt16 = 0
    /// Guest id: 0 for root's own entries.
    public var tag: UInt8 = 0
    /// log2 of the size of each half.
    public var pageSize: UInt8 = 12
    /// Address of the pair: bits 47:13, of which those below 2 * page size do not matter.
    public var address: UInt64 = 0
    /// TLBELO0 and TLBELO1.
    public var low: UInt64 = 0
    public var high: UInt64 = 0

    public init() {}

    /// Whether the pair holds `address` (48 bits).
    @inlinable @inline(__always)
    public func holds(_ address: UInt64) -> Bool { ((self.address ^ address) & 0xFFFF_FFFF_FFFF) >> (UInt64(pageSize) &+ 1) == 0 }

    /// TLBELO of the half that holds `address`.
    @inlinable @inline(__always)
    public func half(_ address: UInt64) -> UInt64 { address >> UInt64(pageSize) & 1 == 0 ? low : high }

    /// The addresses of the pair.
    public var range: Range<UInt64> {
        let size = UInt64(2) << UInt64(pageSize)
        let start = address & 0xFFFF_FFFF_FFFF & ~(size &- 1)
        return start..<start &+ size
    }
}

/// A TLB: 8 ways of 256 sets that share one page size (STLB), and 64 entries of any (MTLB).
/// Index numbering: STLB way w, set s is w * 256 + s; MTLB entry m is 2048 + m.
public struct TranslationBuffer {
    public static let ways = 8, sets = 256, multiple = 64
    public static let count = ways * sets + multiple

    /// The entries by index.
    public let entries: UnsafeMutablePointer<TLBEntry>
    /// Where `tlbfill` puts the next entry; counted, not random, so that runs repeat.
    public var nextWay: UInt64 = 0
    public var nextMultiple: UInt64 = 0

    public init() {
        entries = .allocate(capacity: Self.count)
        entries.initialize(repeating: TLBEntry(), count: Self.count)
    }

    public func deallocate() { entries.deallocate() }

    /// Index of the first entry that holds `address` and that `admits` likes, in the STLB of this page size or in the MTLB.
    @inlinable @inline(__always)
    public func find(_ address: UInt64, pageSize: UInt64, _ admits: (TLBEntry) -> Bool) -> Int? {
        let set = Self.set(of: address, pageSize: pageSize)
        for way in 0..<Self.ways {
            let entry = entries[way &* Self.sets &+ set]
            if entry.isValid, entry.holds(address), UInt64(entry.pageSize) == pageSize, admits(entry) { return way &* Self.sets &+ set }
        }
        for index in Self.ways &* Self.sets..<Self.count where entries[index].isValid && entries[index].holds(address) && admits(entries[index]) { return index }
        return nil
    }

    /// The STLB set of an address.
    @inlinable @inline(__always)
    public static func set(of address: UInt64, pageSize: UInt64) -> Int { Int(truncatingIfNeeded: address >> (pageSize &+ 1)) & (sets - 1) }

    /// The index that `tlbfill` uses for an entry.
    public mutating func fillIndex(_ entry: TLBEntry, stlbPageSize: UInt64) -> Int {
        if UInt64(entry.pageSize) == stlbPageSize {
            let set = Self.set(of: entry.address, pageSize: stlbPageSize)
            for way in 0..<Self.ways where !entries[way * Self.sets + set].isValid { return way * Self.sets + set }
            nextWay &+= 1
            return Int(nextWay % UInt64(Self.ways)) * Self.sets + set
        }
        for index in Self.ways * Self.sets..<Self.count where !entries[index].isValid { return index }
        nextMultiple &+= 1
        return Self.ways * Self.sets + Int(nextMultiple % UInt64(Self.multiple))
    }
}
