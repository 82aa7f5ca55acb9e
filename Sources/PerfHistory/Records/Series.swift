/// What one row of figures over many runs is about.
public struct Series: Hashable, Sendable {
    /// How figures of a series may be compared.
    public enum Kind: String, Codable, Sendable {
        /// Noisy: compared with statistics only.
        case time
        /// Deterministic: any difference is a change. (Unless its own samples differ within one run.)
        case counter
        /// A picture of a distribution, never compared: pairs of an upper edge and how many values lie between the edge before and this one.
        case histogram
    }

    /// What was run: a guest's name, or `world-switch`.
    public var workload: String
    /// What ran it: `interpreter`, `jit`, `jit cold`, `native`, `qemu`, ...; for world switches with the exit reason before it.
    public var contestant: String
    /// What was measured: `seconds`, `cpu_seconds`, `instructions`, ...
    public var metric: String
    public var kind: Kind
    /// `s`, `ns`, `count`, ...
    public var unit: String
    /// False when less is better, as it is nearly everywhere.
    public var higherIsBetter: Bool

    public init(workload: String, contestant: String, metric: String, kind: Kind, unit: String, higherIsBetter: Bool = false) {
        self.workload = workload
        self.contestant = contestant
        self.metric = metric
        self.kind = kind
        self.unit = unit
        self.higherIsBetter = higherIsBetter
    }

    /// `workload/contestant/metric`.
    public var name: String { "\(workload)/\(contestant)/\(metric)" }

    /// Whether the contestant is not Longma: what it does tells about the host, not about a change of Longma's.
    public var isControl: Bool { contestant == "native" || contestant == "qemu" }
}

/// What one run measured of a series.
public struct Measured: Equatable, Sendable {
    public var series: Series
    /// One for each repetition; at least one, all finite.
    public var samples: [Double]

    public init(_ series: Series, _ samples: [Double]) {
        self.series = series
        self.samples = samples
    }

    /// The middle sample, or the mean of the middle two.
    public var median: Double { Quantile.median(samples) }
    /// Whether all repetitions gave the same, as those of a deterministic counter do.
    public var isConstant: Bool { samples.allSatisfy { $0 == samples[0] } }
}
