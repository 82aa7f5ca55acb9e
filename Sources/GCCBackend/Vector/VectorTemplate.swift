import LoongArch
import Semantics

/// How a vector instruction is written in host assembly, for those that compilers use much; all others are left to the interpreter.
///
/// Operands: `d` the new destination, `o` the old one, `a`, `b`, `c` the sources rj, rk, ra (all xmm), `g` the general register rj, `i` a constant in a general
/// register, `r` a general result, `x`, `y` (xmm) and `t` (general) to work with. What the code does not name is not there.
struct VectorTemplate {
    var code: String
    /// Of operations that set FCSR: what is to be recorded for Cause, and whether the flag `ne` says at the end that the interpreter must do it again.
    var pending: UInt64?
    var mayFail = false
    /// The value of `i`.
    var constant: UInt64 = 0

    init(_ code: String, constant: UInt64 = 0) {
        self.code = code
        self.constant = constant
    }

    func uses(_ operand: Character) -> Bool { code.contains("[\(operand)]") }

    /// Nil when the instruction is left to the interpreter.
    init?(_ i: Instruction) {
        guard i.opcode.isVector else { return nil }
        var parts = i.opcode.form.mnemonic.split(separator: ".").map(String.init)
        let stem = parts.removeFirst()
        let lane = parts.first ?? ""
        if stem.hasPrefix("vf") {
            self.init(float: stem, parts)
        } else {
            let found =
                Self.lanes(stem, lane, i) ?? Self.doublewords(stem, lane, i) ?? Self.products(stem, lane) ?? Self.shifts(stem, lane, i)
                ?? Self.bits(stem, lane, i) ?? Self.moves(stem, lane, i) ?? Self.shuffles(stem, lane, i) ?? Self.widenings(stem, parts, i)
            guard let found else { return nil }
            self = found
        }
    }

    // MARK: Integers

    /// The host's letter and the bytes of a lane.
    static func width(_ lane: String) -> (letter: String, size: Int)? {
        switch lane.first {
        case "b": ("b", 1)
        case "h": ("w", 2)
        case "w": ("d", 4)
        case "d": ("q", 8)
        default: nil
        }
    }

    /// A value in each lane of a doubleword.
    static func splat(_ value: Int32, _ size: Int) -> UInt64 { splat(bits: UInt64(bitPattern: Int64(value)), size) }

    static func splat(bits: UInt64, _ size: Int) -> UInt64 {
        switch size {
        case 1: return (bits & 0xFF) &* 0x0101_0101_0101_0101
        case 2: return (bits & 0xFFFF) &* 0x0001_0001_0001_0001
        case 4: return (bits & 0xFFFF_FFFF) &* 0x0000_0001_0000_0001
        default: return bits
        }
    }

    /// Puts the constant into both halves of `x`.
    static let constant = "vmovq %[i], %[x]\n\tvpunpcklqdq %[x], %[x], %[x]\n\t"

