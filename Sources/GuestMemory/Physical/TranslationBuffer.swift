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

    /// Whether both say where the same addresses lead.
    public func replaces(_ other: TLBEntry) -> Bool {
        isValid && tag == other.tag && pageSize == other.pageSize && range == other.range && (isGlobal || other.isGlobal || asid == other.asid)
    }

    /// The addresses of the pair.
    public var range: Range<UInt64> {
        let size = UInt64(2) << UInt64(pageSize)
        let start = address & 0xFFFF_FFFF_FFFF & ~(size &- 1)
        return start..<start &+ size
    }
}

/// A TLB: 8 ways of 256 sets that share one page size (STLB), and 64 entries of any (MTLB).
/// Index numbering: STLB way w, set s is w * 256 + s; MTLB entry m is 2048 + m.
///
/// Behind each set lie *spares*, which have no index that software could name: what `tlbfill` pushes out of the set goes there and is found as before. The
/// architecture leaves to the implementation what a fill replaces, and software has to name what it wants forgotten, so this is only a larger TLB; a miss
/// costs about a microsecond.
public struct TranslationBuffer {
    public static let ways = 8, sets = 256, multiple = 64
    /// The entries that have an index.
    public static let count = ways * sets + multiple
    /// Spares of a set.
    public static let spares = 24
    /// All entries: spare n of set s has the number `count` + s * `spares` + n here, and nowhere else.
    public static let total = count + sets * spares
    @usableFromInline static let width = ways + spares

    /// The entries as they lie in memory: the ways of a set and its spares side by side, then the MTLB.
    @usableFromInline let places: UnsafeMutablePointer<TLBEntry>
    /// For each place of the STLB: pair number and tag of a valid entry, or `noKey`. It is all that a search reads of entries that do not fit.
    @usableFromInline let keys: UnsafeMutablePointer<UInt64>
    @usableFromInline static let noKey = ~UInt64(0)
    /// Behind the last place that ever had a valid MTLB entry.
    @usableFromInline var end = Self.width * Self.sets
    /// Bit n: the STLB has had entries of page size n; and whether any lay in a set that is not its address's, where `tlbwr` can put it.
    @usableFromInline var sizes: UInt64 = 0
    @usableFromInline var hasStrays = false
    /// For each set, which spare the next push takes, and by that which way; counted, not random, so that runs repeat.
    public let turns: UnsafeMutablePointer<UInt64>
    /// Which MTLB entry `tlbfill` replaces next.
    public var nextMultiple: UInt64 = 0

    public init() {
        places = .allocate(capacity: Self.total)
        places.initialize(repeating: TLBEntry(), count: Self.total)
        keys = .allocate(capacity: Self.width * Self.sets)
        keys.initialize(repeating: Self.noKey, count: Self.width * Self.sets)
        turns = .allocate(capacity: Self.sets)
        turns.initialize(repeating: 0, count: Self.sets)
    }

    public func deallocate() {
        places.deallocate()
        keys.deallocate()
        turns.deallocate()
    }

    /// Where the entry of an index lies.
    static func place(of index: Int) -> Int {
        if index < ways * sets { return index % sets * width + index / sets }
        if index < count { return index - ways * sets + width * sets }
        return (index - count) / spares * width + ways + (index - count) % spares
    }

    @inlinable @inline(__always)
    static func key(_ address: UInt64, _ pageSize: UInt64, _ tag: UInt8) -> UInt64 {
        ((address & 0xFFFF_FFFF_FFFF) >> (pageSize &+ 1)) << 8 | UInt64(tag)
    }

    /// The entry of an index.
    public subscript(index: Int) -> TLBEntry { places[Self.place(of: index)] }

    private func put(_ place: Int, _ entry: TLBEntry) {
        places[place] = entry
        if place < Self.width * Self.sets { keys[place] = entry.isValid ? Self.key(entry.address, UInt64(entry.pageSize), entry.tag) : Self.noKey }
    }

    /// Replaces the entry of an index.
    public mutating func set(_ index: Int, _ entry: TLBEntry) {
        let place = Self.place(of: index)
        put(place, entry)
        guard entry.isValid else { return }
        if place < Self.width * Self.sets {
            sizes |= 1 << UInt64(entry.pageSize)
            if Self.set(of: entry.address, pageSize: UInt64(entry.pageSize)) != place / Self.width { hasStrays = true }
        } else if place >= end {
            end = place + 1
        }
    }

    /// Makes an entry that `forEach`, `forEachSpare` or `find` has answered invalid.
    @inlinable @inline(__always)
    public func invalidate(_ entry: UnsafeMutablePointer<TLBEntry>) {
        entry.pointee.isValid = false
        let place = entry - places
        if place < Self.width &* Self.sets { keys[place] = Self.noKey }
    }

