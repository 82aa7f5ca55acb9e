import LoongArch

/// The stencils of a host, ready to be copied and patched. Lives as long as the process.
public final class StencilLibrary: @unchecked Sendable {
    /// Variants of an opcode in the table: bits 0, 1, 2 for register 0 in the fields rd, rj, rk; bit 3 for the alternative stencil.
    public static let variants = 16

    /// The parts of a library, as they are made and as they are kept.
    public struct Content: Sendable {
        public var stencils: [Stencil] = []
        /// The stencil of an opcode and variant.
        public var table: [UInt16] = []
        public var holes: [StencilHole] = []
        public var registers: [StencilRegister] = []
        public var sites: [StencilSite] = []
        public var bytes: [UInt8] = []

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

    public init(_ content: Content) {
        func copy<T>(_ array: [T]) -> UnsafePointer<T> {
            let place = UnsafeMutablePointer<T>.allocate(capacity: array.count + 1)
            place.initialize(from: array, count: array.count)
            return UnsafePointer(place)
        }
        stencils = copy(content.stencils)
        table = copy(content.table)
        holes = copy(content.holes)
        registers = copy(content.registers)
        sites = copy(content.sites)
        // Copying takes more than is there.
        bytes = copy(content.bytes + [UInt8](repeating: 0, count: 64))
        count = content.stencils.count
        codeSize = content.bytes.count
        fieldBits = copy((0..<RegisterField.count * 16).map { RegisterField.bits(UInt8($0 / 16), UInt8($0 % 16)) })
    }
}
