import CHost
import Glibc
import Translator

/// A running worker, seen from the thread that gives it work.
final class WorkerProcess {
    private let child: OpaquePointer
    /// Readable when the process has ended.
    private let process: Int32
    private let channel: FrameChannel
    private let temporaryDirectory: String

    /// Seconds of processor time for a worker to get ready.
    private static let startLimit = 10.0
    /// Seconds for telling it what else to do when the guest has ended.
    private static let farewell = 0.02

    /// How a request came out.
    enum Outcome {
        case answered(kind: FrameChannel.Kind, payload: [UInt8])
        /// The worker had ended of its own accord, before the request.
        case retired
        case failed(CodeGenerationError)
    }

    /// Starts `executable` with `arguments` (its own name first) and a directory for its files.
    private init(_ executable: String, _ arguments: [String]) throws(CodeGenerationError) {
        guard let directory = CompileWorker.makeTemporaryDirectory() else {
            let reason = String(cString: strerror(errno))
            throw CodeGenerationError("no temporary directory can be made in \(GCCCodeGenerator.temporaryDirectory): \(reason)", .unavailable)
        }
        var hasStarted = false
        defer { if !hasStarted { CompileWorker.remove(directory) } }
        var ends: [Int32] = [-1, -1]
        guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue) | O_CLOEXEC | O_NONBLOCK, 0, &ends) == 0 else {
            throw CodeGenerationError("no socket can be made for the compiler process: \(String(cString: strerror(errno)))", .unavailable)
        }
        defer { Glibc.close(ends[1]) }
        let words: [UnsafeMutablePointer<CChar>?] = (arguments + [directory]).map { strdup($0) }
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
        temporaryDirectory = directory
        hasStarted = true
    }

    /// Starts a worker and waits until it is ready.
    static func start(_ executable: String, _ arguments: [String], _ gate: CompilationGate) throws(CodeGenerationError) -> WorkerProcess {
        let worker = try WorkerProcess(executable, arguments)
        let outcome = gate.whileOpen { worker.receive(startLimit, gate) }
        let (kind, payload): (FrameChannel.Kind, [UInt8])
        do { (kind, payload) = try outcome.get() } catch { throw CodeGenerationError(worker.end(because: error, startLimit), .lost) }
        let failure: String? = payload.withUnsafeBytes { bytes in
            var reader = ByteReader(bytes)
            return try? reader.text()
        }
        guard kind == .ready, let failure else { throw CodeGenerationError(worker.end(because: .malformed, startLimit), .lost) }
        if !failure.isEmpty {
            worker.end()
            throw CodeGenerationError(failure, .unavailable)
        }
        return worker
    }

    /// Waits for a message. On a busy host a worker may get next to no processor time, so it counts as hung only when it has had more than `seconds` of it since
    /// this call, or none at all for as long.
    private func receive(_ seconds: Double, _ gate: CompilationGate) -> Result<(FrameChannel.Kind, [UInt8]), FrameChannel.Trouble> {
        let atFirst = HostProcess.time(of: child)
        var before = atFirst
        var nextLook = FrameChannel.now() + seconds
        do throws(FrameChannel.Trouble) {
            return .success(
                try channel.receive(until: .infinity) {
                    if gate.isStopping { return .stopped }
                    if FrameChannel.now() < nextLook { return nil }
                    let now = HostProcess.time(of: self.child)
                    if now == before || now - atFirst > seconds { return .timedOut }
                    before = now
                    nextLook += seconds
                    return nil
                })
        } catch { return .failure(error) }
    }

    /// Sends a request and waits for the answer (`receive`). Unless there is one, the worker is no more; or nobody waits any more and it goes on by itself, if
    /// `leaves` says so: with `rest` to do, too.
    func ask(_ request: [UInt8], seconds: Double, _ gate: CompilationGate, leaves: () -> Bool, rest: () -> [UInt8]?) -> Outcome {
        var isSent = false
        let outcome: Result<(FrameChannel.Kind, [UInt8]), FrameChannel.Trouble> = gate.whileOpen {
            do throws(FrameChannel.Trouble) {
                try channel.send(.request, request, until: FrameChannel.now() + 3 * seconds) { gate.isStopping ? .stopped : nil }
            } catch { return .failure(error) }
            isSent = true
            return receive(seconds, gate)
        }
        switch outcome {
        case .success(let (kind, payload)): return .answered(kind: kind, payload: payload)
        case .failure(.closed):
            let status = end()
            return status == 0 ? .retired : .failed(CodeGenerationError("the compiler process \(Self.describe(status))", .lost))
        case .failure(.stopped) where isSent && leaves():
            // What does not fit into the socket is lost.
            if let rest = rest() { try? channel.send(.rest, rest, until: FrameChannel.now() + Self.farewell) }
            Glibc.close(channel.descriptor)
            Glibc.close(process)
            return .failed(CodeGenerationError("the guest has ended", .lost))
        case .failure(let trouble): return .failed(CodeGenerationError(end(because: trouble, seconds), .lost))
        }
    }

    private func end(because trouble: FrameChannel.Trouble, _ seconds: Double) -> String {
        let status = end()
        switch trouble {
        case .closed: return "the compiler process \(Self.describe(status))"
        case .timedOut: return "the compiler process did not answer in \(Int(seconds)) seconds of its time"
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
        if poll(&entry, 1, 200) <= 0 { HostProcess.kill(process) }
        Glibc.close(process)
        let status = longma_end_hidden(child)
        CompileWorker.remove(temporaryDirectory)
        return status
    }
}
