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
        /// The first round trips; counts of all, and of the first and the last tenth.
        let samples: UnsafeMutablePointer<Sample>
        let kept: Int
        let trips = CycleCounts(), handlers = CycleCounts(), worlds = CycleCounts(), early = CycleCounts(), late = CycleCounts()
        /// What is known of the one that is being recorded.
        var sample = Sample()
        var fewest = UInt64.max
        var most: UInt64 = 0
        /// When the first tenth was over, and at the end.
        var memory = (ProcessMemory(), ProcessMemory())
        let limit: Int
        let stampCycles: UInt64
        /// Who is observed, and the scenario's part in it.
        var vcpu: Unmanaged<VCPU>?
        var code: UInt64 = 0
        var before, after: ((VCPU) -> Void)?
        /// Round trips to let go by first.
        var warmup: Int
        /// Round trips recorded.
        var count = 0
        /// One is being recorded.
        var isRecording = false
        var tenth: Int { limit / 10 }
        var isDone = false
        var left: UInt64 = 0
        var retired: UInt64 = 0
        var guestStamp: UInt64 = 0
        var vectorStamp: UInt64 = 0
    }

    private let notes: UnsafeMutablePointer<Notes>
    /// Round trips that are kept one by one; of all others there are counts.
    static let mostKept = 2000

    /// Records `limit` round trips after `warmup` others. `stampCycles` are taken off the handler's time and off the rest, each of which holds one stamp.
    init(limit: Int, warmup: Int, stampCycles: UInt64) {
        let kept = min(limit, Self.mostKept)
        let samples = UnsafeMutablePointer<Sample>.allocate(capacity: kept)
        samples.initialize(repeating: Sample(), count: kept)
        notes = .allocate(capacity: 1)
        notes.initialize(to: Notes(samples: samples, kept: kept, limit: limit, stampCycles: stampCycles, warmup: warmup))
    }

    deinit {
        notes.pointee.samples.deallocate()
        for counts in [notes.pointee.trips, notes.pointee.handlers, notes.pointee.worlds, notes.pointee.early, notes.pointee.late] { counts.deallocate() }
        notes.deinitialize(count: 1)
        notes.deallocate()
    }

    /// Everything that was to be recorded is.
    var isDone: Bool { notes.pointee.isDone }

    /// The first round trips that were recorded.
    var firstSamples: [Sample] { Array(UnsafeBufferPointer(start: notes.pointee.samples, count: min(notes.pointee.count, notes.pointee.kept))) }
    /// Cycles of all of them; of the handler; of the rest.
    var trips: CycleCounts { notes.pointee.trips }
    var handlers: CycleCounts { notes.pointee.handlers }
    var worlds: CycleCounts { notes.pointee.worlds }
    /// The fewest and the most instructions of a round trip.
    var instructions: ClosedRange<UInt64> { notes.pointee.fewest...max(notes.pointee.most, notes.pointee.fewest) }

    var endurance: Endurance {
        func median(_ counts: CycleCounts) -> UInt64 { Distribution(counts, nanosecondsPerCycle: 1).percentile(50) }
        return Endurance(
            firstMedian: median(notes.pointee.early), lastMedian: median(notes.pointee.late), first: notes.pointee.memory.0, last: notes.pointee.memory.1)
    }

    /// Begins to observe a machine, which keeps the recorder from now on.
    func attach(to machine: SwitchMachine) {
        let scenario = machine.scenario
        notes.pointee.vcpu = .passUnretained(machine.vcpu)
        (notes.pointee.before, notes.pointee.after, notes.pointee.code) = (scenario.beforeHandler, scenario.afterHandler, scenario.code)
        machine.observe(
            self,
            VCPU.Observer(
                context: notes,
                handlerEntered: {
                    let now = longma_tsc()
                    SwitchRecorder.handlerEntered($0.assumingMemoryBound(to: Notes.self), now)
                },
                handlerLeft: {
                    let now = longma_tsc()
                    SwitchRecorder.handlerLeft($0.assumingMemoryBound(to: Notes.self), now)
                }))
    }

    @inline(__always)
    private static func handlerEntered(_ notes: UnsafeMutablePointer<Notes>, _ now: UInt64) {
        notes.pointee.vcpu!._withUnsafeGuaranteedRef { vcpu in
            if notes.pointee.isRecording { finish(notes, now, vcpu) }
            if let before = notes.pointee.before { before(vcpu) }
            if vcpu.lastExitCode == notes.pointee.code { begin(notes, vcpu) }
        }
    }

    @inline(__always)
    private static func handlerLeft(_ notes: UnsafeMutablePointer<Notes>, _ now: UInt64) {
        if notes.pointee.isRecording {
            notes.pointee.sample.handler = between(notes.pointee.sample.start, now, notes)
            if notes.pointee.count == notes.pointee.tenth { notes.pointee.memory.0 = .now() }
            if notes.pointee.count == notes.pointee.limit - 1 { notes.pointee.memory.1 = .now() }
        }
        if let after = notes.pointee.after { notes.pointee.vcpu!._withUnsafeGuaranteedRef { after($0) } }
        notes.pointee.left = longma_tsc()
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
        notes.pointee.sample.start = longma_tsc()
    }

    /// Cycles from one stamp to another, without the stamp's own.
    @inline(__always)
    private static func between(_ start: UInt64, _ end: UInt64, _ notes: UnsafeMutablePointer<Notes>) -> UInt64 {
        let cycles = end &- start
        return cycles &- min(cycles, notes.pointee.stampCycles)
    }

    @inline(__always)
    private static func finish(_ notes: UnsafeMutablePointer<Notes>, _ now: UInt64, _ vcpu: VCPU) {
        notes.pointee.isRecording = false
        var sample = Sample()
        (sample.start, sample.handler) = (notes.pointee.sample.start, notes.pointee.sample.handler)
        let (left, guest, vector) = (notes.pointee.left, notes.pointee.guestStamp, notes.pointee.vectorStamp)
        sample.world = between(left, now, notes)
        sample.instructions = vcpu.instructionsRetired &- notes.pointee.retired
        if vector != 0 {
            if guest != 0 {
                sample.toGuest = guest &- left
                sample.inGuest = vector &- guest
            }
            sample.save = now &- vector
        }
        notes.pointee.trips.record(sample.roundTrip)
        notes.pointee.handlers.record(sample.handler)
        notes.pointee.worlds.record(sample.world)
        if notes.pointee.count <= notes.pointee.tenth { notes.pointee.early.record(sample.roundTrip) }
        if notes.pointee.count >= notes.pointee.limit - 1 - notes.pointee.tenth { notes.pointee.late.record(sample.roundTrip) }
        notes.pointee.fewest = min(notes.pointee.fewest, sample.instructions)
        notes.pointee.most = max(notes.pointee.most, sample.instructions)
        if notes.pointee.count < notes.pointee.kept { notes.pointee.samples[notes.pointee.count] = sample }
        notes.pointee.count += 1
        if notes.pointee.count == notes.pointee.limit {
            notes.pointee.isDone = true
            vcpu.stop()
        }
    }
}