    private static func lanes(_ stem: String, _ lane: String, _ i: Instruction) -> VectorTemplate? {
        let immediates: Set<String> = ["vaddi", "vsubi", "vmaxi", "vmini", "vseqi", "vslei", "vslti", "vandi", "vori", "vxori", "vnori"]
        let (letter, size) = lane == "v" ? ("q", 8) : width(lane) ?? ("", 0)
        guard size > 0 else { return nil }
        let isImmediate = immediates.contains(stem)
        let name = isImmediate ? String(stem.dropLast()) : stem
        let b = isImmediate ? "%[x]" : "%[b]"
        let isUnsigned = lane.hasSuffix("u")
        let signed = isUnsigned ? "u" : "s"
        func inverted(_ code: String) -> String { "\(code)\n\tvpcmpeqd %[y], %[y], %[y]\n\tvpxor %[y], %[d], %[d]" }
        let code: String
        switch name {
        case "vadd" where lane != "q": code = "vpadd\(letter) \(b), %[a], %[d]"
        case "vsub" where lane != "q": code = "vpsub\(letter) \(b), %[a], %[d]"
        case "vneg": code = "vpxor %[d], %[d], %[d]\n\tvpsub\(letter) %[a], %[d], %[d]"
        case "vmax" where size < 8: code = "vpmax\(signed)\(letter) \(b), %[a], %[d]"
        case "vmin" where size < 8: code = "vpmin\(signed)\(letter) \(b), %[a], %[d]"
        case "vabsd" where size < 8:
            code = "vpmax\(signed)\(letter) %[b], %[a], %[x]\n\tvpmin\(signed)\(letter) %[b], %[a], %[d]\n\tvpsub\(letter) %[d], %[x], %[d]"
        case "vadda" where size < 8: code = "vpabs\(letter) %[a], %[x]\n\tvpabs\(letter) %[b], %[d]\n\tvpadd\(letter) %[x], %[d], %[d]"
        case "vsigncov" where size < 8: code = "vpsign\(letter) %[a], %[b], %[d]"
        case "vavg" where size > 1 && (isUnsigned || size < 8), "vavgr" where !isUnsigned && (2...4).contains(size):
            // (a & b) + ((a ^ b) >> 1), and (a | b) - ((a ^ b) >> 1).
            let half = "vpxor %[b], %[a], %[x]\n\tvps\(isUnsigned ? "rl" : "ra")\(letter) $1, %[x], %[x]\n\t"
            let (pair, join) = name == "vavg" ? ("vpand", "vpadd") : ("vpor", "vpsub")
            code = "\(half)\(pair) %[b], %[a], %[d]\n\t\(join)\(letter) %[x], %[d], %[d]"
        case "vavgr" where isUnsigned && size < 4: code = "vpavg\(letter) %[b], %[a], %[d]"
        case "vsadd" where size < 3: code = "vpadd\(isUnsigned ? "us" : "s")\(letter) %[b], %[a], %[d]"
        case "vssub" where size < 3: code = "vpsub\(isUnsigned ? "us" : "s")\(letter) %[b], %[a], %[d]"
        case "vseq": code = "vpcmpeq\(letter) \(b), %[a], %[d]"
        case "vslt" where !isUnsigned: code = "vpcmpgt\(letter) %[a], \(b), %[d]"
        case "vsle" where !isUnsigned: code = inverted("vpcmpgt\(letter) \(b), %[a], %[d]")
        // a <= b: a is the smaller one. a < b: not b <= a.
        case "vsle" where size < 8: code = "vpminu\(letter) \(b), %[a], %[d]\n\tvpcmpeq\(letter) %[a], %[d], %[d]"
        case "vslt" where size < 8: code = inverted("vpmaxu\(letter) \(b), %[a], %[d]\n\tvpcmpeq\(letter) %[a], %[d], %[d]")
        case "vand": code = "vpand \(b), %[a], %[d]"
        case "vor": code = "vpor \(b), %[a], %[d]"
        case "vxor": code = "vpxor \(b), %[a], %[d]"
        case "vnor": code = inverted("vpor \(b), %[a], %[d]")
        case "vandn": code = "vpandn %[b], %[a], %[d]"
        case "vorn": code = "vpcmpeqd %[y], %[y], %[y]\n\tvpxor %[b], %[y], %[d]\n\tvpor %[a], %[d], %[d]"
        case "vbitsel": code = "vpand %[c], %[b], %[x]\n\tvpandn %[a], %[c], %[d]\n\tvpor %[x], %[d], %[d]"
        default: return nil
        }
        return VectorTemplate(isImmediate ? constant + code : code, constant: splat(i.immediate, size))
    }

