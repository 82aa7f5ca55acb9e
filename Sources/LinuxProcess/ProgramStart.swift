import CHost
import Glibc
import GuestMemory

/// A program placed in memory with its stack: where to begin, and what `/proc/self` says of it.
struct ProgramStart {
    /// Size of the main stack in bytes; the page below it is never mapped.
    static let stackSize: UInt64 = 8 << 20
    static let stackTop: UInt64 = 0x3fff_ffff_0000

    var entry: UInt64
    var stackPointer: UInt64
    /// Address of the code that signal handlers return to: `ori a7, zero, 139; syscall 0`.
    var signalReturn: UInt64
    var auxiliary: Range<UInt64>
    var arguments: [String]

    init(_ configuration: ProcessConfiguration, program: String, paths: GuestPaths, space: FlatAddressSpace) throws(ProcessError) {
        let name = configuration.program
        let (file, image) = try ElfLoader.open(program, name: name)
        defer { close(file) }
        guard access(program, R_OK) == 0 else { throw .badImage("\(name) cannot be read: \(errorText(errno)).") }
        let loader = ElfLoader(space: space)
        let loaded = try loader.load(image, file: file, base: ElfLoader.programBase, name: name)
        var interpreter: ElfLoader.Loaded?
        if let path = image.interpreter { interpreter = try Self.loadInterpreter(path, for: name, paths: paths, loader: loader) }
        space.placeBreak(at: loaded.end)
        arguments = configuration.arguments
        entry = interpreter.map { $0.image.entry &+ $0.bias } ?? (image.entry &+ loaded.bias)

        let auxiliary: [(InitialStack.AuxiliaryKey, UInt64)] = [
            (.hardwareCapabilities, HardwareCapabilities.all), (.pageSize, FlatAddressSpace.pageSize), (.clockTicks, UInt64(sysconf(Int32(_SC_CLK_TCK)))),
            (.programHeaders, image.programHeaders.map { $0 &+ loaded.bias } ?? 0), (.programHeaderSize, UInt64(ElfImage.programHeaderSize)),
            (.programHeaderCount, UInt64(image.programHeaderCount)), (.interpreterBase, interpreter?.bias ?? 0), (.flags, 0),
            (.entry, image.entry &+ loaded.bias), (.userID, UInt64(getuid())), (.effectiveUserID, UInt64(geteuid())), (.groupID, UInt64(getgid())),
            (.effectiveGroupID, UInt64(getegid())), (.secure, 0), (.hardwareCapabilities2, 0),
        ]
        var random = [UInt8](repeating: 0, count: 16)
        getentropy(&random, 16)
        let stack = InitialStack(
            top: Self.stackTop, arguments: configuration.arguments, environment: Self.guestEnvironment(configuration.environment),
            auxiliary: auxiliary, random: random, executable: configuration.program)
        guard stack.bytes.count <= Int(Self.stackSize * 3 / 4) else { throw .badImage("\(name) cannot be started: its arguments and environment are too long.") }
        do throws(MemoryError) {
            try space.map(.fixedNoReplace(Self.stackTop - Self.stackSize), size: Self.stackSize, protection: [.read, .write], flags: 0x4022)
        } catch {
            throw .hostFailure("The guest's stack cannot be allocated: \(errorText(error.errno)).")
        }
        guard longma_copy_to_guest(stack.pointer, stack.bytes, stack.bytes.count) else {
            throw .hostFailure("The guest's stack cannot be written.")
        }
        stackPointer = stack.pointer
        signalReturn = try Self.placeSignalReturn(space)
        let words = 1 + configuration.arguments.count + 1 + Self.guestEnvironment(configuration.environment).count + 1
        let vector = stack.pointer + UInt64(words * 8)
        self.auxiliary = vector..<(vector + UInt64((auxiliary.count + 4) * 16))
    }

    private static func placeSignalReturn(_ space: FlatAddressSpace) throws(ProcessError) -> UInt64 {
        do throws(MemoryError) {
            let page = try space.map(.anywhere(hint: 0), size: FlatAddressSpace.pageSize, protection: [.read, .write])
            _ = longma_store_u32(page, 0x0382_2c0b)
            _ = longma_store_u32(page + 4, 0x002b_0000)
            try space.protect(page, FlatAddressSpace.pageSize, [.read, .execute])
            return page
        } catch {
            throw .hostFailure("The guest's signal return code cannot be placed: \(errorText(error.errno)).")
        }
    }

    private static func loadInterpreter(_ path: String, for name: String, paths: GuestPaths, loader: ElfLoader) throws(ProcessError) -> ElfLoader.Loaded {
        let host = paths.hostPath(of: path)
        guard access(host, F_OK) == 0 else {
            throw .badImage("\(name) is dynamically linked and needs \(path); give a directory that has it with --root, or link the program statically.")
        }
        let (file, image) = try ElfLoader.open(host, name: path)
        defer { close(file) }
        return try loader.load(image, file: file, base: nil, name: path)
    }

    /// Prefix of variables that `execve` keeps from the host's own dynamic linker and C library.
    static let armour = "LONGMA_GUEST_"

    /// The environment with its armour taken off.
    static func guestEnvironment(_ environment: [String]) -> [String] {
        environment.map { $0.hasPrefix(armour) ? String($0.dropFirst(armour.count)) : $0 }
    }

    /// The environment as a host process may have it: nothing in it makes the host's loader or C library do something.
    static func hostEnvironment(_ environment: [String]) -> [String] {
        let dangerous = ["LD_", "GLIBC_", "MALLOC_", "GCONV_PATH", "LOCPATH", "NLSPATH", "SWIFT_", armour]
        return environment.map { variable in dangerous.contains { variable.hasPrefix($0) } ? armour + variable : variable }
    }
}
