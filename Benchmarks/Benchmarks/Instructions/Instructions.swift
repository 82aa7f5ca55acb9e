import Benchmark
import Counting
import LoongArch

let benchmarks: @Sendable () -> Void = {
    let count = 1_000_000

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

    Benchmark("Decode a million random words", configuration: .counted()) { benchmark in
        var defined = 0
        benchmark.count {
            for word in random where tables.decode(word) != nil { defined += 1 }
        }
        blackHole(defined)
    }

    let instructions = random.filter { tables.decode($0) != nil }
    Benchmark("Decode \(instructions.count) random instructions", configuration: .counted()) { benchmark in
        var sum: UInt64 = 0
        benchmark.count {
            for word in instructions { sum &+= UInt64(tables.decode(word)!.opcode.rawValue) }
        }
        blackHole(sum)
    }

    let sample = Array(instructions.prefix(10_000))
    Benchmark("Disassemble 10000 instructions", configuration: .counted()) { benchmark in
        benchmark.count {
            for word in sample { blackHole(Disassembler.text(word: word)) }
        }
    }

    let operands = sample.map { word in
        let opcode = tables.decode(word)!.opcode
        return (opcode: opcode, values: opcode.form.operands.map { $0.value(in: word) })
    }
    Benchmark("Encode 10000 instructions", configuration: .counted()) { benchmark in
        var sum: UInt64 = 0
        do {
            try benchmark.count {
                for (opcode, values) in operands { sum &+= UInt64(try Encoder.encode(opcode, values)) }
            }
        } catch { benchmark.error("\(error)") }
        // What was taken apart is put together again.
        if sum != sample.reduce(0, { $0 &+ UInt64($1) }) { benchmark.error("the encoder does not give what was decoded") }
    }
}
