import CHost
import Glibc

/// Facts about signal numbers, which are the same on LA64 and x86-64.
enum SignalNumbers {
    /// Highest signal number; it is Longma's own.
    static let kick = Int32(LONGMA_KICK_SIGNAL)
    /// Bytes of a kernel signal set.
    static let setSize: UInt64 = 8

    /// Bit of `signal` in a signal set.
    static func bit(_ signal: Int32) -> UInt64 { 1 << UInt64(signal - 1) }

    /// SIGKILL and SIGSTOP cannot be blocked.
    static let unblockable = bit(SIGKILL) | bit(SIGSTOP)
    /// Signals whose host side belongs to Longma's fault handler.
    static let faults: [Int32] = [SIGSEGV, SIGBUS, SIGILL]
    /// Signals that an instruction can raise.
    static let raisedByInstructions: Set<Int32> = [SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP]
    /// Signals that are ignored, and that stop the process, unless the guest says otherwise.
    static let ignoredByDefault: Set<Int32> = [SIGCHLD, SIGCONT, SIGURG, SIGWINCH]
    static let stoppingByDefault: Set<Int32> = [SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU]

    static func isValid(_ signal: Int32) -> Bool { signal >= 1 && signal <= 64 }
    static func terminatesByDefault(_ signal: Int32) -> Bool { !ignoredByDefault.contains(signal) && !stoppingByDefault.contains(signal) }

    private static let names = [
        "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE", "ALRM", "TERM", "STKFLT", "CHLD", "CONT", "STOP",
        "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH", "IO", "PWR", "SYS",
    ]

    /// `SIGSEGV` and so on.
    static func name(_ signal: Int32) -> String {
        signal >= 1 && Int(signal) <= names.count ? "SIG" + names[Int(signal) - 1] : "signal \(signal)"
    }
}
