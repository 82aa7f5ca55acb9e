import CHost
import Glibc
import Semantics

/// The signal that an instruction's exception becomes, as Linux on LoongArch makes it.
struct GuestFault {
    var signal: Int32
    var code: Int32
    /// What `si_addr` shows.
    var address: UInt64
    var reason: ExitReason
    /// Whether `sc_flags` says that the address error was a read or a write.
    var isRead = false
    var isWrite = false
    /// A line for the user in case the guest has no handler.
    var explanation: String?

    /// Where user addresses end on LA64 Linux with three levels of 16 KiB page tables; an access from here on is an address error.
    private static let userLimit: UInt64 = 1 << 47

    /// `pc`: address of the instruction; `address`, `signal`, `code`: see `Exit.exception`.
    init(_ exception: GuestException, pc: UInt64, address: UInt64, signal: Int32, code: Int32, fcsr: UInt32) {
        self.address = pc
        switch exception {
        case .SYS, .BRK:
            (self.signal, self.code) = Self.breakpoint(at: pc)
            reason = .breakpoint
        case .INE, .IPE:
            (self.signal, self.code) = (SIGILL, 1)  // ILL_ILLOPC
            reason = .illegalInstruction
        case .unimplemented, .FPD, .SXD, .ASXD, .BTD, .translation:
            (self.signal, self.code) = (SIGILL, 1)
            reason = .unimplementedInstruction
        case .ADEF where address & 3 == 0 && address < Self.userLimit, .ADEM where address < Self.userLimit:
            // Beyond Longma's limit, but Linux could map something there.
            (self.signal, self.code) = (SIGSEGV, 1)  // SEGV_MAPERR
            self.address = address
            reason = .pageFault
        case .ADEF, .ADEM:
            (self.signal, self.code) = (SIGBUS, 2)  // BUS_ADRERR
            self.address = address
            reason = .addressError
        case .ALE:
            (self.signal, self.code) = (SIGBUS, 1)  // BUS_ADRALN
            self.address = address
            reason = .addressError
        case .BCE:
            (self.signal, self.code) = (SIGSEGV, 3)  // SEGV_BNDERR
            self.address = address
            reason = .boundCheck
        case .PIF, .PIL, .PIS:
            // An access beyond the limit was never made: there is no page.
            (self.signal, self.code) = signal == 0 ? (SIGSEGV, 1) : (signal, code)
            self.address = address
            isRead = exception != .PIS
            isWrite = exception == .PIS
            reason = .pageFault
        case .FPE:
            (self.signal, self.code) = (SIGFPE, Self.floatingPointCode(fcsr))
            reason = .floatingPoint
        }
    }

    private static func breakpoint(at pc: UInt64) -> (Int32, Int32) {
        var word: UInt64 = 0
        guard longma_load_u32(pc, &word) else { return (SIGTRAP, 1) }
        switch word & 0x7fff {
        case 6: return (SIGFPE, 2)  // FPE_INTOVF
        case 7: return (SIGFPE, 1)  // FPE_INTDIV
        default: return (SIGTRAP, 1)  // TRAP_BRKPT
        }
    }

    /// The first cause among invalid, division, overflow, underflow, inexact (bits 28 to 24).
    private static func floatingPointCode(_ fcsr: UInt32) -> Int32 {
        let codes: [(UInt32, Int32)] = [(28, 7), (27, 3), (26, 4), (25, 5), (24, 6)]
        for (bit, code) in codes where fcsr >> bit & 1 != 0 { return code }
        return 0
    }

    /// The siginfo for it.
    var info: LongmaSignalInfo {
        var info = LongmaSignalInfo()
        info.signal = signal
        info.code = code
        info.fields.0 = address
        return info
    }
}
