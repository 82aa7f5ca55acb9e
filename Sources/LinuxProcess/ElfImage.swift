import GuestMemory

/// What a program file is not allowed to be. `description` completes the sentence "NAME …".
public enum ElfError: Error, Equatable, Sendable, CustomStringConvertible {
    case empty, notELF, script, truncated
    case otherMachine(String)
    case notLittleEndian64
    case notExecutable(UInt16)
    case badHeader(String)

    public var description: String {
        switch self {
        case .empty: "is empty"
        case .notELF: "is not an ELF program"
        case .script: "is a script, not an ELF program; give its interpreter as the program"
        case .truncated: "is truncated: its headers or segments reach beyond the end of the file"
        case .otherMachine(let name): "is for \(name), not LoongArch"
        case .notLittleEndian64: "is not a 64-bit little-endian ELF file"
        case .notExecutable(let type):
            switch type {
            case 1: "is an object file that has not been linked"
            case 4: "is a core dump, not a program"
            default: "is not an executable (ELF type \(type))"
            }
        case .badHeader(let what): "has a damaged ELF header: \(what)"
        }
    }
}

/// The parts of an LA64 ELF executable that matter for running it. Parsing looks at nothing but the bytes given, and never beyond them.
public struct ElfImage: Equatable, Sendable {
    /// A range of the file that is mapped to a range of memory. All numbers are bytes, checked to neither overflow nor exceed the file.
    public struct Segment: Equatable, Sendable {
        public var address: UInt64
        public var memorySize: UInt64
        public var fileOffset: UInt64
        public var fileSize: UInt64
        public var protection: Protection
    }

    /// Loadable segments in ascending order of address, disjoint page by page.
    public var segments: [Segment]
    /// Address of the first instruction, before relocation.
    public var entry: UInt64
    /// Whether the image may be placed anywhere (ET_DYN).
    public var isRelocatable: Bool
    /// Address of the program headers in memory before relocation, or nil when no segment holds them.
    public var programHeaders: UInt64?
    public var programHeaderCount: Int
    /// Path of the dynamic loader that the program asks for.
    public var interpreter: String?

    /// Bytes of one program header.
    public static let programHeaderSize = 56
    /// More program headers than any linker makes are taken for damage.
    static let maximumProgramHeaders = 1024

    /// Parses the file that begins with `bytes` and is `fileSize` bytes long (by default just those). Headers and the dynamic loader's path must lie in
    /// `bytes`. Throws what is wrong with the file.
    public init(parsing bytes: UnsafeRawBufferPointer, fileSize: Int? = nil) throws(ElfError) {
        let length = max(fileSize ?? 0, bytes.count)
        let header = try Self.identify(bytes)
        let type: UInt16 = Self.read(bytes, 16)
        guard type == 2 || type == 3 else { throw .notExecutable(type) }
        entry = header.entry
        isRelocatable = type == 3
        programHeaderCount = header.count
        programHeaders = nil
        interpreter = nil
        segments = []
        for index in 0..<header.count {
            let at = header.offset + index * Self.programHeaderSize
            let kind: UInt32 = Self.read(bytes, at)
            let flags: UInt32 = Self.read(bytes, at + 4)
            let offset: UInt64 = Self.read(bytes, at + 8)
            let address: UInt64 = Self.read(bytes, at + 16)
            let fileSize: UInt64 = Self.read(bytes, at + 32)
            let memorySize: UInt64 = Self.read(bytes, at + 40)
            switch kind {
            case 1:  // PT_LOAD
                guard memorySize > 0 else { continue }
                try segments.append(Self.segment(address, memorySize, offset, fileSize, flags, length))
            case 3:  // PT_INTERP
                interpreter = try Self.interpreterPath(bytes, offset, fileSize)
            default: continue
            }
        }
        try arrange(headerOffset: UInt64(header.offset))
    }

    /// Checks what concerns the segments together and finds the program headers in memory.
    private mutating func arrange(headerOffset: UInt64) throws(ElfError) {
        guard !segments.isEmpty else { throw .badHeader("it has nothing to load") }
        segments.sort { $0.address < $1.address }
        let page = FlatAddressSpace.pageSize
        for (a, b) in zip(segments, segments.dropFirst()) {
            guard (a.address + a.memorySize + page - 1) / page <= b.address / page else { throw .badHeader("its segments overlap") }
        }
        let start = segments[0].address
        let end = segments[segments.count - 1].address + segments[segments.count - 1].memorySize
        if !isRelocatable, start < 0x1000 { throw .badHeader("a segment lies at address 0x\(hexadecimal(start))") }
        if isRelocatable, end - start > FlatAddressSpace.limit / 4 { throw .badHeader("its segments are absurdly far apart") }
        guard segments.contains(where: { $0.protection.contains(.execute) && entry >= $0.address && entry - $0.address < $0.memorySize }) else {
            throw .badHeader("its entry point 0x\(hexadecimal(entry)) is in no executable segment")
        }
        // As Linux does; PT_PHDR may claim any address.
        let size = UInt64(programHeaderCount * Self.programHeaderSize)
        let holder = segments.first { $0.fileOffset <= headerOffset && headerOffset - $0.fileOffset + size <= $0.fileSize }
        programHeaders = holder.map { $0.address + (headerOffset - $0.fileOffset) }
    }

