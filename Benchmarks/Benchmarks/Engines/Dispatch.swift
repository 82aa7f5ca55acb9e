import Benchmark
import CHost
import Counting
import Execution
import GCCBackend
import Interpreter
import Translator

/// Ten million instructions of a guest that never ends.
private let instructions: Int64 = 10_000_000

/// How the interpreter gets from instruction to instruction, and from block to block.
func registerDispatch() {
    let guests = [
        ("straight code", "again:\n" + String(repeating: "add.d $t0, $t0, $t1\nxor $t1, $t0, $t2\nsrli.d $t2, $t0, 3\n", count: 20) + "b again"),
        ("short blocks", "again: addi.d $t0, $t0, 1\nandi $t1, $t0, 1\nbeqz $t1, again\naddi.d $t2, $t2, 1\nb again"),
        ("calls", "again: bl callee\nb again\ncallee: addi.d $t0, $t0, 1\njirl $zero, $ra, 0"),
    ]
    for (name, source) in guests {
        Benchmark("Interpreter, \(name)", configuration: .counted([.guestInstructions])) { benchmark in
            let guest = try FlatGuest(source)
            let interpreter = Interpreter(source: guest)
            // Predecodes.
            _ = guest.run(interpreter, 1000)
            var retired: Int64 = 0
            benchmark.count { retired = guest.run(interpreter, instructions) }
            benchmark.measurement(.guestInstructions, Int(retired))
        }
    }
}

/// How translated code finds the code that an indirect jump goes to.
func registerRegionLookup() {
    // Two functions are called in turns. The jump cache has 4,096 slots, by word address; 16 KiB apart they share one, so each call misses it and asks the
    // dispatcher.
    for (name, distance) in [("hit", 0x400), ("miss", 0x4000)] {
        let source = """
            la.local $s0, first
            li.w $t8, \(distance)
            add.d $s1, $s0, $t8
            again:
            jirl $ra, $s0, 0
            jirl $ra, $s1, 0
            b again
            .balign \(distance)
            first: addi.d $t0, $t0, 1
            jirl $zero, $ra, 0
            .balign \(distance)
            addi.d $t1, $t1, 1
            jirl $zero, $ra, 0
            """
        Benchmark("Region lookup, jump cache \(name)", configuration: .counted([.guestInstructions, .compiledRegions])) { benchmark in
            let guest = try FlatGuest(source)
            let store = TranslationStore(generator: try GCCCodeGenerator()) { benchmark.error($0) }
            defer { store.stop() }
            let cache = TranslationCache(store: store, options: TranslationOptions(preciseRegisters: false))
            let engine = TranslatingEngine(source: guest, cache: cache, policy: .eager, prepare: HelperTable.install)
            // Compiles.
            _ = guest.run(engine, 1000)
            var retired: Int64 = 0
            benchmark.count { retired = guest.run(engine, instructions) }
            benchmark.measurement(.guestInstructions, Int(retired))
            benchmark.measurement(.compiledRegions, Int(store.counters.regions))
        }
    }
}

extension BenchmarkMetric {
    /// Regions that libgccjit compiled for the guest.
    static let compiledRegions = custom("compiledRegions", polarity: .prefersSmaller, useScalingFactor: false)
}
