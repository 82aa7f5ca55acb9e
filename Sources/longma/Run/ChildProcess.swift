import Foundation

/// A program run as a child process, with what it printed and what it cost.
struct ChildProcess {
    /// Wall time from the start to the end, and user + system CPU time of the child and of its children.
    var wallSeconds: Double
    var cpuSeconds: Double
    /// The exit status, or 128 + signal.
    var status: Int32
    var output: Data

    /// Runs `command`, waits for it, and collects its standard output. Standard error goes where this process's goes, unless `isQuiet`.
    static func run(_ command: [String], isQuiet: Bool = false) throws -> ChildProcess {
        let template = FileManager.default.temporaryDirectory.appendingPathComponent("longma-output-XXXXXX").path
        var path = Array(template.utf8CString)
        // A file rather than a pipe: the child never waits for this process to read.
        let file = mkstemp(&path)
        guard file >= 0 else { throw Failure(.hostFailure, "cannot make \(template) (\(lastSystemError())); set TMPDIR to a directory you may write to") }
        unlink(path)
        defer { close(file) }

        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, file, 1)
        if isQuiet { posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0) }

        var arguments = command.map { strdup($0) } + [nil]
        defer { arguments.forEach { free($0) } }
        var child: pid_t = 0
        let start = DispatchTime.now().uptimeNanoseconds
        let result = posix_spawnp(&child, command[0], &actions, nil, &arguments, environ)
        guard result == 0 else {
            throw Failure(.hostFailure, "cannot start \(command[0]) (\(String(cString: strerror(result)))); is it there, and executable?")
        }
        var status: Int32 = 0
        var usage = rusage()
        while wait4(child, &status, 0, &usage) < 0, errno == EINTR {}
        let end = DispatchTime.now().uptimeNanoseconds

        lseek(file, 0, SEEK_SET)
        let output = FileHandle(fileDescriptor: file, closeOnDealloc: false).readDataToEndOfFile()
        func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
        return ChildProcess(
            wallSeconds: Double(end - start) / 1e9, cpuSeconds: seconds(usage.ru_utime) + seconds(usage.ru_stime),
            status: status & 0x7f == 0 ? status >> 8 & 0xff : 128 + (status & 0x7f), output: output)
    }

    /// The path of this program, to run it again.
    static var ownPath: String { (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0] }
}
