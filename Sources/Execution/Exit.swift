import Semantics

/// Why an engine stopped running a CPU. `cpu.pc` is then the address of the instruction that the reason is about, or the next to run.
public enum Exit: Equatable, Sendable {
    /// The instruction at pc raised an exception. `address` is the data or fetch address that the exception is about (0 if none),
    /// `signal`/`code` are the host's signal and si_code for page faults (SEGV_MAPERR, SEGV_ACCERR, BUS_ADRERR), else 0.
    case exception(GuestException, address: UInt64, signal: Int32, code: Int32)
    /// All granted fuel is used up.
    case fuel
    /// The CPU's translation context has changed or code has: the machine must pick the engine anew (never in a Linux process).
    case switched
    /// `CPU.interrupt` was called (a signal is pending, code was invalidated, or a stop is wanted).
    case interrupted
}
