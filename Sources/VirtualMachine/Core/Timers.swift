import CHost
import Glibc
import LoongArch

/// The banks' constant timers (`lvz.md` sections 3.7 and 10.3).
extension Core {
    private static let expired: UInt64 = 0x0000_FFFF_FFFF_FFFF

    /// The clock without any register's offset, in ticks.
    public var ticks: UInt64 {
        switch clock {
        case .host: longma_stable_counter() &+ clockOffset
        case .instructions: retired &+ clockOffset
        }
    }

    /// What `rdtime` reads in the current mode.
    func counter() -> UInt64 {
        let own = ticks &+ root[CSR.CNTC]
        return isGuest ? own &+ root[CSR.GCNTC] &+ guest[CSR.CNTC] : own
    }

    /// A bank's timer.
    @inline(__always)
    func timer(_ bank: Int) -> UnsafeMutablePointer<LongmaTimer> { longma_timer(state, UInt64(bank)) }

    func timerValue(_ bank: Int) -> UInt64 {
        pollTimers()
        let registers = longma_csr(state, UInt64(bank))
        let timer = timer(bank)
        return (timer.pointee.isRunning ? timer.pointee.deadline &- ticks : registers[CSR.TVAL]) & Self.expired
    }

    /// Lets timers that are due expire.
    func pollTimers() {
        guard timer(0).pointee.isRunning || timer(1).pointee.isRunning else { return }
        let now = ticks
        var hasExpired = false
        for bank in 0...1 {
            let timer = timer(bank)
            guard timer.pointee.isRunning, Int64(bitPattern: now &- timer.pointee.deadline) >= 0 else { continue }
            expire(&timer.pointee, longma_csr(state, UInt64(bank)), now)
            hasExpired = true
        }
        // The alarm strikes once: for the next period, and for the other timer, it must be set again. (Slices of instructions end by themselves.)
        if hasExpired, clock == .host { setAlarm() }
    }

    private func expire(_ timer: inout LongmaTimer, _ registers: UnsafeMutablePointer<UInt64>, _ now: UInt64) {
        registers[CSR.ESTAT] |= 1 << 11
        let setting = registers[CSR.TCFG]
        if setting & 2 != 0 {
            let period = max(setting & ~3, 4)
            timer.deadline &+= ((now &- timer.deadline) / period &+ 1) &* period
        } else {
            timer.isRunning = false
            registers[CSR.TVAL] = Self.expired
        }
    }

    func writeTimer(_ number: Int, _ value: UInt64, _ bank: Int) {
        pollTimers()
        let registers = longma_csr(state, UInt64(bank))
        switch number {
        case CSR.TCFG:
            if value & 1 == 0 {
                registers[CSR.TVAL] = timerValue(bank)
                timer(bank).pointee.isRunning = false
            } else {
                timer(bank).pointee = LongmaTimer(isRunning: true, deadline: ticks &+ (value & ~3))
            }
            registers[CSR.TCFG] = value
        case CSR.TVAL:
            if registers[CSR.TCFG] & 1 == 0 {
                registers[CSR.TVAL] = value
            } else if value == 0 {
                let now = ticks
                timer(bank).pointee = LongmaTimer(isRunning: true, deadline: now)
                expire(&timer(bank).pointee, registers, now)
            } else {
                timer(bank).pointee = LongmaTimer(isRunning: true, deadline: ticks &+ value)
            }
        default:
            if value & 1 != 0 { registers[CSR.ESTAT] &= ~(1 << 11) }
            return
        }
        pollTimers()
        setAlarm()
    }

    /// The clock value at which the next timer expires.
    private var nextDeadline: UInt64? {
        let (own, other) = (timer(0).pointee, timer(1).pointee)
        return switch (own.isRunning, other.isRunning) {
        case (false, false): nil
        case (true, false): own.deadline
        case (false, true): other.deadline
        case (true, true): Int64(bitPattern: own.deadline &- other.deadline) < 0 ? own.deadline : other.deadline
        }
    }

    /// Instructions that may run before a timer must be looked at.
    func ticksToNextTimer() -> UInt64 {
        guard clock == .instructions else { return alarm.strikes ? .max : 100_000 }
        guard let next = nextDeadline else { return .max }
        return max(next &- ticks, 1)
    }

