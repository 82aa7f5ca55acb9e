import VirtualMachine

/// What a bare-metal guest finds besides its vcpu, at the addresses of QEMU's `virt` board: RAM, a serial port, the power register.
struct MachineBoard {
    private static let serialPort: UInt64 = 0x1FE0_01E0
    private static let power: UInt64 = 0x100E_001C
    /// RAM up to here, and more of it from `highBase` on.
    private static let lowLimit: UInt64 = 256 << 20
    private static let highBase: UInt64 = 0x8000_0000

    let vm: VM
    let serial: SerialPort

    /// A board with `memory` bytes of RAM.
    init(_ configuration: VM.Configuration, memory: UInt64, console: Console) throws {
        vm = VM(configuration)
        try vm.addMemory(at: 0, size: min(memory, Self.lowLimit))
        if memory > Self.lowLimit { try vm.addMemory(at: Self.highBase, size: memory - Self.lowLimit) }
        let serial = SerialPort(send: console.send, receive: console.receive, idle: console.flush)
        self.serial = serial
        vm.addDevice(Self.serialPort..<Self.serialPort + 8) { _, address, _, store in
            let offset = address - Self.serialPort
            guard let store else { return UInt64(serial.load(offset)) }
            serial.store(offset, UInt8(truncatingIfNeeded: store))
            return 0
        }
        vm.addDevice(Self.power..<Self.power + 3) { vcpu, address, _, store in
            if address == Self.power, store == 0x34 { vcpu.end(.shutdown) }
            if address == Self.power + 2, store == 0x42 { vcpu.end(.reset) }
            return 0
        }
    }

    /// Puts an image and its command line into memory and the vcpu where the board's loader leaves it.
    func boot(_ image: KernelImage, commandLine: String, _ vcpu: VCPU) throws {
        if !commandLine.isEmpty { _ = vm.write(Array(commandLine.utf8) + [0], at: 0) }
        try vm.load(image)
        vcpu.resetGuest()
        vcpu.pc = image.entry
        vcpu[gpr: 4] = 1
    }

    /// The words of the IOCSR space that tell what there is; all others are 0.
    static func iocsr(_ address: UInt64, size: Int) -> UInt64 {
        let word: UInt64 =
            switch address & ~7 {
            // No message interrupts, no extended interrupt controller, no inter-processor interrupts of the board.
            case 0x8: 0x8
            // "Loongson", "3A5000".
            case 0x10: 0x6E6F_7367_6E6F_6F4C
            case 0x20: 0x0000_3030_3035_4133
            default: 0
            }
        return address & ~7 == 8 ? (address == 8 ? word : 0) : word >> (8 * (address & 7))
    }
}
