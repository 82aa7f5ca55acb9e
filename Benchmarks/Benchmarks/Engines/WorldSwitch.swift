import Benchmark
import Counting
import Execution
import GCCBackend
import Interpreter
import LoongArch
import Translator
import VirtualMachine

/// Round trips of a guest that calls user space all the time: out of the guest, to the caller of `VCPU.run`, and back in.
func registerWorldSwitch() {
    for name in ["interpreter", "translated"] {
        Benchmark("World switch, \(name)", configuration: .counted([.guestInstructions])) { benchmark in
            var store: TranslationStore?
            defer { store?.stop() }
            let makeEngine: Core.MakeEngine
            if name == "interpreter" {
                makeEngine = { source, mode in Interpreter(source: source, mode: mode) }
            } else {
                let made = TranslationStore(generator: try GCCCodeGenerator()) { benchmark.error($0) }
                store = made
                makeEngine = { source, mode in
                    let cache = TranslationCache(store: made, options: TranslationOptions(preciseRegisters: true, mode: mode))
                    return TranslatingEngine(source: source, cache: cache, policy: .eager, prepare: HelperTable.install)
                }
            }
            var configuration = VM.Configuration(makeEngine: makeEngine)
            configuration.clock = .instructions
            let machine = VM(configuration)
            try machine.addMemory(at: 0, size: 1 << 20)
            let program = try Assembler.assemble("again: hvcl 0x102\nb again", at: 0x1000)
            guard machine.write(program.bytes, at: 0x1000) else { throw BenchmarkTrouble(description: "the machine has no memory") }
            let vcpu = try machine.makeVCPU()
            vcpu.pc = 0x1000
            func roundTrips(_ number: Int) throws {
                for _ in 0..<number {
                    guard case .hypercall = vcpu.run() else { throw BenchmarkTrouble(description: "the guest was left for another reason than its hypercall") }
                    vcpu.hypercallResult = 0
                }
            }
            // Predecodes, or compiles.
            try roundTrips(100)
            let before = vcpu.instructionsRetired
            try benchmark.count { try roundTrips(1000) }
            benchmark.measurement(.guestInstructions, Int(vcpu.instructionsRetired - before))
        }
    }
}