    private static func moves(_ stem: String, _ lane: String, _ i: Instruction) -> VectorTemplate? {
        if stem == "vseteqz" || stem == "vsetnez" {
            return VectorTemplate("vptest %[a], %[a]\n\tset\(stem == "vsetnez" ? "n" : "")z %b[r]\n\tmovzbl %b[r], %k[r]")
        }
        guard let (letter, size) = width(lane) else { return nil }
        let count = 16 / size
        let index = Int(i.immediate) & (count - 1)
        let half = size == 8 ? "q" : "d"
        switch stem {
        case "vreplgr2vr": return VectorTemplate("vmov\(half) %\(size == 8 ? "" : "k")[g], %[d]\n\tvpbroadcast\(letter) %[d], %[d]")
        case "vinsgr2vr": return VectorTemplate("vpinsr\(letter) $\(index), %\(size == 8 ? "" : "k")[g], %[o], %[d]")
        case "vpickve2gr":
            let pick = size == 8 ? "vpextrq $\(index), %[a], %[r]" : "vpextr\(letter) $\(index), %[a], %k[r]"
            let extension_ = size == 8 || lane.hasSuffix("u") ? "" : size == 4 ? "\n\tmovslq %k[r], %[r]" : "\n\tmovs\(size == 1 ? "b" : "w")q %\(size == 1 ? "b" : "w")[r], %[r]"
            return VectorTemplate(pick + extension_)
        case "vmskltz" where lane == "b": return VectorTemplate("vpmovmskb %[a], %k[t]\n\tvmovd %k[t], %[d]")
        case "vmskltz" where lane == "w": return VectorTemplate("vmovmskps %[a], %k[t]\n\tvmovd %k[t], %[d]")
        case "vmskltz" where lane == "d": return VectorTemplate("vmovmskpd %[a], %k[t]\n\tvmovd %k[t], %[d]")
        case "vmskltz": return VectorTemplate("vpxor %[d], %[d], %[d]\n\tvpacksswb %[d], %[a], %[d]\n\tvpmovmskb %[d], %k[t]\n\tvmovd %k[t], %[d]")
        case "vmskgez": return VectorTemplate("vpmovmskb %[a], %k[t]\n\txorl $0xffff, %k[t]\n\tvmovd %k[t], %[d]")
        case "vmsknz":
            return VectorTemplate("vpxor %[d], %[d], %[d]\n\tvpcmpeqb %[d], %[a], %[d]\n\tvpmovmskb %[d], %k[t]\n\txorl $0xffff, %k[t]\n\tvmovd %k[t], %[d]")
        case "vsetanyeqz", "vsetallnez":
            let test = "vpxor %[x], %[x], %[x]\n\tvpcmpeq\(letter) %[x], %[a], %[x]\n\tvptest %[x], %[x]\n\t"
            return VectorTemplate("\(test)set\(stem == "vsetanyeqz" ? "n" : "")z %b[r]\n\tmovzbl %b[r], %k[r]")
        default: return nil
        }
    }

