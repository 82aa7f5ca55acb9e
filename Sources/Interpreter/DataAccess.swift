import CHost
import Semantics

/// How the interpreter reaches guest memory: flat for Linux processes, through the soft TLB for a core with address translation.
public protocol DataAccess {
    /// Loads a value extended as `type` says; nil on a fault.
    static func load(_ cpu: UnsafeMutablePointer<LongmaCPU>, _ address: UInt64, _ type: MemoryType) -> UInt64?
    /// Stores the low bytes of `value`; false on a fault.
    static func store(_ cpu: UnsafeMutablePointer<LongmaCPU>, _ address: UInt64, _ value: UInt64, _ type: MemoryType) -> Bool
    /// Loads `count` bytes (16 or 32) to `destination`; false on a fault.
    static func load(_ cpu: UnsafeMutablePointer<LongmaCPU>, _ address: UInt64, to destination: UnsafeMutableRawPointer, _ count: Int) -> Bool
    /// Stores `count` bytes (16 or 32); false on a fault, and then nothing is stored.
    static func store(_ cpu: UnsafeMutablePointer<LongmaCPU>, _ address: UInt64, from source: UnsafeRawPointer, _ count: Int) -> Bool
    /// The host address for an aligned access by the host's atomic instructions, which may still fault; nil on a fault.
    static func host(_ cpu: UnsafeMutablePointer<LongmaCPU>, _ address: UInt64) -> UInt64?
    /// Notes in `cpu` what the failed access to `address` is about; `exception` is its kind if the address is one that could be accessed.
    static func fault(_ cpu: UnsafeMutablePointer<LongmaCPU>, _ address: UInt64, _ exception: GuestException) -> GuestException
}

/// Guest address = host address, below `LONGMA_FLAT_ADDRESS_LIMIT`.
@frozen
public enum FlatAccess: DataAccess {
    @inlinable @inline(__always)
    public static func admits(_ address: UInt64) -> Bool { address < UInt64(LONGMA_FLAT_ADDRESS_LIMIT) }

    @inlinable @inline(__always)
    public static func load(_ cpu: UnsafeMutablePointer<LongmaCPU>, _ address: UInt64, _ type: MemoryType) -> UInt64? {
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
    public static func store(_ cpu: UnsafeMutablePointer<LongmaCPU>, _ address: UInt64, _ value: UInt64, _ type: MemoryType) -> Bool {
        guard admits(address) else { return false }
        return switch type {
        case .int8, .uint8: longma_store_u8(address, value)
        case .int16, .uint16: longma_store_u16(address, value)
        case .int32, .uint32: longma_store_u32(address, value)
        case .int64: longma_store_u64(address, value)
        }
    }

    @inlinable
    public static func load(_ cpu: UnsafeMutablePointer<LongmaCPU>, _ address: UInt64, to destination: UnsafeMutableRawPointer, _ count: Int) -> Bool {
        var parts = (UInt64(0), UInt64(0), UInt64(0), UInt64(0))
        guard admits(address), longma_load_u128(address, &parts.0, &parts.1) else { return false }
        if count == 32 {
            guard admits(address &+ 16), longma_load_u128(address &+ 16, &parts.2, &parts.3) else { return false }
        }
        withUnsafeBytes(of: parts) { destination.copyMemory(from: $0.baseAddress!, byteCount: count) }
        return true
    }

    @inlinable
    public static func store(_ cpu: UnsafeMutablePointer<LongmaCPU>, _ address: UInt64, from source: UnsafeRawPointer, _ count: Int) -> Bool {
        let words = source.assumingMemoryBound(to: UInt64.self)
        guard admits(address) else { return false }
        if count == 16 { return longma_store_u128(address, words[0], words[1]) }
        // The upper half first: it is the one that may lie in another page, and a fault there must leave the lower one alone.
        return admits(address &+ 31) && longma_store_u128(address &+ 16, words[2], words[3]) && longma_store_u128(address, words[0], words[1])
    }

    @inlinable @inline(__always)
    public static func host(_ cpu: UnsafeMutablePointer<LongmaCPU>, _ address: UInt64) -> UInt64? { admits(address) ? address : nil }

    public static func fault(_ cpu: UnsafeMutablePointer<LongmaCPU>, _ address: UInt64, _ exception: GuestException) -> GuestException {
        guard admits(address) else {
            cpu.pointee.exitAddress = address
            cpu.pointee.exitDetail = 0
            return .ADEM
        }
        cpu.pointee.exitAddress = longma_last_fault_address()
        cpu.pointee.exitDetail = UInt64(longma_last_fault_signal()) << 32 | UInt64(UInt32(bitPattern: longma_last_fault_code()))
        return exception
    }
}

/// Guest addresses that a core's TLB and windows translate; what they refuse, the core has noted.
@frozen
public enum MappedAccess: DataAccess {
    @inlinable @inline(__always)
    public static func load(_ cpu: UnsafeMutablePointer<LongmaCPU>, _ address: UInt64, _ type: MemoryType) -> UInt64? {
        var value: UInt64 = 0
        let done =
            switch type {
            case .int8: longma_mapped_load_i8(cpu, address, &value)
            case .uint8: longma_mapped_load_u8(cpu, address, &value)
            case .int16: longma_mapped_load_i16(cpu, address, &value)
            case .uint16: longma_mapped_load_u16(cpu, address, &value)
            case .int32: longma_mapped_load_i32(cpu, address, &value)
            case .uint32: longma_mapped_load_u32(cpu, address, &value)
            case .int64: longma_mapped_load_u64(cpu, address, &value)
            }
        return done ? value : nil
    }

    @inlinable @inline(__always)
    public static func store(_ cpu: UnsafeMutablePointer<LongmaCPU>, _ address: UInt64, _ value: UInt64, _ type: MemoryType) -> Bool {
        switch type {
        case .int8, .uint8: longma_mapped_store_u8(cpu, address, value)
        case .int16, .uint16: longma_mapped_store_u16(cpu, address, value)
        case .int32, .uint32: longma_mapped_store_u32(cpu, address, value)
        case .int64: longma_mapped_store_u64(cpu, address, value)
        }
    }

    public static func load(_ cpu: UnsafeMutablePointer<LongmaCPU>, _ address: UInt64, to destination: UnsafeMutableRawPointer, _ count: Int) -> Bool {
        longma_mapped_load_slowly(cpu, address, destination, UInt64(count))
    }

    public static func store(_ cpu: UnsafeMutablePointer<LongmaCPU>, _ address: UInt64, from source: UnsafeRawPointer, _ count: Int) -> Bool {
        longma_mapped_store_slowly(cpu, address, source, UInt64(count))
    }

    public static func host(_ cpu: UnsafeMutablePointer<LongmaCPU>, _ address: UInt64) -> UInt64? {
        let host = longma_mapped_host(cpu, address, UInt64(LONGMA_ACCESS_STORE))
        return host == 0 ? nil : host
    }

    public static func fault(_ cpu: UnsafeMutablePointer<LongmaCPU>, _ address: UInt64, _ exception: GuestException) -> GuestException {
        cpu.pointee.exitAddress = address
        cpu.pointee.exitDetail = 0
        return .translation
    }
}
