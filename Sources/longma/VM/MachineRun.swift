import Board
import Dashboard
import Dispatch
import Execution
import Foundation
import Glibc
import LoongArch
import VirtualMachine

/// A bare-metal guest, run to its end.
struct MachineRun {
    let path: String
    /// What is booted; nil when a checkpoint goes on.
    let image: KernelImage?
    /// A checkpoint to go on from.
    let restored: [UInt8]?
    /// Where checkpoints go: on SIGUSR1, and on SIGTERM, which then ends the run.
    let checkpoint: String?
    let commandLine: String
    /// The image is a kernel to be root of a board, with the contents of its initial RAM disk; nil for a guest behind the world switch.
    let initialDisk: [UInt8]?
    let memory: UInt64
    let choice: CoreEngineChoice
    let clock: Core.Clock
    let fuel: UInt64?
    let timeout: Double?
    /// Begins to serve metrics, if the user wants that.
    var serve: (@escaping @Sendable () -> GuestFigures) throws -> WebServer? = { _ in nil }

    /// Runs the guest; the command ends with the status that comes back.
    func run(_ report: (MachineReport) throws -> Void) throws -> Int32 {
        let console = Console()
        let machine: Machine
        do { machine = try make(console) } catch let error as VM.MachineError { throw Failure(.badImage, "\(path): \(error.description)") } catch let error
            as Board.BoardError
        { throw Failure(.badImage, "\(path): \(error.description)") }
        let core = machine.core

        let wishes = Wishes()
        @Sendable func want(_ wish: Wishes.Wish) {
            wishes.add(wish)
            core.requestStop()
        }
        console.onQuit = { want(.quit) }
        // A board's serial port has an interrupt, and looks for input when the board is run anew.
        if case .root = machine { console.onInput = { core.requestStop() } }
        let figures = MachineFigures(self, machine) { want(.figures) }
        GuestFigures.begin()
        let server = try serve { figures.latest(patience: 2) }
        if server != nil { figures.observe() }
        HostSignals.take([SIGINT, SIGTERM, SIGUSR1, SIGUSR2]) { number in
            if number == SIGUSR2 { return standardError(figures.latest(patience: 2).line) }
            if number != SIGINT, checkpoint != nil { wishes.add(.checkpoint) }
            if number != SIGUSR1 { wishes.add(.quit) }
            core.requestStop()
        }
        if let timeout { DispatchQueue.global().asyncAfter(deadline: .now() + timeout) { want(.timeIsUp) } }
        console.start()
        defer { console.stop() }

        let start = DispatchTime.now().uptimeNanoseconds
        let end =
            switch machine {
            case .guest(let board, let vcpu): try loop(board, vcpu, wishes, figures)
            case .root(let board): try loop(board, wishes, figures)
            }
        server?.stop()
        console.stop()
        let seconds = Double(DispatchTime.now().uptimeNanoseconds - start) / 1e9
        choice.finish()
        try report(MachineReport(self, machine, wallSeconds: seconds, end: end.name))
        if let sentence = end.sentence { standardError("longma: \(path): \(sentence)") }
        return end.status
    }

    private func make(_ console: Console) throws -> Machine {
        if let initialDisk, let image {
            let ends = Board.Console(send: console.send, receive: console.receive, flush: console.flush)
            let board = try Board(memory: memory, clock: clock, console: ends, makeEngine: choice.makeEngine)
            try board.boot(image, initialDisk: initialDisk, commandLine: commandLine)
            return .root(board)
        }
        var configuration = VM.Configuration(makeEngine: choice.makeEngine)
        configuration.clock = clock
        let board = try MachineBoard(configuration, memory: memory, console: console)
        let vcpu = try board.vm.makeVCPU()
        if let image { try board.boot(image, commandLine: commandLine, vcpu) }
        if let restored { board.serial.registers = try Checkpoint.restore(restored, board.vm) }
        return .guest(board, vcpu)
    }

