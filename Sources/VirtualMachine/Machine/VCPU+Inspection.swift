import CHost
import LoongArch

/// What a profiler of the world switch has to know and to arrange, besides `VCPU.observer`.
extension VCPU {
    /// Where the core's next instruction belongs.
    public enum Place: Equatable, Sendable {
        case guest
        /// `kvm_enter_guest` and whatever else the routines consist of; the exit vector on its own pages.
        case routines, vector
        /// The call of the exit handler, which is host code.
        case handler
        /// The end of a register context routine, and that of the world switch.
        case contextReturn, worldReturn
        /// Root's TLB refill handler.
        case refill
        /// None of these: a routine has gone astray.
        case elsewhere
    }

    /// Which part of the world switch an address of root is in; `.guest` while the guest runs.
    public func place(of address: UInt64) -> Place {
        if core.isGuest { return .guest }
        return rootPlace(of: address)
    }

    /// The same for an address that root executes.
    public func rootPlace(of address: UInt64) -> Place {
        switch address & 0xFFFF_FFFF_FFFF {
        case RootMemory.handleExitGate: .handler
        case RootMemory.routineReturnGate: .contextReturn
        case RootMemory.returnGate: .worldReturn
        case RootMemory.refill..<RootMemory.exception: .refill
        case RootMemory.vector..<RootMemory.vectorGate: .vector
        case RootMemory.routines..<RootMemory.routines + UInt64(RootMemory.routineLimit): .routines
        default: .elsewhere
        }
    }

    /// Where the next `run` begins when the last one did not end in the middle of something; nil when it did.
    public var entryAddress: UInt64? {
        isInside ? nil : enterGuest
    }

    /// Where the routines are, the copy of the exit vector, and the refill handler.
    public static var routinesAddress: UInt64 { RootMemory.window | RootMemory.routines }
    public static var vectorAddress: UInt64 { RootMemory.window | RootMemory.vector }
    public static var refillAddress: UInt64 { RootMemory.refill }

    /// What sp is when `kvm_enter_guest` is called, and what the exit handler is called with.
    public static var stackPointer: UInt64 { RootMemory.window | RootMemory.stackTop - 512 }
    public static var handlerArguments: [UInt64] { [RootMemory.window | RootMemory.run, RootMemory.window | RootMemory.vcpu] }

    /// The instruction word at an address of root's own memory.
    public func rootWord(at address: UInt64) -> UInt32? {
        core.memory.read(address & 0xFFFF_FFFF_FFFF, count: 4).map { $0.reversed().reduce(0) { $0 << 8 | UInt32($1) } }
    }

    /// ESTAT.Ecode of the last exit.
    public var lastExitCode: UInt64 { state.pointee.arch.host_estat >> 16 & 0x3F }

    /// What the last exit noted as the bad address.
    public var badAddress: UInt64 { state.pointee.arch.badv }

    /// The register context routine that the exit handler has called runs before the guest goes on.
    public var isInContextRoutine: Bool { core[gpr: 1] == RootMemory.window | RootMemory.routineReturnGate }

    /// Makes the guest's next use of floating point and vectors a first use. Its registers come back as the last `kvm_save_` routine left them.
    public func disownUnits() {
        core[csr: CSR.EUEN] = core[csr: CSR.EUEN] & ~0xF
        ownedUnits = 0
    }

    /// Takes the page of 16 KiB at a guest physical address out of the second stage: the next access faults.
    public func unmapPage(_ address: UInt64) {
        guard table.unmap(address) else { return }
        _ = core.invalidateTLB(0x16, guestID << 16, address & ~(UInt64(2) << SecondStageTable.pageSize &- 1))
    }

    /// Has `action` called between an exit and the exit vector's first instruction. For measurements: it costs one more instruction.
    public func observeVector(_ action: @escaping () -> Void) {
        _ = core.memory.write(withUnsafeBytes(of: Gate.word.littleEndian, Array.init), at: RootMemory.vectorGate)
        state.pointee.arch.guest_eentry = RootMemory.window | RootMemory.vectorGate
        core.gates.append(
            Gate(at: RootMemory.window | RootMemory.vectorGate) { [unowned(unsafe) core] in
                action()
                core.pc = RootMemory.window | RootMemory.vector
                return .resume
            })
        core.codeChanged()
    }

    /// Has `action` called where the guest has the instruction `Gate.word`.
    public func observeGuest(at address: UInt64, _ action: @escaping () -> Void) {
        core.gates.append(
            Gate(at: address, isGuest: true) { [unowned(unsafe) core] in
                action()
                core.pc = address + 4
                return .resume
            })
    }
}
