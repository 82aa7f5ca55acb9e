/// How much a series moves from run to run when nothing has changed, as rustc's performance suite judges it: the far-out fence (Q3 + 3 IQR) of the relative
/// changes between neighbours.
public struct NoiseThreshold: Equatable, Sendable {
    /// Neighbours needed before a series says something about its noise.
    public static let fewest = 5

    /// A relative change between two single runs beyond this is not noise; nil when there are too few runs to tell.
    public let single: Double?

    public init(_ values: [Double]) {
        let changes = zip(values, values.dropFirst()).compactMap { before, after -> Double? in
            before == 0 || !after.isFinite ? nil : abs(after - before) / abs(before)
        }
        single = changes.count < Self.fewest ? nil : Quantile.farOut(changes)
    }

    /// The threshold for the levels of `before` and `after` runs: levels of many runs move less than single ones.
    public func ofLevels(before: Int, after: Int) -> Double? {
        single.map { $0 * ((1 / Double(before) + 1 / Double(after)) / 2).squareRoot() }
    }
}
