import CHost
import Semantics

/// The host's instructions for an atomic access, as text for regions and stencils. Operands: address `a`, operand `v`, result `r`, scratch `t`, for ll and sc the
/// CPU `cpu`, for a comparison the value `e` that is expected. Alignment and the limit have been checked.
struct AtomicTemplate {
    /// Where the old value comes out, or what `sc` answers.
    enum Result {
        /// Nobody wants it.
        case none
        /// In any register.
        case register
        /// In rax.
        case accumulator
    }

    let text: String
    let result: Result
    /// `t` is wanted.
    var needsScratch = false
    /// Labels of the instructions that may fault, in order.
    var sites = ["7"]

    /// Operand modifier, suffix of the mnemonic.
    private static func form(_ type: MemoryType) -> (operand: String, suffix: String) {
        switch type.size {
        case 1: ("b", "b")
        case 2: ("w", "w")
        case 4: ("k", "l")
        default: ("", "q")
        }
    }

    // `lock` stands alone: the stencils' operands get a prefix of their own in front of the mnemonic.

    /// A read-modify-write; `isWanted`: whether the old value is.
    init(_ operation: AtomicOperation, _ type: MemoryType, isWanted: Bool) {
        let (k, suffix) = Self.form(type)
        switch operation {
        case .swap:
            result = .register
            text = "movq %[v], %[r]\n7:\txchg\(suffix) %\(k)[r], (%[a])"
        case .add where isWanted:
            result = .register
            text = "movq %[v], %[r]\n7:\tlock\n\txadd\(suffix) %\(k)[r], (%[a])"
        case .add, .and, .or, .xor:
            let name = operation == .add ? "add" : operation == .and ? "and" : operation == .or ? "or" : "xor"
            if !isWanted {
                result = .none
                text = "7:\tlock\n\t\(name)\(suffix) %\(k)[v], (%[a])"
                return
            }
            result = .accumulator
            needsScratch = true
            sites = ["7", "6"]
            text = Self.loop("\(name)\(suffix) %\(k)[v], %\(k)[t]", k, suffix)
        case .maxSigned, .minSigned, .maxUnsigned, .minUnsigned:
            let condition = operation == .maxSigned ? "l" : operation == .minSigned ? "g" : operation == .maxUnsigned ? "b" : "a"
            result = .accumulator
            needsScratch = true
            sites = ["7", "6"]
            text = Self.loop("cmp\(suffix) %\(k)[v], %\(k)[t]\n\tcmov\(condition) %\(k)[v], %\(k)[t]", k, suffix)
        }
    }

    /// Computes the new value in `t`, which holds the old one, until nobody has stored in between.
    private static func loop(_ change: String, _ k: String, _ suffix: String) -> String {
        """
        7:\tmov\(suffix) (%[a]), %\(k)[r]
        1:\tmov\(suffix) %\(k)[r], %\(k)[t]
        \t\(change)
        6:\tlock
        \tcmpxchg\(suffix) %\(k)[t], (%[a])
        \tjne 1b
        """
    }

    /// Stores `v` if memory holds `e`.
    init(exchanging type: MemoryType) {
        let (k, suffix) = Self.form(type)
        result = .accumulator
        text = "movq %[e], %[r]\n7:\tlock\n\tcmpxchg\(suffix) %\(k)[v], (%[a])"
    }

    private static let valid = MemoryLayout<LongmaCPU>.offset(of: \.llValid)!
    private static let address = MemoryLayout<LongmaCPU>.offset(of: \.llAddress)!
    private static let value = MemoryLayout<LongmaCPU>.offset(of: \.llValue)!
    private static let high = MemoryLayout<LongmaCPU>.offset(of: \.llHigh)!

    /// `ll`.
    init(linking type: MemoryType) {
        result = .register
        let noted = "movq $1, \(Self.valid)(%[cpu])\n\tmovq %[a], \(Self.address)(%[cpu])\n\tmovq %[r], \(Self.value)(%[cpu])"
        if type.size == 4 {
            text = "7:\tmovslq (%[a]), %[r]\n\t\(noted)"
        } else {
            // The upper half for sc.q.
            needsScratch = true
            sites = ["7", "6"]
            text = "7:\tmovq (%[a]), %[r]\n\tmovq %[a], %[t]\n\torq $8, %[t]\n6:\tmovq (%[t]), %[t]\n\tmovq %[t], \(Self.high)(%[cpu])\n\t\(noted)"
        }
    }

    /// `sc`; `t` is rax.
    init(storing type: MemoryType) {
        let (k, suffix) = Self.form(type)
        result = .register
        needsScratch = true
        text = """
            movq \(Self.valid)(%[cpu]), %[t]
            \tmovq $0, \(Self.valid)(%[cpu])
            \txorl %k[r], %k[r]
            \ttestq %[t], %[t]
            \tje 5f
            \tcmpq %[a], \(Self.address)(%[cpu])
            \tjne 5f
            \tmovq \(Self.value)(%[cpu]), %[t]
            7:\tlock
            \tcmpxchg\(suffix) %\(k)[v], (%[a])
            \tsete %b[r]
            5:
            """
    }
}
