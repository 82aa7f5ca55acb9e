import CHost
import Glibc

/// Where regions' code lives: one reservation of address space, filled in ascending order. A page is writable while code is copied to it and executable from
/// then on, never both. The cells of the code's links lie behind all code, writable and never executable. An arena of two halves is filled half by half: when one
/// is full the other is emptied.
struct CodeArena {
    /// A unit that has been put in place: its code, and the cells of its links in order.
    struct PlacedUnit {
        let base: UnsafeRawPointer
        let cells: [RegionLinks.Cell]
    }

    /// Bytes of code for each byte of cells; there is a link in some hundred bytes of code.
    private static let codePerCell = 16

    private let base: UnsafeMutableRawPointer
    /// Bytes of code in a half, and of cells.
    private let half: Int
    private let cellBytes: Int
    /// The fault handler's tables of the code in each half.
    private let tables: [OpaquePointer]
    private var current = 0
    private var used = 0
    private var usedCells = 0

    /// Reserves address space for `capacity` bytes of code; nil when the host refuses.
    init?(capacity: Int, halves: Int = 1) {
        half = Self.wholePages(capacity / halves)
        cellBytes = Self.wholePages(half / Self.codePerCell)
        let size = half
        guard let memory = mmap(nil, (half + cellBytes) * halves, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0), memory != MAP_FAILED,
            mprotect(memory + size * halves, cellBytes * halves, PROT_READ | PROT_WRITE) == 0
        else { return nil }
        base = memory
        tables = (0..<halves).compactMap { longma_add_code_table(memory + $0 * size, size) }
        guard tables.count == halves else { return nil }
    }

    private static func wholePages(_ size: Int) -> Int { (size + 4095) & ~4095 }

    /// Whether a unit fits where nothing else is.
    func admits(_ unit: CompiledUnit) -> Bool { Self.wholePages(unit.code.count) <= half && 8 * unit.links.count <= cellBytes }

    /// Whether there is another half to go on with.
    var canTurn: Bool { tables.count > 1 }

    /// Goes on with the other half, which is emptied: no thread may have any of its code.
    mutating func turn() {
        current = 1 - current
        used = 0
        usedCells = 0
        longma_clear_code_table(tables[current])
        madvise(base + current * half, half, MADV_DONTNEED)
    }

    /// Copies a unit in and makes it executable; nil when the arena, or the current half, is full.
    mutating func place(_ unit: CompiledUnit) -> PlacedUnit? {
        let size = Self.wholePages(unit.code.count)
        guard size > 0, used + size <= half, 8 * (usedCells + unit.links.count) <= cellBytes else { return nil }
        let start = base + current * half + used
        let firstCell = base + half * tables.count + current * cellBytes + 8 * usedCells
        guard mprotect(start, size, PROT_READ | PROT_WRITE) == 0 else { return nil }
        unit.code.withUnsafeBytes { start.copyMemory(from: $0.baseAddress!, byteCount: $0.count) }
        for (index, link) in unit.links.enumerated() {
            let distance = firstCell + 8 * index - (start + Int(link.host))
            (start + Int(link.host) - 4).storeBytes(of: Int32(distance), as: Int32.self)
        }
        guard mprotect(start, size, PROT_READ | PROT_EXEC) == 0 else { return nil }
        let sites = unit.sites.map { LongmaFaultSite(host: $0.host, unexecuted: $0.unexecuted, guest: $0.guest) }
        guard longma_register_code(tables[current], start, unit.code.count, sites, sites.count) == 0 else { return nil }
        used += size
        usedCells += unit.links.count
        return PlacedUnit(
            base: UnsafeRawPointer(start), cells: unit.links.indices.map { (firstCell + 8 * $0).assumingMemoryBound(to: UnsafeRawPointer.self) })
    }
}
