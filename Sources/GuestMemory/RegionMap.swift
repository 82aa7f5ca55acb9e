/// Disjoint address ranges with their protection, in ascending order; neighbours of equal protection are one region.
public struct RegionMap: Sendable {
    /// A range of guest addresses of one protection.
    public struct Region: Equatable, Sendable {
        public var range: Range<UInt64>
        public var protection: Protection

        public init(range: Range<UInt64>, protection: Protection) {
            self.range = range
            self.protection = protection
        }
    }

    /// All regions, in ascending order.
    public private(set) var regions: [Region] = []

    public init() {}

    /// Index of the first region that ends above `address`.
    private func firstIndex(endingAbove address: UInt64) -> Int {
        var low = 0
        var high = regions.count
        while low < high {
            let middle = (low + high) / 2
            if regions[middle].range.upperBound > address { high = middle } else { low = middle + 1 }
        }
        return low
    }

    /// Indices of the regions that have a byte in common with `range`.
    private func indices(overlapping range: Range<UInt64>) -> Range<Int> {
        let first = firstIndex(endingAbove: range.lowerBound)
        if range.isEmpty { return first..<first }
        var last = first
        while last < regions.count, regions[last].range.lowerBound < range.upperBound { last += 1 }
        return first..<last
    }

    /// The region that `address` is in.
    public func region(containing address: UInt64) -> Region? {
        let index = firstIndex(endingAbove: address)
        guard index < regions.count, regions[index].range.contains(address) else { return nil }
        return regions[index]
    }

    /// The parts of regions that lie in `range`.
    public func regions(in range: Range<UInt64>) -> [Region] {
        indices(overlapping: range).map {
            Region(range: regions[$0].range.clamped(to: range), protection: regions[$0].protection)
        }
    }

    /// Whether no byte of `range` is mapped.
    public func isFree(_ range: Range<UInt64>) -> Bool { indices(overlapping: range).isEmpty }

    /// Whether every byte of `range` is mapped.
    public func covers(_ range: Range<UInt64>) -> Bool {
        var next = range.lowerBound
        for index in indices(overlapping: range) {
            guard regions[index].range.lowerBound <= next else { return false }
            next = regions[index].range.upperBound
        }
        return next >= range.upperBound
    }

    /// Whether the guest may execute a byte of `range`.
    public func containsExecutable(_ range: Range<UInt64>) -> Bool {
        indices(overlapping: range).contains { regions[$0].protection.contains(.execute) }
    }

    /// Forgets `range`.
    public mutating func remove(_ range: Range<UInt64>) {
        guard !range.isEmpty else { return }
        let old = indices(overlapping: range)
        guard !old.isEmpty else { return }
        var rest: [Region] = []
        let first = regions[old.lowerBound]
        let last = regions[old.upperBound - 1]
        if first.range.lowerBound < range.lowerBound {
            rest.append(Region(range: first.range.lowerBound..<range.lowerBound, protection: first.protection))
        }
        if last.range.upperBound > range.upperBound {
            rest.append(Region(range: range.upperBound..<last.range.upperBound, protection: last.protection))
        }
        regions.replaceSubrange(old, with: rest)
    }

    /// Makes `range` a mapping of `protection`, whatever was there before.
    public mutating func insert(_ range: Range<UInt64>, _ protection: Protection) {
        guard !range.isEmpty else { return }
        remove(range)
        var merged = range
        var index = firstIndex(endingAbove: range.lowerBound)
        if index < regions.count, regions[index].range.lowerBound == range.upperBound, regions[index].protection == protection {
            merged = merged.lowerBound..<regions[index].range.upperBound
            regions.remove(at: index)
        }
        if index > 0, regions[index - 1].range.upperBound == range.lowerBound, regions[index - 1].protection == protection {
            merged = regions[index - 1].range.lowerBound..<merged.upperBound
            regions.remove(at: index - 1)
            index -= 1
        }
        regions.insert(Region(range: merged, protection: protection), at: index)
    }

    /// The highest free range of `size` bytes that lies within `bounds`, or nil. `size` and the bounds are whole pages.
    public func highestFreeRange(size: UInt64, within bounds: Range<UInt64>) -> Range<UInt64>? {
        guard size > 0, size <= UInt64(bounds.count) else { return nil }
        var top = bounds.upperBound
        var index = firstIndex(endingAbove: bounds.upperBound - 1)
        if index < regions.count, regions[index].range.lowerBound < bounds.upperBound { index += 1 }
        while true {
            let below = index > 0 ? regions[index - 1].range : nil
            let floor = max(bounds.lowerBound, min(below?.upperBound ?? bounds.lowerBound, top))
            if top - floor >= size { return (top - size)..<top }
            guard let below, below.lowerBound >= bounds.lowerBound + size else { return nil }
            top = below.lowerBound
            index -= 1
        }
    }
}
