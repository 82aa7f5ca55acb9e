import CHost

/// An error number for the guest, positive.
struct SystemCallError: Error, Equatable {
    let errno: Int32
}

/// The six arguments of a system call, a0...a5.
struct SystemCallArguments {
    var a0, a1, a2, a3, a4, a5: UInt64

    subscript(index: Int) -> UInt64 {
        switch index {
        case 0: a0
        case 1: a1
        case 2: a2
        case 3: a3
        case 4: a4
        default: a5
        }
    }

    /// Argument `index` as a C `int`.
    func int(_ index: Int) -> Int32 { Int32(truncatingIfNeeded: self[index]) }
}

/// What became of a system call.
enum SystemCallOutcome: Equatable {
    /// It is done: the value for a0, or a negative errno.
    case value(Int64)
    /// It was not begun because the thread has something else to attend to; the instruction is to run again.
    case notStarted
    /// A signal interrupted it (the host said EINTR). `restarts`: it begins again if the signal's action says SA_RESTART.
    case interrupted(restarts: Bool)
    /// It set registers and pc itself (`rt_sigreturn`).
    case registersSet
    /// The thread ends.
    case threadEnds

    static func error(_ number: Int32) -> SystemCallOutcome { .value(-Int64(number)) }
    static let success = SystemCallOutcome.value(0)
}

/// A system call that Longma knows.
struct SystemCall {
    var name: String
    var body: (GuestThread, SystemCallArguments) -> SystemCallOutcome
    /// The same without a closure, where that is possible.
    var direct: DirectCall?

    init(_ name: String, _ body: @escaping (GuestThread, SystemCallArguments) -> SystemCallOutcome) {
        self.name = name
        self.body = body
    }
}

/// All known system calls by LA64 number.
enum SystemCallTable {
    static let capacity = 512
    static let calls: [SystemCall?] = {
        var table = [SystemCall?](repeating: nil, count: capacity)
        // Pairs and no dictionaries: making one at the start costs more than a system call.
        let topics: [KeyValuePairs<Int, SystemCall>] = [
            FileCalls.table, PathCalls.table, StatusCalls.table, DescriptorCalls.table, EventCalls.table, MemoryCalls.table, ProcessCalls.table,
            ThreadCalls.table, SignalCalls.table, TimeCalls.table, SocketCalls.table, SystemInformationCalls.table,
        ]
        for topic in topics {
            for (number, call) in topic {
                precondition(table[number] == nil, "two entries for system call \(number)")
                table[number] = call
            }
        }
        return table
    }()
}

extension GuestThread {
    /// A host system call that may block and that a signal interrupts. `restarts`: see `SystemCallOutcome.interrupted`.
    func blockingCall(
        _ number: Int64, _ a: UInt64 = 0, _ b: UInt64 = 0, _ c: UInt64 = 0, _ d: UInt64 = 0, _ e: UInt64 = 0, _ f: UInt64 = 0, restarts: Bool = true
    ) -> SystemCallOutcome {
        let result = longma_safe_syscall(attentionWord, number, a, b, c, d, e, f)
        if result == Int64(LONGMA_SYSCALL_NOT_STARTED) { return .notStarted }
        if result == -4 { return .interrupted(restarts: restarts) }
        return .value(result)
    }
}
