import LoongArch

/// What each LA64 instruction does, written once over `Emitter`.
///
/// `execute` is a chain of switches, one per instruction group and file; the compiler folds the chain into one jump table.
public enum Semantics {
    /// Executes or emits one instruction. The caller has set the emitter's current instruction address.
    @inlinable @inline(__always)
    public static func execute<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try integer(i, &e)
    }

    /// The end of the chain: rows of the table without semantics.
    @inlinable @inline(__always)
    static func withoutSemantics<E: Emitter>(_ i: Instruction, _ e: inout E) throws(E.Trap) {
        try e.raise(i.opcode.isPrivileged ? .IPE : .unimplemented)
    }
}

extension Opcode {
    /// Whether user mode may not execute the instruction (raises IPE).
    @inlinable
    public var isPrivileged: Bool { rawValue >= Opcode.csrrd.rawValue && rawValue <= Opcode.gtlbfill.rawValue }
}
