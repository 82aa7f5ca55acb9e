import LoongArch

/// Results of twice the width.
extension VectorTemplate {
    static func widenings(_ stem: String, _ suffixes: [String], _ i: Instruction) -> VectorTemplate? {
        if suffixes == ["q", "d"] || suffixes == ["qu", "du"] { return stem == "vhaddw" ? quadwordSum(isUnsigned: suffixes[0] == "qu") : nil }
        guard let (wide, size) = width(suffixes.first ?? ""), size > 1 else { return nil }
        let narrow = size == 2 ? "b" : size == 4 ? "w" : "d"
        switch stem {
        case "vsllwil", "vexth":
            let extend = "vpmov\(suffixes[0].hasSuffix("u") ? "z" : "s")x\(narrow)\(wide)"
            if stem == "vexth" { return VectorTemplate("vpsrldq $8, %[a], %[d]\n\t\(extend) %[d], %[d]") }
            return VectorTemplate("\(extend) %[a], %[d]" + (i.immediate == 0 ? "" : "\n\tvpsll\(wide) $\(i.immediate), %[d], %[d]"))
        default:
            guard suffixes.count > 1 else { return nil }
            return alternating(stem, wide, size, isUnsigned: (suffixes[1].hasSuffix("u"), suffixes.last!.hasSuffix("u")))
        }
    }

    /// Operations on the even or on the odd lanes of both sources, or on the odd ones of the first and the even ones of the second.
    private static func alternating(_ stem: String, _ wide: String, _ size: Int, isUnsigned: (a: Bool, b: Bool)) -> VectorTemplate? {
        let parity: (a: Bool, b: Bool)
        let operation: String
        switch stem {
        case "vhaddw": (operation, parity) = ("add", (true, false))
        case "vhsubw": (operation, parity) = ("sub", (true, false))
        case "vaddwev", "vaddwod": (operation, parity) = ("add", (stem.hasSuffix("od"), stem.hasSuffix("od")))
        case "vsubwev", "vsubwod": (operation, parity) = ("sub", (stem.hasSuffix("od"), stem.hasSuffix("od")))
        case "vmulwev", "vmulwod", "vmaddwev", "vmaddwod": (operation, parity) = ("mul", (stem.hasSuffix("od"), stem.hasSuffix("od")))
        default: return nil
        }
        var code: String
        if operation == "mul", size == 8 {
            // The host multiplies even lanes to twice the width by itself.
            guard isUnsigned.a == isUnsigned.b else { return nil }
            let multiply = "vpmul\(isUnsigned.a ? "u" : "")dq"
            code = parity.a ? "vpsrlq $32, %[a], %[d]\n\tvpsrlq $32, %[b], %[x]\n\t\(multiply) %[x], %[d], %[d]" : "\(multiply) %[b], %[a], %[d]"
        } else {
            let operands = "\(extended("%[a]", size, parity.a, isUnsigned.a, to: "%[d]"))\n\t\(extended("%[b]", size, parity.b, isUnsigned.b, to: "%[x]"))\n\t"
            code = "\(operands)vp\(operation == "mul" ? "mull" : operation)\(wide) %[x], %[d], %[d]"
        }
        if stem.hasPrefix("vmadd") { code += "\n\tvpadd\(wide) %[o], %[d], %[d]" }
        return VectorTemplate(code)
    }

    /// The even or odd lanes of a register, extended to `size` bytes.
    private static func extended(_ source: String, _ size: Int, _ isOdd: Bool, _ isUnsigned: Bool, to place: String) -> String {
        if size == 8, !isUnsigned {
            return "vpshufd $\(isOdd ? "0xf5" : "0xa0"), \(source), \(place)\n\tvpsrad $31, \(place), %[y]\n\tvpblendd $10, %[y], \(place), \(place)"
        }
        let letter = width(size == 2 ? "h" : size == 4 ? "w" : "d")!.letter
        let right = "vps\(isUnsigned ? "rl" : "ra")\(letter) $\(4 * size), \(isOdd ? source : place), \(place)"
        return isOdd ? right : "vpsll\(letter) $\(4 * size), \(source), \(place)\n\t\(right)"
    }

    /// `vhaddw.q.d` and `vhaddw.qu.du`: the upper doubleword of the first source and the lower one of the second.
    private static func quadwordSum(isUnsigned: Bool) -> VectorTemplate {
        let operands = "vpunpckhqdq %[a], %[a], %[d]\n\tvpunpcklqdq %[b], %[b], %[y]\n\t"
        let sum = "\(operands)vpaddq %[y], %[d], %[x]\n\tvpxor %[y], %[d], %[y]\n\tvpxor %[x], %[d], %[d]\n\t"
        // The upper half. Signed: the sign that both have, else the sum's. Unsigned: the carry, where the same holds of the sum's upper bit inverted.
        let upper =
            isUnsigned
            ? "vpor %[y], %[d], %[d]\n\tvpxor %[x], %[d], %[d]\n\tvpsrlq $63, %[d], %[y]\n\t"
            : "vpandn %[d], %[y], %[d]\n\tvpxor %[x], %[d], %[d]\n\tvpxor %[y], %[y], %[y]\n\tvpcmpgtq %[d], %[y], %[y]\n\t"
        return VectorTemplate("\(sum)\(upper)vpunpcklqdq %[y], %[x], %[d]")
    }
}