    private static func shuffles(_ stem: String, _ lane: String, _ i: Instruction) -> VectorTemplate? {
        let selector = Int(i.immediate)
        switch stem {
        case "vbsll": return VectorTemplate("vpslldq $\(selector & 15), %[a], %[d]")
        case "vbsrl": return VectorTemplate("vpsrldq $\(selector & 15), %[a], %[d]")
        default: break
        }
        guard let (letter, size) = width(lane) else { return nil }
        switch (stem, size) {
        case ("vilvl", _), ("vpackev", 8), ("vpickev", 8): return VectorTemplate("vpunpckl\(interleaved(letter)) %[a], %[b], %[d]")
        case ("vilvh", _), ("vpackod", 8), ("vpickod", 8): return VectorTemplate("vpunpckh\(interleaved(letter)) %[a], %[b], %[d]")
        case ("vpickev", 4): return VectorTemplate("vshufps $0x88, %[a], %[b], %[d]")
        case ("vpickod", 4): return VectorTemplate("vshufps $0xdd, %[a], %[b], %[d]")
        case ("vpickev", 2):
            return VectorTemplate("vpxor %[y], %[y], %[y]\n\tvpblendw $0xaa, %[y], %[a], %[x]\n\tvpblendw $0xaa, %[y], %[b], %[d]\n\tvpackusdw %[x], %[d], %[d]")
        case ("vpickod", 2): return VectorTemplate("vpsrld $16, %[a], %[x]\n\tvpsrld $16, %[b], %[d]\n\tvpackusdw %[x], %[d], %[d]")
        case ("vpickev", 1):
            let low = "vpsllw $8, %[a], %[x]\n\tvpsrlw $8, %[x], %[x]\n\tvpsllw $8, %[b], %[d]\n\tvpsrlw $8, %[d], %[d]\n\t"
            return VectorTemplate("\(low)vpackuswb %[x], %[d], %[d]")
        case ("vpickod", 1): return VectorTemplate("vpsrlw $8, %[a], %[x]\n\tvpsrlw $8, %[b], %[d]\n\tvpackuswb %[x], %[d], %[d]")
        case ("vpackev", 1): return VectorTemplate("vpsllw $8, %[a], %[x]\n\tvpsllw $8, %[b], %[d]\n\tvpsrlw $8, %[d], %[d]\n\tvpor %[x], %[d], %[d]")
        case ("vpackod", 1): return VectorTemplate("vpsrlw $8, %[a], %[x]\n\tvpsllw $8, %[x], %[x]\n\tvpsrlw $8, %[b], %[d]\n\tvpor %[x], %[d], %[d]")
        case ("vpackev", 2): return VectorTemplate("vpslld $16, %[a], %[d]\n\tvpblendw $0xaa, %[d], %[b], %[d]")
        case ("vpackod", 2): return VectorTemplate("vpsrld $16, %[b], %[d]\n\tvpblendw $0xaa, %[a], %[d], %[d]")
        case ("vpackev", 4): return VectorTemplate("vpsllq $32, %[a], %[d]\n\tvpblendd $10, %[d], %[b], %[d]")
        case ("vpackod", 4): return VectorTemplate("vpsrlq $32, %[b], %[d]\n\tvpblendd $10, %[a], %[d], %[d]")
        case ("vshuf", 1):
            // Bit 4 of an index says which source.
            let indices = "vmovq %[i], %[y]\n\tvpunpcklqdq %[y], %[y], %[y]\n\tvpand %[y], %[c], %[y]\n\tvpsllw $3, %[c], %[x]\n\t"
            return VectorTemplate(
                "\(indices)vpshufb %[y], %[b], %[d]\n\tvpshufb %[y], %[a], %[y]\n\tvpblendvb %[x], %[y], %[d], %[d]", constant: 0x0F0F_0F0F_0F0F_0F0F)
        case ("vshuf", 2):
            // Indices of bytes: twice that of the halfword, and one more. Bit 3 of the halfword's says which source.
            let twice = "\(constant)vpsllw $12, %[o], %[d]\n\tvpsrlw $12, %[d], %[d]\n\tvpmullw %[x], %[d], %[d]\n\t"
            let indices = "\(twice)vpsllw $7, %[x], %[x]\n\tvpaddw %[x], %[d], %[d]\n\t"
            let pick = "vpshufb %[d], %[b], %[x]\n\tvpshufb %[d], %[a], %[y]\n\tvpsllw $3, %[d], %[d]\n\tvpblendvb %[d], %[y], %[x], %[d]"
            return VectorTemplate(indices + pick, constant: 0x0202_0202_0202_0202)
        case ("vshuf", 4):
            let pick = "vpermilps %[o], %[b], %[x]\n\tvpermilps %[o], %[a], %[y]\n\t"
            return VectorTemplate("\(pick)vpslld $29, %[o], %[d]\n\tvblendvps %[d], %[y], %[x], %[d]")
        case ("vshuf", 8):
            let pick = "vpaddq %[o], %[o], %[d]\n\tvpermilpd %[d], %[b], %[x]\n\tvpermilpd %[d], %[a], %[y]\n\t"
            return VectorTemplate("\(pick)vpsllq $62, %[o], %[d]\n\tvblendvpd %[d], %[y], %[x], %[d]")
        case ("vshuf4i", 1):
            var indices: UInt64 = 0
            for n in 0..<8 {
                let index = n & 4 | (selector >> (2 * (n & 3))) & 3
                indices |= UInt64(index) << UInt64(8 * n)
            }
            // 8 more in the upper half.
            let eights = "vpcmpeqd %[y], %[y], %[y]\n\tvpabsb %[y], %[y]\n\tvpsllw $3, %[y], %[y]\n\tvpslldq $8, %[y], %[y]\n\t"
            return VectorTemplate("\(constant)\(eights)vpaddb %[y], %[x], %[x]\n\tvpshufb %[x], %[a], %[d]", constant: indices)
        case ("vshuf4i", 4): return VectorTemplate("vpshufd $\(selector & 255), %[a], %[d]")
        case ("vshuf4i", 2): return VectorTemplate("vpshuflw $\(selector & 255), %[a], %[d]\n\tvpshufhw $\(selector & 255), %[d], %[d]")
        case ("vshuf4i", 8):
            func source(_ n: Int) -> String { selector >> (2 * n) & 2 == 0 ? "%[o]" : "%[a]" }
            return VectorTemplate("vshufpd $\(selector & 1 | selector >> 1 & 2), \(source(1)), \(source(0)), %[d]")
        case ("vpermi", 4): return VectorTemplate("vshufps $\(selector & 255), %[o], %[a], %[d]")
        case ("vextrins", 8):
            let from = selector & 1
            return VectorTemplate(selector >> 4 & 1 == 0 ? "vshufpd $\(from | 2), %[o], %[a], %[d]" : "vshufpd $\(from << 1), %[a], %[o], %[d]")
        case ("vextrins", 4): return VectorTemplate("vinsertps $\((selector & 3) << 6 | (selector >> 4 & 3) << 4), %[a], %[o], %[d]")
        case ("vextrins", 2): return VectorTemplate("vpextrw $\(selector & 7), %[a], %k[t]\n\tvpinsrw $\(selector >> 4 & 7), %k[t], %[o], %[d]")
        case ("vextrins", _): return VectorTemplate("vpextrb $\(selector & 15), %[a], %k[t]\n\tvpinsrb $\(selector >> 4 & 15), %k[t], %[o], %[d]")
        case ("vreplvei", 8): return VectorTemplate("vpshufd $\(selector & 1 == 0 ? 0x44 : 0xEE), %[a], %[d]")
        case ("vreplvei", 4): return VectorTemplate("vpshufd $\((selector & 3) * 0x55), %[a], %[d]")
        case ("vreplvei", _):
            let move = "vpsrldq $\((selector & (16 / size - 1)) * size), %[a], %[d]\n\t"
            return VectorTemplate("\(move)vpbroadcast\(letter) %[d], %[d]")
        default: return nil
        }
    }

