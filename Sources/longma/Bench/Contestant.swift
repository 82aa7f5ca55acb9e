/// Something that runs a workload: an engine of Longma's, QEMU, or the host itself.
struct Contestant: Hashable {
    enum Runner: Hashable {
        case engine(EngineName)
        case native
        case qemu
    }

    /// How translations are kept from run to run.
    enum CacheUse: String, CaseIterable {
        /// Not at all; stencils are there if the engine uses them together with regions.
        case none
        /// Each run begins with an empty cache, but for stencils as above, and fills it.
        case cold
        /// Each run finds what an earlier one left.
        case warm
    }

    var runner: Runner
    var cache = CacheUse.none
    /// The only tier that the jit may use; its figures are a series of their own.
    var tier: TierName?
    /// Whether another longma, that of `--baseline`, does it.
    var isBaseline = false

    static let native = Contestant(runner: .native)
    static let qemu = Contestant(runner: .qemu)
    static func engine(_ engine: EngineName, cache: CacheUse = .none) -> Contestant { Contestant(runner: .engine(engine), cache: cache) }

    /// The name in tables and records: `jit`, `jit warm`, `native`, ...
    var name: String {
        switch runner {
        case .engine(let engine): engine.rawValue + (tier.map { " \($0.rawValue)" } ?? "") + (cache == .none ? "" : " \(cache.rawValue)")
        case .native: "native"
        case .qemu: "qemu"
        }
    }

    /// The name where the baseline's contestants stand beside the others.
    var title: String { name + (isBaseline ? " (baseline)" : "") }

    var engine: EngineName? {
        guard case .engine(let engine) = runner else { return nil }
        return engine
    }
}

/// One run of one workload by one contestant.
struct Sample {
    /// Wall time of the process, less the time the guest stood still for compilations.
    var seconds: Double
    var cpuSeconds: Double
    var compileSeconds: Double
    /// Of the guest, if the contestant counts them.
    var instructions: UInt64?
    /// Deterministic counters by name, as far as the contestant has them.
    var counters: [String: Double] = [:]
}
