import CHost
import VirtualMachine

/// Takes the time of round trips while they happen. One round trip: from an entry of the exit handler to the next.
final class SwitchRecorder {
    /// One round trip: cycles of the host.
    struct Sample {
        /// When the handler was entered.
        var start: UInt64 = 0
        var handler: UInt64 = 0
        /// From the end of the handler to its next entry.
        var world: UInt64 = 0
        /// Instructions that the core retired.
        var instructions: UInt64 = 0
        /// With gates: from the end of the handler to the guest's gate, from there to the exit vector, from there to the handler. 0 where there was no gate.
        var toGuest: UInt64 = 0
        var inGuest: UInt64 = 0
        var save: UInt64 = 0
        var roundTrip: UInt64 { handler + world }
    }

    private let samples: UnsafeMutablePointer<Sample>
    private let limit: Int
    private var count = -1
    private var isMatch = false
    private var left: UInt64 = 0
    private var retired: UInt64 = 0
    private var guestStamp: UInt64 = 0
    private var vectorStamp: UInt64 = 0
    private(set) var isDone = false

    /// Records `limit` round trips after `warmup` others.
    init(limit: Int, warmup: Int) {
        self.limit = limit
        samples = .allocate(capacity: limit + 1)
        samples.initialize(repeating: Sample(), count: limit + 1)
        remainingWarmup = warmup
    }

    deinit { samples.deallocate() }

    private var remainingWarmup: Int

    /// What was recorded.
    var recorded: UnsafeBufferPointer<Sample> { UnsafeBufferPointer(start: samples, count: max(count, 0)) }

    /// Begins to observe a machine.
    func attach(to machine: SwitchMachine) {
        let (vcpu, scenario) = (machine.vcpu, machine.scenario)
        let (before, after, code) = (scenario.beforeHandler, scenario.afterHandler, scenario.code)
        vcpu.observer = { [unowned self, unowned vcpu] moment in
            switch moment {
            case .handlerEntered:
                let now = longma_tsc()
                if isMatch { finish(now, vcpu) }
                isMatch = !isDone && vcpu.lastExitCode == code
                before?(vcpu)
                if isMatch { begin(vcpu) }
            case .handlerLeft:
                let now = longma_tsc()
                if isMatch, count >= 0 { samples[count].handler = now &- samples[count].start }
                after?(vcpu)
                left = longma_tsc()
            }
        }
    }

    /// Stamps at the gates, of a machine that has some.
    func attachGates(to machine: SwitchMachine) {
        for gate in machine.gates { machine.vcpu.observeGuest(at: gate) { [unowned self] in guestStamp = longma_tsc() } }
        machine.vcpu.observeVector { [unowned self] in vectorStamp = longma_tsc() }
    }

    @inline(__always)
    private func begin(_ vcpu: VCPU) {
        if count < 0 {
            remainingWarmup -= 1
            guard remainingWarmup < 0 else { return }
            count = 0
        }
        retired = vcpu.instructionsRetired
        guestStamp = 0
        vectorStamp = 0
        samples[count].start = longma_tsc()
    }

    @inline(__always)
    private func finish(_ now: UInt64, _ vcpu: VCPU) {
        guard count >= 0 else { return }
        samples[count].world = now &- left
        samples[count].instructions = vcpu.instructionsRetired &- retired
        if vectorStamp != 0 {
            if guestStamp != 0 {
                samples[count].toGuest = guestStamp &- left
                samples[count].inGuest = vectorStamp &- guestStamp
            }
            samples[count].save = now &- vectorStamp
        }
        count += 1
        if count == limit {
            isDone = true
            vcpu.stop()
        }
    }
}
