import CHost
import GuestMemory
import Testing

/// Mappings in the host's own address space; one test at a time has the guests' part of it.
@Suite(.serialized) struct FlatAddressSpaceTests {
    private let space = FlatAddressSpace()

    init() { longma_install_fault_handler() }

    private func load(_ address: UInt64) -> UInt64? {
        var value: UInt64 = 0
        return longma_load_u64(address, &value) ? value : nil
    }

    @Test func mapsBelowTheLimitAndUnmaps() throws {
        defer { space.removeAll() }
        let address = try space.map(.anywhere(hint: 0), size: 10_000, protection: [.read, .write])
        #expect(address % 4096 == 0 && address + 12_288 <= FlatAddressSpace.limit)
        #expect(longma_store_u64(address, 77) && load(address) == 77)
        try space.unmap(address, 4096)
        #expect(load(address) == nil && load(address + 4096) == 0)
        #expect(space.regions == [.init(range: (address + 4096)..<(address + 12_288), protection: [.read, .write])])
    }

    @Test func guestCodeIsReadableOnly() throws {
        defer { space.removeAll() }
        let address = try space.map(.anywhere(hint: 0), size: 4096, protection: [.execute])
        #expect(load(address) == 0 && !longma_store_u64(address, 1))
        #expect(space.executableRange(containing: address + 8)?.range == address..<(address + 4096))
        #expect(space.executableRange(containing: address + 4096) == nil)
    }

    @Test func sharedCodeMayChange() throws {
        defer { space.removeAll() }
        let shared = try space.map(.anywhere(hint: 0), size: 4096, protection: [.read], flags: 0x21)
        try space.protect(shared, 4096, [.read, .execute])
        let own = try space.map(.fixed(0x5000_0000), size: 4096, protection: [.read, .execute])
        #expect(space.executableRange(containing: shared)?.writable == true)
        #expect(space.executableRange(containing: own)?.writable == false)
    }

    @Test func changesOfCodeAreReported() throws {
        defer { space.removeAll() }
        var reported: [Range<UInt64>] = []
        space.codeInvalidated = { reported.append($0) }
        let address = try space.map(.anywhere(hint: 0), size: 3 * 4096, protection: [.read, .execute])
        let data = try space.map(.anywhere(hint: 0), size: 4096, protection: [.read])
        #expect(reported.isEmpty)
        try space.protect(address, 4096, [.read, .write])
        try space.unmap(address + 4096, 4096)
        try space.map(.fixed(address + 8192), size: 4096, protection: [.read])
        try space.protect(data, 4096, [.read, .write])
        #expect(reported == [address..<(address + 4096), (address + 4096)..<(address + 8192), (address + 8192)..<(address + 12_288)])
    }

    @Test func refusesWhatTheKernelRefuses() throws {
        defer { space.removeAll() }
        let address = try space.map(.anywhere(hint: 0x1234_5000), size: 4096, protection: [.read])
        #expect(address == 0x1234_5000)
        #expect(throws: MemoryError(errno: 17)) { try space.map(.fixedNoReplace(address), size: 4096, protection: [.read]) }
        #expect(throws: MemoryError(errno: 22)) { try space.map(.fixed(address + 1), size: 4096, protection: [.read]) }
        #expect(throws: MemoryError(errno: 22)) { try space.map(.anywhere(hint: 0), size: 0, protection: [.read]) }
        #expect(throws: MemoryError(errno: 12)) { try space.map(.fixed(FlatAddressSpace.limit), size: 4096, protection: [.read]) }
        #expect(throws: MemoryError(errno: 12)) { try space.map(.fixed(FlatAddressSpace.limit - 4096), size: 8192, protection: [.read]) }
        #expect(throws: MemoryError(errno: 12)) { try space.map(.anywhere(hint: 0), size: .max, protection: [.read]) }
        #expect(throws: MemoryError(errno: 22)) { try space.unmap(0x7f00_0000_0000, 4096) }
        #expect(throws: MemoryError(errno: 12)) { try space.protect(address, 8192, [.read]) }
        #expect(throws: MemoryError(errno: 14)) { try space.remap(address, oldSize: 8192, newSize: 4096, flags: [], newAddress: 0) }
    }

    @Test func remapsGrowsAndMoves() throws {
        defer { space.removeAll() }
        let address = try space.map(.fixed(0x2000_0000), size: 8192, protection: [.read, .write])
        #expect(longma_store_u64(address, 5))
        #expect(try space.remap(address, oldSize: 8192, newSize: 16_384, flags: [], newAddress: 0) == address)
        try space.map(.fixed(address + 16_384), size: 4096, protection: [.read])
        #expect(throws: MemoryError(errno: 12)) { try space.remap(address, oldSize: 16_384, newSize: 20_480, flags: [], newAddress: 0) }
        let moved = try space.remap(address, oldSize: 16_384, newSize: 20_480, flags: .mayMove, newAddress: 0)
        #expect(moved != address && load(moved) == 5 && load(address) == nil)
        #expect(try space.remap(moved, oldSize: 20_480, newSize: 4096, flags: [.mayMove, .fixed], newAddress: 0x3000_0000) == 0x3000_0000)
        #expect(load(0x3000_0000) == 5 && load(moved) == nil)
    }

    @Test func theBreakGrowsShrinksAndStopsAtMappings() throws {
        defer { space.removeAll() }
        space.placeBreak(at: 0x4000_0000)
        #expect(space.setBreak(0) == 0x4000_0000)
        #expect(space.setBreak(0x4000_2001) == 0x4000_2001)
        #expect(longma_store_u64(0x4000_2ff8, 9))
        #expect(space.setBreak(0x4000_1000) == 0x4000_1000)
        #expect(load(0x4000_2ff8) == nil)
        try space.map(.fixed(0x4000_4000), size: 4096, protection: [.read])
        #expect(space.setBreak(0x4000_5000) == 0x4000_1000)
    }
}
