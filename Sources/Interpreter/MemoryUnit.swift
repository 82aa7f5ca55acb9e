import CHost
import LoongArch
import Semantics

extension InterpreterEmitter {
    @inlinable @inline(__always)
    public mutating func load(_ address: UInt64, _ type: MemoryType, aligned: Bool) throws(GuestException) -> UInt64 {
        if aligned { try checkAlignment(address, type.size) }
        guard let value = Access.load(address, type) else { throw dataFault(address, .PIL) }
        return value
    }

    @inlinable @inline(__always)
    public mutating func store(_ address: UInt64, _ value: UInt64, _ type: MemoryType, aligned: Bool) throws(GuestException) {
        if aligned { try checkAlignment(address, type.size) }
        guard Access.store(address, value, type) else { throw dataFault(address, .PIS) }
    }

    @inlinable @inline(__always)
    public mutating func loadFloat(_ address: UInt64, _ format: FloatFormat, aligned: Bool) throws(GuestException) -> Double {
        Double(bitPattern: try load(address, format == .single ? .uint32 : .int64, aligned: aligned))
    }

    @inlinable @inline(__always)
    public mutating func storeFloat(_ address: UInt64, _ value: Double, _ format: FloatFormat, aligned: Bool) throws(GuestException) {
        try store(address, value.bitPattern, format == .single ? .uint32 : .int64, aligned: aligned)
    }

    @inlinable @inline(__always)
    func checkAlignment(_ address: UInt64, _ size: UInt64) throws(GuestException) {
        guard address & (size &- 1) != 0 else { return }
        cpu.pointee.exitAddress = address
        cpu.pointee.exitDetail = 0
        throw .ALE
    }

    /// Notes what is known of a failed access and names the exception.
    @inline(never) @usableFromInline
    func dataFault(_ address: UInt64, _ exception: GuestException) -> GuestException {
        cpu.pointee.exitAddress = address
        guard Access.admits(address) else {
            cpu.pointee.exitDetail = 0
            return .ADEM
        }
        cpu.pointee.exitAddress = longma_last_fault_address()
        cpu.pointee.exitDetail = UInt64(longma_last_fault_signal()) << 32 | UInt64(UInt32(bitPattern: longma_last_fault_code()))
        return exception
    }

    // MARK: Atomics

    @inline(never) @inlinable
    public mutating func atomic(_ operation: AtomicOperation, _ address: UInt64, _ operand: UInt64, _ type: MemoryType) throws(GuestException) -> UInt64 {
        try checkAlignment(address, type.size)
        guard Access.admits(address) else { throw dataFault(address, .PIS) }
        var value = operand
        let done: Bool
        switch (operation, type.size) {
        case (.swap, 1): done = longma_exchange_u8(address, &value)
        case (.swap, 2): done = longma_exchange_u16(address, &value)
        case (.swap, 4): done = longma_exchange_u32(address, &value)
        case (.swap, _): done = longma_exchange_u64(address, &value)
        case (.add, 1): done = longma_add_u8(address, &value)
        case (.add, 2): done = longma_add_u16(address, &value)
        case (.add, 4): done = longma_add_u32(address, &value)
        case (.add, _): done = longma_add_u64(address, &value)
        default: done = modify(operation, address, &value, type)
        }
        guard done else { throw dataFault(address, .PIS) }
        return extended(value, type)
    }

    /// Read-modify-write for the operations without a host instruction that returns the old value. `value`: operand in, old value out.
    @inlinable
    func modify(_ operation: AtomicOperation, _ address: UInt64, _ value: inout UInt64, _ type: MemoryType) -> Bool {
        guard var old = Access.load(address, type.size == 4 ? .uint32 : .int64) else { return false }
        while true {
            let a = extended(old, type)
            let b = extended(value, type)
            let new =
                switch operation {
                case .swap: b
                case .add: a &+ b
                case .and: a & b
                case .or: a | b
                case .xor: a ^ b
                case .maxSigned: lessSigned(a, b) ? b : a
                case .minSigned: lessSigned(a, b) ? a : b
                case .maxUnsigned: a < b ? b : a
                case .minUnsigned: a < b ? a : b
                }
            var found = old
            guard exchange(address, &found, new, type) else { return false }
            if found == old {
                value = old
                return true
            }
            old = found
        }
    }

    @inlinable @inline(__always)
    func exchange(_ address: UInt64, _ expected: inout UInt64, _ desired: UInt64, _ type: MemoryType) -> Bool {
        switch type.size {
        case 1: longma_cas_u8(address, &expected, desired)
        case 2: longma_cas_u16(address, &expected, desired)
        case 4: longma_cas_u32(address, &expected, desired)
        default: longma_cas_u64(address, &expected, desired)
        }
    }

    /// The low bytes of `value`, sign-extended.
    @inlinable @inline(__always)
    func extended(_ value: UInt64, _ type: MemoryType) -> UInt64 {
        type.size == 8 ? value : signExtend(value, Int(type.size) &* 8)
    }

    @inline(never) @inlinable
    public mutating func compareExchange(
        _ address: UInt64, expected: UInt64, desired: UInt64, _ type: MemoryType
    ) throws(GuestException) -> UInt64 {
        try checkAlignment(address, type.size)
        guard Access.admits(address) else { throw dataFault(address, .PIS) }
        var old = expected
        guard exchange(address, &old, desired, type) else { throw dataFault(address, .PIS) }
        return extended(old, type)
    }

    @inline(never) @inlinable
    public mutating func loadLinked(_ address: UInt64, _ type: MemoryType) throws(GuestException) -> UInt64 {
        try checkAlignment(address, type.size)
        guard let value = Access.load(address, type) else { throw dataFault(address, .PIL) }
        // The upper half for sc.q: same 16 bytes, so the same page.
        cpu.pointee.llHigh = type == .int64 && address & 15 == 0 ? Access.load(address &+ 8, .int64) ?? 0 : 0
        cpu.pointee.llValid = 1
        cpu.pointee.llAddress = address
        cpu.pointee.llValue = value
        return value
    }

    /// Whether a reservation for `address` exists; it ends here either way.
    @inlinable
    func takeReservation(_ address: UInt64, size: UInt64) throws(GuestException) -> Bool {
        try checkAlignment(address, size)
        guard Access.admits(address) else { throw dataFault(address, .PIS) }
        defer { cpu.pointee.llValid = 0 }
        return cpu.pointee.llValid != 0 && cpu.pointee.llAddress == address
    }

    @inline(never) @inlinable
    public mutating func storeConditional(_ address: UInt64, _ value: UInt64, _ type: MemoryType) throws(GuestException) -> UInt64 {
        guard try takeReservation(address, size: type.size) else { return 0 }
        let loaded = extended(cpu.pointee.llValue, type)
        var old = loaded
        guard exchange(address, &old, value, type) else { throw dataFault(address, .PIS) }
        return extended(old, type) == loaded ? 1 : 0
    }

    @inline(never) @inlinable
    public mutating func storeConditionalPair(_ address: UInt64, low: UInt64, high: UInt64) throws(GuestException) -> UInt64 {
        guard try takeReservation(address, size: 16) else { return 0 }
        var swapped = false
        guard longma_cas_u128(address, cpu.pointee.llValue, cpu.pointee.llHigh, low, high, &swapped) else { throw dataFault(address, .PIS) }
        return swapped ? 1 : 0
    }
}