    /// Goes through all entries, or, with an address (48 bits), through no fewer than those that hold it.
    @inlinable @inline(__always)
    public func forEach(holding address: UInt64?, _ body: (UnsafeMutablePointer<TLBEntry>) -> Void) {
        guard let address, !hasStrays else {
            for place in 0..<Self.total { body(places + place) }
            return
        }
        var left = sizes
        while left != 0 {
            let set = places + Self.set(of: address, pageSize: UInt64(left.trailingZeroBitCount)) &* Self.width
            for way in 0..<Self.width { body(set + way) }
            left &= left &- 1
        }
        var entry = places + Self.width &* Self.sets
        while entry < places + end {
            body(entry)
            entry += 1
        }
    }

    /// Goes through the whole set of an STLB index, or, with the index of an MTLB entry or none, the MTLB.
    public func forEach(clearedBy index: Int, _ body: (UnsafeMutablePointer<TLBEntry>) -> Void) {
        let stlb = Self.ways * Self.sets
        let start = index < stlb ? index % Self.sets * Self.width : Self.width * Self.sets
        for place in start..<start + (index < stlb ? Self.width : Self.multiple) { body(places + place) }
    }

    /// Goes through the valid spares of a set.
    @inlinable @inline(__always)
    public func forEachSpare(of set: Int, _ body: (UnsafeMutablePointer<TLBEntry>) -> Void) {
        let first = set &* Self.width &+ Self.ways
        for place in first..<first &+ Self.spares where keys[place] != Self.noKey { body(places + place) }
    }

    /// The index of an entry that `find` has answered. A spare gets one: it takes a place among the ways of its set.
    public func index(of entry: UnsafeMutablePointer<TLBEntry>) -> Int {
        let place = entry - places
        guard place < Self.width * Self.sets else { return place - Self.width * Self.sets + Self.ways * Self.sets }
        var (set, way) = place.quotientAndRemainder(dividingBy: Self.width)
        if way >= Self.ways {
            way = freeWay(of: set) ?? Int(turns[set]) % Self.ways
            let other = places[set * Self.width + way]
            put(set * Self.width + way, entry.pointee)
            put(place, other)
        }
        return way * Self.sets + set
    }

    private func freeWay(of set: Int) -> Int? { (0..<Self.ways).first { !places[set * Self.width + $0].isValid } }

    /// The first entry that holds `address`, has this tag, and that `admits` likes, in the STLB of this page size or in the MTLB.
    @inlinable @inline(__always)
    public func find(
        _ address: UInt64, tag: UInt8, pageSize: UInt64, _ admits: (UnsafeMutablePointer<TLBEntry>) -> Bool
    ) -> UnsafeMutablePointer<TLBEntry>? {
        let key = Self.key(address, pageSize, tag)
        let first = Self.set(of: address, pageSize: pageSize) &* Self.width
        for place in first..<first &+ Self.width where keys[place] == key {
            let entry = places + place
            if UInt64(entry.pointee.pageSize) == pageSize, admits(entry) { return entry }
        }
        var entry = places + Self.width &* Self.sets
        while entry < places + end {
            if entry.pointee.isValid, entry.pointee.tag == tag, entry.pointee.holds(address), admits(entry) { return entry }
            entry += 1
        }
        return nil
    }

    /// The STLB set of an address.
    @inlinable @inline(__always)
    public static func set(of address: UInt64, pageSize: UInt64) -> Int { Int(truncatingIfNeeded: address >> (pageSize &+ 1)) & (sets - 1) }

    /// Puts an entry where the hardware likes: `tlbfill`. Answers the one that is no longer in the TLB; mostly it is not valid.
    public mutating func fill(_ entry: TLBEntry, stlbPageSize: UInt64) -> TLBEntry {
        if UInt64(entry.pageSize) == stlbPageSize {
            let set = Self.set(of: entry.address, pageSize: stlbPageSize)
            guard let way = freeWay(of: set) else { return push(entry, into: set) }
            self.set(way * Self.sets + set, entry)
            return TLBEntry()
        }
        let first = Self.ways * Self.sets
        var index = first
        while index < Self.count, self[index].isValid { index += 1 }
        if index == Self.count {
            nextMultiple &+= 1
            index = first + Int(nextMultiple % UInt64(Self.multiple))
        }
        let lost = self[index]
        self.set(index, entry)
        return lost
    }

    /// The way whose turn it is goes to the spare whose turn it is.
    private mutating func push(_ entry: TLBEntry, into set: Int) -> TLBEntry {
        let turn = Int(turns[set])
        turns[set] = UInt64((turn + 1) % Self.spares)
        let way = turn % Self.ways, spare = set * Self.width + Self.ways + turn
        let lost = places[spare]
        put(spare, places[set * Self.width + way])
        self.set(way * Self.sets + set, entry)
        return lost
    }
}
