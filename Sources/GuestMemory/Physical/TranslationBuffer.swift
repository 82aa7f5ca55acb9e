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

    /// The entries as they lie in memory: the ways of a set side by side.
    @usableFromInline let places: UnsafeMutablePointer<TLBEntry>
    /// Behind the last place that ever had a valid MTLB entry.
    @usableFromInline var end = Self.ways * Self.sets
    /// Bit n: the STLB has had entries of page size n; and whether any lay in a set that is not its address's, where `tlbwr` can put it.
    @usableFromInline var sizes: UInt64 = 0
    @usableFromInline var hasStrays = false
    /// Where `tlbfill` puts the next entry; counted, not random, so that runs repeat.
    public var nextWay: UInt64 = 0
    public var nextMultiple: UInt64 = 0

    public init() {
        places = .allocate(capacity: Self.count)
        places.initialize(repeating: TLBEntry(), count: Self.count)
    }

    public func deallocate() { places.deallocate() }

    /// Where the entry of an index lies.
    @inlinable @inline(__always)
    static func place(of index: Int) -> Int { index < ways &* sets ? (index & (sets &- 1)) &* ways &+ index / sets : index }

    /// The entry of an index.
    @inlinable public subscript(index: Int) -> TLBEntry { places[Self.place(of: index)] }

    /// Replaces the entry of an index.
    public mutating func set(_ index: Int, _ entry: TLBEntry) {
        places[Self.place(of: index)] = entry
        guard entry.isValid else { return }
        if index < Self.ways * Self.sets {
            sizes |= 1 << UInt64(entry.pageSize)
            if Self.set(of: entry.address, pageSize: UInt64(entry.pageSize)) != index & (Self.sets - 1) { hasStrays = true }
        } else if index >= end {
            end = index + 1
        }
    }

    /// Goes through all entries, or, with an address (48 bits), through no fewer than those that hold it.
    @inlinable @inline(__always)
    public func forEach(holding address: UInt64?, _ body: (UnsafeMutablePointer<TLBEntry>) -> Void) {
        guard let address, !hasStrays else {
            for place in 0..<Self.count { body(places + place) }
            return
        }
        var left = sizes
        while left != 0 {
            let set = places + Self.set(of: address, pageSize: UInt64(left.trailingZeroBitCount)) &* Self.ways
            for way in 0..<Self.ways { body(set + way) }
            left &= left &- 1
        }
        var entry = places + Self.ways &* Self.sets
        while entry < places + end {
            body(entry)
            entry += 1
        }
    }

    /// The index of an entry that `find` has answered.
    public func index(of entry: UnsafeMutablePointer<TLBEntry>) -> Int {
        let place = entry - places
        return place < Self.ways * Self.sets ? place % Self.ways * Self.sets + place / Self.ways : place
    }

    /// The first entry that holds `address` and that `admits` likes, in the STLB of this page size or in the MTLB.
    @inlinable @inline(__always)
    public func find(_ address: UInt64, pageSize: UInt64, _ admits: (UnsafeMutablePointer<TLBEntry>) -> Bool) -> UnsafeMutablePointer<TLBEntry>? {
        let set = places + Self.set(of: address, pageSize: pageSize) &* Self.ways
        for way in 0..<Self.ways {
            let entry = set + way
            if entry.pointee.isValid, entry.pointee.holds(address), UInt64(entry.pointee.pageSize) == pageSize, admits(entry) { return entry }
        }
        var entry = places + Self.ways &* Self.sets
        while entry < places + end {
            if entry.pointee.isValid, entry.pointee.holds(address), admits(entry) { return entry }
            entry += 1
        }
        return nil
    }

    /// The STLB set of an address.
    @inlinable @inline(__always)
    public static func set(of address: UInt64, pageSize: UInt64) -> Int { Int(truncatingIfNeeded: address >> (pageSize &+ 1)) & (sets - 1) }

    /// The index that `tlbfill` uses for an entry.
    public mutating func fillIndex(_ entry: TLBEntry, stlbPageSize: UInt64) -> Int {
        if UInt64(entry.pageSize) == stlbPageSize {
            let set = Self.set(of: entry.address, pageSize: stlbPageSize)
            for way in 0..<Self.ways where !places[set * Self.ways + way].isValid { return way * Self.sets + set }
            nextWay &+= 1
            return Int(nextWay % UInt64(Self.ways)) * Self.sets + set
        }
        for index in Self.ways * Self.sets..<Self.count where !places[index].isValid { return index }
        nextMultiple &+= 1
        return Self.ways * Self.sets + Int(nextMultiple % UInt64(Self.multiple))
    }
}
