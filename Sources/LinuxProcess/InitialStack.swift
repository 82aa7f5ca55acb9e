/// The stack that a new program finds: argc, argv, envp and the auxiliary vector, with the strings above them.
public struct InitialStack: Equatable, Sendable {
    /// Keys of the auxiliary vector.
    public enum AuxiliaryKey: UInt64, Sendable {
        case end = 0
        case programHeaders = 3, programHeaderSize = 4, programHeaderCount = 5
        case pageSize = 6, interpreterBase = 7, flags = 8, entry = 9
        case userID = 11, effectiveUserID = 12, groupID = 13, effectiveGroupID = 14
        case platform = 15, hardwareCapabilities = 16, clockTicks = 17, secure = 23
        case random = 25, hardwareCapabilities2 = 26, executableName = 31
    }

    /// Value of the stack pointer, a multiple of 16; `bytes` begin there.
    public var pointer: UInt64
    /// Memory from `pointer` up to the top of the stack.
    public var bytes: [UInt8]
    /// Where the argument strings lie, end exclusive: what `/proc/self/cmdline` shows.
    public var argumentStrings: Range<UInt64>

    /// Lays out a stack that ends at `top` (a multiple of 16). `auxiliary` comes without the keys that point to strings and without the end; they are added:
    /// `random` (16 bytes) for AT_RANDOM, "loongarch64" for AT_PLATFORM, `executable` for AT_EXECFN.
    public init(
        top: UInt64, arguments: [String], environment: [String], auxiliary: [(AuxiliaryKey, UInt64)], random: [UInt8], executable: String
    ) {
        var strings: [UInt8] = []
        func place(_ text: String) -> Int {
            let offset = strings.count
            strings.append(contentsOf: text.utf8)
            strings.append(0)
            return offset
        }
        let argumentOffsets = arguments.map(place)
        let argumentsEnd = strings.count
        let environmentOffsets = environment.map(place)
        let executableOffset = place(executable)
        let platformOffset = place("loongarch64")
        while strings.count % 16 != 0 { strings.append(0) }
        let randomOffset = strings.count
        strings.append(contentsOf: random)
        while strings.count % 16 != 0 { strings.append(0) }
        strings.append(contentsOf: repeatElement(0, count: 16))

        let base = top - UInt64(strings.count)
        func address(_ offset: Int) -> UInt64 { base + UInt64(offset) }
        var words: [UInt64] = [UInt64(arguments.count)]
        words += argumentOffsets.map(address)
        words.append(0)
        words += environmentOffsets.map(address)
        words.append(0)
        var vector = auxiliary
        vector.append((.random, address(randomOffset)))
        vector.append((.platform, address(platformOffset)))
        vector.append((.executableName, address(executableOffset)))
        vector.append((.end, 0))
        for (key, value) in vector { words += [key.rawValue, value] }
        if words.count % 2 != 0 { words.append(0) }

        pointer = base - UInt64(words.count * 8)
        bytes = words.flatMap { word in withUnsafeBytes(of: word.littleEndian, Array.init) } + strings
        argumentStrings = base..<(base + UInt64(argumentsEnd))
    }
}

/// What `AT_HWCAP` says of this CPU: only what is implemented. Bits of the kernel's `asm/hwcap.h`.
enum HardwareCapabilities {
    static let cpucfg: UInt64 = 1 << 0
    static let atomicMemoryOperations: UInt64 = 1 << 1
    static let unalignedAccess: UInt64 = 1 << 2
    static let floatingPoint: UInt64 = 1 << 3
    static let lsx: UInt64 = 1 << 4
    static let crc32: UInt64 = 1 << 6

    static let all = cpucfg | atomicMemoryOperations | unalignedAccess | floatingPoint | lsx | crc32
}
