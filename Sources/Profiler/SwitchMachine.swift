import LoongArch
import VirtualMachine

/// Why a world switch could not be profiled: one sentence.
public struct SwitchFailure: Error, CustomStringConvertible, Sendable {
    /// Whose fault it is.
    public enum Kind: Sendable {
        /// The routine's that was to be profiled.
        case routine
        /// Longma's own, or the host's.
        case machine
    }

    public let kind: Kind
    public let description: String

    init(_ kind: Kind, _ description: String) {
        self.kind = kind
        self.description = description
    }
}

/// A machine with one vcpu that runs a scenario's guest.
final class SwitchMachine {
    let scenario: SwitchScenario
    private let machine: VM
    let vcpu: VCPU
    /// Who observes it: a recorder, or a closure.
    private var recorder: SwitchRecorder?
    private var observer: HandlerObserver?
    /// Guest addresses of the gates, if the guest has any.
    let gates: [UInt64]

    /// Instructions between two exits after which a routine counts as running away.
    static let patience: UInt64 = 100_000

    init(_ scenario: SwitchScenario, _ subject: SwitchSubject, withGates: Bool = false) throws {
        self.scenario = scenario
        var configuration = VM.Configuration(makeEngine: subject.makeEngine)
        // Nothing depends on the time of day, so that every run repeats.
        configuration.clock = .instructions
        configuration.routines = subject.routines
        machine = VM(configuration)
        try machine.addMemory(at: 0, size: SwitchScenario.memorySize)
        machine.addDevice(SwitchScenario.device..<SwitchScenario.device + 0x1000) { _, _, _, _ in 0x5A }
        let program = scenario.program(withGates: withGates)
        _ = machine.write(program.bytes, at: SwitchScenario.codeAddress)
        vcpu = try machine.makeVCPU()
        vcpu.pc = SwitchScenario.codeAddress
        gates = program.words.enumerated().filter { $0.element == Gate.word }.map { SwitchScenario.codeAddress + 4 * UInt64($0.offset) }
        scenario.setUp(vcpu)
    }

    /// Has a recorder called at both sides of the exit handler.
    func observe(_ recorder: SwitchRecorder, _ observer: VCPU.Observer) {
        self.recorder = recorder
        vcpu.observer = observer
    }

    /// Calls `action` at both sides of the exit handler, where time does not matter.
    func observeHandler(_ action: @escaping (HandlerObserver.Moment) -> Void) {
        let observer = HandlerObserver(action)
        self.observer = observer
        vcpu.observer = VCPU.Observer(
            context: Unmanaged.passUnretained(observer).toOpaque(),
            handlerEntered: { HandlerObserver.of($0).action(.handlerEntered) }, handlerLeft: { HandlerObserver.of($0).action(.handlerLeft) })
    }

    /// Runs until `isDone`, which is looked at whenever `VCPU.run` comes back; `fuel` is for all of it.
    func run(fuel: UInt64, until isDone: () -> Bool) throws {
        let end = vcpu.instructionsRetired + fuel
        while !isDone() {
            guard vcpu.instructionsRetired < end else { throw runaway(fuel) }
            try answer(vcpu.run(fuel: end - vcpu.instructionsRetired), fuel)
        }
    }

    /// Does what user space does about an exit.
    func answer(_ exit: VCPU.Exit, _ fuel: UInt64) throws {
        switch exit {
        case .iocsrLoad: vcpu.completeLoad(0x1234)
        case .interrupted, .fuel: break
        case .internalError(let message): throw SwitchFailure(.routine, "exit \(scenario.name): \(message)")
        case .unimplemented(let pc, let word):
            throw SwitchFailure(
                .machine, "unimplemented: \(Disassembler.text(word: word, at: pc)) at 0x\(String(pc, radix: 16)), executed on exit \(scenario.name)")
        default:
            throw SwitchFailure(.routine, "exit \(scenario.name): the guest was left for another reason (\(exit)), so the routine told it something wrong")
        }
    }

    /// What to say about a routine that does not reach the exit handler.
    func runaway(_ fuel: UInt64) -> SwitchFailure {
        let pc = vcpu.core.pc
        func hexadecimal(_ value: UInt64) -> String { "0x" + String(value, radix: 16) }
        let place: String =
            switch vcpu.place(of: pc) {
            case .guest: "in the guest"
            case .routines: "in the routine, at offset \(hexadecimal(pc - VCPU.routinesAddress))"
            case .vector: "in kvm_vector_entry, at offset \(hexadecimal(pc - VCPU.vectorAddress))"
            case .refill where vcpu.core[csr: CSR.TLBRPRMD] & 8 == 0:
                "at \(hexadecimal(vcpu.core[csr: CSR.TLBRERA] & ~3)) of the host, which is no place of the routine's (did ertn go there without GSTAT.PVM?)"
            default: "at \(hexadecimal(pc))"
            }
        return SwitchFailure(
            .routine, "exit \(scenario.name): the routine runs away: \(fuel) instructions have not brought it to the exit handler; it is now \(place)")
    }
}

/// A closure that is called at both sides of the exit handler.
final class HandlerObserver {
    enum Moment { case handlerEntered, handlerLeft }

    let action: (Moment) -> Void

    fileprivate init(_ action: @escaping (Moment) -> Void) { self.action = action }

    fileprivate static func of(_ context: UnsafeMutableRawPointer) -> HandlerObserver { Unmanaged.fromOpaque(context).takeUnretainedValue() }
}

/// What is profiled: routines, under an engine.
public struct SwitchSubject {
    /// How results name the routines and the engine.
    public let routineName: String
    public let engineName: String
    public let routines: RoutineSet
    public let makeEngine: Core.MakeEngine

    public init(routineName: String, routines: RoutineSet, engineName: String, makeEngine: @escaping Core.MakeEngine) {
        self.routineName = routineName
        self.routines = routines
        self.engineName = engineName
        self.makeEngine = makeEngine
    }
}
