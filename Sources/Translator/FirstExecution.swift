import Glibc

/// When this process first executed translated code. A process does not know when it was started, but what time it has had since then; who started it
/// knows by `moment`.
public enum FirstExecution {
    /// What had passed by then.
    public struct Figures: Sendable {
        /// Seconds of CLOCK_MONOTONIC.
        public var moment: Double
        /// Seconds of processor time of this process, from its creation on.
        public var processor: Double
        /// Seconds that its first thread was ready to run and waited for a processor; nil where the host does not count that.
        public var waiting: Double?
    }

    /// To be set at the start where the figures are wanted.
    public nonisolated(unsafe) static var isWanted = false
    /// The figures, once there are some.
    public private(set) nonisolated(unsafe) static var figures: Figures?

    /// To be called before translated code is entered, as long as there are no figures.
    static func note() {
        guard isWanted, figures == nil else { return }
        figures = Figures(moment: seconds(CLOCK_MONOTONIC), processor: seconds(CLOCK_PROCESS_CPUTIME_ID), waiting: waiting)
    }

    private static func seconds(_ clock: clockid_t) -> Double {
        var time = timespec()
        clock_gettime(clock, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }

    /// The second number of `schedstat`, in nanoseconds.
    private static var waiting: Double? {
        let file = open("/proc/self/schedstat", O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 100)
        let count = read(file, &bytes, bytes.count)
        let fields = String(decoding: bytes.prefix(max(count, 0)), as: UTF8.self).split(separator: " ")
        return fields.count > 1 ? Double(fields[1]).map { $0 * 1e-9 } : nil
    }
}
