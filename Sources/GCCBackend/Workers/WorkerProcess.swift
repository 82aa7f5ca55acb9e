import CHost
import Glibc
import Translator

/// A running worker, seen from the thread that gives it work.
final class WorkerProcess {
    private let child: OpaquePointer
    /// Readable when the process has ended.
    private let process: Int32
    private let channel: FrameChannel
    private var temporaryDirectory: String?

    /// Seconds for a worker to get ready; a busy machine needs a while to give it processor time.
    private static let startLimit = 30.0

    /// How a request came out.
    enum Outcome {
        case answered(kind: FrameChannel.Kind, payload: [UInt8])
        /// The worker had ended of its own accord, before the request.
        case retired
        case failed(CodeGenerationError)
    }

    /// Starts `executable` with `arguments` (its own name first).
    private init(_ executable: String, _ arguments: [String]) throws(CodeGenerationError) {
        var ends: [Int32] = [-1, -1]
        guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue) | O_CLOEXEC | O_NONBLOCK, 0, &ends) == 0 else {
            throw CodeGenerationError("no socket can be made for the compiler process: \(String(cString: strerror(errno)))", .unavailable)
        }
        defer { Glibc.close(ends[1]) }
        let words: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) }
        defer { words.forEach { free($0) } }
        let list = words.map { UnsafePointer<CChar>($0) } + [nil]
        var child: OpaquePointer?
        var process: Int32 = -1
        let result = list.withUnsafeBufferPointer { longma_start_hidden(executable, $0.baseAddress!, ends[1], &child, &process) }
        guard result == 0, let child else {
            Glibc.close(ends[0])
            throw CodeGenerationError("the compiler process cannot be started: \(String(cString: strerror(Int32(-result))))", .lost)
        }
        self.child = child
        self.process = process
        channel = FrameChannel(descriptor: ends[0])
    }

    /// Starts a worker and waits until it is ready.
    static func start(_ executable: String, _ arguments: [String], _ gate: CompilationGate) throws(CodeGenerationError) -> WorkerProcess {
        let worker = try WorkerProcess(executable, arguments)
        let outcome = gate.whileOpen { worker.receive(FrameChannel.now() + startLimit, gate) }
        let (kind, payload): (FrameChannel.Kind, [UInt8])
        do { (kind, payload) = try outcome.get() } catch { throw CodeGenerationError(worker.end(because: error, startLimit), .lost) }
        let hello: (failure: String, directory: String)? = payload.withUnsafeBytes { bytes in
            var reader = ByteReader(bytes)
            return try? (reader.text(), reader.text())
        }
        guard kind == .ready, let hello else {
            throw CodeGenerationError(worker.end(because: .malformed, startLimit), .lost)
        }
        worker.temporaryDirectory = hello.directory.isEmpty ? nil : hello.directory
        if !hello.failure.isEmpty {
            _ = worker.end()
            throw CodeGenerationError(hello.failure, .unavailable)
        }
        return worker
    }

    private func receive(_ deadline: Double, _ gate: CompilationGate) -> Result<(FrameChannel.Kind, [UInt8]), FrameChannel.Trouble> {
        do throws(FrameChannel.Trouble) { return .success(try channel.receive(until: deadline) { gate.isStopping }) } catch { return .failure(error) }
    }

    /// Sends a request and waits at most `seconds` for the answer. Unless there is one, the worker is no more.
    func ask(_ request: [UInt8], seconds: Double, _ gate: CompilationGate) -> Outcome {
        let deadline = FrameChannel.now() + seconds
        let outcome: Result<(FrameChannel.Kind, [UInt8]), FrameChannel.Trouble> = gate.whileOpen {
            do throws(FrameChannel.Trouble) { try channel.send(.request, request, until: deadline) { gate.isStopping } } catch { return .failure(error) }
            return receive(deadline, gate)
        }
        switch outcome {
        case .success(let (kind, payload)): return .answered(kind: kind, payload: payload)
        case .failure(.closed):
            let status = end()
            return status == 0 ? .retired : .failed(CodeGenerationError("the compiler process \(Self.describe(status))", .lost))
        case .failure(let trouble): return .failed(CodeGenerationError(end(because: trouble, seconds), .lost))
        }
    }

    private func end(because trouble: FrameChannel.Trouble, _ seconds: Double) -> String {
        let status = end()
        switch trouble {
        case .closed: return "the compiler process \(Self.describe(status))"
        case .timedOut: return "the compiler process did not answer within \(Int(seconds)) seconds"
        case .malformed: return "the compiler process answered nonsense"
        case .stopped: return "the guest has ended"
        }
    }

    private static func describe(_ status: Int64) -> String {
        if status < 0 { return "was lost" }
        return status & 0x7f != 0 ? "was killed by signal \(status & 0x7f)" : "ended with status \(status >> 8 & 0xff)"
    }

    /// Ends the process, gently at first, and gives back everything it held; its wait status.
    @discardableResult
    func end() -> Int64 {
        Glibc.close(channel.descriptor)
        var entry = pollfd(fd: process, events: Int16(POLLIN), revents: 0)
        if poll(&entry, 1, 200) <= 0 { _ = longma_syscall(424 /* pidfd_send_signal */, UInt64(process), UInt64(SIGKILL), 0, 0, 0, 0) }
        Glibc.close(process)
        let status = longma_end_hidden(child)
        CompileWorker.remove(temporaryDirectory)
        return status
    }
}
