import Dispatch
import Execution
import Foundation
import Glibc
import LoongArch
import VirtualMachine

/// A bare-metal guest, run to its end.
struct MachineRun {
    let path: String
    let image: KernelImage
    let commandLine: String
    let memory: UInt64
    let choice: CoreEngineChoice
    let clock: Core.Clock
    let fuel: UInt64?
    let timeout: Double?

    /// Runs the guest; the command ends with the status that comes back.
    func run(_ report: (MachineReport) throws -> Void) throws -> Int32 {
        let console = Console()
        var configuration = VM.Configuration(makeEngine: choice.makeEngine)
        configuration.clock = clock
        let board: MachineBoard
        let vcpu: VCPU
        do {
            board = try MachineBoard(configuration, memory: memory, console: console)
            vcpu = try board.vm.makeVCPU()
            try board.boot(image, commandLine: commandLine, vcpu)
        } catch let error as VM.MachineError { throw Failure(.badImage, "\(path): \(error.description)") }

        let quit = Latch()
        let ended = Latch()
        console.onQuit = {
            quit.set()
            vcpu.stop()
        }
        let signals = [SIGINT, SIGTERM].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler {
                quit.set()
                vcpu.stop()
            }
            source.resume()
            return source
        }
        if let timeout {
            DispatchQueue.global().asyncAfter(deadline: .now() + timeout) {
                ended.set()
                vcpu.stop()
            }
        }
        console.start()
        defer {
            console.stop()
            signals.forEach { $0.cancel() }
        }

        let start = DispatchTime.now().uptimeNanoseconds
        let end = try loop(board, vcpu, quit, ended)
        console.stop()
        let seconds = Double(DispatchTime.now().uptimeNanoseconds - start) / 1e9
        choice.finish()
        try report(MachineReport(self, vcpu, wallSeconds: seconds, end: end.name))
        if let sentence = end.sentence { standardError("longma: \(path): \(sentence)") }
        return end.status
    }

    /// How a run ended.
    private struct End {
        let name: String
        let status: Int32
        var sentence: String?
    }

    private func loop(_ board: MachineBoard, _ vcpu: VCPU, _ quit: Latch, _ timeIsUp: Latch) throws -> End {
        while true {
            let left = fuel.map { $0 > vcpu.instructionsRetired ? $0 - vcpu.instructionsRetired : 0 }
            switch vcpu.run(fuel: left ?? .max) {
            case .shutdown: return End(name: "shutdown", status: 0)
            case .reset: try board.boot(image, commandLine: commandLine, vcpu)
            case .iocsrLoad(let address, let size): vcpu.completeLoad(MachineBoard.iocsr(address, size: size))
            case .iocsrStore, .mmioStore: break
            // Nothing is there: what a bus without an answer reads.
            case .mmioLoad: vcpu.completeLoad(0)
            case .hypercall: vcpu.hypercallResult = ~0
            case .idle, .debug, .cpucfg, .csr: break
            case .crash: return End(name: "crash", status: 1, sentence: "the guest says that it has crashed")
            case .fuel: return End(name: "fuel", status: Status.usedUp.rawValue, sentence: "all \(fuel ?? 0) instructions of --fuel are used up")
            case .interrupted:
                if timeIsUp.isSet { return End(name: "timeout", status: Status.usedUp.rawValue, sentence: "the \(timeout ?? 0) seconds of --timeout are used up") }
                if quit.isSet { return End(name: "quit", status: 0) }
            case .unimplemented(let pc, let word):
                let text = Disassembler.text(word: word)
                return End(
                    name: "unimplemented", status: Status.internalError.rawValue,
                    sentence: "unimplemented: the guest's instruction \(text) at 0x\(String(pc, radix: 16))")
            case .internalError(let text): return End(name: "internal error", status: Status.internalError.rawValue, sentence: text)
            }
        }
    }
}

/// A flag that other threads set.
final class Latch: @unchecked Sendable {
    private let lock = NSLock()
    private var value = false
    var isSet: Bool { lock.withLock { value } }
    func set() { lock.withLock { value = true } }
}
