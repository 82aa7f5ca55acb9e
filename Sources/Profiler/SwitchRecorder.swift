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

    /// What the observers work on: behind a pointer, where access costs least.
    private struct Notes {
        var samples: UnsafeMutablePointer<Sample>
        let limit: Int
        /// Round trips to let go by first.
        var warmup: Int
        /// Round trips recorded.
        var count = 0
        /// One is being recorded.
        var isRecording = false
        var isDone = false
        var left: UInt64 = 0
        var retired: UInt64 = 0
        var guestStamp: UInt64 = 0
        var vectorStamp: UInt64 = 0
    }

    private let notes: UnsafeMutablePointer<Notes>

    /// Records `limit` round trips after `warmup` others.
    init(limit: Int, warmup: Int) {
        let samples = UnsafeMutablePointer<Sample>.allocate(capacity: limit)
        samples.initialize(repeating: Sample(), count: limit)
        notes = .allocate(capacity: 1)
        notes.initialize(to: Notes(samples: samples, limit: limit, warmup: warmup))
    }

    deinit {
        notes.pointee.samples.deallocate()
        notes.deallocate()
    }

    /// Everything that was to be recorded is.
    var isDone: Bool { notes.pointee.isDone }

    /// What was recorded.
    var recorded: [Sample] { Array(UnsafeBufferPointer(start: notes.pointee.samples, count: notes.pointee.count)) }

    /// Begins to observe a machine, which keeps the recorder from now on.
    func attach(to machine: SwitchMachine) {
        machine.recorder = self
        let (vcpu, scenario, notes) = (machine.vcpu, machine.scenario, notes)
        let (before, after, code) = (scenario.beforeHandler, scenario.afterHandler, scenario.code)
        vcpu.observer = { [unowned(unsafe) vcpu] moment in
            switch moment {
            case .handlerEntered:
                let now = longma_tsc()
                if notes.pointee.isRecording { Self.finish(notes, now, vcpu) }
                before?(vcpu)
                if vcpu.lastExitCode == code { Self.begin(notes, vcpu) }
            case .handlerLeft:
                let now = longma_tsc()
                if notes.pointee.isRecording {
                    let sample = notes.pointee.samples + notes.pointee.count
                    sample.pointee.handler = now &- sample.pointee.start
                }
                after?(vcpu)
                notes.pointee.left = longma_tsc()
            }
        }
    }

    /// Stamps at the gates, of a machine that has some.
    func attachGates(to machine: SwitchMachine) {
        let notes = notes
        for gate in machine.gates { machine.vcpu.observeGuest(at: gate) { notes.pointee.guestStamp = longma_tsc() } }
        machine.vcpu.observeVector { notes.pointee.vectorStamp = longma_tsc() }
    }

    @inline(__always)
    private static func begin(_ notes: UnsafeMutablePointer<Notes>, _ vcpu: VCPU) {
        if notes.pointee.warmup > 0 {
            notes.pointee.warmup -= 1
            return
        }
        guard !notes.pointee.isDone else { return }
        notes.pointee.isRecording = true
        notes.pointee.retired = vcpu.instructionsRetired
        notes.pointee.guestStamp = 0
        notes.pointee.vectorStamp = 0
        notes.pointee.samples[notes.pointee.count].start = longma_tsc()
    }

    @inline(__always)
    private static func finish(_ notes: UnsafeMutablePointer<Notes>, _ now: UInt64, _ vcpu: VCPU) {
        notes.pointee.isRecording = false
        let sample = notes.pointee.samples + notes.pointee.count
        let (left, guest, vector) = (notes.pointee.left, notes.pointee.guestStamp, notes.pointee.vectorStamp)
        sample.pointee.world = now &- left
        sample.pointee.instructions = vcpu.instructionsRetired &- notes.pointee.retired
        if vector != 0 {
            if guest != 0 {
                sample.pointee.toGuest = guest &- left
                sample.pointee.inGuest = vector &- guest
            }
            sample.pointee.save = now &- vector
        }
        notes.pointee.count += 1
        if notes.pointee.count == notes.pointee.limit {
            notes.pointee.isDone = true
            vcpu.stop()
        }
    }
}
