/// What a kernel finds in place of firmware: an EFI system table with configuration tables, without services (`machine.md` section 8).
struct SystemTable {
    /// Where the parts lie: below 2 MiB, which the kernel keeps for itself.
    static let address: UInt64 = 0x1000
    static let commandLine: UInt64 = 0x2000
    static let deviceTree: UInt64 = 0x1_0000
    /// Most bytes of a command line with its zero.
    static let commandLineLimit = 4096

    /// A range of physical memory.
    struct Place {
        let address: UInt64
        let size: UInt64
    }

    private static let configuration: UInt64 = address + 0x100
    private static let initialDisk: UInt64 = address + 0x200
    private static let vendor: UInt64 = address + 0x300

    /// GUIDs as they lie in memory.
    private static let deviceTreeGUID: [UInt8] = [0xD5, 0x21, 0xB6, 0xB1, 0x9C, 0xF1, 0xA5, 0x41, 0x83, 0x0B, 0xD9, 0x15, 0x2C, 0x69, 0xAA, 0xE0]
    private static let initialDiskGUID: [UInt8] = [0x27, 0xE4, 0x68, 0x55, 0xFC, 0x68, 0x3D, 0x4F, 0xAC, 0x74, 0xCA, 0x55, 0x52, 0x31, 0xCC, 0x68]

    /// The parts and their addresses. `initialDisk` is where one was loaded.
    static func parts(deviceTree: [UInt8], commandLine: String, initialDisk disk: Place?) -> [(address: UInt64, bytes: [UInt8])] {
        var tables = deviceTreeGUID + little(Self.deviceTree)
        if disk != nil { tables += initialDiskGUID + little(initialDisk) }
        // Signature, revision and size of the header; console and services of which there are none.
        var table = Array("IBI SYST".utf8) + little(UInt64(120) << 32 | 0x0002_000A)
        table += little(0) + little(vendor)
        table += [UInt8](repeating: 0, count: 0x68 - table.count)
        table += little(disk == nil ? 1 : 2) + little(configuration)
        var parts: [(address: UInt64, bytes: [UInt8])] = [
            (address, table), (configuration, tables), (vendor, Array("L\0o\0n\0g\0m\0a\0\0\0".utf8)), (Self.deviceTree, deviceTree),
            (Self.commandLine, Array(commandLine.utf8.prefix(commandLineLimit - 1)) + [0]),
        ]
        if let disk { parts.append((initialDisk, little(disk.address) + little(disk.size))) }
        return parts
    }

    private static func little(_ value: UInt64) -> [UInt8] { withUnsafeBytes(of: value.littleEndian, Array.init) }
}
