import Foundation

/// A program that a test runs. Unlike Foundation's `Process` it begins with no signal blocked or ignored, as from a user's shell, and its end
/// is seen by asking for it: what other tests do in this process cannot hide it.
public final class ChildProcess {
    public let pid: pid_t
    private var status: Int32?

    /// Starts a program; one without a slash is looked for in PATH. The standard descriptors are files by their paths.
    /// - Throws: `POSIXError` when it cannot be started.
    public init(
        _ program: String, _ arguments: [String], environment: [String: String] = [:], input: String = "/dev/null", output: String = "/dev/null",
        error: String = "/dev/null"
    ) throws {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, input, O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT, 0o600)
        posix_spawn_file_actions_addopen(&actions, 2, error, O_WRONLY | O_CREAT, 0o600)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        var all = sigset_t()
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
        let variables = ProcessInfo.processInfo.environment.merging(environment) { $1 }.map { "\($0)=\($1)" }
        var argv = ([program] + arguments).map { strdup($0) } + [nil]
        var envp = variables.map { strdup($0) } + [nil]
        defer { (argv + envp).forEach { free($0) } }
        var child: pid_t = 0
        let result = posix_spawnp(&child, program, &actions, &attributes, &argv, &envp)
        guard result == 0 else { throw POSIXError(POSIXErrorCode(rawValue: result) ?? .EIO) }
        pid = child
    }

    /// Runs a program to its end and answers its status.
    public static func run(
        _ program: String, _ arguments: [String], environment: [String: String] = [:], input: String = "/dev/null", output: String = "/dev/null",
        error: String = "/dev/null"
    ) throws -> Int32 {
        try ChildProcess(program, arguments, environment: environment, input: input, output: output, error: error).wait()
    }

    public var isRunning: Bool {
        ask(WNOHANG)
        return status == nil
    }

    /// Waits for its end: its status, or 1000 + n when signal n ended it. What goes on for longer than that is killed, and what it was at is printed: nothing
    /// that a test runs takes ten minutes, and a run of all tests that never ends says nothing at all.
    @discardableResult
    public func wait(atMost seconds: Double = 600) -> Int32 {
        let end = Date().addingTimeInterval(seconds)
        var pause: useconds_t = 500
        while isRunning, Date() < end {
            usleep(pause)
            pause = min(pause * 2, 10_000)
        }
        if isRunning {
            print("after \(seconds) s there is still process \(pid), \(Self.file("\(pid)/cmdline").replacingOccurrences(of: "\0", with: " "))")
            for process in (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? [] where Int(process) != nil { Self.printThreads(of: process) }
            send(SIGKILL)
        }
        while status == nil { ask(0) }
        return status!
    }

    private static func file(_ name: String) -> String { FileManager.default.contents(atPath: "/proc/\(name)").map { String(decoding: $0, as: UTF8.self) } ?? "" }

    /// What the threads of a process do, each as its name, its state and parent, the function of the kernel that it waits in and its system call.
    private static func printThreads(of process: String) {
        for thread in (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/task")) ?? [] {
            let place = "\(process)/task/\(thread)"
            // A thread of the kernel has no memory of its own.
            guard !file("\(place)/statm").hasPrefix("0 ") else { return }
            let words = ["stat", "wchan", "syscall"].map { file("\(place)/\($0)").split(separator: "\n").first.map(String.init) ?? "-" }
            print("  \(words[0].split(separator: " ").prefix(4).joined(separator: " ")), \(words[1]), \(words[2])")
        }
    }

    /// Sends a signal, unless it has ended.
    public func send(_ signal: Int32) { if isRunning { kill(pid, signal) } }

    private func ask(_ options: Int32) {
        guard status == nil else { return }
        var raw: Int32 = 0
        let answer = waitpid(pid, &raw, options)
        if answer == pid { status = raw & 0x7f == 0 ? raw >> 8 & 0xff : 1000 + (raw & 0x7f) }
        // Somebody else has taken it; that must not become an endless loop.
        if answer < 0, errno != EINTR { status = -1 }
    }
}
