/// Which guest registers are in host registers within a block. Memory is always current, so a register can be forgotten at any time.
struct RegisterSlots {
    /// Host registers that hold guest registers, in the order in which they are taken.
    static let hosts: [UInt8] = [8, 9, 10, 11, 3, 6, 1, 2]
    static let count = 8
    /// Not in a host register.
    static let none: UInt8 = 0xFF
    /// All slots' host registers.
    static let hostMask: UInt16 = 0b1111_0100_1110

    /// The guest register of each slot, 0 for none; the slot of each guest register; when each slot was used last.
    private let guests: UnsafeMutablePointer<UInt8>
    private let slots: UnsafeMutablePointer<UInt8>
    private let uses: UnsafeMutablePointer<UInt32>
    private let hosts: UnsafeMutablePointer<UInt8>
    private var time: UInt32 = 0

    init() {
        guests = .allocate(capacity: 8)
        slots = .allocate(capacity: 32)
        uses = .allocate(capacity: 8)
        hosts = .allocate(capacity: 8)
        hosts.initialize(from: Self.hosts, count: 8)
        guests.initialize(repeating: 0, count: 8)
        slots.initialize(repeating: Self.none, count: 32)
        uses.initialize(repeating: 0, count: 8)
    }

    func deallocate() {
        guests.deallocate()
        slots.deallocate()
        uses.deallocate()
        hosts.deallocate()
    }

    /// Forgets all registers.
    mutating func clear() {
        guests.update(repeating: 0, count: 8)
        slots.update(repeating: Self.none, count: 32)
        uses.update(repeating: 0, count: 8)
        time = 0
    }

    /// The guest register of each slot, a byte each.
    var state: UInt64 { UnsafeRawPointer(guests).loadUnaligned(as: UInt64.self) }

    /// Takes over what `state` said elsewhere.
    mutating func restore(_ state: UInt64) {
        clear()
        for slot in 0..<UInt8(Self.count) {
            let guest = UInt8(truncatingIfNeeded: state >> (8 * UInt64(slot)))
            if guest != 0 { assign(slot, guest) }
        }
    }

    /// Whether every register of `part` is in `whole`, in the same place.
    static func contains(_ whole: UInt64, _ part: UInt64) -> Bool {
        let difference = whole ^ part
        for slot in 0..<UInt64(count) where difference >> (8 * slot) & 0xFF != 0 && part >> (8 * slot) & 0xFF != 0 { return false }
        return true
    }

    /// The guest register in a slot, 0 for none.
    @inline(__always)
    func guest(in slot: UInt8) -> UInt8 { guests[Int(slot)] }

    /// The host register of a slot.
    @inline(__always)
    func host(_ slot: UInt8) -> UInt8 { hosts[Int(slot)] }

    /// The slot that holds a guest register, or `none`.
    @inline(__always)
    func slot(of guest: UInt8) -> UInt8 { slots[Int(guest)] }

    @inline(__always)
    mutating func touch(_ slot: UInt8) {
        time &+= 1
        uses[Int(slot)] = time
    }

    @inline(__always)
    mutating func forget(_ guest: UInt8) {
        let slot = slots[Int(guest)]
        guard slot != Self.none else { return }
        guests[Int(slot)] = 0
        slots[Int(guest)] = Self.none
        uses[Int(slot)] = 0
    }

    /// Forgets what is in host registers of a mask.
    @inline(__always)
    mutating func forget(hosts mask: UInt16) {
        for slot in 0..<UInt8(Self.count) where mask >> UInt16(host(slot)) & 1 == 1 && guests[Int(slot)] != 0 { forget(guests[Int(slot)]) }
    }

    /// Empties the slot that was used longest ago, of those not in the mask `locked` (bit n: slot n) nor with a host register in `forbidden`.
    @inline(__always)
    mutating func take(locked: UInt8, forbidden: UInt16) -> UInt8 {
        var best: UInt8 = 0
        var oldest = UInt32.max
        for slot in 0..<UInt8(Self.count) where locked >> slot & 1 == 0 && uses[Int(slot)] < oldest && forbidden >> UInt16(host(slot)) & 1 == 0 {
            best = slot
            oldest = uses[Int(slot)]
        }
        let guest = guests[Int(best)]
        if guest != 0 { forget(guest) }
        return best
    }

    /// Notes that a slot holds a guest register, which no other slot does.
    @inline(__always)
    mutating func assign(_ slot: UInt8, _ guest: UInt8) {
        forget(guest)
        let old = guests[Int(slot)]
        if old != 0 { slots[Int(old)] = Self.none }
        guests[Int(slot)] = guest
        slots[Int(guest)] = slot
        touch(slot)
    }
}
