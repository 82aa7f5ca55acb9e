import CHost
import Semantics

/// How the interpreter reaches guest memory. Flat for user mode; a probe of a soft TLB is another conformance.
public protocol DataAccess {
    /// Loads a value extended as `type` says; nil on a fault.
    static func load(_ address: UInt64, _ type: MemoryType) -> UInt64?
    /// Stores the low bytes of `value`; false on a fault.
    static func store(_ address: UInt64, _ value: UInt64, _ type: MemoryType) -> Bool
    /// Loads 128 bits; nil on a fault.
    static func loadVector(_ address: UInt64) -> SIMD2<UInt64>?
    /// Stores 128 bits; false on a fault, and then nothing is stored.
    static func storeVector(_ address: UInt64, _ value: SIMD2<UInt64>) -> Bool
    /// Whether host atomics may be used at `address`.
    static func admits(_ address: UInt64) -> Bool
}

/// Guest address = host address, below `LONGMA_FLAT_ADDRESS_LIMIT`.
@frozen
public enum FlatAccess: DataAccess {
    @inlinable @inline(__always)
    public static func admits(_ address: UInt64) -> Bool { address < UInt64(LONGMA_FLAT_ADDRESS_LIMIT) }

    @inlinable @inline(__always)
    public static func load(_ address: UInt64, _ type: MemoryType) -> UInt64? {
        guard admits(address) else { return nil }
        var value: UInt64 = 0
        let done =
            switch type {
            case .int8: longma_load_i8(address, &value)
            case .uint8: longma_load_u8(address, &value)
            case .int16: longma_load_i16(address, &value)
            case .uint16: longma_load_u16(address, &value)
            case .int32: longma_load_i32(address, &value)
            case .uint32: longma_load_u32(address, &value)
            case .int64: longma_load_u64(address, &value)
            }
        return done ? value : nil
    }

    @inlinable @inline(__always)
    public static func store(_ address: UInt64, _ value: UInt64, _ type: MemoryType) -> Bool {
        guard admits(address) else { return false }
        return switch type {
        case .int8, .uint8: longma_store_u8(address, value)
        case .int16, .uint16: longma_store_u16(address, value)
        case .int32, .uint32: longma_store_u32(address, value)
        case .int64: longma_store_u64(address, value)
        }
    }

    @inlinable
    public static func loadVector(_ address: UInt64) -> SIMD2<UInt64>? {
        guard admits(address) else { return nil }
        var low: UInt64 = 0
        var high: UInt64 = 0
        return longma_load_u128(address, &low, &high) ? SIMD2(low, high) : nil
    }

    @inlinable
    public static func storeVector(_ address: UInt64, _ value: SIMD2<UInt64>) -> Bool {
        admits(address) && longma_store_u128(address, value[0], value[1])
    }
}
