/// Told of translated code, for people who want to see it.
public protocol CodeObserver: AnyObject, Sendable {
    /// A region's code has been put in place. Called on any thread, but for one region after the other; the store is locked meanwhile. Code from an archive
    /// may be told of more than once.
    func placed(_ code: PlacedCode)
}

/// A region and its code.
public struct PlacedCode {
    public let region: Region
    public let code: UnsafeRawBufferPointer
    /// Guest accesses in the code: the host instruction's offset and the guest instruction's address.
    public let accesses: [(host: Int, guest: UInt64)]
    /// Whether an earlier run has made it.
    public let isArchived: Bool

    /// Function number `function` of a unit that was placed at `base`.
    init(_ region: Region, _ unit: CompiledUnit, function: Int, at base: UnsafeRawPointer, isArchived: Bool) {
        let start = unit.functions[function]
        let end = unit.functions.filter { $0 > start }.min() ?? unit.code.count
        self.region = region
        self.isArchived = isArchived
        code = UnsafeRawBufferPointer(start: base + start, count: end - start)
        accesses = unit.sites.filter { start..<end ~= Int($0.host) }.map { (Int($0.host) - start, $0.guest) }
    }
}
