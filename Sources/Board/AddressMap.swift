/// Where things are on the board (`machine.md` section 2), and the device tree that tells a kernel so.
enum AddressMap {
    static let serial: Range<UInt64> = 0x1FE0_01E0..<0x1FE0_01E8
    /// Input of the platform's interrupt controller that the serial port drives.
    static let serialInput = 2
    static let power: Range<UInt64> = 0x100E_001C..<0x100E_001F
    /// Values of the power register and of the reset register behind it.
    static let powerOff: UInt64 = 0x34
    static let restart: UInt64 = 0x42
    /// Input and output ports of the ISA bus, where nothing is.
    private static let ports: UInt32 = 0x1800_4000
    private static let lowLimit: UInt64 = 256 << 20
    private static let highBase: UInt64 = 0x8000_0000

    /// RAM of `size` bytes: up to 256 MiB from 0, the rest from 2 GiB.
    static func memory(_ size: UInt64) -> [Range<UInt64>] {
        size <= lowLimit ? [0..<size] : [0..<lowLimit, highBase..<highBase + size - lowLimit]
    }

    /// The tree for a board with `size` bytes of RAM.
    static func deviceTree(memory size: UInt64) -> FlattenedDeviceTree.Node {
        enum Handle {
            static let core: UInt32 = 1
            static let extended: UInt32 = 2
            static let platform: UInt32 = 3
            static let power: UInt32 = 4
        }
        func node(_ name: String, compatible: String? = nil, _ fill: (inout FlattenedDeviceTree.Node) -> Void) -> FlattenedDeviceTree.Node {
            var node = FlattenedDeviceTree.Node(name)
            if let compatible { node.setCompatible(compatible) }
            fill(&node)
            return node
        }
        func hex(_ value: UInt64) -> String { String(value, radix: 16) }

        return node("", compatible: "longma,virt") { root in
            root.set("#address-cells", cells: 2)
            root.set("#size-cells", cells: 2)
            root.set("model", "longma-virt")
            root.children = [
                node("chosen") { $0.set("stdout-path", "/serial@\(hex(serial.lowerBound))") },
                node("cpus") {
                    $0.set("#address-cells", cells: 1)
                    $0.set("#size-cells", cells: 0)
                    $0.children = [
                        node("cpu@0", compatible: "loongson,la464") {
                            $0.set("device_type", "cpu")
                            $0.set("reg", cells: 0)
                        }
                    ]
                },
            ]
            root.children += memory(size).map { range in
                node("memory@\(hex(range.lowerBound))") {
                    $0.set("device_type", "memory")
                    $0.setRange(range.lowerBound, range.upperBound - range.lowerBound)
                }
            }
            root.children += [
                node("cpuic", compatible: "loongson,cpu-interrupt-controller") {
                    $0.set("phandle", cells: Handle.core)
                    $0.set("interrupt-controller")
                    $0.set("#interrupt-cells", cells: 1)
                },
                node("eiointc@1400", compatible: "loongson,ls2k2000-eiointc") {
                    $0.set("phandle", cells: Handle.extended)
                    $0.setRange(0x1400, 0x800)
                    $0.set("interrupt-controller")
                    $0.set("#interrupt-cells", cells: 1)
                    $0.set("interrupt-parent", cells: Handle.core)
                    $0.set("interrupts", cells: 3)
                },
                node("pic@\(hex(PlatformInterruptController.range.lowerBound))", compatible: "loongson,pch-pic-1.0") {
                    $0.set("phandle", cells: Handle.platform)
                    $0.setRange(PlatformInterruptController.range.lowerBound, UInt64(PlatformInterruptController.range.count))
                    $0.set("interrupt-controller")
                    $0.set("#interrupt-cells", cells: 2)
                    $0.set("interrupt-parent", cells: Handle.extended)
                    $0.set("loongson,pic-base-vec", cells: 0)
                },
                node("serial@\(hex(serial.lowerBound))", compatible: "ns16550a") {
                    $0.setRange(serial.lowerBound, UInt64(serial.count))
                    $0.set("clock-frequency", cells: 100_000_000)
                    $0.set("interrupt-parent", cells: Handle.platform)
                    // High level.
                    $0.set("interrupts", cells: UInt32(serialInput), 4)
                },
                node("syscon@\(hex(power.lowerBound))", compatible: "syscon") {
                    $0.set("phandle", cells: Handle.power)
                    $0.setRange(power.lowerBound, UInt64(power.count))
                    $0.set("reg-io-width", cells: 1)
                    $0.set("reg-shift", cells: 0)
                },
                node("poweroff", compatible: "syscon-poweroff") {
                    $0.set("regmap", cells: Handle.power)
                    $0.set("offset", cells: 0)
                    $0.set("value", cells: UInt32(powerOff))
                },
                node("reboot", compatible: "syscon-reboot") {
                    $0.set("regmap", cells: Handle.power)
                    $0.set("offset", cells: 2)
                    $0.set("value", cells: UInt32(restart))
                },
                // Kernels look for a keyboard at its ports, mapped or not.
                node("isa", compatible: "isa") {
                    $0.set("#address-cells", cells: 2)
                    $0.set("#size-cells", cells: 1)
                    $0.set("ranges", cells: 1, 0, 0, ports, 0x4000)
                },
            ]
        }
    }
}
