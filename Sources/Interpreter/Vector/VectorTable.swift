import CHost
import LoongArch
import Semantics

/// How one LSX instruction is performed: its mnemonic taken apart.
struct VectorRow {
    var operation: VectorOperation
    var family: VectorOperation.Family
    /// The suffixes: lanes of the result, of the first source and of the second; each the one before when the mnemonic has no more.
    var lane: VectorSuffix
    var source: VectorSuffix
    var second: VectorSuffix
    /// Whether the second operand is the immediate, the same for each lane.
    var usesImmediate: Bool
    /// The condition of `vfcmp`.
    var predicate = FloatPredicate.caf

    /// The row of an instruction; nil when its mnemonic is not of a form that `VectorUnit` knows.
    init?(_ form: InstructionForm) {
        var parts = form.mnemonic.split(separator: ".").map(String.init)
        let stem = parts.removeFirst()
        usesImmediate = form.operands.last!.kind.isImmediate
        guard let operation = VectorTable.operations[stem] ?? (stem.hasSuffix("i") ? VectorTable.operations[String(stem.dropLast())] : nil) else { return nil }
        self.operation = operation
        family = operation.family
        if operation == .vfcmp {
            guard let predicate = VectorTable.predicate(parts[0]) else { return nil }
            self.predicate = predicate
            parts.removeFirst()
        }
        let suffixes = parts.compactMap(VectorSuffix.init(rawValue:))
        guard suffixes.count == parts.count else { return nil }
        lane = suffixes.first ?? .v
        source = suffixes.count > 1 ? suffixes[1] : lane
        second = suffixes.count > 2 ? suffixes[2] : source
    }
}

/// The rows of all LSX instructions, by opcode.
package enum VectorTable {
    /// Whether the opcode has a row.
    package static func contains(_ opcode: Opcode) -> Bool { rows[opcode.index] != nil }

    static let operations: [String: VectorOperation] = Dictionary(uniqueKeysWithValues: VectorOperation.allCases.map { ($0.rawValue, $0) })

    /// The condition of a name; nil when there is none.
    fileprivate static func predicate(_ name: String) -> FloatPredicate? {
        guard let place = predicateNames.firstIndex(of: name) else { return nil }
        return FloatPredicate.allCases[place]
    }

    /// In the order of the cases. To print the cases themselves takes a millisecond.
    private static let predicateNames = [
        "caf", "saf", "clt", "slt", "ceq", "seq", "cle", "sle", "cun", "sun", "cult", "sult", "cueq", "sueq", "cule", "sule", "cne", "sne", "cor", "sor",
        "cune", "sune",
    ]

    /// Built at the first vector instruction, for many programs have none and it takes milliseconds; lives as long as the process.
    nonisolated(unsafe) static let rows: UnsafePointer<VectorRow?> = {
        // Hash tables compute, and the guest would find its floating-point flags changed.
        let mode = longma_read_mxcsr()
        longma_write_mxcsr(0x1f80)
        defer { longma_write_mxcsr(mode) }
        let rows = UnsafeMutablePointer<VectorRow?>.allocate(capacity: Opcode.allCases.count)
        for opcode in Opcode.allCases { (rows + opcode.index).initialize(to: opcode.isVector ? VectorRow(opcode.form) : nil) }
        return UnsafePointer(rows)
    }()
}
