import Execution
import GuestMemory
import Logging

/// What to run, and how.
public struct ProcessConfiguration {
    /// Path of the program on the host, or, when that does not exist, under `root`.
    public var program: String
    /// The guest's argv; its first element is the program's name as the guest sees it.
    public var arguments: [String]
    /// The guest's environment, as `NAME=value`.
    public var environment: [String]
    /// Directory under which absolute guest paths are looked up first.
    public var root: String?
    /// Instructions after which the process ends with status 124; no limit when nil. A new thread or forked child starts with what its parent has left.
    public var fuel: Int64?
    /// Wall seconds after which the process ends with status 124; no limit when nil.
    public var timeout: Double?
    /// Host file descriptors that become the guest's standard output and standard error; Longma's own when nil.
    public var stdoutFD: Int32?
    public var stderrFD: Int32?
    /// Makes the engine of a new guest thread; called on that thread.
    public var makeEngine: (any CodeSource) -> any Engine
    /// The text of an instruction word, for messages.
    public var describe: (UInt32) -> String
    /// Longma's own command line up to where the guest program's path stands (without the executable's name: `run`, options). When the guest
    /// executes an LA64 program, Longma executes itself with these, `--argv0 NAME` if argv[0] is not the path, the path and the other arguments. Empty: exec answers ENOEXEC.
    public var reexecPrefix: [String]
    /// Whether a guest that a signal kills takes the host process with it by that same signal (what a guest parent's `wait` must see) instead of ending with 128+n.
    public var diesBySignal: Bool
    /// Called with a signal that would end the guest because it leaves it at its default; the guest goes on when this answers true.
    public var takesSignal: ((Int32) -> Bool)?
    public var logger: Logger
    /// Whether the host process ends when the guest has, so that the guest's memory need not be given back before.
    public var hostEndsToo = false

    /// A configuration to run `program` with an engine, everything else at its default.
    public init(program: String, arguments: [String], environment: [String] = [], makeEngine: @escaping (any CodeSource) -> any Engine) {
        self.program = program
        self.arguments = arguments
        self.environment = environment
        self.makeEngine = makeEngine
        describe = { word in "0x" + hexadecimal(UInt64(word)) }
        reexecPrefix = []
        diesBySignal = false
        logger = Logger(label: "longma.process")
    }
}

/// `value` in lower-case hexadecimal, without a prefix.
func hexadecimal(_ value: UInt64) -> String { String(value, radix: 16) }