    private static func interleaved(_ letter: String) -> String {
        switch letter {
        case "b": "bw"
        case "w": "wd"
        case "d": "dq"
        default: "qdq"
        }
    }

    // MARK: Floating point

    private init?(float stem: String, _ suffixes: [String]) {
        var suffixes = suffixes
        if stem == "vfcmp" {
            guard let predicate = FloatPredicate.allCases.first(where: { "\($0)" == suffixes[0] }), let format = FloatFormat(suffix: suffixes[1]) else { return nil }
            self.init("vcmp\(format.packed) $\(predicate.hostPredicate), %[b], %[a], %[d]")
            pending = FloatPending.code(lanes: FloatPending.code(predicate, format), format)
            return
        }
        // Four words or two doublewords to as many; conversions between widths are left alone.
        if stem.hasPrefix("vffint") || stem.hasPrefix("vftint") {
            guard let template = Self.conversion(stem, suffixes) else { return nil }
            self = template
            return
        }
        guard suffixes.count == 1, let format = FloatFormat(suffix: suffixes.removeFirst()) else { return nil }
        let p = format.packed
        let isSingle = format == .single
        let operation: FloatOperation
        var text: String
        var test = "vcmpunord\(p) %[d], %[d], %[x]\n\t"
        func extremum(_ first: String, _ second: String, _ tie: String) -> String {
            test = "vcmpunord\(p) %[b], %[a], %[x]\n\t"
            let tied = "\(tie) %[b], %[a], %[y]\n\tvcmp\(p) $0, %[b], %[a], %[x]\n\tvblendv\(p) %[x], %[y], %[d], %[d]"
            return "vcmp\(p) $0x11, %[b], %[a], %[x]\n\tvblendv\(p) %[x], \(first), \(second), %[d]\n\t\(tied)"
        }
        switch stem {
        case "vfadd": (operation, text) = (isSingle ? .addSingle : .addDouble, "vadd\(p) %[b], %[a], %[d]")
        case "vfsub": (operation, text) = (isSingle ? .subtractSingle : .subtractDouble, "vsub\(p) %[b], %[a], %[d]")
        case "vfmul": (operation, text) = (isSingle ? .multiplySingle : .multiplyDouble, "vmul\(p) %[b], %[a], %[d]")
        case "vfdiv": (operation, text) = (isSingle ? .divideSingle : .divideDouble, "vdiv\(p) %[b], %[a], %[d]")
        case "vfsqrt": (operation, text) = (isSingle ? .squareRootSingle : .squareRootDouble, "vsqrt\(p) %[a], %[d]")
        case "vfrint", "vfrintrne", "vfrintrm", "vfrintrp", "vfrintrz":
            // The flags, and so Cause, do not depend on the direction.
            (operation, text) = (isSingle ? .roundSingle : .roundDouble, "vround\(p) $\(Self.hostRounding(stem.dropFirst(6))), %[a], %[d]")
        case "vfmax": (operation, text) = (isSingle ? .maxSingle : .maxDouble, extremum("%[b]", "%[a]", "vandpd"))
        case "vfmin": (operation, text) = (isSingle ? .minSingle : .minDouble, extremum("%[a]", "%[b]", "vorpd"))
        case "vfmadd", "vfmsub", "vfnmadd", "vfnmsub":
            let subtracts = stem.hasSuffix("sub")
            text = "vmovapd %[a], %[d]\n\tvf\(subtracts ? "msub" : "madd")213\(p) %[c], %[b], %[d]"
            if stem.hasPrefix("vfn") {
                // A sign mask out of nothing: all ones, shifted.
                text += "\n\tvpcmpeqd %[x], %[x], %[x]\n\tvpsll\(isSingle ? "d $31" : "q $63"), %[x], %[x]\n\tvxorpd %[x], %[d], %[d]"
                operation = subtracts ? (isSingle ? .negatedFusedSubtractSingle : .negatedFusedSubtractDouble) : isSingle ? .negatedFusedAddSingle : .negatedFusedAddDouble
            } else {
                operation = subtracts ? (isSingle ? .fusedSubtractSingle : .fusedSubtractDouble) : isSingle ? .fusedAddSingle : .fusedAddDouble
            }
        default: return nil
        }
        self.init("\(text)\n\t\(test)vptest %[x], %[x]")
        mayFail = true
        pending = FloatPending.code(lanes: FloatPending.code(operation), format)
    }

