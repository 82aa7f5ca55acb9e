import CHost
import Glibc

/// Where translated code lives: one reservation of address space, filled in ascending order. A page is writable while code is copied to it and
/// executable from then on, never both.
struct CodeArena {
    private let base: UnsafeMutableRawPointer
    private let capacity: Int
    private var used = 0

    /// Reserves `capacity` bytes of address space; nil when the host refuses.
    init?(capacity: Int) {
        guard let memory = mmap(nil, capacity, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0), memory != MAP_FAILED else { return nil }
        base = memory
        self.capacity = capacity
    }

    func release() { munmap(base, capacity) }

    /// Copies a unit in and makes it executable; nil when the arena is full.
    mutating func place(_ unit: CompiledUnit) -> UnsafeRawPointer? {
        let size = (unit.code.count + 4095) & ~4095
        guard size > 0, used + size <= capacity else { return nil }
        let start = base + used
        guard mprotect(start, size, PROT_READ | PROT_WRITE) == 0 else { return nil }
        unit.code.withUnsafeBytes { start.copyMemory(from: $0.baseAddress!, byteCount: $0.count) }
        guard mprotect(start, size, PROT_READ | PROT_EXEC) == 0 else { return nil }
        let sites = unit.sites.map { LongmaFaultSite(host: $0.host, unexecuted: $0.unexecuted, guest: $0.guest) }
        guard longma_register_code(start, unit.code.count, sites, sites.count) == 0 else { return nil }
        used += size
        return UnsafeRawPointer(start)
    }
}
