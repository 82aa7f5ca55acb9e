import Execution

/// How a guest process ended and what it did.
public struct ProcessResult: Equatable, Sendable {
    /// Why it ended.
    public enum Termination: Equatable, Sendable {
        /// It exited with this status (0...255).
        case exited(Int32)
        /// It died by this signal.
        case signalled(Int32)
        /// Its fuel or its time was used up.
        case fuel, timeout
        /// `LinuxProcess.stop()` was called.
        case stopped
    }

    public var termination: Termination
    /// Instructions that all its threads retired.
    public var instructionsRetired: UInt64
    /// How often engines were left, by reason.
    public var exits: [String: UInt64]
    /// The engines' counters, summed over the threads.
    public var statistics: EngineStatistics

    /// The exit status as a shell would show it: the guest's own, 128+n for death by signal n, 124 when fuel or time was used up, 130 when it was stopped.
    public var exitStatus: Int32 {
        switch termination {
        case .exited(let status): status
        case .signalled(let signal): 128 + signal
        case .fuel, .timeout: 124
        case .stopped: 130
        }
    }
}

/// Why an engine was left, for the counters.
enum ExitReason: Int, CaseIterable {
    case systemCall, pageFault, breakpoint, illegalInstruction, unimplementedInstruction, addressError, boundCheck, floatingPoint
    case interrupted, signal, fuel

    var name: String {
        switch self {
        case .systemCall: "system call"
        case .pageFault: "page fault"
        case .breakpoint: "breakpoint"
        case .illegalInstruction: "illegal instruction"
        case .unimplementedInstruction: "unimplemented instruction"
        case .addressError: "address error"
        case .boundCheck: "bound check"
        case .floatingPoint: "floating-point exception"
        case .interrupted: "interrupted"
        case .signal: "signal delivered"
        case .fuel: "fuel"
        }
    }
}
