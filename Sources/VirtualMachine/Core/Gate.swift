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
    fileprivate let row: LongmaGate
    /// What the row's context is, when it is an object of the gate's own.
    private let body: Body?

    /// What a gate without a function of its own calls. Held by reference, so that calling it takes no reference.
    private final class Body {
        let action: () -> Outcome
        init(_ action: @escaping () -> Outcome) { self.action = action }
    }

    /// `action` runs in the engine, with the guest's floating-point mode loaded: no floating point, no hash tables.
    public init(at address: UInt64, isGuest: Bool = false, action: @escaping () -> Outcome) {
        let body = Body(action)
        self.init(at: address, isGuest: isGuest, context: Unmanaged.passUnretained(body).toOpaque(), body) {
            Unmanaged<Body>.fromOpaque($0)._withUnsafeGuaranteedRef { $0.action() == .stop }
        }
    }

    /// The same for where every nanosecond counts. `function` gets `context`, which must outlive the gate, and says whether to stop.
    init(at address: UInt64, context: UnsafeMutableRawPointer, function: @escaping @convention(c) (UnsafeMutableRawPointer) -> Bool) {
        self.init(at: address, isGuest: false, context: context, nil, function)
    }

    private init(
        at address: UInt64, isGuest: Bool, context: UnsafeMutableRawPointer, _ body: Body?,
        _ function: @escaping @convention(c) (UnsafeMutableRawPointer) -> Bool
    ) {
        self.address = address
        self.isGuest = isGuest
        self.body = body
        row = LongmaGate(address: address, isGuest: isGuest ? 1 : 0, action: function, context: context)
    }
}

/// A core's gates as they are found while it runs. The core's array keeps what they refer to.
struct GateTable {
    private(set) var rows: UnsafeMutableBufferPointer<LongmaGate>

    init(_ gates: [Gate] = []) {
        rows = .allocate(capacity: gates.count)
        _ = rows.initialize(from: gates.map(\.row))
    }

    func deallocate() { rows.deallocate() }
}
