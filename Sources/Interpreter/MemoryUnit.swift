import CHost
import LoongArch
import Semantics

extension InterpreterEmitter {
    @inlinable @inline(__always)
    public mutating func load(_ address: UInt64, _ type: MemoryType, aligned: Bool) -> UInt64 {
        if aligned { checkAlignment(address, type.size) }
        guard let value = Access.load(cpu, address, type) else { Self.dataFault(cpu, pc, address, .PIL) }
        return value
    }

    @inlinable @inline(__always)
    public mutating func store(_ address: UInt64, _ value: UInt64, _ type: MemoryType, aligned: Bool) {
        if aligned { checkAlignment(address, type.size) }
        guard Access.store(cpu, address, value, type) else { Self.dataFault(cpu, pc, address, .PIS) }
    }

    @inlinable @inline(__always)
    public mutating func loadFloat(_ address: UInt64, _ format: FloatFormat, aligned: Bool) -> Double {
        Double(bitPattern: load(address, format == .single ? .uint32 : .int64, aligned: aligned))
    }

    @inlinable @inline(__always)
    public mutating func storeFloat(_ address: UInt64, _ value: Double, _ format: FloatFormat, aligned: Bool) {
        store(address, value.bitPattern, format == .single ? .uint32 : .int64, aligned: aligned)
    }

    @inlinable @inline(__always)
    func checkAlignment(_ address: UInt64, _ size: UInt64) {
        if address & (size &- 1) != 0 { Self.fail(cpu, pc, .ALE, address: address) }
    }

    /// Raises the exception of a failed access, noting what is known of it.
    @inline(never) @usableFromInline
    static func dataFault(_ cpu: UnsafeMutablePointer<LongmaCPU>, _ pc: UInt64, _ address: UInt64, _ exception: GuestException) -> Never {
        let actual = Access.fault(cpu, address, exception)
        fail(cpu, pc, actual, address: cpu.pointee.exitAddress, detail: cpu.pointee.exitDetail)
    }

    // MARK: Atomics

    @inlinable @inline(__always)
    public mutating func atomic(_ operation: AtomicOperation, _ address: UInt64, _ operand: UInt64, _ type: MemoryType) -> UInt64 {
        AtomicUnit<Access>.modify(cpu, pc, operation, address, operand, type)
    }

    @inlinable @inline(__always)
    public mutating func compareExchange(
        _ address: UInt64, expected: UInt64, desired: UInt64, _ type: MemoryType
    ) -> UInt64 {
        AtomicUnit<Access>.compareExchange(cpu, pc, address, expected: expected, desired: desired, type)
    }

    @inlinable @inline(__always)
    public mutating func loadLinked(_ address: UInt64, _ type: MemoryType) -> UInt64 {
        AtomicUnit<Access>.loadLinked(cpu, pc, address, type)
    }

    @inlinable @inline(__always)
    public mutating func storeConditional(_ address: UInt64, _ value: UInt64, _ type: MemoryType) -> UInt64 {
        AtomicUnit<Access>.storeConditional(cpu, pc, address, value, type)
    }

    @inlinable @inline(__always)
    public mutating func storeConditionalPair(_ address: UInt64, low: UInt64, high: UInt64) -> UInt64 {
        AtomicUnit<Access>.storeConditionalPair(cpu, pc, address, low: low, high: high)
    }
}
