/// The parts of a round trip.
public enum SwitchPhase: String, CaseIterable, Codable, Sendable {
    /// `kvm_enter_guest` up to its first write to a control register.
    case hostSave = "host save"
    /// From the first to the last control register access on the way to the guest.
    case csrSwitch = "CSR switch"
    /// From there up to `ertn`.
    case guestLoad = "guest register load"
    case guest
    /// Root's TLB refill handler, which second-stage misses go through.
    case refill = "TLB refill"
    /// The exit vector up to the call of the handler.
    case vectorSave = "vector save"
    case handler
    /// A `kvm_restore_` or `kvm_save_` routine.
    case context = "context routine"
    /// Behind the handler, up to the first control register write or back to `kvm_enter_guest`'s caller.
    case leave = "resume or return"

    /// Executed by the world switch, neither by the guest nor by the handler.
    public var isSwitch: Bool { self != .guest && self != .handler && self != .refill }
}

/// What was executed, counted exactly.
public struct SwitchCounts: Equatable, Codable, Sendable {
    public var instructions = 0
    public var loads = 0
    public var stores = 0
    /// Control register instructions: one each, whether they read, write or both.
    public var csrAccesses = 0

    public var memoryAccesses: Int { loads + stores }

    public static func + (a: Self, b: Self) -> Self {
        Self(instructions: a.instructions + b.instructions, loads: a.loads + b.loads, stores: a.stores + b.stores, csrAccesses: a.csrAccesses + b.csrAccesses)
    }
}
