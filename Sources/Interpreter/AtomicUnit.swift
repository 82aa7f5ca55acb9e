import CHost
import LoongArch
import Semantics

/// Atomic accesses by the host's atomic instructions, out of line: they are rare, and slow anyway.
@usableFromInline
enum AtomicUnit<Access: DataAccess> {
    @usableFromInline typealias CPU = UnsafeMutablePointer<LongmaCPU>

    /// The host address of an aligned access.
    private static func host(_ cpu: CPU, _ pc: UInt64, _ address: UInt64, _ size: UInt64) -> UInt64 {
        if address & (size &- 1) != 0 { InterpreterEmitter<Access>.fail(cpu, pc, .ALE, address: address) }
        guard let host = Access.host(cpu, address) else { fault(cpu, pc, address, .PIS) }
        return host
    }

    private static func fault(_ cpu: CPU, _ pc: UInt64, _ address: UInt64, _ exception: GuestException) -> Never {
        InterpreterEmitter<Access>.dataFault(cpu, pc, address, exception)
    }

    @inline(never) @usableFromInline
    static func modify(
        _ cpu: CPU, _ pc: UInt64, _ operation: AtomicOperation, _ address: UInt64, _ operand: UInt64, _ type: MemoryType
    ) -> UInt64 {
        let host = host(cpu, pc, address, type.size)
        var value = operand
        let done: Bool
        switch (operation, type.size) {
        case (.swap, 1): done = longma_exchange_u8(host, &value)
        case (.swap, 2): done = longma_exchange_u16(host, &value)
        case (.swap, 4): done = longma_exchange_u32(host, &value)
        case (.swap, _): done = longma_exchange_u64(host, &value)
        case (.add, 1): done = longma_add_u8(host, &value)
        case (.add, 2): done = longma_add_u16(host, &value)
        case (.add, 4): done = longma_add_u32(host, &value)
        case (.add, _): done = longma_add_u64(host, &value)
        default: done = loop(cpu, operation, host, &value, type)
        }
        if !done { fault(cpu, pc, address, .PIS) }
        return extended(value, type)
    }

    /// Read-modify-write for the operations without a host instruction that returns the old value. `value`: operand in, old value out.
    private static func loop(_ cpu: CPU, _ operation: AtomicOperation, _ host: UInt64, _ value: inout UInt64, _ type: MemoryType) -> Bool {
        var old: UInt64 = 0
        guard type.size == 4 ? longma_load_u32(host, &old) : longma_load_u64(host, &old) else { return false }
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
                case .maxSigned: Int64(bitPattern: a) < Int64(bitPattern: b) ? b : a
                case .minSigned: Int64(bitPattern: a) < Int64(bitPattern: b) ? a : b
                case .maxUnsigned: a < b ? b : a
                case .minUnsigned: a < b ? a : b
                }
            var found = old
            guard exchange(host, &found, new, type) else { return false }
            if found == old {
                value = old
                return true
            }
            old = found
        }
    }

    private static func exchange(_ host: UInt64, _ expected: inout UInt64, _ desired: UInt64, _ type: MemoryType) -> Bool {
        switch type.size {
        case 1: longma_cas_u8(host, &expected, desired)
        case 2: longma_cas_u16(host, &expected, desired)
        case 4: longma_cas_u32(host, &expected, desired)
        default: longma_cas_u64(host, &expected, desired)
        }
    }

    /// The low bytes of `value`, sign-extended.
    private static func extended(_ value: UInt64, _ type: MemoryType) -> UInt64 {
        switch type.size {
        case 1: UInt64(bitPattern: Int64(Int8(truncatingIfNeeded: value)))
        case 2: UInt64(bitPattern: Int64(Int16(truncatingIfNeeded: value)))
        case 4: UInt64(bitPattern: Int64(Int32(truncatingIfNeeded: value)))
        default: value
        }
    }

    @inline(never) @usableFromInline
    static func compareExchange(
        _ cpu: CPU, _ pc: UInt64, _ address: UInt64, expected: UInt64, desired: UInt64, _ type: MemoryType
    ) -> UInt64 {
        let host = host(cpu, pc, address, type.size)
        var old = expected
        if !exchange(host, &old, desired, type) { fault(cpu, pc, address, .PIS) }
        return extended(old, type)
    }

    // MARK: Load-linked, store-conditional: the store is made if memory still holds what was loaded.

    @inline(never) @usableFromInline
    static func loadLinked(_ cpu: CPU, _ pc: UInt64, _ address: UInt64, _ type: MemoryType) -> UInt64 {
        if address & (type.size &- 1) != 0 { InterpreterEmitter<Access>.fail(cpu, pc, .ALE, address: address) }
        guard let value = Access.load(cpu, address, type) else { fault(cpu, pc, address, .PIL) }
        // The upper half for sc.q, which refuses an address that is not the lower one's: same 16 bytes, so the same page.
        if type == .int64 { cpu.pointee.llHigh = Access.load(cpu, address | 8, .int64) ?? 0 }
        cpu.pointee.llValid = 1
        cpu.pointee.llAddress = address
        cpu.pointee.llValue = value
        return value
    }

    /// The host address if a reservation for `address` exists; it ends here either way.
    private static func takeReservation(_ cpu: CPU, _ pc: UInt64, _ address: UInt64, size: UInt64) -> UInt64? {
        let host = host(cpu, pc, address, size)
        defer { cpu.pointee.llValid = 0 }
        return cpu.pointee.llValid != 0 && cpu.pointee.llAddress == address ? host : nil
    }

    @inline(never) @usableFromInline
    static func storeConditional(_ cpu: CPU, _ pc: UInt64, _ address: UInt64, _ value: UInt64, _ type: MemoryType) -> UInt64 {
        guard let host = takeReservation(cpu, pc, address, size: type.size) else { return 0 }
        let loaded = extended(cpu.pointee.llValue, type)
        var old = loaded
        if !exchange(host, &old, value, type) { fault(cpu, pc, address, .PIS) }
        return extended(old, type) == loaded ? 1 : 0
    }

    @inline(never) @usableFromInline
    static func storeConditionalPair(_ cpu: CPU, _ pc: UInt64, _ address: UInt64, low: UInt64, high: UInt64) -> UInt64 {
        guard let host = takeReservation(cpu, pc, address, size: 16) else { return 0 }
        var swapped = false
        if !longma_cas_u128(host, cpu.pointee.llValue, cpu.pointee.llHigh, low, high, &swapped) { fault(cpu, pc, address, .PIS) }
        return swapped ? 1 : 0
    }
}
