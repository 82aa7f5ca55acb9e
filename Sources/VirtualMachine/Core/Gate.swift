import CHost

/// A place where an instruction `dbcl` calls the core's owner instead of doing what it should.
public struct Gate {
    /// What the owner wants.
    public enum Outcome: Sendable {
        /// Go on at the core's pc, which the owner has set.
        case resume
        /// `Core.run` returns, with pc as it is.
        case stop
    }

    /// The instruction to put where a gate is: `dbcl 0`.
    public static let word: UInt32 = 0x002A_8000

    /// Virtual address, and the mode in which it counts.
    public let address: UInt64
    public let isGuest: Bool
    /// Runs in the engine, with the guest's floating-point mode loaded: no floating point, no hash tables.
    public var action: () -> Outcome { body.action }
    fileprivate let body: Body

    /// Held by reference, so that calling it takes no reference of its own.
    fileprivate final class Body {
        let action: () -> Outcome
        init(_ action: @escaping () -> Outcome) { self.action = action }
    }

    public init(at address: UInt64, isGuest: Bool = false, action: @escaping () -> Outcome) {
        self.address = address
        self.isGuest = isGuest
        body = Body(action)
    }
}

/// A core's gates as they are found while it runs. The core's array keeps what they refer to.
struct GateTable {
    private struct Entry {
        let address: UInt64
        let isGuest: UInt64
        let body: Unmanaged<Gate.Body>
    }

    private var entries: UnsafeMutablePointer<Entry>?
    private var count = 0

    init() {}

    init(_ gates: [Gate], replacing old: GateTable) {
        old.deallocate()
        count = gates.count
        let entries = UnsafeMutablePointer<Entry>.allocate(capacity: max(count, 1))
        for (index, gate) in gates.enumerated() {
            (entries + index).initialize(to: Entry(address: gate.address, isGuest: gate.isGuest ? 1 : 0, body: .passUnretained(gate.body)))
        }
        self.entries = entries
    }

    func deallocate() { entries?.deallocate() }

    /// Calls the first gate of an address and mode, with the core's pc set to it; nil when there is none.
    @inline(__always)
    func call(at address: UInt64, isGuest: UInt64, _ cpu: UnsafeMutablePointer<LongmaCPU>) -> Gate.Outcome? {
        guard let entries else { return nil }
        for index in 0..<count where entries[index].address == address && entries[index].isGuest == isGuest {
            cpu.pointee.pc = address
            return entries[index].body._withUnsafeGuaranteedRef { $0.action() }
        }
        return nil
    }
}
