import ArgumentParser
import Foundation
import VirtualMachine

/// `longma vm`.
struct VMCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "vm", abstract: "Runs a bare-metal LA64 program in a virtual machine, behind the world switch.",
        discussion: """
            The machine has RAM from 0, a 16550 serial port at 0x1fe001e0 and a power register at 0x100e001c, like QEMU's virt board. \
            The console is standard input and output; on a terminal Ctrl-A x ends the machine. Status: 0 when the guest switches the machine off.
            """)

    @Option(help: "auto translates what is hot; jit translates everything before it runs; interpreter translates nothing.")
    var engine: EngineName = .auto

    @Option(help: ArgumentHelp("RAM, with M or G behind the number.", valueName: "size"))
    var memory: String = "256M"

    @Option(help: ArgumentHelp("The guest's command line.", valueName: "text"))
    var append: String = ""

    @Flag(help: "The guest is root of the machine, with the virtualization extension for guests of its own, and finds a device tree: for kernels, such as Linux.")
    var root = false

    @Option(help: ArgumentHelp("The initial RAM disk of a kernel that is root.", valueName: "file"))
    var initrd: String?

    @Option(help: "What the guest's timers count: host time, or retired instructions, by which every run repeats exactly.")
    var clock: ClockName = .host

    @Flag(help: "Show what was done, on standard error, when the machine has ended.")
    var stats = false

    @Option(help: ArgumentHelp("Write the same as JSON; - is standard output.", valueName: "file"))
    var json: String?

    @Option(help: ArgumentHelp("Stop with status 124 after that many instructions.", valueName: "instructions"))
    var fuel: UInt64?

    @Option(help: ArgumentHelp("Stop with status 124 after that many seconds.", valueName: "seconds"))
    var timeout: Double?

    @Option(help: ArgumentHelp("Write the machine's state there on SIGUSR1, and on SIGTERM, which ends the run.", valueName: "file"))
    var checkpoint: String?

    @Option(help: ArgumentHelp("Go on from a checkpoint, by any engine. Memory and clock are as they were.", valueName: "file"))
    var restore: String?

    @OptionGroup var cache: CacheOption
    @OptionGroup var metrics: MetricsOptions

    @Argument(help: ArgumentHelp("An ELF file, or the name of a built-in one: hello, timer, paging, compute, storm, float, console.", valueName: "guest.elf"))
    var guest: String?

    /// The value of `--clock`.
    enum ClockName: String, CaseIterable, ExpressibleByArgument { case host, instructions }

    func validate() throws {
        if let timeout, !(timeout > 0 && timeout <= 1e9) { throw ValidationError("--timeout \(timeout) is not a time; give a number of seconds above 0") }
        if let fuel, !(1...UInt64(Int64.max)).contains(fuel) { throw ValidationError("--fuel must be from 1 to \(Int64.max)") }
        if json?.isEmpty == true { throw ValidationError("--json needs the name of a file, or -") }
        if guest == nil, restore == nil { throw ValidationError("which guest? longma vm [options] GUEST.elf; see longma vm --help") }
        if checkpoint?.isEmpty == true { throw ValidationError("--checkpoint needs the name of a file") }
        if initrd != nil, !root { throw ValidationError("--initrd is for a kernel that is root of the machine; give --root besides") }
        if root, checkpoint != nil || restore != nil {
            throw ValidationError("unimplemented: checkpoints of a kernel that is root of the machine; leave out --checkpoint and --restore, or --root")
        }
        if append.utf8.count > 4095 { throw ValidationError("--append is longer than 4095 bytes") }
        _ = try bytes()
    }

    /// `--memory` in bytes.
    private func bytes() throws -> UInt64 {
        let factor: UInt64 = memory.hasSuffix("G") ? 1 << 30 : memory.hasSuffix("M") ? 1 << 20 : 0
        guard factor != 0, let number = UInt64(memory.dropLast()), (1...(UInt64(64) << 30) / factor).contains(number) else {
            throw ValidationError("--memory \(memory) is not a size from 1M to 64G")
        }
        return number * factor
    }

    func run() throws {
        let path = guest.map { Self.builtIn($0) ?? $0 }
        let image = try path.map { try Self.image($0) }
        var size = try bytes()
        var ticks: Core.Clock = clock == .host ? .host : .instructions
        var state: [UInt8]?
        if let restore {
            let bytes = try Self.contents(restore)
            do {
                let shape = try Checkpoint.shape(bytes)
                size = shape.slots.reduce(0) { $0 + UInt64($1.count) }
                ticks = shape.clock
            } catch { throw Failure(.badImage, "\(restore) \(error.description)") }
            state = bytes
        }
        let directory = cache.directory
        let machine = MachineRun(
            path: path ?? restore!, image: image, restored: state, checkpoint: checkpoint, commandLine: append,
            initialDisk: root ? try initrd.map(Self.contents) ?? [] : nil, memory: size,
            choice: try CoreEngineChoice.make(engine, cache: directory, archive: CacheOption.archive(of: path ?? restore!, kind: "vm", engine: engine, in: directory)),
            clock: ticks, fuel: fuel, timeout: timeout, serve: metrics.serve)
        let status = try machine.run { report in
            if stats { report.table().forEach(standardError) }
            if let json { try writeJSON(report, to: json) }
        }
        leave(status)
    }

    /// The file of a built-in guest; a name with a slash or a dot is a path.
    private static func builtIn(_ name: String) -> String? {
        guard !name.contains("/"), !name.contains(".") else { return nil }
        let file = Bundle.module.resourceURL!.appendingPathComponent("VirtualGuests/\(name).elf").path
        return FileManager.default.fileExists(atPath: file) ? file : nil
    }

    private static func contents(_ path: String) throws -> [UInt8] {
        do { return [UInt8](try Data(contentsOf: URL(fileURLWithPath: path))) } catch { throw Failure(.badImage, "cannot read \(path): \(reason(error))") }
    }

    private static func image(_ path: String) throws -> KernelImage {
        var isDirectory: ObjCBool = false
        if FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory), isDirectory.boolValue {
            throw Failure(.badImage, "\(path) is a directory, not a guest; give the path of an ELF file")
        }
        let bytes = try contents(path)
        do { return try KernelImage(bytes) } catch { throw Failure(.badImage, "\(path) \(error.description)") }
    }
}
