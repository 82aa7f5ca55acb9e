import LoongArch
import Semantics

/// A set of guest registers that a region keeps in locals.
struct RegisterSet: Hashable {
    /// Bit n: general register n (never 0), floating-point or vector register n, condition flag n.
    var gpr: UInt32 = 0
    var fpr: UInt32 = 0
    var fcc: UInt8 = 0
    /// What FCSR.Cause can be worked out from: `cpu->pendingFloat`.
    var cause = false

    var isEmpty: Bool { gpr == 0 && fpr == 0 && fcc == 0 && !cause }

    mutating func formUnion(_ other: RegisterSet) {
        gpr |= other.gpr
        fpr |= other.fpr
        fcc |= other.fcc
        cause = cause || other.cause
    }

    func union(_ other: RegisterSet) -> RegisterSet {
        var result = self
        result.formUnion(other)
        return result
    }

    func subtracting(_ other: RegisterSet) -> RegisterSet {
        RegisterSet(gpr: gpr & ~other.gpr, fpr: fpr & ~other.fpr, fcc: fcc & ~other.fcc, cause: cause && !other.cause)
    }

    func intersection(_ other: RegisterSet) -> RegisterSet {
        RegisterSet(gpr: gpr & other.gpr, fpr: fpr & other.fpr, fcc: fcc & other.fcc, cause: cause && other.cause)
    }

    /// Numbers of the general registers, floating-point registers and condition flags in the set.
    var generalRegisters: [Int] { (0..<32).filter { gpr >> UInt32($0) & 1 == 1 } }
    var floatRegisters: [Int] { (0..<32).filter { fpr >> UInt32($0) & 1 == 1 } }
    var conditionFlags: [Int] { (0..<8).filter { fcc >> UInt8($0) & 1 == 1 } }
}

extension RegisterUse {
    var read: RegisterSet { RegisterSet(gpr: gprRead, fpr: fprRead, fcc: fccRead) }
    var written: RegisterSet { RegisterSet(gpr: gprWritten, fpr: fprWritten, fcc: fccWritten) }
}
