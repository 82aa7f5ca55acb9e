import Benchmark
import CHost
import Counting
import GuestMemory
import Interpreter
import LoongArch
import VirtualMachine

/// Loads of a core with address translation, whose pages the soft TLB has or has not.
func registerSoftTLB() {
    // So much memory has four times as many pages as the soft TLB, so none is there any more when its turn comes.
    let pages = 4 * Int(LONGMA_SOFT_TLB_PAGES), size = pages << 12
    for (name, stride, mask) in [("hit", 8, 0xFFF), ("miss", 0x1000, size - 1)] {
        Benchmark("Soft TLB, \(name)", configuration: .counted([.guestInstructions, .softTLBMisses])) { benchmark in
            let memory = PhysicalMemory()
            _ = try memory.add(base: 0, size: UInt64(2 * size))
            let core = Core(memory: memory, clock: .instructions) { source, mode in Interpreter(source: source, mode: mode) }
            let source = """
                li.d $t3, \(mask)
                li.d $t4, \(size)
                again: add.d $t1, $t4, $t0
                ld.d $t2, $t1, 0
                addi.d $t0, $t0, 8
                add.d $t0, $t0, $t5
                and $t0, $t0, $t3
                b again
                """
            let start: UInt64 = 0x1000
            guard memory.write(try Assembler.assemble(source, at: start).bytes, at: start) else { throw BenchmarkTrouble(description: "the core has no memory") }
            core.codeChanged()
            core.pc = start
            core[gpr: 17] = UInt64(stride - 8)
            // Every page once.
            _ = core.run(fuel: 6 * UInt64(pages))

            let loads: UInt64 = 100_000
            Misses.count(in: core.cpu)
            _ = core.run(fuel: 6 * loads)
            let misses = Misses.stop(in: core.cpu)

            let before = core.retired
            benchmark.count { _ = core.run(fuel: 6 * loads) }
            benchmark.measurement(.guestInstructions, Int(core.retired - before))
            benchmark.measurement(.softTLBMisses, misses)
        }
    }
}

/// Counts the accesses for which the soft TLB has no page.
private enum Misses {
    nonisolated(unsafe) private static var number = 0
    nonisolated(unsafe) private static var resolve: (@convention(c) (UnsafeMutablePointer<LongmaCPU>, UInt64, UInt64) -> UInt64)?

    static func count(in cpu: UnsafeMutablePointer<LongmaCPU>) {
        number = 0
        resolve = cpu.pointee.resolve
        cpu.pointee.resolve = { cpu, address, access in
            Misses.number += 1
            return Misses.resolve!(cpu, address, access)
        }
    }

    static func stop(in cpu: UnsafeMutablePointer<LongmaCPU>) -> Int {
        cpu.pointee.resolve = resolve
        return number
    }
}

extension BenchmarkMetric {
    /// Accesses for which the soft TLB has no page, in as many instructions as a run has.
    static let softTLBMisses = custom("softTLBMisses", polarity: .prefersSmaller, useScalingFactor: false)
}
