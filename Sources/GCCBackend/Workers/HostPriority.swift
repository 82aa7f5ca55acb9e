import Glibc

/// How a process beside the guest's stands back where cores are few. Only what nobody waits for does.
enum HostPriority {
    /// The argument that tells a process of Longma's to.
    static let argument = "--stand-back"

    /// Gives this process a `nice` value (0...19). A session of its own, as helpers have, is a scheduling group of its own on many hosts, within which alone
    /// the value counts; so the group gets it too.
    static func lower(to nice: Int32) {
        setpriority(__priority_which_t(0), 0, nice)
        let group = open("/proc/self/autogroup", O_WRONLY | O_CLOEXEC)
        guard group >= 0 else { return }
        var text = "\(nice)"
        _ = text.withUTF8 { write(group, $0.baseAddress!, $0.count) }
        close(group)
    }
}
