/// The bridge's interrupt controller (PCH-PIC): 32 inputs, each made a vector of the extended controller (`machine.md` section 5).
final class PlatformInterruptController {
    static let range: Range<UInt64> = 0x1000_0000..<0x1000_0400
    private static let inputs = 32

    private var mask: UInt32 = .max
    private var isEdge: UInt32 = 0
    private var polarity: UInt32 = 0
    private var messageEnable: UInt32 = 0
    /// Inputs that are high, and edges that came.
    private var level: UInt32 = 0
    private var latched: UInt32 = 0
    private var route = [UInt8](repeating: 0, count: inputs)
    private var vectors = [UInt8](repeating: 0, count: inputs)
    /// Makes a vector of the extended controller pending or not.
    private let signal: (_ vector: Int, _ isPending: Bool) -> Void

    init(signal: @escaping (_ vector: Int, _ isPending: Bool) -> Void) { self.signal = signal }

    /// What each input asks for, masked or not.
    private var requests: UInt32 { level & ~isEdge | latched & isEdge }

    /// Drives an input (0...31).
    func set(_ input: Int, _ isHigh: Bool) {
        let bit = UInt32(1) << UInt32(input)
        if isHigh, level & bit == 0 { latched |= bit }
        level = isHigh ? level | bit : level & ~bit
        send(input)
    }

    private func send(_ input: Int) { signal(Int(vectors[input]), (requests & ~mask) >> UInt32(input) & 1 != 0) }

    private func sendAll(_ changed: UInt32) { for input in 0..<Self.inputs where changed >> UInt32(input) & 1 != 0 { send(input) } }

    func load(_ address: UInt64, _ size: Int) -> UInt64 {
        let offset = address - Self.range.lowerBound
        switch offset {
        case 0x004: return UInt64((Self.inputs - 1) << 16 | 1)
        case 0x020: return UInt64(mask)
        case 0x040: return UInt64(messageEnable)
        case 0x060: return UInt64(isEdge)
        case 0x100..<0x120: return UInt64(route[Int(offset - 0x100)])
        case 0x200..<0x220: return UInt64(vectors[Int(offset - 0x200)])
        case 0x380: return UInt64(requests)
        case 0x3A0: return UInt64(requests & ~mask)
        case 0x3E0: return UInt64(polarity)
        default: return 0
        }
    }

    func store(_ address: UInt64, _ size: Int, _ value: UInt64) {
        let offset = address - Self.range.lowerBound
        let word = UInt32(truncatingIfNeeded: value)
        switch offset {
        case 0x020:
            let changed = mask ^ word
            mask = word
            sendAll(changed)
        case 0x040: messageEnable = word
        case 0x060: isEdge = word
        case 0x080:
            latched &= ~word
            sendAll(word & isEdge)
        case 0x100..<0x120: route[Int(offset - 0x100)] = UInt8(truncatingIfNeeded: value)
        case 0x200..<0x220:
            let input = Int(offset - 0x200)
            signal(Int(vectors[input]), false)
            vectors[input] = UInt8(truncatingIfNeeded: value)
            send(input)
        case 0x3E0: polarity = word
        default: break
        }
    }
}
