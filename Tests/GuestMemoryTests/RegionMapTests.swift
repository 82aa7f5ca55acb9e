import GuestMemory
import Testing

/// The interval map against a plain array of pages.
@Suite struct RegionMapTests {
    private static let pages = 64

    private struct Model {
        var pages = [Protection?](repeating: nil, count: RegionMapTests.pages)

        var regions: [RegionMap.Region] {
            var result: [RegionMap.Region] = []
            for (index, protection) in pages.enumerated() {
                guard let protection else { continue }
                let start = UInt64(index) * 4096
                if let last = result.last, last.range.upperBound == start, last.protection == protection {
                    result[result.count - 1].range = last.range.lowerBound..<(start + 4096)
                } else {
                    result.append(.init(range: start..<(start + 4096), protection: protection))
                }
            }
            return result
        }

        func highestFree(_ count: Int, _ bounds: Range<Int>) -> Int? {
            guard count <= bounds.count else { return nil }
            return (bounds.lowerBound...(bounds.upperBound - count)).reversed().first { start in pages[start..<(start + count)].allSatisfy { $0 == nil } }
        }
    }

    @Test func agreesWithAnArrayOfPages() {
        let seed = UInt64.random(in: 0 ... .max)
        var random = SplitMix(state: seed)
        var map = RegionMap()
        var model = Model()
        for step in 0..<20_000 {
            let start = Int.random(in: 0..<Self.pages, using: &random)
            let end = Int.random(in: start...Self.pages, using: &random)
            let range = UInt64(start) * 4096..<UInt64(end) * 4096
            if Bool.random(using: &random) {
                let protection = Protection(rawValue: UInt8.random(in: 0...7, using: &random))
                map.insert(range, protection)
                for page in start..<end { model.pages[page] = protection }
            } else {
                map.remove(range)
                for page in start..<end { model.pages[page] = nil }
            }
            #expect(map.regions == model.regions, "seed \(seed), step \(step)")
            #expect(map.isFree(range) == model.pages[start..<end].allSatisfy { $0 == nil }, "seed \(seed), step \(step)")
            #expect(map.covers(range) == model.pages[start..<end].allSatisfy { $0 != nil }, "seed \(seed), step \(step)")
            #expect(map.containsExecutable(range) == model.pages[start..<end].contains { $0?.contains(.execute) ?? false }, "seed \(seed), step \(step)")
            let address = UInt64.random(in: 0..<UInt64(Self.pages) * 4096, using: &random)
            #expect(map.region(containing: address)?.protection == model.pages[Int(address / 4096)], "seed \(seed), step \(step)")
            let low = Int.random(in: 0..<Self.pages, using: &random)
            let high = Int.random(in: (low + 1)...Self.pages, using: &random)
            let size = Int.random(in: 1...8, using: &random)
            let found = map.highestFreeRange(size: UInt64(size) * 4096, within: UInt64(low) * 4096..<UInt64(high) * 4096)
            #expect(found.map { Int($0.lowerBound / 4096) } == model.highestFree(size, low..<high), "seed \(seed), step \(step)")
            if map.regions != model.regions { return }
        }
    }
}

/// A small generator, so that a failure can be repeated from its seed.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}
