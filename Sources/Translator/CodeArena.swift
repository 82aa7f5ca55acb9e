import CHost
import Glibc

/// Where regions' code lives: one reservation of address space, filled in ascending order. A page is writable while code is copied to it and executable from then
/// on, never both. An arena of two halves is filled half by half: when one is full the other is emptied.
struct CodeArena {
    private let base: UnsafeMutableRawPointer
    private let half: Int
    /// The fault handler's tables of the code in each half.
    private let tables: [OpaquePointer]
    private var current = 0
    private var used = 0

    /// Reserves `capacity` bytes of address space; nil when the host refuses.
    init?(capacity: Int, halves: Int = 1) {
        half = (capacity / halves + 4095) & ~4095
        guard let memory = mmap(nil, half * halves, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0), memory != MAP_FAILED else { return nil }
        base = memory
        let size = half
        tables = (0..<halves).compactMap { longma_add_code_table(memory + $0 * size, size) }
        guard tables.count == halves else { return nil }
    }

    private static func pages(_ unit: CompiledUnit) -> Int { (unit.code.count + 4095) & ~4095 }

    /// Whether a unit fits where nothing else is.
    func admits(_ unit: CompiledUnit) -> Bool { Self.pages(unit) <= half }

    /// Whether there is another half to go on with.
    var canTurn: Bool { tables.count > 1 }

    /// Goes on with the other half, which is emptied: no thread may have any of its code.
    mutating func turn() {
        current = 1 - current
        used = 0
        longma_clear_code_table(tables[current])
        madvise(base + current * half, half, MADV_DONTNEED)
    }

    /// Copies a unit in and makes it executable; nil when the arena, or the current half, is full.
    mutating func place(_ unit: CompiledUnit) -> UnsafeRawPointer? {
        let size = Self.pages(unit)
        guard size > 0, used + size <= half else { return nil }
        let start = base + current * half + used
        guard mprotect(start, size, PROT_READ | PROT_WRITE) == 0 else { return nil }
        unit.code.withUnsafeBytes { start.copyMemory(from: $0.baseAddress!, byteCount: $0.count) }
        guard mprotect(start, size, PROT_READ | PROT_EXEC) == 0 else { return nil }
        let sites = unit.sites.map { LongmaFaultSite(host: $0.host, unexecuted: $0.unexecuted, guest: $0.guest) }
        guard longma_register_code(tables[current], start, unit.code.count, sites, sites.count) == 0 else { return nil }
        used += size
        return UnsafeRawPointer(start)
    }
}
