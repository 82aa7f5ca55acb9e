import LoongArch

/// Products lane by lane, and what the host has no instruction for when lanes are doublewords.
extension VectorTemplate {
    static func products(_ stem: String, _ lane: String) -> VectorTemplate? {
        guard let (letter, size) = width(lane) else { return nil }
        switch stem {
        case "vmul": return VectorTemplate(product(size))
        case "vmadd": return VectorTemplate("\(product(size))\n\tvpadd\(letter) %[d], %[o], %[d]")
        case "vmsub": return VectorTemplate("\(product(size))\n\tvpsub\(letter) %[d], %[o], %[d]")
        case "vmuh": return upperHalf(size, isUnsigned: lane.hasSuffix("u"))
        default: return nil
        }
    }

    /// The lower half of a * b in `d`.
    private static func product(_ size: Int) -> String {
        switch size {
        case 1:
            let odd = "vpsrlw $8, %[a], %[x]\n\tvpsrlw $8, %[b], %[y]\n\tvpmullw %[y], %[x], %[x]\n\tvpsllw $8, %[x], %[x]\n\t"
            return "\(odd)vpmullw %[b], %[a], %[d]\n\tvpsllw $8, %[d], %[d]\n\tvpsrlw $8, %[d], %[d]\n\tvpor %[x], %[d], %[d]"
        case 2: return "vpmullw %[b], %[a], %[d]"
        case 4: return "vpmulld %[b], %[a], %[d]"
        default:
            // Both products of an upper and a lower half, and the product of the lower halves.
            let cross = "vpsrlq $32, %[b], %[x]\n\tvpmuludq %[x], %[a], %[x]\n\tvpsrlq $32, %[a], %[y]\n\tvpmuludq %[y], %[b], %[y]\n\t"
            return "\(cross)vpaddq %[y], %[x], %[x]\n\tvpsllq $32, %[x], %[x]\n\tvpmuludq %[b], %[a], %[d]\n\tvpaddq %[x], %[d], %[d]"
        }
    }

    private static func upperHalf(_ size: Int, isUnsigned: Bool) -> VectorTemplate? {
        let u = isUnsigned ? "u" : ""
        switch size {
        case 1:
            // In lanes of twice the width: the even ones shifted up, so that the upper half of their product is the whole product.
            let even = "vpsllw $8, %[a], %[x]\n\tvpsllw $8, %[b], %[y]\n\tvpmulh\(u)w %[y], %[x], %[d]\n\tvpsrlw $8, %[d], %[d]\n\t"
            let shift = isUnsigned ? "vpsrlw" : "vpsraw"
            let odd = "\(shift) $8, %[a], %[x]\n\t\(shift) $8, %[b], %[y]\n\tvpmullw %[y], %[x], %[x]\n\tvpsrlw $8, %[x], %[x]\n\tvpsllw $8, %[x], %[x]\n\t"
            return VectorTemplate("\(even)\(odd)vpor %[x], %[d], %[d]")
        case 2: return VectorTemplate("vpmulh\(u)w %[b], %[a], %[d]")
        case 4:
            let odd = "vpsrlq $32, %[a], %[x]\n\tvpsrlq $32, %[b], %[y]\n\tvpmul\(u)dq %[y], %[x], %[x]\n\t"
            return VectorTemplate("\(odd)vpmul\(u)dq %[b], %[a], %[d]\n\tvpsrlq $32, %[d], %[d]\n\tvpblendd $10, %[x], %[d], %[d]")
        default: return nil
        }
    }

    /// Comparisons of doublewords, and what follows from them.
    static func doublewords(_ stem: String, _ lane: String, _ i: Instruction) -> VectorTemplate? {
        guard let (_, size) = width(lane), size == 8 else { return nil }
        let isImmediate = ["vmaxi", "vmini", "vslei", "vslti"].contains(stem)
        let b = isImmediate ? "%[x]" : "%[b]"
        let prefix = isImmediate ? constant : ""
        // Unsigned numbers are compared as signed ones once the sign is inverted.
        var (left, right) = ("%[a]", b)
        var flip = ""
        if lane.hasSuffix("u") {
            flip = "vpcmpeqd %[y], %[y], %[y]\n\tvpsllq $63, %[y], %[y]\n\tvpxor %[y], %[a], %[d]\n\tvpxor %[y], \(b), %[y]\n\t"
            (left, right) = ("%[d]", "%[y]")
        }
        func compare(_ x: String, above y: String) -> String { "\(prefix)\(flip)vpcmpgtq \(y), \(x), %[y]\n\t" }
        let code: String
        switch isImmediate ? String(stem.dropLast()) : stem {
        case "vmax": code = "\(compare(left, above: right))vblendvpd %[y], %[a], \(b), %[d]"
        case "vmin": code = "\(compare(left, above: right))vblendvpd %[y], \(b), %[a], %[d]"
        case "vslt": code = "\(compare(right, above: left))vmovapd %[y], %[d]"
        case "vsle": code = "\(compare(left, above: right))vpcmpeqd %[d], %[d], %[d]\n\tvpxor %[y], %[d], %[d]"
        case "vabsd": code = "\(compare(left, above: right))vpsubq %[b], %[a], %[x]\n\tvpsubq %[a], %[b], %[d]\n\tvblendvpd %[y], %[x], %[d], %[d]"
        case "vsigncov":
            let signs = "vpxor %[x], %[x], %[x]\n\tvpcmpeqq %[x], %[a], %[y]\n\tvpcmpgtq %[a], %[x], %[x]\n\t"
            code = "\(signs)vpxor %[x], %[b], %[d]\n\tvpsubq %[x], %[d], %[d]\n\tvpandn %[d], %[y], %[d]"
        default: return nil
        }
        return VectorTemplate(code, constant: splat(i.immediate, 8))
    }
}
