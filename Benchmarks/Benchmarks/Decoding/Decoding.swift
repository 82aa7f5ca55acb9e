import Benchmark
import LoongArch

let benchmarks: @Sendable () -> Void = {
    // Words per second: `throughput` counts them, a million of them a run.
    let count = 1_000_000
    let configuration = Benchmark.Configuration(metrics: [.wallClock, .throughput], scalingFactor: .one, maxDuration: .seconds(3))

    func words(_ seed: UInt64, _ word: (UInt64) -> UInt32) -> [UInt32] {
        var state = seed
        return (0..<count).map { _ in
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return word(state)
        }
    }

    let random = words(0x9e37_79b9_7f4a_7c15) { UInt32(truncatingIfNeeded: $0 >> 16) }
    let tables = DecoderTables.shared

    Benchmark("Decode a million random words", configuration: configuration) { benchmark in
        benchmark.startMeasurement()
        var defined = 0
        for word in random where tables.decode(word) != nil { defined += 1 }
        blackHole(defined)
    }

    let instructions = random.filter { tables.decode($0) != nil }
    Benchmark("Decode \(instructions.count) random instructions", configuration: configuration) { benchmark in
        benchmark.startMeasurement()
        var sum: UInt64 = 0
        for word in instructions { sum &+= UInt64(tables.decode(word)!.opcode.rawValue) }
        blackHole(sum)
    }

    let sample = instructions.prefix(10_000)
    Benchmark("Disassemble 10,000 instructions", configuration: configuration) { benchmark in
        benchmark.startMeasurement()
        for word in sample { blackHole(Disassembler.text(word: word)) }
    }
}
