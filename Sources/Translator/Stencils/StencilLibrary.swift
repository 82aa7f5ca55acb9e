import LoongArch

/// The stencils of a host, ready to be copied and patched. Lives as long as the process.
public final class StencilLibrary: @unchecked Sendable {
    /// Variants of an opcode in the table: bits 0, 1, 2 for register 0 in the fields rd, rj, rk; bit 3 for the alternative stencil.
    public static let variants = 16
    /// Elements of the table: all variants of all opcodes for flat memory, and from `mapped` on for memory behind a soft TLB.
    public static let tableSize = 2 * mapped
    public static let mapped = variants * InstructionTable.count

    /// The parts of a library, as they are made and as they are kept.
    public struct Content: Sendable {
        public var stencils: [Stencil] = []
        /// The stencil of an opcode and variant.
        public var table: [UInt16] = []
        public var holes: [StencilHole] = []
        public var registers: [StencilRegister] = []
        public var sites: [StencilSite] = []
        public var bytes: [UInt8] = []
        /// The decoder's tables, which go with them: `DecoderTables.image`.
        public var decoder: [UInt8] = []

        public init() {}
    }

    let stencils: UnsafePointer<Stencil>
    let table: UnsafePointer<UInt16>
    let holes: UnsafePointer<StencilHole>
    let registers: UnsafePointer<StencilRegister>
    let sites: UnsafePointer<StencilSite>
    let bytes: UnsafePointer<UInt8>
    /// What a register's number is in a field: see `RegisterField`.
    let fieldBits: UnsafePointer<UInt8>
    /// How many stencils there are, and how many bytes of code.
    public let count: Int
    public let codeSize: Int

    public convenience init(_ content: Content) {
        func copy<T>(_ array: [T]) -> UnsafePointer<T> {
            let place = UnsafeMutablePointer<T>.allocate(capacity: array.count + 1)
            place.initialize(from: array, count: array.count)
            return UnsafePointer(place)
        }
        self.init(
            stencils: copy(content.stencils), count: content.stencils.count, table: copy(content.table), holes: copy(content.holes),
            registers: copy(content.registers), sites: copy(content.sites), bytes: copy(content.bytes + [UInt8](repeating: 0, count: Self.padding)),
            codeSize: content.bytes.count)
    }

    /// Readable bytes that must follow a library's code: copying takes more than is there.
    public static let padding = 64

    /// A library of tables that are in memory already, and stay there.
    public init(
        stencils: UnsafePointer<Stencil>, count: Int, table: UnsafePointer<UInt16>, holes: UnsafePointer<StencilHole>,
        registers: UnsafePointer<StencilRegister>, sites: UnsafePointer<StencilSite>, bytes: UnsafePointer<UInt8>, codeSize: Int
    ) {
        self.stencils = stencils
        self.table = table
        self.holes = holes
        self.registers = registers
        self.sites = sites
        self.bytes = bytes
        self.count = count
        self.codeSize = codeSize
        let bits = UnsafeMutablePointer<UInt8>.allocate(capacity: RegisterField.count * 16)
        for index in 0..<RegisterField.count * 16 { bits[index] = RegisterField.bits(UInt8(index / 16), UInt8(index % 16)) }
        fieldBits = UnsafePointer(bits)
    }
}
