/// How often something took how many cycles: exact below 4096, in steps of less than a thousandth above. Its memory does not grow, and recording allocates nothing.
struct CycleCounts {
    /// Values of this many bits are told apart.
    private static let bits: UInt64 = 12
    private static let limit: UInt64 = 1 << 40
    private static let steps = 1 << Int(bits - 1)
    private static let size = 2 * steps + Int(40 - bits) * steps
    private let counts: UnsafeMutablePointer<UInt64>

    init() {
        counts = .allocate(capacity: Self.size)
        counts.initialize(repeating: 0, count: Self.size)
    }

    func deallocate() { counts.deallocate() }

    /// Counts `cycles`; 2^40 and more as a little less.
    @inline(__always)
    func record(_ cycles: UInt64) {
        let value = min(cycles, Self.limit - 1)
        let length = UInt64(64 - value.leadingZeroBitCount)
        let shift = length > Self.bits ? length &- Self.bits : 0
        counts[Int(shift) &* Self.steps &+ Int(value >> shift)] &+= 1
    }

    /// Every value that occurred, ascending, and how often.
    var values: [(cycles: UInt64, count: UInt64)] {
        (0..<Self.size).filter { counts[$0] > 0 }.map { index in
            let shift = max(index / Self.steps - 1, 0)
            return (UInt64(index - shift * Self.steps) << UInt64(shift), counts[index])
        }
    }
}
