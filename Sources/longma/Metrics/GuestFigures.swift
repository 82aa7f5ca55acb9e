import Dashboard
import Execution
import Foundation

/// What a guest has done so far.
struct GuestFigures: Sendable {
    /// `run` or `vm`.
    var command: String
    var engine: EngineName
    var program: String
    var instructions: UInt64
    var statistics: EngineStatistics
    /// What all engines together have compiled, or found in the cache.
    var compilation: Compilation.Report
    /// How often engines or the guest were left, by reason.
    var exits: [String: UInt64]
    /// Of a virtual machine.
    var machine: MachineFigures?

    struct MachineFigures: Sendable {
        var refills: UInt64
        /// From the exit handler's entry to its end, and from there to its next entry: leaving for the guest, the guest, and coming back.
        var handler: LatencyHistogram
        var stretch: LatencyHistogram
    }

    /// Seconds since the process began.
    private static let start = DispatchTime.now().uptimeNanoseconds
    static func begin() { _ = start }
    static var uptime: Double { Double(DispatchTime.now().uptimeNanoseconds - start) / 1e9 }

    /// Bytes of memory that the process has in RAM.
    static var residentBytes: Double {
        guard let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8) else { return 0 }
        let pages = text.split(separator: " ").dropFirst().first.flatMap { Double($0) } ?? 0
        return pages * Double(sysconf(Int32(_SC_PAGESIZE)))
    }

    private var translated: UInt64 { min(statistics.translated, instructions) }
    private var regions: UInt64 { max(statistics.regionsCompiled, compilation.regions) }
    private var compileSeconds: Double { max(statistics.compileSeconds, compilation.seconds) }

    /// What `--metrics` serves.
    func openMetrics(accept: String) -> OpenMetrics {
        var metrics = OpenMetrics(accept: accept)
        metrics.info("longma", "What runs.", [("command", command), ("engine", engine.rawValue), ("program", program), ("version", Longma.configuration.version)])
        metrics.gauge("longma_uptime_seconds", "Seconds since the guest was started.", unit: "seconds", Self.uptime)
        metrics.gauge("longma_resident_memory_bytes", "Memory of the process that is in RAM.", unit: "bytes", Self.residentBytes)
        metrics.counter(
            "longma_guest_instructions", "Guest instructions retired, by how they were executed.",
            [([("mode", "interpreted")], Double(instructions - translated)), ([("mode", "translated")], Double(translated))])
        metrics.counter(
            "longma_exits", "How often the guest was left, by reason.", exits.sorted { $0.key < $1.key }.map { ([("reason", $0.key)], Double($0.value)) })
        metrics.counter("longma_regions_compiled", "Regions of guest code translated by libgccjit.", Double(regions))
        metrics.counter("longma_regions_cached", "Regions that were found in a cache.", Double(max(statistics.regionsFromCache, compilation.archived)))
        metrics.counter(
            "longma_stencil_blocks", "Blocks of guest code that stencils were copied for, each time that they were.", Double(statistics.stencilBlocks))
        metrics.counter(
            "longma_instructions_compiled", "Guest instructions translated, each time that they were, by what they became.",
            [([("tier", "stencil")], Double(statistics.stencilInstructions)), ([("tier", "region")], Double(compilation.instructions))])
        metrics.counter(
            "longma_code_bytes", "Host code that guest code was translated to, regions from a cache included.", unit: "bytes",
            [([("tier", "stencil")], Double(statistics.stencilBytes)), ([("tier", "region")], Double(compilation.codeBytes))])
        metrics.counter("longma_compilers_started", "Compiler processes that were started.", Double(compilation.compilers))
        metrics.counter("longma_compilers_lost", "Compiler processes that died or hung, and were replaced.", Double(compilation.compilersLost))
        metrics.counter("longma_compile_seconds", "Time that compilations took, in the background too.", unit: "seconds", compileSeconds)
        metrics.gauge("longma_compile_queue_regions", "Regions that wait for a compiler.", Double(compilation.waiting))
        metrics.gauge("longma_compiling_regions", "Regions that are being compiled at the moment.", Double(compilation.inHand))
        metrics.counter("longma_compile_wait_seconds", "Time that the guest's threads waited for compilations.", unit: "seconds", statistics.waitSeconds)
        if let machine {
            metrics.counter("longma_tlb_refills", "TLB refill exceptions of guest and root.", Double(machine.refills))
            machine.handler.add(to: &metrics, "longma_exit_handler_seconds", "From a world switch's arrival at the exit handler to the handler's end.")
            machine.stretch.add(to: &metrics, "longma_guest_stretch_seconds", "From the exit handler's end to its next entry: world switch, guest, world switch.")
        }
        return metrics
    }

    /// The line of SIGUSR2.
    var line: String {
        let seconds = Self.uptime
        let speed = seconds > 0 ? Double(instructions) / seconds / 1e6 : 0
        let left = exits.values.reduce(0, +)
        let stencils = statistics.stencilBlocks == 0 ? "" : "\(statistics.stencilBlocks) stencil blocks, "
        return "longma: \(program): \(Format.seconds(seconds)) s, \(instructions) instructions (\(Format.speed(speed)) M/s, \(instructions - translated) interpreted), \(left) exits, "
            + "\(stencils)\(regions) regions in \(Format.seconds(compileSeconds)) s, \(Int(Self.residentBytes / 1e6)) MB"
    }
}

/// How often something took how long, in powers of two of nanoseconds.
struct LatencyHistogram: Sendable {
    /// Values from 2^(n-1) to below 2^n.
    private var counts = [UInt64](repeating: 0, count: 48)
    private var sum: UInt64 = 0

    mutating func add(_ nanoseconds: UInt64) {
        counts[min(UInt64.bitWidth - nanoseconds.leadingZeroBitCount, counts.count - 1)] &+= 1
        sum &+= nanoseconds
    }

    /// Up to what a power of two is an upper edge: from 64 ns to 17 s.
    private static let edges = 6...34

    func add(to metrics: inout OpenMetrics, _ name: String, _ help: String) {
        var total: UInt64 = 0
        var buckets: [(upTo: Double, count: UInt64)] = []
        for (exponent, count) in counts.enumerated() {
            total += count
            // The values are whole numbers, so all below the edge are up to it.
            if Self.edges.contains(exponent) { buckets.append((Double(UInt64(1) << UInt64(exponent)) / 1e9, total)) }
        }
        metrics.histogram(name, help, unit: "seconds", buckets: buckets, count: total, sum: Double(sum) / 1e9)
    }
}
