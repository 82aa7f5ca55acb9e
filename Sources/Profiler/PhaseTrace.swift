import LoongArch
import VirtualMachine

/// One round trip, instruction by instruction.
struct PhaseTrace {
    /// One retired instruction.
    struct Step: Equatable {
        let address: UInt64
        let word: UInt32
        var phase: SwitchPhase

        var opcode: Opcode? { Decoder.decode(word)?.opcode }

        var isControlRegisterAccess: Bool {
            switch opcode {
            case .csrrd, .csrwr, .csrxchg, .gcsrrd, .gcsrwr, .gcsrxchg: true
            default: false
            }
        }

        var isControlRegisterWrite: Bool { isControlRegisterAccess && opcode != .csrrd && opcode != .gcsrrd }

        var counts: SwitchCounts {
            let name = opcode?.form.mnemonic ?? ""
            var counts = SwitchCounts(instructions: 1, csrAccesses: isControlRegisterAccess ? 1 : 0)
            func starts(_ prefixes: [String]) -> Bool { prefixes.contains { name.hasPrefix($0) } }
            if starts(["ld", "fld", "vld", "xvld", "ll", "am"]) { counts.loads = 1 }
            if starts(["st", "fst", "vst", "xvst", "sc.", "screl", "am"]) { counts.stores = 1 }
            return counts
        }
    }

    private(set) var steps: [Step] = []

    /// What each phase executed.
    var counts: [SwitchPhase: SwitchCounts] {
        var result: [SwitchPhase: SwitchCounts] = [:]
        for step in steps { result[step.phase] = (result[step.phase] ?? SwitchCounts()) + step.counts }
        return result
    }

    /// Steps a machine through round trips until the second of two equal ones has ended; that one is answered.
    static func steady(_ machine: SwitchMachine) throws -> PhaseTrace {
        var stepper = Stepper(machine)
        _ = try stepper.roundTrip()
        var last = try stepper.roundTrip()
        for _ in 0..<16 {
            let next = try stepper.roundTrip()
            if next.counts == last.counts { return next }
            last = next
        }
        throw SwitchFailure(.routine, "exit \(machine.scenario.name): no two round trips in a row execute the same instructions, so there is nothing to count")
    }

    /// Executes one instruction at a time.
    private struct Stepper {
        let machine: SwitchMachine
        private let entered = Flag()
        /// Which part of the switch root's routines are in.
        private var part = SwitchPhase.hostSave

        private final class Flag { var exit: UInt64? }

        init(_ machine: SwitchMachine) {
            self.machine = machine
            let (scenario, vcpu, entered) = (machine.scenario, machine.vcpu, entered)
            machine.observeHandler { [unowned vcpu] moment in
                switch moment {
                case .handlerEntered:
                    entered.exit = vcpu.lastExitCode
                    scenario.beforeHandler?(vcpu)
                case .handlerLeft: scenario.afterHandler?(vcpu)
                }
            }
        }

        /// Everything from one entry of the handler to the next: the first of them is of the scenario's kind.
        mutating func roundTrip() throws -> PhaseTrace {
            var trace = PhaseTrace()
            var count: UInt64 = 0
            // To the handler's first entry of the right kind, unless the last round trip ended with it.
            while entered.exit != machine.scenario.code {
                entered.exit = nil
                _ = try step()
                count += 1
                if count > SwitchMachine.patience { throw machine.runaway(count) }
            }
            entered.exit = nil
            count = 0
            trace.steps.append(Step(address: 0, word: Gate.word, phase: .handler))
            while entered.exit == nil {
                trace.steps.append(try step())
                count += 1
                if count > SwitchMachine.patience { throw machine.runaway(count) }
            }
            // The last step is the next round trip's first.
            trace.steps.removeLast()
            trace.splitEntries()
            return trace
        }

        /// Executes one instruction and says which.
        private mutating func step() throws -> Step {
            let vcpu = machine.vcpu
            let core = vcpu.core
            let entry = vcpu.entryAddress
            var address = entry ?? core.pc
            var place = entry == nil ? vcpu.place(of: address) : .routines
            var word = place == .guest ? core.instructionWord() : vcpu.rootWord(at: address)
            if entry != nil { part = .hostSave }
            let exit = vcpu.run(fuel: 1)
            if place == .guest, !core.isGuest, core.pc != VCPU.vectorAddress || word == nil {
                // The guest's instruction did not retire; the first one of the vector or of the refill handler did.
                let isRefill = vcpu.place(of: core.pc) == .refill
                address = isRefill ? VCPU.refillAddress : VCPU.vectorAddress
                place = isRefill ? .refill : .vector
                word = vcpu.rootWord(at: address)
            }
            try machine.answer(exit, 1)
            return Step(address: address, word: word ?? 0, phase: try phase(place, address))
        }

        private mutating func phase(_ place: VCPU.Place, _ address: UInt64) throws -> SwitchPhase {
            switch place {
            case .guest:
                part = .vectorSave
                return .guest
            case .refill: return .refill
            case .handler, .contextReturn:
                part = machine.vcpu.isInContextRoutine ? .context : .leave
                return .handler
            case .worldReturn: return .handler
            case .routines, .vector:
                // An interrupt that was pending comes before the guest's first instruction.
                if address == VCPU.vectorAddress { part = .vectorSave }
                return part
            case .elsewhere:
                throw SwitchFailure(
                    .routine, "exit \(machine.scenario.name): the routine has gone to 0x\(String(address, radix: 16)), where no code of the world switch is")
            }
        }
    }

    /// Divides each way to the guest at its control register accesses.
    private mutating func splitEntries() {
        var start = 0
        while start < steps.count {
            let phase = steps[start].phase
            var end = start
            while end < steps.count, steps[end].phase == phase { end += 1 }
            if phase == .hostSave || phase == .leave { split(start..<end) }
            start = end
        }
    }

    private mutating func split(_ range: Range<Int>) {
        guard steps[range].last?.opcode == .ertn, let first = range.first(where: { steps[$0].isControlRegisterWrite }),
            let last = range.last(where: { steps[$0].isControlRegisterAccess })
        else { return }
        for index in first...last { steps[index].phase = .csrSwitch }
        for index in last + 1..<range.upperBound { steps[index].phase = .guestLoad }
    }
}
