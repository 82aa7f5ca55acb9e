import Glibc

/// Whether many round trips stay as they are: time and memory of the first tenth beside the last one's.
public struct Endurance: Encodable, Sendable {
    /// Median cycles of a round trip among the first tenth and among the last.
    public let firstMedian, lastMedian: UInt64
    /// Memory of the process when the first tenth was over, and at the end.
    public let first, last: ProcessMemory
}

/// What the process holds, in bytes: what is resident, and what it may write to (heap, stacks, other memory of its own).
public struct ProcessMemory: Encodable, Sendable {
    public var resident: UInt64 = 0
    public var data: UInt64 = 0

    /// As it is now, by /proc/self/statm; zeros when that cannot be read. Allocates nothing and computes no floating point.
    static func now() -> ProcessMemory {
        let file = open("/proc/self/statm", O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return ProcessMemory() }
        defer { close(file) }
        return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 128) { text in
            let count = read(file, text.baseAddress!, text.count)
            let page = UInt64(sysconf(Int32(_SC_PAGESIZE)))
            var memory = ProcessMemory()
            var (word, number) = (0, UInt64(0))
            for index in 0..<max(count, 0) {
                let digit = text[index] &- UInt8(ascii: "0")
                if digit < 10 {
                    number = number &* 10 &+ UInt64(digit)
                    continue
                }
                if word == 1 { memory.resident = number &* page }
                if word == 5 { memory.data = number &* page }
                (word, number) = (word + 1, 0)
            }
            return memory
        }
    }
}
