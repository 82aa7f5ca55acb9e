import CHost
import Foundation

/// Looks at a process again and again: at which host instructions its running threads are. It is not changed by that, only held for some microseconds.
struct Sampler {
    /// Samples by host address.
    private(set) var counts: [UInt64: Int] = [:]
    /// Whether the program has executed another; nothing is sampled from then on.
    private(set) var hasExecuted = false

    private let process: pid_t
    private var threads: Set<pid_t> = []
    private var result: Int32?
    private let isOtherProgram: () -> Bool

    private enum Request: UInt64 {
        case resume = 7
        case registers = 12
        case seize = 0x4206
        case interrupt = 0x4207
        case listen = 0x4208
    }

    /// Microseconds between samples.
    private static let period: UInt32 = 1000
    private static let anyThread: Int32 = 0x4000_0000  // __WALL

    /// Begins with a child of this process, before it has threads. `isOtherProgram` is asked after each `execve` of it. Throws when watching is not allowed.
    init(_ process: pid_t, isOtherProgram: @escaping () -> Bool) throws {
        self.process = process
        self.isOtherProgram = isOtherProgram
        let error = Self.trace(.seize, process, data: 0x10 /* PTRACE_O_TRACEEXEC */)
        guard error == 0 else {
            throw Failure(.hostFailure, "the program cannot be watched (\(String(cString: strerror(Int32(-error))))); ptrace must be allowed here")
        }
        threads = [process]
    }

    @discardableResult
    private static func trace(_ request: Request, _ thread: pid_t, data: UInt64 = 0) -> Int64 {
        longma_syscall(101, request.rawValue, UInt64(thread), 0, data, 0, 0)
    }

    /// Samples until the process has ended; its wait status.
    mutating func run() -> Int32 {
        var round = 0
        while true {
            if round % 16 == 0 { findThreads() }
            round += 1
            if !hasExecuted { for thread in threads where Self.isRunning(thread, of: process) { sample(thread) } }
            var status: Int32 = 0
            while true {
                let thread = wait4(-1, &status, WNOHANG | Self.anyThread, nil)
                if thread <= 0 { break }
                settle(thread, status)
            }
            if let result { return result }
            usleep(Self.period)
        }
    }

    private mutating func findThreads() {
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/task") else { return }
        for thread in names.compactMap({ pid_t($0) }) where !threads.contains(thread) {
            if Self.trace(.seize, thread, data: 0x10) == 0 { threads.insert(thread) }
        }
    }

    private static func isRunning(_ thread: pid_t, of process: pid_t) -> Bool {
        guard let data = FileManager.default.contents(atPath: "/proc/\(process)/task/\(thread)/stat"), let close = data.lastIndex(of: UInt8(ascii: ")")) else {
            return false
        }
        return close + 2 < data.endIndex && data[close + 2] == UInt8(ascii: "R")
    }

    private mutating func sample(_ thread: pid_t) {
        guard Self.trace(.interrupt, thread) == 0 else { return }
        var status: Int32 = 0
        // Any thread is waited for, not only this one: if the process ends just now, its first thread is not reported before all others have been.
        while true {
            let reporting = wait4(-1, &status, Self.anyThread, nil)
            if reporting == thread { break }
            if reporting > 0 {
                settle(reporting, status)
                guard threads.contains(thread) else { return }
            } else if errno != EINTR {
                return
            }
        }
        if status & 0xff == 0x7f {
            // As struct user_regs_struct has them; the seventeenth is the instruction pointer.
            var registers = [UInt64](repeating: 0, count: 27)
            let error = registers.withUnsafeMutableBytes { Self.trace(.registers, thread, data: UInt64(UInt(bitPattern: $0.baseAddress!))) }
            if error == 0 { counts[registers[16], default: 0] += 1 }
        }
        settle(thread, status)
    }

    /// Lets a stopped thread go on as if nobody watched.
    private mutating func settle(_ thread: pid_t, _ status: Int32) {
        guard status & 0xff == 0x7f else {
            threads.remove(thread)
            if thread == process { result = status }
            return
        }
        let signal = status >> 8 & 0xff
        switch status >> 16 {
        case 0: Self.trace(.resume, thread, data: UInt64(signal))
        case 4:
            // PTRACE_EVENT_EXEC: the only thread now is the first.
            threads = [process]
            hasExecuted = hasExecuted || isOtherProgram()
            Self.trace(.resume, thread)
        // PTRACE_EVENT_STOP: our own interruption, or a stop of the whole process, which is to stay stopped.
        default: Self.trace(signal == SIGTRAP ? .resume : .listen, thread)
        }
    }
}
