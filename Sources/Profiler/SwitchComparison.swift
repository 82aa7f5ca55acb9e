import Glibc

/// Two routines' profiles of one exit reason under one engine, side by side.
public struct SwitchComparison: Encodable, Sendable {
    public let exit: String
    public let engine: String
    /// Names of the two routines.
    public let routine: String
    public let against: String
    public let counts: SwitchCounts
    public let againstCounts: SwitchCounts
    /// Median cycles of a round trip.
    public let cycles: UInt64
    public let againstCycles: UInt64
    /// Above 1: the first routine takes longer.
    public var ratio: Double { Double(cycles) / Double(max(againstCycles, 1)) }

    public init(_ profile: SwitchProfile, against other: SwitchProfile) {
        exit = profile.exit
        engine = profile.engine
        routine = profile.routine
        against = other.routine
        counts = profile.switchCounts
        againstCounts = other.switchCounts
        cycles = profile.roundTrip.percentile(50)
        againstCycles = other.roundTrip.percentile(50)
    }

    /// One sentence about several comparisons of the same two routines under one engine. Medians closer than 3 per cent count as equal.
    public static func verdict(_ comparisons: [SwitchComparison]) -> String {
        guard let first = comparisons.first else { return "nothing to compare" }
        let (own, other) = comparisons.reduce((SwitchCounts(), SwitchCounts())) { ($0.0 + $1.counts, $0.1 + $1.againstCounts) }
        let ratio = exp(comparisons.reduce(0) { $0 + log(max($1.ratio, 1e-9)) } / Double(comparisons.count))
        let percent = Int((100 * (ratio < 1 ? 1 / ratio - 1 : ratio - 1)).rounded())
        let speed = percent < 3 ? "is as fast as" : "is \(percent)% \(ratio < 1 ? "faster" : "slower") than"
        return "under the \(first.engine) \(first.routine) \(speed) \(first.against) (geometric mean of medians), "
            + "with \(difference(own.instructions, other.instructions)) instructions, "
            + "\(difference(own.memoryAccesses, other.memoryAccesses)) memory accesses and \(difference(own.csrAccesses, other.csrAccesses)) CSR accesses"
    }

    private static func difference(_ own: Int, _ other: Int) -> String {
        guard own != other else { return "as many" }
        guard other > 0 else { return "more" }
        let percent = abs(100 * Double(own - other) / Double(other))
        return "\(percent < 1 ? "under 1" : "\(Int(percent.rounded()))")% \(own < other ? "fewer" : "more")"
    }
}