    /// Has the engine interrupted when the next timer expires.
    func setAlarm() {
        guard clock == .host else {
            // The current slice may be longer than the timer now allows.
            cpu.pointee.leaving = 1
            return
        }
        guard let next = nextDeadline else { return }
        alarm.set(next &- clockOffset)
    }

    // MARK: idle

    /// Whether the guest has an interrupt that is enabled, whatever its CRMD.IE.
    public var guestHasInterrupt: Bool {
        updateLines()
        pollTimers()
        return guest[CSR.ESTAT] & guest[CSR.ECFG] & 0x1FFF != 0
    }

    /// Waits, outside `run`, for a timer or for another thread; false when a stop is wanted.
    public func waitForGuestInterrupt() -> Bool {
        let isAwake = waitForInterrupt()
        let answered = UInt64(LONGMA_ATTENTION_SIGNAL) | (isAwake ? 0 : UInt64(LONGMA_ATTENTION_STOP))
        let wanted = longma_take_attention(cpu) & ~answered
        if wanted != 0 { longma_request_attention(cpu, wanted) }
        return isAwake
    }

    /// Waits for an interrupt that would end `idle`; false when the core is to stop.
    func waitForInterrupt() -> Bool {
        switch clock {
        case .instructions:
            if let next = nextDeadline {
                clockOffset &+= max(next &- ticks, 1)
                return true
            }
            fallthrough
        case .host:
            return alarm.wait(until: nextDeadline.map { $0 &- clockOffset })
        }
    }
}

/// Asks a core's engine to stop when a timer expires, and is where an idle core waits.
final class Alarm: @unchecked Sendable {
    private let cpu: UnsafeMutablePointer<LongmaCPU>
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let condition: UnsafeMutablePointer<pthread_cond_t>
    private let timer: OpaquePointer?
    /// Stable counter value for which the timer was set last.
    private var deadline: UInt64 = 0
    /// The host has a timer for the core.
    private(set) var strikes = true

    init(_ cpu: UnsafeMutablePointer<LongmaCPU>) {
        self.cpu = cpu
        timer = longma_make_timer(cpu)
        mutex = .allocate(capacity: 1)
        condition = .allocate(capacity: 1)
        pthread_mutex_init(mutex, nil)
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(condition, &attributes)
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    /// Sets the one time at which to strike, on the calling thread.
    func set(_ counter: UInt64) {
        guard strikes, let timer else { return strikes = false }
        if counter == deadline, longma_timer_is_set(timer) { return }
        deadline = counter
        strikes = longma_set_timer(timer, Self.ticks(until: counter) * 10)
    }

    /// Strikes no more.
    func cancel() { if let timer { longma_end_timer(timer) } }

    /// Ends an idle core's waiting; from any thread.
    func wake() {
        pthread_mutex_lock(mutex)
        pthread_cond_broadcast(condition)
        pthread_mutex_unlock(mutex)
    }

    /// An hour at most.
    private static func ticks(until counter: UInt64) -> UInt64 {
        let now = longma_stable_counter()
        return counter > now ? min(counter - now, 100_000_000 * 3600) : 0
    }

    /// Waits until something is wanted of the core or a time is reached; false when a stop is wanted.
    func wait(until counter: UInt64?) -> Bool {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while true {
            let wanted = longma_peek_attention(cpu)
            if wanted & UInt64(LONGMA_ATTENTION_STOP) != 0 { return false }
            if wanted != 0 { return true }
            guard let counter else {
                pthread_cond_wait(condition, mutex)
                continue
            }
            let ticks = Self.ticks(until: counter)
            if ticks == 0 { return true }
            var time = timespec()
            clock_gettime(CLOCK_MONOTONIC, &time)
            let nanoseconds = UInt64(time.tv_nsec) + ticks % 100_000_000 * 10
            time.tv_sec += Int(ticks / 100_000_000 + nanoseconds / 1_000_000_000)
            time.tv_nsec = Int(nanoseconds % 1_000_000_000)
            pthread_cond_timedwait(condition, mutex, &time)
        }
    }
}
