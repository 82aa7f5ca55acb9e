/// A core's interprocessor interrupts and mailboxes in the IOCSR space (`machine.md` section 4), for a board of one core.
final class InterprocessorInterrupts {
    static let range: Range<UInt64> = 0x1000..<0x1050

    private var status: UInt32 = 0
    private var enable: UInt32 = 0
    private var mailboxes = [UInt8](repeating: 0, count: 32)
    /// Drives the core's line for them.
    private let drive: (Bool) -> Void

    init(drive: @escaping (Bool) -> Void) { self.drive = drive }

    func load(_ address: UInt64, _ size: Int) -> UInt64 {
        switch address {
        case 0x1000: return UInt64(status)
        case 0x1004: return UInt64(enable)
        case 0x1020..<0x1040: return (0..<min(size, Int(0x1040 - address))).reduce(0) { $0 | UInt64(mailboxes[Int(address - 0x1020) + $1]) << UInt64(8 * $1) }
        default: return 0
        }
    }

    func store(_ address: UInt64, _ size: Int, _ value: UInt64) {
        let word = UInt32(truncatingIfNeeded: value)
        let isHere = value >> 16 & 0x3FF == 0
        switch address {
        case 0x1004: enable = word
        case 0x1008: status |= word
        case 0x100C: status &= ~word
        case 0x1020..<0x1040:
            for byte in 0..<min(size, Int(0x1040 - address)) { mailboxes[Int(address - 0x1020) + byte] = UInt8(truncatingIfNeeded: value >> UInt64(8 * byte)) }
        case 0x1040: if isHere { status |= 1 << (word & 31) }
        case 0x1048:
            // A word of a mailbox; lanes 30:27 are not written.
            guard isHere else { return }
            for byte in 0..<4 where value >> UInt64(27 + byte) & 1 == 0 {
                mailboxes[Int(value >> 2 & 7) * 4 + byte] = UInt8(truncatingIfNeeded: value >> UInt64(32 + 8 * byte))
            }
        default: return
        }
        drive(status & enable != 0)
    }
}
