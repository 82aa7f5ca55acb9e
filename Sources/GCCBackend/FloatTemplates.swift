import CHost
import Semantics

/// How an operation of the floating-point unit is written in host assembly. Operands: `a`, `b`, `c` (xmm), `r` (xmm, early clobber), `t` (general), `x` (xmm).
struct FloatTemplate {
    /// The instructions that put the result in `r`, or nil when the operation is always left to the helper.
    var code: String?
    /// A jump to label 8 if the result needs the helper after all, or else `mend`.
    var check = ""
    /// Puts things right without the helper, when it was jumped to.
    var mend: String?
    /// What is done to a result that passed the check.
    var finish = ""
    /// Operands that the operation has: 1, 2 or 3.
    var operands = 1
    /// The format of operands and result, if the host's result is LA64's unless it is a NaN, and is a NaN if an operand is one.
    private(set) var propagates: FloatFormat?

    init(_ operation: FloatOperation) {
        switch operation {
        case .addSingle: self.init(binary: "vaddss", "s")
        case .addDouble: self.init(binary: "vaddsd", "d")
        case .subtractSingle: self.init(binary: "vsubss", "s")
        case .subtractDouble: self.init(binary: "vsubsd", "d")
        case .multiplySingle: self.init(binary: "vmulss", "s")
        case .multiplyDouble: self.init(binary: "vmulsd", "d")
        case .divideSingle: self.init(binary: "vdivss", "s")
        case .divideDouble: self.init(binary: "vdivsd", "d")
        case .fusedAddSingle: self.init(fused: "vfmadd213ss", "s", negated: false)
        case .fusedAddDouble: self.init(fused: "vfmadd213sd", "d", negated: false)
        case .fusedSubtractSingle: self.init(fused: "vfmsub213ss", "s", negated: false)
        case .fusedSubtractDouble: self.init(fused: "vfmsub213sd", "d", negated: false)
        case .negatedFusedAddSingle: self.init(fused: "vfmadd213ss", "s", negated: true)
        case .negatedFusedAddDouble: self.init(fused: "vfmadd213sd", "d", negated: true)
        case .negatedFusedSubtractSingle: self.init(fused: "vfmsub213ss", "s", negated: true)
        case .negatedFusedSubtractDouble: self.init(fused: "vfmsub213sd", "d", negated: true)
        case .maxSingle: self.init(extremum: "s", "%[b]", "%[a]", tie: "vandps")
        case .minSingle: self.init(extremum: "s", "%[a]", "%[b]", tie: "vorps")
        case .maxDouble: self.init(extremum: "d", "%[b]", "%[a]", tie: "vandpd")
        case .minDouble: self.init(extremum: "d", "%[a]", "%[b]", tie: "vorpd")
        case .squareRootSingle: self.init(propagating: "vsqrtss %[a], %[a], %[r]", "s", operands: 1)
        case .squareRootDouble: self.init(propagating: "vsqrtsd %[a], %[a], %[r]", "d", operands: 1)
        case .reciprocalSingle: self.init(propagating: "movl $0x3f800000, %k[t]\n\tvmovd %k[t], %[r]\n\tvdivss %[a], %[r], %[r]", "s", operands: 1)
        case .reciprocalDouble:
            self.init(propagating: "movabsq $0x3ff0000000000000, %[t]\n\tvmovq %[t], %[r]\n\tvdivsd %[a], %[r], %[r]", "d", operands: 1)
        case .singleFromDouble: self.init(code: "vcvtsd2ss %[a], %[a], %[r]")
        case .doubleFromSingle: self.init(code: "vcvtss2sd %[a], %[a], %[r]")
        case .singleFromInt32: self.init(code: "vmovd %[a], %k[t]\n\tvxorps %[r], %[r], %[r]\n\tvcvtsi2ssl %k[t], %[r], %[r]")
        case .singleFromInt64: self.init(code: "vmovq %[a], %[t]\n\tvxorps %[r], %[r], %[r]\n\tvcvtsi2ssq %[t], %[r], %[r]")
        case .doubleFromInt32: self.init(code: "vmovd %[a], %k[t]\n\tvxorps %[r], %[r], %[r]\n\tvcvtsi2sdl %k[t], %[r], %[r]")
        case .doubleFromInt64: self.init(code: "vmovq %[a], %[t]\n\tvxorps %[r], %[r], %[r]\n\tvcvtsi2sdq %[t], %[r], %[r]")
        case .roundSingle: self.init(code: "vroundss $4, %[a], %[a], %[r]")
        case .roundDouble: self.init(code: "vroundsd $4, %[a], %[a], %[r]")
        // Conversions answer with the most negative integer what they cannot convert; subtracting 1 from it overflows.
        case .int32FromSingle: self.init(integer32: "vcvtss2si")
        case .int32FromDouble: self.init(integer32: "vcvtsd2si")
        case .int32FromSingleZero: self.init(integer32: "vcvttss2si")
        case .int32FromDoubleZero: self.init(integer32: "vcvttsd2si")
        case .int64FromSingle: self.init(integer64: "vcvtss2si")
        case .int64FromDouble: self.init(integer64: "vcvtsd2si")
        case .int64FromSingleZero: self.init(integer64: "vcvttss2si")
        case .int64FromDoubleZero: self.init(integer64: "vcvttsd2si")
        case .int32FromSingleDown: self.init(integer32: "vcvttss2si", rounding: 1)
        case .int32FromDoubleDown: self.init(integer32: "vcvttsd2si", rounding: 1)
        case .int64FromSingleDown: self.init(integer64: "vcvttss2si", rounding: 1)
        case .int64FromDoubleDown: self.init(integer64: "vcvttsd2si", rounding: 1)
        case .int32FromSingleUp: self.init(integer32: "vcvttss2si", rounding: 2)
        case .int32FromDoubleUp: self.init(integer32: "vcvttsd2si", rounding: 2)
        case .int64FromSingleUp: self.init(integer64: "vcvttss2si", rounding: 2)
        case .int64FromDoubleUp: self.init(integer64: "vcvttsd2si", rounding: 2)
        case .int32FromSingleNearest: self.init(integer32: "vcvttss2si", rounding: 0)
        case .int32FromDoubleNearest: self.init(integer32: "vcvttsd2si", rounding: 0)
        case .int64FromSingleNearest: self.init(integer64: "vcvttss2si", rounding: 0)
        case .int64FromDoubleNearest: self.init(integer64: "vcvttsd2si", rounding: 0)
        default: self.init(code: nil, operands: 2)
        }
    }

