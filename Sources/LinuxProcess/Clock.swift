import CHost
import Glibc

/// Seconds of the host's monotonic clock.
enum MonotonicClock {
    static func now() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}

/// Calls something after a while, on a thread of its own, unless it is cancelled first.
final class Watchdog {
    private let word: UnsafeMutablePointer<UInt32>
    private let deadline: Double
    private let action: () -> Void
    private var thread = pthread_t()

    init(seconds: Double, action: @escaping () -> Void) {
        word = .allocate(capacity: 1)
        word.initialize(to: 0)
        deadline = MonotonicClock.now() + seconds
        self.action = action
        let mask = longma_set_signal_mask(.max)
        pthread_create(
            &thread, nil,
            { context in
                Unmanaged<Watchdog>.fromOpaque(context!).takeRetainedValue().wait()
                return nil
            }, Unmanaged.passRetained(self).toOpaque())
        _ = longma_set_signal_mask(mask)
    }

    deinit { word.deallocate() }

    private func wait() {
        while longma_atomic_load(word) == 0 {
            let left = deadline - MonotonicClock.now()
            if left <= 0 { return action() }
            let whole = min(left, 1e9)
            var time = timespec(tv_sec: Int(whole), tv_nsec: Int((whole - whole.rounded(.down)) * 1e9))
            withUnsafePointer(to: &time) {
                _ = longma_syscall(202, UInt64(UInt(bitPattern: word)), 128, 0, UInt64(UInt(bitPattern: $0)), 0, 0)  // FUTEX_WAIT_PRIVATE
            }
        }
    }

    /// Waits until the thread has ended; the action has been called or will never be.
    func cancel() {
        _ = longma_atomic_add(word, 1)
        longma_wake_all(word)
        pthread_join(thread, nil)
    }
}