    /// Writes a checkpoint; a failure is reported and the guest goes on.
    private func save(_ board: MachineBoard, to path: String) {
        do { try Checkpoint.write(Checkpoint.save(board.vm, devices: board.serial.registers), to: path) } catch {
            standardError("longma: \(error.description); the guest goes on without it")
        }
    }

    /// How a run ended.
    private struct End {
        let name: String
        let status: Int32
        var sentence: String?

        static let shutdown = End(name: "shutdown", status: 0)

        static func unimplemented(_ pc: UInt64, _ word: UInt32) -> End {
            End(
                name: "unimplemented", status: Status.internalError.rawValue,
                sentence: "unimplemented: the guest's instruction \(Disassembler.text(word: word)) at 0x\(String(pc, radix: 16))")
        }
    }

    /// Instructions that may still retire.
    private func fuelLeft(_ core: Core) -> UInt64 { fuel.map { $0 > core.retired ? $0 - core.retired : 0 } ?? .max }

    private var fuelEnd: End { End(name: "fuel", status: Status.usedUp.rawValue, sentence: "all \(fuel ?? 0) instructions of --fuel are used up") }

    /// What is wanted besides checkpoints; how the run ends, if that is wanted.
    private func answer(_ wishes: Wishes, _ figures: MachineFigures) -> End? {
        if wishes.take(.figures) { figures.take() }
        if wishes.take(.timeIsUp) { return End(name: "timeout", status: Status.usedUp.rawValue, sentence: "the \(timeout ?? 0) seconds of --timeout are used up") }
        if wishes.take(.quit) { return End(name: "quit", status: 0) }
        return nil
    }

    private func loop(_ board: Board, _ wishes: Wishes, _ figures: MachineFigures) throws -> End {
        while true {
            switch board.run(fuel: fuelLeft(board.core)) {
            case .shutdown: return .shutdown
            case .reset:
                return End(name: "reset", status: Status.internalError.rawValue, sentence: "unimplemented: the kernel wants to begin anew, which a board cannot")
            case .fuel: return fuelEnd
            case .interrupted: if let end = answer(wishes, figures) { return end }
            case .unimplemented(let pc, let word): return .unimplemented(pc, word)
            }
        }
    }

    private func loop(_ board: MachineBoard, _ vcpu: VCPU, _ wishes: Wishes, _ figures: MachineFigures) throws -> End {
        while true {
            switch vcpu.run(fuel: fuelLeft(vcpu.core)) {
            case .shutdown: return .shutdown
            case .reset:
                guard let image else { return End(name: "reset", status: 0, sentence: "the guest wants to begin anew; give its ELF file for that") }
                try board.boot(image, commandLine: commandLine, vcpu)
            case .iocsrLoad(let address, let size): vcpu.completeLoad(MachineBoard.iocsr(address, size: size))
            case .iocsrStore, .mmioStore: break
            // Nothing is there: what a bus without an answer reads.
            case .mmioLoad: vcpu.completeLoad(0)
            case .hypercall: vcpu.hypercallResult = ~0
            case .idle, .debug, .cpucfg, .csr: break
            case .crash: return End(name: "crash", status: 1, sentence: "the guest says that it has crashed")
            case .fuel: return fuelEnd
            case .interrupted:
                if wishes.take(.checkpoint), let checkpoint { save(board, to: checkpoint) }
                if let end = answer(wishes, figures) { return end }
            case .unimplemented(let pc, let word): return .unimplemented(pc, word)
            case .internalError(let text): return End(name: "internal error", status: Status.internalError.rawValue, sentence: text)
            }
        }
    }
}

/// What other threads and signals want of the run.
final class Wishes: @unchecked Sendable {
    enum Wish { case quit, timeIsUp, checkpoint, figures }

    private let lock = NSLock()
    private var wishes: Set<Wish> = []

    func add(_ wish: Wish) { lock.withLock { _ = wishes.insert(wish) } }
    /// Whether something was wanted; it is not any more.
    func take(_ wish: Wish) -> Bool { lock.withLock { wishes.remove(wish) != nil } }
}
