import CHost
import Execution
import Glibc
import GuestMemory
import Interpreter
import LoongArch

/// Memory and CPU for short sequences of instructions: their words amid `break` instructions, and a data window with nothing around it.
final class SequenceMachine: CodeSource {
    static let code: UInt64 = 0x5a00_0000
    static let window: UInt64 = 0x5b00_0000
    private static let size = 1 << 16
    /// More than the engine's floor, so that blocks are executed first and single instructions at the end.
    private static let fuel = Int64(LONGMA_FUEL_FLOOR) + 300

    /// What an execution ends in.
    struct State: Equatable {
        var exit: Exit
        var pc: UInt64
        var fuel: Int64
        var gpr: [UInt64]
        var memory: [UInt64]
    }

    private let cpu = UnsafeMutablePointer<LongmaCPU>.allocate(capacity: 1)
    private let words: UnsafeMutablePointer<UInt32>
    private let data: UnsafeMutablePointer<UInt64>

    init() {
        func map(_ address: UInt64) -> UnsafeMutableRawPointer {
            let wanted = UnsafeMutableRawPointer(bitPattern: UInt(address))
            let got = mmap(wanted, Self.size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0)
            precondition(got == wanted, "the test's addresses are taken")
            return got!
        }
        words = map(Self.code).initializeMemory(as: UInt32.self, repeating: 0x002a_0000, count: Self.size / 4)
        data = map(Self.window).initializeMemory(as: UInt64.self, repeating: 0, count: Self.size / 8)
        longma_install_fault_handler()
        cpu.initialize(to: LongmaCPU())
    }

    deinit {
        munmap(words, Self.size)
        munmap(data, Self.size)
        cpu.deallocate()
    }

    func executableRange(containing address: UInt64) -> (range: Range<UInt64>, writable: Bool)? {
        let range = Self.code..<Self.code + UInt64(Self.size)
        return range.contains(address) ? (range, false) : nil
    }

    /// Executes `sequence` from the middle of the code, by blocks or instruction by instruction.
    func run(_ sequence: [UInt32], gpr: [UInt64], byBlocks: Bool) -> State {
        let middle = Self.size / 8
        for (index, word) in sequence.enumerated() { words[middle + index] = word }
        defer { for index in sequence.indices { words[middle + index] = 0x002a_0000 } }
        for index in 0..<Self.size / 8 { data[index] = UInt64(index) &* 0x9e37_79b9_7f4a_7c15 }
        cpu.pointee = LongmaCPU()
        cpu.pointee.pc = Self.code + UInt64(4 * middle)
        cpu.pointee.fuel = Self.fuel
        cpu.pointee.fuelFloor = Int64(LONGMA_FUEL_FLOOR)
        cpu.pointee.addressLimit = UInt64(LONGMA_FLAT_ADDRESS_LIMIT)
        withUnsafeMutableBytes(of: &cpu.pointee.gpr) { $0.copyBytes(from: gpr.withUnsafeBytes { Array($0) }) }
        longma_bind_cpu(cpu)
        defer { longma_bind_cpu(nil) }
        let interpreter = Interpreter(source: self)
        let exit = byBlocks ? interpreter.run(cpu) : interpreter.step(cpu, .max)!
        return State(
            exit: exit, pc: cpu.pointee.pc, fuel: cpu.pointee.fuel, gpr: withUnsafeBytes(of: &cpu.pointee.gpr) { Array($0.bindMemory(to: UInt64.self)) },
            memory: Array(UnsafeBufferPointer(start: data, count: Self.size / 8)))
    }
}
