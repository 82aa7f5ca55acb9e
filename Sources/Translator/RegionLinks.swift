import CHost

/// The jumps of regions to fixed addresses: each goes through a cell of its own, which holds the code of the region at that address once there is one, and before
/// and after that a way to look into the thread's jump cache.
///
/// What cells hold follows from the cache's translations, and nothing else changes them, so one invalidation is enough for all threads.
struct RegionLinks {
    typealias Cell = UnsafeMutablePointer<UnsafeRawPointer>

    /// What a cell holds that leads nowhere yet.
    static var unlinked: UnsafeRawPointer { unsafeBitCast(longma_chain_code as @convention(c) () -> Void, to: UnsafeRawPointer.self) }

    private var cells: [UInt64: [Cell]] = [:]
    private var goals: [UInt64: UnsafeRawPointer] = [:]
    /// Cells that lead to a region, counted each time that they come to do so.
    private(set) var made: UInt64 = 0

    /// A jump to `address` that has come into being.
    mutating func add(_ cell: Cell, to address: UInt64) {
        cells[address, default: []].append(cell)
        cell.pointee = goals[address] ?? Self.unlinked
        if goals[address] != nil { made += 1 }
    }

    /// From now on jumps to `address` go to `code`, or look for it.
    mutating func lead(to address: UInt64, _ code: UnsafeRawPointer?) {
        guard goals[address] != code else { return }
        goals[address] = code
        let known = cells[address, default: []]
        for cell in known { cell.pointee = code ?? Self.unlinked }
        if code != nil { made += UInt64(known.count) }
    }

    /// The code that has the cells is given up; a thread may still run it.
    mutating func clear() {
        for cell in cells.values.joined() { cell.pointee = Self.unlinked }
        cells = [:]
        goals = [:]
    }
}
