import GuestMemory
import Testing

/// The TLB's ways and the spares behind them.
@Suite struct TranslationBufferTests {
    private static let capacity = TranslationBuffer.ways + TranslationBuffer.spares

    /// The entry of pair n of one set.
    private func entry(_ n: Int, tag: UInt8 = 0, asid: UInt16 = 3) -> TLBEntry {
        var entry = TLBEntry()
        entry.isValid = true
        entry.tag = tag
        entry.asid = asid
        entry.address = UInt64(n) << 21 | 5 << 13
        entry.low = UInt64(n) << 12 | 3
        entry.high = UInt64(n) << 12 | 3
        return entry
    }

    private func find(_ tlb: TranslationBuffer, _ n: Int, tag: UInt8 = 0) -> UnsafeMutablePointer<TLBEntry>? {
        tlb.find(entry(n).address, tag: tag, pageSize: 12) { $0.pointee.asid == 3 }
    }

    @Test func aFullSetLosesItsOldest() {
        var tlb = TranslationBuffer()
        defer { tlb.deallocate() }
        for n in 0..<Self.capacity { #expect(!tlb.fill(entry(n), stlbPageSize: 12).isValid) }
        for n in 0..<Self.capacity { #expect(find(tlb, n)?.pointee == entry(n), "\(n)") }
        for n in Self.capacity..<3 * Self.capacity { #expect(tlb.fill(entry(n), stlbPageSize: 12) == entry(n - Self.capacity)) }
        for n in 0..<3 * Self.capacity { #expect((find(tlb, n) != nil) == (n >= 2 * Self.capacity), "\(n)") }
    }

    @Test func whatIsInvalidIsNotFound() {
        var tlb = TranslationBuffer()
        defer { tlb.deallocate() }
        for n in 0..<Self.capacity { _ = tlb.fill(entry(n), stlbPageSize: 12) }
        for n in stride(from: 0, to: Self.capacity, by: 3) { tlb.invalidate(find(tlb, n)!) }
        for n in 0..<Self.capacity { #expect((find(tlb, n) == nil) == (n % 3 == 0), "\(n)") }
        var seen: Set<UInt64> = []
        tlb.forEach(holding: entry(0).address) { if $0.pointee.isValid { seen.insert($0.pointee.address) } }
        #expect(seen == Set((0..<Self.capacity).filter { $0 % 3 != 0 }.map { entry($0).address }))
    }

    @Test func tagsAreKeptApart() {
        var tlb = TranslationBuffer()
        defer { tlb.deallocate() }
        for tag: UInt8 in 1...3 { for n in 0..<10 { _ = tlb.fill(entry(n, tag: tag), stlbPageSize: 12) } }
        for tag: UInt8 in 0...3 { for n in 0..<10 { #expect(find(tlb, n, tag: tag)?.pointee.tag == (tag == 0 ? nil : tag)) } }
        tlb.invalidate(find(tlb, 4, tag: 2)!)
        #expect(find(tlb, 4, tag: 2) == nil && find(tlb, 4, tag: 1) != nil && find(tlb, 4, tag: 3) != nil)
    }

    @Test func aSpareGetsAnIndex() {
        var tlb = TranslationBuffer()
        defer { tlb.deallocate() }
        for n in 0..<Self.capacity { _ = tlb.fill(entry(n), stlbPageSize: 12) }
        for n in 0..<Self.capacity {
            let index = tlb.index(of: find(tlb, n)!)
            #expect(index < TranslationBuffer.count && tlb[index] == entry(n), "\(n)")
            for other in 0..<Self.capacity { #expect(find(tlb, other)?.pointee == entry(other)) }
        }
    }

    @Test func everyPlaceHasANumber() {
        var tlb = TranslationBuffer()
        defer { tlb.deallocate() }
        for n in 0..<TranslationBuffer.total { tlb.set(n, entry(n)) }
        for n in 0..<TranslationBuffer.total { #expect(tlb[n] == entry(n)) }
        for n in 0..<TranslationBuffer.count {
            var place: UnsafeMutablePointer<TLBEntry>?
            tlb.forEach(holding: nil) { if $0.pointee == entry(n) { place = $0 } }
            #expect(place.map(tlb.index) == n)
        }
    }
}
