import CHost
import Glibc

/// A process of Longma's beside the guest's, as the host sees it.
enum HostProcess {
    /// Seconds of processor time that it has had, without what it has started itself.
    static func time(of child: OpaquePointer) -> Double {
        var time = timespec()
        // The clock of a process, as clock_getcpuclockid(3) makes it.
        return clock_gettime(~longma_hidden_process(child) << 3 | 2, &time) == 0 ? Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9 : 0
    }

    /// Kills it, by its descriptor.
    static func kill(_ process: Int32) { _ = longma_syscall(424 /* pidfd_send_signal */, UInt64(process), UInt64(SIGKILL), 0, 0, 0, 0) }
}