    /// The direction in the host's instructions, by the end of LA64's names.
    private static func hostRounding(_ suffix: Substring) -> Int {
        switch suffix {
        case "rne": 0
        case "rm": 1
        case "rp": 2
        case "rz": 3
        default: 4
        }
    }

    private static func conversion(_ stem: String, _ suffixes: [String]) -> VectorTemplate? {
        let operation: FloatOperation
        var result: VectorTemplate
        func pair(_ one: (String, String) -> String) -> String {
            let low = one("%[a]", "%[d]")
            return "vpunpckhqdq %[a], %[a], %[x]\n\t\(one("%[x]", "%[x]"))\n\t\(low)\n\tvpunpcklqdq %[x], %[d], %[d]"
        }
        switch (stem, suffixes) {
        case ("vffint", ["s", "w"]): (operation, result) = (.singleFromInt32, VectorTemplate("vcvtdq2ps %[a], %[d]"))
        case ("vffint", ["d", "l"]):
            operation = .doubleFromInt64
            result = VectorTemplate(pair { from, to in "vmovq \(from), %[t]\n\tvxorps \(to), \(to), \(to)\n\tvcvtsi2sdq %[t], \(to), \(to)" })
        // What cannot be converted gives the most negative integer. What is not rounded in the current direction or towards 0 is rounded first, which
        // sets the flag of an inexact result; what is too large for the integer is whole.
        case ("vftint", ["w", "s"]), ("vftintrz", ["w", "s"]), ("vftintrm", ["w", "s"]), ("vftintrp", ["w", "s"]), ("vftintrne", ["w", "s"]):
            let rounding = stem.dropFirst(6)
            operation = rounding == "" ? .int32FromSingle : .int32FromSingleZero
            let convert =
                rounding == "" || rounding == "rz"
                ? "vcvt\(rounding == "" ? "" : "t")ps2dq %[a], %[d]"
                : "vroundps $\(hostRounding(rounding)), %[a], %[x]\n\tvcvttps2dq %[x], %[d]"
            result = VectorTemplate("\(convert)\n\tvpcmpeqd %[x], %[x], %[x]\n\tvpslld $31, %[x], %[x]\n\tvpcmpeqd %[x], %[d], %[x]\n\tvptest %[x], %[x]")
            result.mayFail = true
        case ("vftint", ["l", "d"]), ("vftintrz", ["l", "d"]), ("vftintrm", ["l", "d"]), ("vftintrp", ["l", "d"]), ("vftintrne", ["l", "d"]):
            let rounding = stem.dropFirst(6)
            operation = rounding == "" ? .int64FromDouble : .int64FromDoubleZero
            let convert = pair { from, to in
                let round = rounding == "" || rounding == "rz" ? "" : "vroundsd $\(hostRounding(rounding)), \(from), \(from), %[y]\n\t"
                return "\(round)vcvt\(rounding == "" ? "" : "t")sd2si \(round.isEmpty ? from : "%[y]"), %[t]\n\tvmovq %[t], \(to)"
            }
            result = VectorTemplate("\(convert)\n\tvpcmpeqd %[x], %[x], %[x]\n\tvpsllq $63, %[x], %[x]\n\tvpcmpeqq %[x], %[d], %[x]\n\tvptest %[x], %[x]")
            result.mayFail = true
        default: return nil
        }
        result.pending = FloatPending.code(lanes: FloatPending.code(operation), suffixes.contains("w") ? .single : .double)
        return result
    }
}

extension FloatFormat {
    fileprivate init?(suffix: String) {
        switch suffix {
        case "s": self = .single
        case "d": self = .double
        default: return nil
        }
    }
    /// The end of the host's mnemonics for packed values.
    fileprivate var packed: String { self == .single ? "ps" : "pd" }
}
