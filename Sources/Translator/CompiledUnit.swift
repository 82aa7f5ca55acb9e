import Execution

/// What a code generator makes of a batch of regions: position-independent host code and what is needed to run it. Plain data, so that it
/// can come from another process or a file.
public struct CompiledUnit: Sendable {
    /// Host code (and its constants), to be placed at an address that is a multiple of 64.
    public var code: [UInt8]
    /// Offset into `code` of each region's function, in the order of the request.
    public var functions: [Int]
    /// Guest accesses in `code`, ascending by host offset.
    public var sites: [FaultSite]
    /// Jumps to fixed guest addresses outside, each by way of a cell that is found when the code is put in place.
    public var links: [Link]

    /// A reference of the code to a cell for a jump's goal.
    public struct Link: Sendable {
        /// Offset into `code` of what follows the instruction that reads the cell; its last four bytes are the cell's distance from there.
        public var host: UInt32
        /// The address that the jump is for.
        public var guest: UInt64

        public init(host: UInt32, guest: UInt64) {
            self.host = host
            self.guest = guest
        }
    }

    /// A host instruction that may fault on behalf of a guest instruction.
    public struct FaultSite: Sendable {
        /// Offset into `code`.
        public var host: UInt32
        /// Instructions of its block, from this one on, that were already counted as retired; bit 31: a store.
        public var unexecuted: UInt32
        /// The guest instruction's address.
        public var guest: UInt64

        public init(host: UInt32, unexecuted: UInt32, guest: UInt64) {
            self.host = host
            self.unexecuted = unexecuted
            self.guest = guest
        }
    }

    public init(code: [UInt8], functions: [Int], sites: [FaultSite], links: [Link]) {
        self.links = links
        self.code = code
        self.functions = functions
        self.sites = sites
    }
}

/// How regions are to be translated.
public struct TranslationOptions: Sendable, Hashable {
    /// Every register write also goes to memory, so that a fault finds all registers as before the instruction.
    public var preciseRegisters: Bool

    /// What the code means; in a mapped mode registers must be precise, because any access can raise an exception that the guest handles.
    public var mode: CodeMode

    public init(preciseRegisters: Bool, mode: CodeMode = .flat) {
        self.preciseRegisters = preciseRegisters || mode.isMapped
        self.mode = mode
    }
}

/// Turns regions into host code.
public protocol CodeGenerator: AnyObject, Sendable {
    /// Compilations that may be under way at once.
    var lanes: Int { get }
    /// Something that compiles, for the calling thread alone, which holds `gate`.
    func makeLane(_ gate: CompilationGate) -> any CodeGeneratorLane
}

/// One line of compilation after another.
public protocol CodeGeneratorLane: AnyObject {
    /// Compiles a batch; the unit's functions are in the order of `regions`.
    func compile(_ regions: [Region], _ options: TranslationOptions) throws(CodeGenerationError) -> CompiledUnit
    /// Something that compiles if anything does.
    func verify() throws(CodeGenerationError)
    /// Frees what the lane holds; it compiles no more.
    func close()
}

/// Why a batch could not be compiled.
public struct CodeGenerationError: Error {
    public enum Cause: UInt8, Sendable {
        /// This batch cannot be compiled; another can.
        case refused
        /// The compiler was lost on the way; a second attempt may do.
        case lost
        /// Nothing can be compiled.
        case unavailable
        /// There is no room for the code at the moment; there will be.
        case noRoom
    }

    /// In the words of a sentence.
    public let reason: String
    public let cause: Cause

    public init(_ reason: String, _ cause: Cause) {
        self.reason = reason
        self.cause = cause
    }
}