    /// How the helper's call is written when the CPU is in rdi.
    static let helperCall = "\(MemoryLayout<LongmaCPU>.offset(of: \.floatHelper)!)(%rdi)"

    /// A call of the helper when the arguments are in `cpu->floatCall`; the only register that it changes is `result`.
    static func helper(_ operation: FloatOperation, result: String) -> String {
        func offset(_ path: PartialKeyPath<LongmaCPU>) -> Int { MemoryLayout<LongmaCPU>.offset(of: path)! }
        return [
            "movq $\(operation.rawValue), \(offset(\.floatCall))(%[cpu])", "pushq %[cpu]", "call *\(offset(\.floatHelper))(%[cpu])",
            "leaq 8(%%rsp), %%rsp", "vmovsd \(offset(\.floatResult))(%[cpu]), \(result)",
        ].joined(separator: "\n\t")
    }

    /// The whole statement; it also needs the operand `cpu`. What the template leaves to the helper stands in subsection 1.
    func text(_ operation: FloatOperation) -> String {
        let arguments = MemoryLayout<LongmaCPU>.offset(of: \.floatCall)!
        var call = ["vmovsd %[a], \(arguments + 8)(%[cpu])"]
        if operands > 1 { call.append("vmovsd %[b], \(arguments + 16)(%[cpu])") }
        if operands > 2 { call.append("vmovsd %[c], \(arguments + 24)(%[cpu])") }
        let helper = (call + [Self.helper(operation, result: "%[r]")]).joined(separator: "\n\t")
        guard let code else { return helper }
        guard !check.isEmpty else { return code }
        if let mend { return "\(code)\n\t\(check)\n9:\t\(finish)\n\t.subsection 1\n8:\t\(mend)\n\tjmp 9b\n\t.previous" }
        return "\(code)\n\t\(check)\n\t\(finish)\n9:\n\t.subsection 1\n8:\t\(helper)\n\tjmp 9b\n\t.previous"
    }

    /// A comparison of `a` and `b`: `r` is not 0 when it holds; `x` is an xmm register to work with.
    static func comparison(_ predicate: FloatPredicate, _ format: FloatFormat) -> String {
        let suffix = format == .single ? "ss" : "sd"
        let move = format == .single ? "vmovd %[x], %k[r]" : "vmovq %[x], %[r]"
        return "vcmp\(suffix) $\(predicate.hostPredicate), %[b], %[a], %[x]\n\t\(move)"
    }

    private init(code: String?, check: String = "", finish: String = "", operands: Int = 1) {
        self.code = code
        self.check = check
        self.finish = finish
        self.operands = operands
    }

    private init(propagating code: String, _ format: String, finish: String = "", operands: Int) {
        self.init(code: code, check: "vucomis\(format) %[r], %[r]\n\tjp 8f", finish: finish, operands: operands)
        propagates = format == "s" ? .single : .double
    }

    private init(binary instruction: String, _ format: String) {
        self.init(propagating: "\(instruction) %[b], %[a], %[r]", format, operands: 2)
    }

