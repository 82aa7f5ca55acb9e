import Foundation
import Glibc

/// Signals that are taken by a thread of their own. A dispatch source would be woken by every signal of the process, a core's timers among them.
enum HostSignals {
    /// Calls `body` with each of these signals that comes, until the process ends. No thread that gets signals may be running but the calling one.
    static func take(_ numbers: [Int32], _ body: @escaping @Sendable (Int32) -> Void) {
        var taken = sigset_t()
        sigemptyset(&taken)
        for number in numbers { sigaddset(&taken, number) }
        pthread_sigmask(SIG_BLOCK, &taken, nil)
        Thread.detachNewThread { [taken] in
            var (taken, number) = (taken, Int32(0))
            while true { if sigwait(&taken, &number) == 0 { body(number) } }
        }
    }
}
