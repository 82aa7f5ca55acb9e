import LoongArch

/// World switch routines: machine code with the addresses of its functions. Position independent: it may be copied anywhere, the exit vector on its own.
public struct RoutineSet: Sendable {
    /// Why routines cannot be used.
    public struct RoutineError: Error, CustomStringConvertible, Sendable {
        public let description: String
        public init(_ description: String) { self.description = description }

        static func lacking(_ symbol: String) -> RoutineError { RoutineError("the routine lacks the symbol \(symbol)") }
    }

    /// The code and data, to be placed at a multiple of 4096.
    public let bytes: [UInt8]
    /// What goes to the exit vector's own pages: its part of `bytes`, with what it refers to outside of itself put right.
    public let vectorBytes: [UInt8]
    /// Offsets into `bytes` of the symbols.
    public let symbols: [String: Int]

    /// What every set must have.
    static let required = ["kvm_enter_guest", "kvm_enter_guest_end", "kvm_vector_entry", "kvm_vector_entry_end"]

    public init(bytes: [UInt8], symbols: [String: Int]) throws(RoutineError) {
        self.bytes = bytes
        self.symbols = symbols
        guard bytes.count <= RootMemory.routineLimit else {
            throw RoutineError("the routine has \(bytes.count) bytes; at most \(RootMemory.routineLimit) fit")
        }
        for name in Self.required where symbols[name] == nil { throw RoutineError.lacking(name) }
        guard let vector = Self.range("kvm_vector_entry", symbols), vector.upperBound <= bytes.count, vector.count <= Self.vectorLimit else {
            throw RoutineError("kvm_vector_entry and kvm_vector_entry_end do not enclose 4 to \(Self.vectorLimit) bytes of the routine")
        }
        guard let entry = Self.range("kvm_enter_guest", symbols), entry.upperBound <= bytes.count else {
            throw RoutineError("kvm_enter_guest_end does not stand behind kvm_enter_guest")
        }
        vectorBytes = try VectorCopy(bytes: bytes, range: vector).relocated()
    }

    /// Most bytes of an exit vector: it is copied to pages of its own.
    static let vectorLimit = 16384

    private func range(_ name: String) -> Range<Int>? { Self.range(name, symbols) }

    private static func range(_ name: String, _ symbols: [String: Int]) -> Range<Int>? {
        guard let start = symbols[name], let end = symbols[name + "_end"], start >= 0, start < end, start & 3 == 0 else { return nil }
        return start..<end
    }

    /// Bytes of the exit vector and of the entry, as the kernel's `kvm_vector_size` and `kvm_enter_guest_size` say.
    public var vectorSize: Int { range("kvm_vector_entry")!.count }
    public var enterGuestSize: Int { range("kvm_enter_guest")!.count }

    /// Longma's own routines, assembled for the structures' layout.
    public static let builtIn: RoutineSet = {
        do {
            let program = try Assembler.assemble(String(decoding: PackageResources.switch_s, as: UTF8.self), at: 0, symbols: RoutineOffsets.symbols)
            return try RoutineSet(bytes: program.bytes, symbols: program.symbols.mapValues { Int(truncatingIfNeeded: $0) })
        } catch {
            fatalError("the built-in world switch: \(error)")
        }
    }()
}
