import CHost
import LoongArch
import Semantics

extension InterpreterEmitter {
    @inlinable @inline(__always)
    public mutating func load(_ address: UInt64, _ type: MemoryType, aligned: Bool) throws(GuestException) -> UInt64 {
        if aligned { try checkAlignment(address, type.size) }
        guard let value = Access.load(address, type) else { throw Self.dataFault(cpu, address, .PIL) }
        return value
    }

    @inlinable @inline(__always)
    public mutating func store(_ address: UInt64, _ value: UInt64, _ type: MemoryType, aligned: Bool) throws(GuestException) {
        if aligned { try checkAlignment(address, type.size) }
        guard Access.store(address, value, type) else { throw Self.dataFault(cpu, address, .PIS) }
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
        if address & (size &- 1) != 0 { throw Self.failure(cpu, .ALE, address: address) }
    }

    /// Notes what is known of a failed access and names the exception.
    @inline(never) @usableFromInline
    static func dataFault(_ cpu: UnsafeMutablePointer<LongmaCPU>, _ address: UInt64, _ exception: GuestException) -> GuestException {
        guard Access.admits(address) else { return failure(cpu, .ADEM, address: address) }
        cpu.pointee.exitAddress = longma_last_fault_address()
        cpu.pointee.exitDetail = UInt64(longma_last_fault_signal()) << 32 | UInt64(UInt32(bitPattern: longma_last_fault_code()))
        return exception
    }

    // MARK: Atomics

    @inlinable @inline(__always)
    public mutating func atomic(_ operation: AtomicOperation, _ address: UInt64, _ operand: UInt64, _ type: MemoryType) throws(GuestException) -> UInt64 {
        try AtomicUnit<Access>.modify(cpu, operation, address, operand, type)
    }

    @inlinable @inline(__always)
    public mutating func compareExchange(
        _ address: UInt64, expected: UInt64, desired: UInt64, _ type: MemoryType
    ) throws(GuestException) -> UInt64 {
        try AtomicUnit<Access>.compareExchange(cpu, address, expected: expected, desired: desired, type)
    }

    @inlinable @inline(__always)
    public mutating func loadLinked(_ address: UInt64, _ type: MemoryType) throws(GuestException) -> UInt64 {
        try AtomicUnit<Access>.loadLinked(cpu, address, type)
    }

    @inlinable @inline(__always)
    public mutating func storeConditional(_ address: UInt64, _ value: UInt64, _ type: MemoryType) throws(GuestException) -> UInt64 {
        try AtomicUnit<Access>.storeConditional(cpu, address, value, type)
    }

    @inlinable @inline(__always)
    public mutating func storeConditionalPair(_ address: UInt64, low: UInt64, high: UInt64) throws(GuestException) -> UInt64 {
        try AtomicUnit<Access>.storeConditionalPair(cpu, address, low: low, high: high)
    }
}
