/// The extended I/O interrupt controller (EIOINTC): 256 vectors, brought to eight lines of a core, as core 0 of one node sees it (`machine.md` section 4).
final class ExtendedInterruptController {
    /// Its registers in the IOCSR space.
    static let range: Range<UInt64> = 0x14A0..<0x1D00

    private static let pins: UInt64 = 0x14C0
    private static let enable: UInt64 = 0x1600
    private static let pending: UInt64 = 0x1700
    private static let routed: UInt64 = 0x1800
    private static let route: UInt64 = 0x1C00
    private static let vectors = 256

    /// The registers as bytes from `range.lowerBound` on; what is not named above is only kept.
    private var registers = [UInt8](repeating: 0, count: range.count)
    /// MISC_FUNC bit 49: a group's pin is a number, not a bitmap.
    var encodesPins = false { didSet { update() } }
    /// Drives line HWI`line` of the core.
    private let drive: (_ line: Int, _ isActive: Bool) -> Void
    private var lines: UInt8 = 0

    init(drive: @escaping (_ line: Int, _ isActive: Bool) -> Void) { self.drive = drive }

    private func index(_ address: UInt64) -> Int { Int(address - Self.range.lowerBound) }

    /// Makes a vector (0...255) pending, or takes that back.
    func set(_ vector: Int, _ isPending: Bool) {
        let at = index(Self.pending) + vector / 8
        let bit = UInt8(1) << UInt8(vector % 8)
        registers[at] = isPending ? registers[at] | bit : registers[at] & ~bit
        update()
    }

    /// Eight vectors that are pending, enabled and routed to the core.
    private func arrived(_ group: Int) -> UInt8 {
        var bits = registers[index(Self.pending) + group] & registers[index(Self.enable) + group]
        for bit in 0..<8 where bits >> bit & 1 != 0 && registers[index(Self.route) + 8 * group + bit] & 1 == 0 { bits &= ~(1 << bit) }
        return bits
    }

    func load(_ address: UInt64, _ size: Int) -> UInt64 {
        (0..<size).reduce(0) { value, byte in
            let at = address + UInt64(byte)
            guard Self.range.contains(at) else { return value }
            let isRouted = (Self.routed..<Self.routed + 32).contains(at)
            return value | UInt64(isRouted ? arrived(Int(at - Self.routed)) : registers[index(at)]) << UInt64(8 * byte)
        }
    }

    func store(_ address: UInt64, _ size: Int, _ value: UInt64) {
        for byte in 0..<size {
            let at = address + UInt64(byte)
            guard Self.range.contains(at) else { break }
            let new = UInt8(truncatingIfNeeded: value >> UInt64(8 * byte))
            switch at {
            // Ones clear.
            case Self.routed..<Self.routed + 32: registers[index(Self.pending + at - Self.routed)] &= ~new
            case Self.pending..<Self.pending + 32: registers[index(at)] &= ~new
            default: registers[index(at)] = new
            }
        }
        update()
    }

    /// Pins as a bitmap, of the group of 32 vectors that holds a group of eight.
    private func pin(_ group: Int) -> UInt8 {
        let value = registers[index(Self.pins) + group / 4]
        return encodesPins ? (value < 8 ? 1 << value : 0) : value
    }

    private func update() {
        var new: UInt8 = 0
        for group in 0..<Self.vectors / 8 where arrived(group) != 0 {
            let pins = pin(group)
            // Of several pins the lowest counts.
            new |= pins & (0 &- pins)
        }
        let changed = new ^ lines
        lines = new
        for line in 0..<8 where changed >> line & 1 != 0 { drive(line, new >> line & 1 != 0) }
    }
}