    private static func segment(
        _ address: UInt64, _ memorySize: UInt64, _ offset: UInt64, _ fileSize: UInt64, _ flags: UInt32, _ length: Int
    ) throws(ElfError) -> Segment {
        let limit = FlatAddressSpace.limit
        guard fileSize <= memorySize else { throw .badHeader("a segment is larger in the file than in memory") }
        guard memorySize < limit, address < limit, address + memorySize <= limit else {
            throw .badHeader("a segment of 0x\(hexadecimal(memorySize)) bytes at 0x\(hexadecimal(address)) lies outside the address space")
        }
        guard offset <= UInt64(length), fileSize <= UInt64(length) - offset else { throw .truncated }
        let page = FlatAddressSpace.pageSize
        guard fileSize == 0 || offset % page == address % page else { throw .badHeader("a segment is not aligned to its place in the file") }
        var protection: Protection = []
        if flags & 4 != 0 { protection.insert(.read) }
        if flags & 2 != 0 { protection.insert(.write) }
        if flags & 1 != 0 { protection.insert(.execute) }
        return Segment(address: address, memorySize: memorySize, fileOffset: offset, fileSize: fileSize, protection: protection)
    }

    private static func interpreterPath(_ bytes: UnsafeRawBufferPointer, _ offset: UInt64, _ size: UInt64) throws(ElfError) -> String {
        guard offset <= UInt64(bytes.count), size <= UInt64(bytes.count) - offset else { throw .truncated }
        guard size > 1, size <= 4096 else { throw .badHeader("the path of its dynamic loader is absurd") }
        let text = bytes[Int(offset)..<Int(offset + size)]
        guard text.last == 0, let end = text.firstIndex(of: 0), end > text.startIndex else { throw .badHeader("the path of its dynamic loader is absurd") }
        return String(decoding: text[text.startIndex..<end], as: UTF8.self)
    }

    private static func identify(_ bytes: UnsafeRawBufferPointer) throws(ElfError) -> (entry: UInt64, offset: Int, count: Int) {
        guard bytes.count > 0 else { throw .empty }
        if bytes.count >= 2, bytes[0] == 0x23, bytes[1] == 0x21 { throw .script }
        guard bytes.count >= 4, bytes[0] == 0x7f, bytes[1] == 0x45, bytes[2] == 0x4c, bytes[3] == 0x46 else { throw .notELF }
        guard bytes.count >= 20 else { throw .truncated }
        let machine: UInt16 = bytes[5] == 2 ? (read(bytes, 18) as UInt16).byteSwapped : read(bytes, 18)
        guard machine == 258 else { throw .otherMachine(machineName(machine)) }
        guard bytes[4] == 2 else { throw .otherMachine("32-bit LoongArch") }
        guard bytes[5] == 1 else { throw .notLittleEndian64 }
        guard bytes.count >= 64 else { throw .truncated }
        let offset: UInt64 = read(bytes, 32)
        let entrySize: UInt16 = read(bytes, 54)
        let count: UInt16 = read(bytes, 56)
        if (read(bytes, 16) as UInt16) == 1 { throw .notExecutable(1) }
        guard count > 0 else { throw .badHeader("it has no program headers") }
        guard Int(entrySize) == programHeaderSize else { throw .badHeader("its program headers are \(entrySize) bytes long instead of 56") }
        guard Int(count) <= maximumProgramHeaders else { throw .badHeader("it has \(count) program headers") }
        guard offset <= UInt64(bytes.count), UInt64(count) * UInt64(programHeaderSize) <= UInt64(bytes.count) - offset else { throw .truncated }
        return (read(bytes, 24), Int(offset), Int(count))
    }

    private static func read<T: FixedWidthInteger>(_ bytes: UnsafeRawBufferPointer, _ offset: Int) -> T {
        T(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: T.self))
    }

    private static func machineName(_ machine: UInt16) -> String {
        switch machine {
        case 3: "x86"
        case 62: "x86-64"
        case 40: "ARM"
        case 183: "AArch64"
        case 243: "RISC-V"
        case 8: "MIPS"
        case 20: "PowerPC"
        case 21: "PowerPC64"
        case 22: "S/390"
        case 43: "SPARC"
        default: "another machine (number \(machine))"
        }
    }
}
