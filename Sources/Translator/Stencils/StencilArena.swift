import CHost
import Glibc

/// Memory for stencil code, in a view to write to and another to execute; the common path grows in its first half, rare paths in the second.
final class StencilArena {
    /// Bytes of one half: for a thread, and for each of the many contexts that a core may have.
    static let halves = (flat: 32 << 20, mapped: 8 << 20)
    let half: Int
    /// The writable view, and the executable one.
    let writable: UnsafeMutablePointer<UInt8>
    let executable: UnsafeMutablePointer<UInt8>
    /// How much of the halves is used, as offsets from the start.
    var common = 0
    var rare: Int
    /// Fault sites of the halves, for the fault handler.
    let descriptors: UnsafeMutablePointer<LongmaStencilCode>
    let sites: (UnsafeMutablePointer<LongmaFaultSite>, UnsafeMutablePointer<LongmaFaultSite>)
    /// Most sites of a half.
    private static let siteCapacity = 2 << 20

    /// Reserves the address space; nil when the host refuses.
    init?(half: Int) {
        var first: UnsafeMutableRawPointer?
        var second: UnsafeMutableRawPointer?
        guard longma_map_twice(2 * half, &first, &second) == 0, let first, let second else { return nil }
        let size = Self.siteCapacity * MemoryLayout<LongmaFaultSite>.stride
        guard let tables = mmap(nil, 2 * size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0), tables != MAP_FAILED else {
            munmap(first, 2 * half)
            munmap(second, 2 * half)
            return nil
        }
        writable = first.assumingMemoryBound(to: UInt8.self)
        executable = second.assumingMemoryBound(to: UInt8.self)
        sites = (tables.assumingMemoryBound(to: LongmaFaultSite.self), (tables + size).assumingMemoryBound(to: LongmaFaultSite.self))
        self.half = half
        rare = half
        providedRare = half
        descriptors = .allocate(capacity: 2)
        let start = UInt64(UInt(bitPattern: executable))
        let middle = start + UInt64(half)
        descriptors.initialize(to: LongmaStencilCode(start: start, end: middle, sites: sites.0, count: 0))
        (descriptors + 1).initialize(to: LongmaStencilCode(start: middle, end: middle + UInt64(half), sites: sites.1, count: 0))
    }

    deinit {
        munmap(writable, 2 * half)
        munmap(executable, 2 * half)
        munmap(sites.0, 2 * Self.siteCapacity * MemoryLayout<LongmaFaultSite>.stride)
        descriptors.deallocate()
    }

    /// Whether `bytes` more fit into each half, with as many sites.
    func hasRoom(_ bytes: Int) -> Bool {
        common + bytes < half && rare + bytes < 2 * half && descriptors[0].count + UInt64(bytes) < UInt64(Self.siteCapacity)
            && descriptors[1].count + UInt64(bytes) < UInt64(Self.siteCapacity)
    }

    /// How much of each half has memory behind it in both views; of each half as offsets from the start.
    private var providedCommon = 0
    private var providedRare: Int
    /// Bytes that get memory at once, for a fault for each page of either view costs more than the code that goes there: few for a thread that runs little,
    /// more from then on.
    private static let steps = (first: 32 << 10, later: 128 << 10)

    /// Sees to memory for the next blocks. Without it they would get theirs page by page.
    @inline(__always)
    func provide() {
        if common &+ Self.steps.first / 2 > providedCommon { provide(&providedCommon) }
        if rare &+ Self.steps.first / 2 > providedRare { provide(&providedRare) }
    }

    private func provide(_ end: inout Int) {
        let step = end % half < Self.steps.later ? Self.steps.first : Self.steps.later
        madvise(writable + end, step, 23 /* MADV_POPULATE_WRITE */)
        madvise(executable + end, step, 22 /* MADV_POPULATE_READ */)
        end += step
    }

    /// Forgets everything.
    func clear() {
        common = 0
        rare = half
        descriptors[0].count = 0
        descriptors[1].count = 0
    }

    /// Forgets everything and takes memory of this process's own: after `fork` the old one is shared with the parent. False when the host refuses.
    func renew() -> Bool {
        clear()
        providedCommon = 0
        providedRare = half
        return longma_renew_twice(2 * half, writable, executable) == 0
    }
}
