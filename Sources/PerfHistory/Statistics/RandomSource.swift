/// Random numbers that repeat: the verdicts on the same figures are the same every time. (SplitMix64, by Steele, Lea and Flood.)
public struct RandomSource: RandomNumberGenerator, Sendable {
    private var state: UInt64

    public init(seed: UInt64) { state = seed }

    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var bits = state
        bits = (bits ^ bits >> 30) &* 0xBF58_476D_1CE4_E5B9
        bits = (bits ^ bits >> 27) &* 0x94D0_49BB_1331_11EB
        return bits ^ bits >> 31
    }

    /// A number from 0 to below `limit`, which is from 1 to 2^32.
    mutating func below(_ limit: Int) -> Int { Int(truncatingIfNeeded: (next() >> 32 &* UInt64(limit)) >> 32) }

    /// Puts the elements into random order.
    mutating func shuffle(_ values: UnsafeMutableBufferPointer<Double>) {
        var last = values.count - 1
        while last > 0 {
            values.swapAt(last, below(last + 1))
            last -= 1
        }
    }
}
