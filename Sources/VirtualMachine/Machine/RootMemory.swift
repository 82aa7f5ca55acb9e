import CHost
import GuestMemory

/// Root's own physical memory for one vcpu: handlers, routines, structures, stack and the second stage's page tables. Root runs through the window 0x9000...
struct RootMemory {
    static let window: UInt64 = 0x9000_0000_0000_0000
    static let size: UInt64 = 4 << 20
    /// Where guest memory begins: guest physical address 0.
    static let guestBase: UInt64 = 1 << 44

    /// Physical addresses.
    static let refill: UInt64 = 0x8000
    static let exception: UInt64 = 0x9000
    static let handleExitGate: UInt64 = 0xA000
    static let returnGate: UInt64 = 0xA010
    static let routineReturnGate: UInt64 = 0xA020
    static let vector: UInt64 = 0x1_0000
    /// Behind the longest vector: see `VCPU.observeVector`.
    static let vectorGate: UInt64 = 0x1_4000
    static let routines: UInt64 = 0x2_0000
    static let stackTop: UInt64 = 0x7_8000
    static let vcpu: UInt64 = 0x7_8000
    static let kvm: UInt64 = 0x7_A000
    static let run: UInt64 = 0x7_C000
    static let tables: UInt64 = 0x8_0000

    /// Most bytes of routines: linkers like to put 64 KiB between code and data.
    static let routineLimit = 0x4_0000

    let host: UInt64

    func pointer<T>(_ address: UInt64, _ type: T.Type) -> UnsafeMutablePointer<T> {
        UnsafeMutableRawPointer(bitPattern: UInt(host &+ address))!.assumingMemoryBound(to: T.self)
    }
}

/// The second stage's page table: three levels of 16 KiB, with leaves of 16 KiB and 32 MiB (`lvz.md` section 11.10).
struct SecondStageTable {
    /// What root's PWCL, PWCH and STLBPS must be for it.
    static let walkLow: UInt64 = 14 | 11 << 5 | 25 << 10 | 11 << 15
    /// The top is Dir3: Dir2's base has but five bits.
    static let walkHigh: UInt64 = 36 | 12 << 6
    static let pageSize: UInt64 = 14
    static let hugeSize: UInt64 = 25
    /// Guest physical addresses end here.
    static let addressLimit: UInt64 = 1 << 44

    private static let tableSize: UInt64 = 1 << 14
    private static let entries = 2048
    private let root: RootMemory
    /// First address behind the tables so far.
    private(set) var next: UInt64
    var top: UInt64 { RootMemory.tables }
    private var noDirectory: UInt64 { RootMemory.tables + 2 * Self.tableSize }
    private var noPages: UInt64 { RootMemory.tables + 3 * Self.tableSize }

    /// A table that maps nothing.
    init(_ root: RootMemory) {
        self.root = root
        next = RootMemory.tables + 4 * Self.tableSize
        // The top table is twice as long: it has all 48 bits.
        fill(top, with: noDirectory)
        fill(top + Self.tableSize, with: noDirectory)
        fill(noDirectory, with: noPages)
        fill(noPages, with: 0)
    }

    /// After the tables themselves have been restored.
    mutating func restore(next: UInt64) { self.next = next }

    private func table(_ address: UInt64) -> UnsafeMutablePointer<UInt64> { root.pointer(address, UInt64.self) }
    private func fill(_ address: UInt64, with entry: UInt64) { table(address).update(repeating: entry, count: Self.entries) }

    private mutating func newTable(with entry: UInt64) -> UInt64? {
        guard next + Self.tableSize <= RootMemory.size else { return nil }
        defer { next += Self.tableSize }
        fill(next, with: entry)
        return next
    }

    /// V, D, MAT = coherent cached.
    private static let leaf: UInt64 = 1 | 2 | 1 << 4

    /// Maps what holds a guest physical address: 32 MiB when `range`, the guest's memory around it, has as much, else 16 KiB. False when the tables are full.
    mutating func map(_ address: UInt64, in range: Range<UInt64>, writable: Bool = true) -> Bool {
        let bits = Self.leaf & (writable ? ~0 : ~2)
        let huge = (address >> Self.hugeSize) << Self.hugeSize
        let directorySlot = table(top) + Int(address >> 36 & 0xFFF)
        if directorySlot.pointee == noDirectory {
            guard let new = newTable(with: noPages) else { return false }
            directorySlot.pointee = new
        }
        let pagesSlot = table(directorySlot.pointee) + Int(address >> 25 & 0x7FF)
        if range.lowerBound <= huge, huge + (1 << Self.hugeSize) <= range.upperBound, pagesSlot.pointee == noPages {
            pagesSlot.pointee = RootMemory.guestBase + huge | bits | 0x40
            return true
        }
        if pagesSlot.pointee & 0x40 != 0 { return true }
        if pagesSlot.pointee == noPages {
            guard let new = newTable(with: 0) else { return false }
            pagesSlot.pointee = new
        }
        let page = (address >> Self.pageSize) << Self.pageSize
        table(pagesSlot.pointee)[Int(address >> 14 & 0x7FF)] = RootMemory.guestBase + page | bits
        return true
    }

    /// Unmaps a page of 16 KiB; false when it was not mapped as one.
    func unmap(_ address: UInt64) -> Bool {
        let directory = table(top)[Int(address >> 36 & 0xFFF)]
        guard directory != noDirectory else { return false }
        let pages = table(directory)[Int(address >> 25 & 0x7FF)]
        guard pages != noPages, pages & 0x40 == 0 else { return false }
        let slot = table(pages) + Int(address >> 14 & 0x7FF)
        defer { slot.pointee = 0 }
        return slot.pointee != 0
    }
}
