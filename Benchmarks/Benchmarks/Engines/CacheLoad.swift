import Benchmark
import Counting
import Foundation
import GCCBackend
import LoongArch
import Translator

/// What a run that finds its translations on disk does at its start: opens the file, checks it, and takes every unit out of it.
func registerCacheLoad() {
    let units = 200
    Benchmark("Cache load, \(units) units", configuration: .counted([.units])) { benchmark in
        let place = FileManager.default.temporaryDirectory.appendingPathComponent("longma-benchmark-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: place) }
        let directory = CacheDirectory(path: place.path) { benchmark.error($0) }
        do {
            // One unit's code for regions at other addresses each time: what is in it does not matter to the file.
            let words = try Assembler.assemble(String(repeating: "add.d $a0, $a0, $a1\nld.d $a2, $a0, 8\n", count: 20) + "jirl $zero, $ra, 0", at: 0).words
            let options = TranslationOptions(preciseRegisters: false)
            func region(_ address: UInt64) -> Region {
                Region(entries: [address], blocks: [RegionBlock(start: address, instructions: words.compactMap(Decoder.decode))])
            }
            let unit = try GCCCodeGenerator().compile([region(0x10000)], options)
            let cache = CodeCache(directory: directory, image: "/benchmark", kind: "run")
            for number in 0..<units { cache.add(unit, [region(0x10000 + UInt64(number) * 0x1000)], options) }
            cache.close()
        }
        var found = 0
        benchmark.count {
            let cache = CodeCache(directory: directory, image: "/benchmark", kind: "run")
            for number in 0..<units {
                for archived in cache.regions(at: 0x10000 + UInt64(number) * 0x1000) where cache.unit(archived.unit) != nil { found += 1 }
            }
            cache.close()
        }
        benchmark.measurement(.units, found)
        if found != units { benchmark.error("\(found) of \(units) units were found again") }
    }
}

extension BenchmarkMetric {
    /// Units of code that were found.
    static let units = custom("units", polarity: .prefersLarger, useScalingFactor: false)
}
