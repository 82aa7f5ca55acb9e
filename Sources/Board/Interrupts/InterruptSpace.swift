import VirtualMachine

/// The board's IOCSR space: what tells about the chip, and the interrupt controllers of the core (`machine.md` section 4).
final class InterruptSpace {
    /// The bridge's controller, which has addresses in memory.
    let platform: PlatformInterruptController
    private let extended: ExtendedInterruptController
    private let interprocessor: InterprocessorInterrupts
    /// MISC_FUNC.
    private var functions: UInt64 = 0

    private static let miscellaneous: UInt64 = 0x420
    /// Bit 49 of MISC_FUNC: pins as numbers.
    private static let encodedPins: UInt64 = 1 << 49

    init(_ core: Core) {
        // The core belongs to the board, as this does.
        let extended = ExtendedInterruptController { [unowned core] line, isActive in core.setLine(line, isActive) }
        self.extended = extended
        interprocessor = InterprocessorInterrupts { [unowned core] in core.setInterprocessorInterrupt($0) }
        platform = PlatformInterruptController { vector, isPending in extended.set(vector, isPending) }
    }

    /// An access of the core: what a load reads.
    func access(_ address: UInt64, _ size: Int, _ store: UInt64?) -> UInt64 {
        switch address {
        case ExtendedInterruptController.range:
            guard let store else { return extended.load(address, size) }
            extended.store(address, size, store)
        case InterprocessorInterrupts.range:
            guard let store else { return interprocessor.load(address, size) }
            interprocessor.store(address, size, store)
        case 0x1158:
            // A store as a core, of which there is one, without the lanes 30:27.
            guard let store, store >> 16 & 0x3FF == 0 else { break }
            for byte in 0..<4 where store >> UInt64(27 + byte) & 1 == 0 { _ = access(store & 0xFFFF + UInt64(byte), 1, store >> UInt64(32 + 8 * byte) & 0xFF) }
        case Self.miscellaneous:
            guard let store else { return functions }
            functions = size == 8 ? store : functions & ~0xFFFF_FFFF | store & 0xFFFF_FFFF
            extended.encodesPins = functions & Self.encodedPins != 0
        case Self.miscellaneous + 4:
            guard let store else { return functions >> 32 }
            functions = functions & 0xFFFF_FFFF | store << 32
            extended.encodesPins = functions & Self.encodedPins != 0
        // Message interrupts, extended interrupts, interprocessor interrupts through this space.
        case 0x8: return 0x1C
        // "Loongson", "3A5000".
        case 0x10: return 0x6E6F_7367_6E6F_6F4C
        case 0x20: return 0x0000_3030_3035_4133
        default: break
        }
        return 0
    }
}
