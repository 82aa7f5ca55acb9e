/// Where a series changes its level.
public struct ChangePoint: Equatable, Sendable {
    /// The first value of the new level.
    public var index: Int
    /// The medians of the values from the change before to this one, and from this to the next.
    public var before: Double
    public var after: Double
    /// How probable a difference like this one is without a change; 0 for counters, where any difference is a change.
    public var probability: Double

    /// The relative change; 0.05 is 5 % more.
    public var relative: Double { before == 0 ? (after == 0 ? 0 : .infinity) : (after - before) / abs(before) }
}
