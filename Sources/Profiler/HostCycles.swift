import CHost
import Glibc

/// The host's time stamp counter, and what one of its cycles is in time.
public struct HostCycles: Sendable {
    /// Nanoseconds of one cycle of the time stamp counter.
    public let nanosecondsPerCycle: Double
    /// Cycles between two readings of the counter that follow each other at once (median): what every interval is longer by for being measured.
    public let stampCycles: UInt64

    /// Compares the counter with the host's clock for a fiftieth of a second.
    public static func calibrated() -> HostCycles {
        let start = (clock: nanoseconds(), cycles: longma_tsc())
        while nanoseconds() - start.clock < 20_000_000 {}
        let end = (clock: nanoseconds(), cycles: longma_tsc())
        let empty = (0..<4000).map { _ in
            let first = longma_tsc()
            return longma_tsc() &- first
        }
        return HostCycles(
            nanosecondsPerCycle: Double(end.clock - start.clock) / Double(max(end.cycles &- start.cycles, 1)), stampCycles: empty.sorted()[2000])
    }

    /// The counter.
    @inline(__always)
    static var now: UInt64 { longma_tsc() }

    private static func nanoseconds() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}
