import LoongArch
import Synchronization

/// Interrupts that other threads have queued for a guest, and the wish that it stop: `KVM_INTERRUPT`, and a signal to the thread.
final class InterruptQueue: Sendable {
    /// Bits 0...12: interrupts to set; 16...28: to clear; 62: stop; 63: look here.
    private let word = Atomic<UInt64>(0)
    private static let stop: UInt64 = 1 << 62

    /// Queues interrupt `number` to become active or inactive.
    func set(_ number: Int, _ isActive: Bool) {
        let bit = UInt64(1) << UInt64(number)
        while true {
            let old = word.load(ordering: .relaxed)
            let new = isActive ? old & ~(bit << 16) | bit : old & ~bit | bit << 16
            if word.weakCompareExchange(expected: old, desired: new, ordering: .acquiringAndReleasing).exchanged { return }
        }
    }

    /// All of it, for a checkpoint.
    var queued: UInt64 {
        get { word.load(ordering: .acquiring) & ~Self.stop }
        set { word.store(newValue & ~Self.stop, ordering: .releasing) }
    }

    func requestStop() { word.bitwiseOr(Self.stop, ordering: .releasing) }

    /// Whether anything is queued.
    @inline(__always)
    var wantsAttention: Bool { word.load(ordering: .acquiring) != 0 }

    /// Whether a stop was wanted; it is not any more.
    func takeStop() -> Bool { word.bitwiseAnd(~Self.stop, ordering: .acquiringAndReleasing).oldValue & Self.stop != 0 }

    /// Writes what is queued to the guest's registers.
    func deliver(to core: Core) {
        let queued = word.bitwiseAnd(Self.stop, ordering: .acquiringAndReleasing).oldValue
        guard queued & ~Self.stop != 0 else { return }
        // Software, timer and inter-processor interrupts are bits of ESTAT, hardware lines those of GINTC.
        let own: UInt64 = 0x1C03
        let set = queued & 0x1FFF
        let clear = queued >> 16 & 0x1FFF
        if (set | clear) & own != 0 { core[gcsr: CSR.ESTAT] = core[gcsr: CSR.ESTAT] & ~(clear & own) | set & own }
        if (set | clear) & 0x3FC != 0 { core[csr: CSR.GINTC] = core[csr: CSR.GINTC] & ~(clear >> 2 & 0xFF) | set >> 2 & 0xFF }
    }
}

extension VCPU {
    /// `KVM_INTERRUPT`: makes interrupt `number` (0 and 1: SWI, 2...9: HWI, 11: timer, 12: IPI) active or not; from any thread.
    public func setInterrupt(_ number: Int, _ isActive: Bool) throws {
        guard (0...12).contains(number) else { throw VM.MachineError("there is no interrupt \(number)") }
        interrupts.set(number, isActive)
        kick()
    }
}
