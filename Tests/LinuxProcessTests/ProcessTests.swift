import CHost
import Execution
import Glibc
import GuestMemory
import LinuxProcess
import Semantics
import Testing

/// An engine that plays a script: each step sets registers and leaves as told.
private final class ScriptedEngine: Engine {
    typealias Step = (UnsafeMutablePointer<LongmaCPU>) -> Exit
    var steps: [Step]
    var statistics = EngineStatistics()
    static let systemCall = Exit.exception(.SYS, address: 0, signal: 0, code: 0)

    init(_ steps: [Step]) { self.steps = steps.reversed() }

    func run(_ cpu: UnsafeMutablePointer<LongmaCPU>) -> Exit {
        longma_bind_cpu(cpu)
        guard let step = steps.popLast() else { return .fuel }
        return step(cpu)
    }

    func invalidate(_ range: Range<UInt64>) {}
    func requirePreciseRegisters() {}
    func synchronizeCode() {}

    /// A step that makes a system call.
    static func call(_ number: UInt64, _ arguments: UInt64...) -> Step {
        { cpu in
            let gpr = UnsafeMutableRawPointer(cpu).assumingMemoryBound(to: UInt64.self)
            gpr[11] = number
            for (index, argument) in arguments.enumerated() { gpr[4 + index] = argument }
            return systemCall
        }
    }
}

/// Whole processes with a scripted engine, each test in a process of its own: a guest takes the low half of the address space, the signals, and every
/// descriptor that an `exec` would leave open. Of what such a process expected, only the comment reaches the report: each expectation says what it saw.
@Suite(.serialized, .timeLimit(.minutes(1))) struct ProcessTests {
    private static func run(_ steps: [ScriptedEngine.Step], _ change: (inout ProcessConfiguration) -> Void = { _ in }) throws -> ProcessResult {
        // What the test library has open, and hears of failures by, is not for the guest to inherit, nor to close.
        for descriptor in Int32(3)..<1024 { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
        var file = ElfBytes()
        file.code = [0x002b_0000]
        let path = "/tmp/longma-process-test-\(getpid())"
        let descriptor = open(path, O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0o700)
        try #require(descriptor >= 0)
        let bytes = file.bytes
        _ = write(descriptor, bytes, bytes.count)
        close(descriptor)
        defer { unlink(path) }
        var configuration = ProcessConfiguration(program: path, arguments: [path], makeEngine: { _ in ScriptedEngine(steps) })
        change(&configuration)
        // The guest inherits the signal mask; the test library's threads block nearly everything.
        let mask = longma_set_signal_mask(0)
        defer { _ = longma_set_signal_mask(mask) }
        return try LinuxProcess(configuration).run()
    }

    @Test func exits() async {
        await #expect(processExitsWith: .success) {
            let result = try ProcessTests.run([ScriptedEngine.call(172), ScriptedEngine.call(94, 7)])
            #expect(result.termination == .exited(7) && result.exitStatus == 7 && result.instructionsRetired == 2, "\(result)")
        }
    }

    @Test func unknownCallsAnswerENOSYS() async {
        await #expect(processExitsWith: .success) {
            var answer: UInt64 = 0
            _ = try ProcessTests.run([ScriptedEngine.call(511), { answer = $0.pointee.gpr.4; return .fuel }])
            #expect(Int64(bitPattern: answer) == -38, "\(answer)")
        }
    }

    @Test func theHostsMemoryIsOutOfReach() async {
        await #expect(processExitsWith: .success) {
            var host: UInt64 = 1234
            let secret = withUnsafeMutablePointer(to: &host) { UInt64(UInt(bitPattern: $0)) }
            var answers: [Int64] = []
            let note: ScriptedEngine.Step = {
                answers.append(Int64(bitPattern: $0.pointee.gpr.4))
                return .interrupted
            }
            let attempts: [ScriptedEngine.Step] = [
                ScriptedEngine.call(278, secret, 8, 0), ScriptedEngine.call(113, 0, secret), ScriptedEngine.call(160, secret),
                ScriptedEngine.call(56, UInt64(bitPattern: -100), secret, 0), ScriptedEngine.call(59, secret, 0),
                ScriptedEngine.call(80, 0, secret), ScriptedEngine.call(63, 0, secret, 0xffff_ffff_ffff),
            ]
            _ = try ProcessTests.run(attempts.flatMap { [$0, note] } + [ScriptedEngine.call(94, 0)])
            #expect(answers.count == attempts.count && answers.allSatisfy { $0 == -14 }, "\(answers)")
            #expect(withUnsafePointer(to: &host) { $0.pointee } == 1234, "the host's variable")
        }
    }

    @Test func deathBySignal() async {
        await #expect(processExitsWith: .success) {
            let result = try ProcessTests.run([{ _ in .exception(.PIL, address: 0, signal: 11, code: 1) }]) {
                $0.stderrFD = open("/dev/null", O_WRONLY | O_CLOEXEC)
            }
            #expect(result.termination == .signalled(11) && result.exitStatus == 139, "\(result)")
            let killed = try ProcessTests.run([
                { _ in
                    kill(getpid(), SIGTERM)
                    return .interrupted
                }, ScriptedEngine.call(73, 0, 0, 0, 0),  // ppoll without end
            ]) { $0.timeout = 20 }
            #expect(killed.termination == .signalled(15), "\(killed)")
        }
    }

    @Test func fuelAndTimeEnd() async {
        await #expect(processExitsWith: .success) {
            let fuelled = try ProcessTests.run([])
            #expect(fuelled.exitStatus == 124, "\(fuelled)")
            let result = try ProcessTests.run([ScriptedEngine.call(73, 0, 0, 0, 0)]) { $0.timeout = 0.1 }  // ppoll without end
            #expect(result.termination == .timeout, "\(result)")
        }
    }

    @Test func nothingRemains() async {
        await #expect(processExitsWith: .success) {
            var duringTheRun: [String] = []
            for _ in 0..<3 {
                let look: ScriptedEngine.Step = { _ in
                    duringTheRun = OpenDescriptors.names
                    return .interrupted
                }
                let result = try ProcessTests.run([ScriptedEngine.call(279, 0x10000, 0), look, ScriptedEngine.call(94, 3)])  // memfd_create
                #expect(result.exitStatus == 3, "\(result)")
            }
            #expect(duringTheRun.contains { $0.hasPrefix("/memfd:") }, "\(duringTheRun)")
            // Other threads of the host's libraries may open and close what they need meanwhile.
            let remaining = OpenDescriptors.names.filter { $0.hasPrefix("/memfd:") || $0.contains("longma-process-test") }
            #expect(remaining.isEmpty, "\(remaining)")
            try HostLayout.check()
        }
    }

    @Test func aDirectoryAndAMissingFile() async {
        await #expect(processExitsWith: .success) {
            for (path, words) in [("/tmp", "is a directory"), ("/nonexistent/x", "cannot be opened")] {
                do throws(ProcessError) {
                    _ = try LinuxProcess(ProcessConfiguration(program: path, arguments: [path], makeEngine: { _ in ScriptedEngine([]) }))
                    Issue.record("\(path) was accepted")
                } catch {
                    #expect(error.exitStatus == 65 && error.description.contains(words), "\(error)")
                }
            }
        }
    }
}

private enum OpenDescriptors {
    /// What the descriptors of this process refer to, as the kernel names it.
    static var names: [String] {
        (0..<1024).compactMap { descriptor in
            var name = [CChar](repeating: 0, count: 4096)
            return readlink("/proc/self/fd/\(descriptor)", &name, name.count - 1) > 0 ? String(cString: name) : nil
        }
    }
}
