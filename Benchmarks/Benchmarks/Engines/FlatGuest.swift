import CHost
import Execution
import Glibc
import GuestMemory
import LoongArch

/// A guest of a few instructions at a fixed address, with a CPU, as a Linux process's thread has it.
final class FlatGuest: CodeSource {
    static let address: UInt64 = 0x5a00_0000
    private static let size = 1 << 20

    let cpu = UnsafeMutablePointer<LongmaCPU>.allocate(capacity: 1)
    private let memory: UnsafeMutableRawPointer

    /// Takes the address, so there is one at a time.
    init(_ source: String) throws {
        let wanted = UnsafeMutableRawPointer(bitPattern: UInt(Self.address))
        let got = mmap(wanted, Self.size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0)
        guard got == wanted, let got else { throw BenchmarkTrouble(description: "the guest's address is taken") }
        memory = got
        let program = try Assembler.assemble(source, at: Self.address)
        memory.copyMemory(from: program.bytes, byteCount: program.bytes.count)
        longma_install_fault_handler()
        cpu.initialize(to: LongmaCPU())
        cpu.pointee.pc = Self.address
        cpu.pointee.fuelFloor = Int64(LONGMA_FUEL_FLOOR)
        cpu.pointee.addressLimit = UInt64(LONGMA_FLAT_ADDRESS_LIMIT)
    }

    deinit {
        munmap(memory, Self.size)
        cpu.deallocate()
    }

    func executableRange(containing address: UInt64) -> (range: Range<UInt64>, writable: Bool)? {
        let range = Self.address..<Self.address + UInt64(Self.size)
        return range.contains(address) ? (range, false) : nil
    }

    /// Has `engine` retire at least `instructions`; answers how many it were.
    func run(_ engine: any Engine, _ instructions: Int64) -> Int64 {
        cpu.pointee.fuel = instructions + Int64(LONGMA_FUEL_FLOOR)
        let granted = cpu.pointee.fuel
        _ = engine.run(cpu)
        return granted - cpu.pointee.fuel
    }
}

/// Why a benchmark cannot be run here.
struct BenchmarkTrouble: Error, CustomStringConvertible { let description: String }