    private init(fused instruction: String, _ format: String, negated: Bool) {
        // A sign mask out of nothing: all ones, shifted.
        let mask = format == "d" ? "vpsllq $63, %[x], %[x]" : "vpsllq $63, %[x], %[x]\n\tvpsrlq $32, %[x], %[x]"
        self.init(
            // The interpreter's order: the same operand then gives what lies above a single result.
            propagating: "vmovapd %[a], %[r]\n\t\(instruction) %[c], %[b], %[r]", format,
            finish: negated ? "vpcmpeqd %[x], %[x], %[x]\n\t\(mask)\n\tvxorpd %[x], %[r], %[r]" : "", operands: 3)
    }

    /// `first` if a < b, else `second`; `tie` joins equal values, that is zeros of two signs: what lies above single ones is then 0.
    private init(extremum format: String, _ first: String, _ second: String, tie: String) {
        let isSingle = format == "s"
        let widened = isSingle ? "\n\tvpmovsxdq %[x], %[x]" : ""
        let cleared = isSingle ? "\n\tvpmovzxdq %[r], %[r]" : ""
        self.init(
            code: "vcmps\(format) $0x11, %[b], %[a], %[x]\(widened)\n\tvblendvpd %[x], \(first), \(second), %[r]",
            check: "vucomis\(format) %[b], %[a]\n\tjp 8f\n\tjne 6f\n\t\(tie) %[b], %[a], %[r]\(cleared)\n6:", operands: 2)
    }

    /// `rounding`, if the instruction is to round in a direction of its own: the host's number for it.
    private init(integer32 instruction: String, rounding: Int? = nil) {
        let sign = instruction.contains("ss") ? "vmovd %[a], %k[t]" : "vmovq %[a], %[t]\n\tshrq $32, %[t]"
        if let rounding, instruction.contains("sd") {
            // Of doubles that are too large some are not whole; their conversion is invalid, but not inexact. So the flag comes last, if at all.
            let round = "vroundsd $\(8 | rounding), %[a], %[a], %[r]\n\t\(instruction) %[r], %k[t]"
            self.init(code: round, check: "cmpl $1, %k[t]\n\tjo 8f", finish: "vroundsd $\(rounding), %[a], %[a], %[r]\n\tvmovd %k[t], %[r]")
            return
        }
        let (round, from) = Self.rounded(instruction, rounding)
        self.init(code: "\(round)\(instruction) \(from), %k[t]", check: "cmpl $1, %k[t]\n\tjo 8f", finish: "vmovd %k[t], %[r]")
        mend = Self.saturation(instruction, "\(sign)\n\tsarl $31, %k[t]\n\tbtcl $31, %k[t]\n\tnotl %k[t]")
    }

    private init(integer64 instruction: String, rounding: Int? = nil) {
        let sign = instruction.contains("ss") ? "vmovd %[a], %k[t]\n\tmovslq %k[t], %[t]" : "vmovq %[a], %[t]"
        let (round, from) = Self.rounded(instruction, rounding)
        self.init(code: "\(round)\(instruction) \(from), %[t]", check: "cmpq $1, %[t]\n\tjo 8f", finish: "vmovq %[t], %[r]")
        mend = Self.saturation(instruction, "\(sign)\n\tsarq $63, %[t]\n\tbtcq $63, %[t]\n\tnotq %[t]")
    }

    /// What rounds `a` for a conversion and sets the flag of an inexact result, and where the rounded value is.
    private static func rounded(_ instruction: String, _ rounding: Int?) -> (code: String, place: String) {
        guard let rounding else { return ("", "%[a]") }
        return ("\(instruction.contains("ss") ? "vroundss" : "vroundsd") $\(rounding), %[a], %[a], %[r]\n\t", "%[r]")
    }

    /// What LA64 makes of a value that is no such integer: 0 of a NaN, else the integer that is nearest, as `limit` computes. The host has set the flags.
    private static func saturation(_ instruction: String, _ limit: String) -> String {
        let format = instruction.contains("ss") ? "s" : "d"
        return "xorl %k[t], %k[t]\n\tvucomis\(format) %[a], %[a]\n\tjp 9b\n\t\(limit)"
    }
}

extension FloatPredicate {
    /// The predicate's number in `vcmpss` and `vcmpsd`: the same condition, quiet or signaling.
    var hostPredicate: Int {
        switch self {
        case .caf: 0x0B
        case .saf: 0x1B
        case .clt: 0x11
        case .slt: 0x01
        case .ceq: 0x00
        case .seq: 0x10
        case .cle: 0x12
        case .sle: 0x02
        case .cun: 0x03
        case .sun: 0x13
        case .cult: 0x19
        case .sult: 0x09
        case .cueq: 0x08
        case .sueq: 0x18
        case .cule: 0x1A
        case .sule: 0x0A
        case .cne: 0x0C
        case .sne: 0x1C
        case .cor: 0x07
        case .sor: 0x17
        case .cune: 0x04
        case .sune: 0x14
        }
    }
}
