import GuestMemory
import VirtualMachine

/// A whole machine for one kernel: a core in root mode with the virtualization extension, RAM, a serial port, interrupt controllers and a power register, where
/// QEMU's `virt` board has them; its kernel finds a device tree (`machine.md`, board A). What runs here may be a hypervisor itself.
///
/// A board belongs to one thread; `requestStop` may come from any.
public final class Board {
    /// Why `run` came back.
    public enum Exit: Equatable, Sendable {
        /// The kernel switched the machine off, or wants it to begin anew.
        case shutdown
        case reset
        /// `requestStop` was called.
        case interrupted
        /// All granted instructions are retired.
        case fuel
        /// An instruction that Longma does not implement.
        case unimplemented(pc: UInt64, word: UInt32)
    }

    /// The console's ends.
    public struct Console {
        let send: (UInt8) -> Void
        let receive: () -> UInt8?
        let flush: () -> Void

        /// `send` takes a byte of output, `receive` gives the next byte of input if there is one; `flush` is called when output should be seen.
        public init(send: @escaping (UInt8) -> Void, receive: @escaping () -> UInt8?, flush: @escaping () -> Void) {
            self.send = send
            self.receive = receive
            self.flush = flush
        }
    }

    /// What could not be set up.
    public struct BoardError: Error, CustomStringConvertible, Sendable {
        public let description: String
    }

    public let core: Core
    /// Bytes of RAM.
    public let memorySize: UInt64
    private let serial: SerialPort
    private let interrupts: InterruptSpace
    private var outcome: Exit?

    /// A board with `memory` bytes of RAM (at least 32 MiB, a multiple of 16 KiB).
    public init(memory: UInt64, clock: Core.Clock = .host, console: Console, makeEngine: @escaping Core.MakeEngine) throws {
        guard memory >= 32 << 20, memory & 0x3FFF == 0 else { throw BoardError(description: "a board needs at least 32 MiB of memory, in pages of 16 KiB") }
        memorySize = memory
        let physical = PhysicalMemory()
        do { for range in AddressMap.memory(memory) { try physical.add(base: range.lowerBound, size: range.upperBound - range.lowerBound) } } catch {
            throw BoardError(description: error.description)
        }
        core = Core(memory: physical, clock: clock, makeEngine: makeEngine)
        let interrupts = InterruptSpace(core)
        self.interrupts = interrupts
        serial = SerialPort(send: console.send, receive: console.receive, idle: console.flush) { interrupts.platform.set(AddressMap.serialInput, $0) }
        core.iocsr = { address, size, store in interrupts.access(address, size, store) }
        // The core belongs to the board.
        core.device = { [unowned self] address, size, store in access(address, size, store) }
    }

    // MARK: Devices

    private func access(_ address: UInt64, _ size: Int, _ store: UInt64?) -> UInt64 {
        switch address {
        case AddressMap.serial:
            let offset = address - AddressMap.serial.lowerBound
            guard let store else { return UInt64(serial.load(offset)) }
            serial.store(offset, UInt8(truncatingIfNeeded: store))
        case PlatformInterruptController.range:
            guard let store else { return interrupts.platform.load(address, size) }
            interrupts.platform.store(address, size, store)
        case AddressMap.power:
            if address == AddressMap.power.lowerBound, store == AddressMap.powerOff { end(.shutdown) }
            if address == AddressMap.power.lowerBound + 2, store == AddressMap.restart { end(.reset) }
            return 0
        // Nothing is there: what a bus without an answer reads.
        default: return .max
        }
        return 0
    }

    private func end(_ exit: Exit) {
        outcome = exit
        core.requestStop()
    }

    // MARK: Running

    /// Puts a kernel, an initial RAM disk and a command line into memory, and the core at the kernel's entry.
    public func boot(_ image: KernelImage, initialDisk: [UInt8] = [], commandLine: String) throws {
        for segment in image.segments {
            let zeros = [UInt8](repeating: 0, count: Int(segment.memorySize) - segment.bytes.count)
            guard core.memory.write(segment.bytes, at: segment.address), core.memory.write(zeros, at: segment.address + UInt64(segment.bytes.count)) else {
                throw BoardError(
                    description:
                        "a segment of \(segment.memorySize) bytes at 0x\(String(segment.address, radix: 16)) does not lie in the board's memory; give it more")
            }
        }
        var disk: SystemTable.Place?
        if !initialDisk.isEmpty {
            // In the middle: kernels begin to use memory at both ends before they look for the disk.
            let low = AddressMap.memory(memorySize)[0].upperBound
            let end = image.segments.map { $0.address + $0.memorySize }.max()!
            let start = (max(low / 2, end) + 0x3FFF) & ~0x3FFF
            guard core.memory.write(initialDisk, at: start) else {
                throw BoardError(
                    description: "an initial RAM disk of \(initialDisk.count) bytes does not fit into the board's memory beside the kernel; give it more")
            }
            disk = SystemTable.Place(address: start, size: UInt64(initialDisk.count))
        }
        let tree = FlattenedDeviceTree.bytes(AddressMap.deviceTree(memory: memorySize))
        for part in SystemTable.parts(deviceTree: tree, commandLine: commandLine, initialDisk: disk) { _ = core.memory.write(part.bytes, at: part.address) }
        core.codeChanged()
        core.pc = image.entry & 0xFFFF_FFFF_FFFF
        core[gpr: 4] = 1
        core[gpr: 5] = SystemTable.commandLine
        core[gpr: 6] = SystemTable.address
    }

    /// Asks `run` to return soon; from any thread.
    public func requestStop() { core.requestStop() }

    /// Runs until something happens that the board does not handle, or until `fuel` instructions have retired. Input of the console is looked for at the start:
    /// whoever has new input stops the board and runs it again.
    public func run(fuel: UInt64 = .max) -> Exit {
        outcome = nil
        serial.update()
        switch core.run(fuel: fuel) {
        case .fuel: return .fuel
        case .unimplemented(let pc, let word): return .unimplemented(pc: pc, word: word)
        case .stopped: return outcome ?? .interrupted
        }
    }
}
