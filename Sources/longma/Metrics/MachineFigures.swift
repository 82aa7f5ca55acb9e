import Foundation
import VirtualMachine

/// Figures of a virtual machine that runs, for other threads: the machine's own thread takes them, between two world switches.
final class MachineFigures: @unchecked Sendable {
    private let run: MachineRun
    private let machine: Machine
    private let wake: @Sendable () -> Void
    private let condition = NSCondition()
    /// Guarded by the condition: what was taken last, how often something was, and how often it was asked for.
    private var current: GuestFigures
    private var taken = 0
    private var wanted = 0
    /// Used by the machine's thread only.
    private var handler = LatencyHistogram()
    private var stretch = LatencyHistogram()
    /// When the exit handler was entered and left last; 0 for never.
    private var (entered, left) = (UInt64(0), UInt64(0))

    /// `wake` makes the machine's thread call `take`.
    init(_ run: MachineRun, _ machine: Machine, wake: @escaping @Sendable () -> Void) {
        self.run = run
        self.machine = machine
        self.wake = wake
        current = Self.figures(run, machine, handler, stretch)
    }

    /// Times every world switch, if there are any, from now on; before the machine runs, which this object must outlive.
    func observe() {
        guard case .guest(_, let vcpu) = machine else { return }
        vcpu.observer = VCPU.Observer(
            context: Unmanaged.passUnretained(self).toOpaque(),
            handlerEntered: { Unmanaged<MachineFigures>.fromOpaque($0)._withUnsafeGuaranteedRef { $0.handlerEntered() } },
            handlerLeft: { Unmanaged<MachineFigures>.fromOpaque($0)._withUnsafeGuaranteedRef { $0.handlerLeft() } })
    }

    private func handlerEntered() {
        let now = DispatchTime.now().uptimeNanoseconds
        if left != 0 { stretch.add(now &- left) }
        entered = now
    }

    private func handlerLeft() {
        let now = DispatchTime.now().uptimeNanoseconds
        handler.add(now &- entered)
        left = now
    }

    /// Takes the figures; on the machine's thread.
    func take() {
        let figures = Self.figures(run, machine, handler, stretch)
        condition.lock()
        current = figures
        taken = wanted
        condition.broadcast()
        condition.unlock()
    }

    /// The figures as they are now, or the latest there were if the machine does not answer for `patience` seconds; from any thread.
    func latest(patience: Double) -> GuestFigures {
        condition.lock()
        defer { condition.unlock() }
        wanted += 1
        let mine = wanted
        wake()
        let end = Date().addingTimeInterval(patience)
        while taken < mine, condition.wait(until: end) {}
        // A machine that waits for a compiler does not answer, but this goes on meanwhile.
        var figures = current
        figures.compilation = run.choice.compilation()
        return figures
    }

    private static func figures(_ run: MachineRun, _ machine: Machine, _ handler: LatencyHistogram, _ stretch: LatencyHistogram) -> GuestFigures {
        GuestFigures(
            command: "vm", engine: run.choice.effective, program: run.path, instructions: machine.core.retired, statistics: machine.core.statistics,
            compilation: run.choice.compilation(), exits: machine.exits,
            machine: .init(refills: machine.core.refills, handler: handler, stretch: stretch))
    }
}
