import LoongArch

/// Shifts, and operations on the bits of a lane.
extension VectorTemplate {
    static func shifts(_ stem: String, _ lane: String, _ i: Instruction) -> VectorTemplate? {
        guard let (letter, size) = width(lane) else { return nil }
        let bits = 8 * size
        let count = Int(i.immediate)
        // A count from a register, modulo the lane's width.
        let masked = "\(constant)vpand %[x], %[b], %[x]\n\t"
        let left: Int32 = 0xFF << Int32(count & 7), right: Int32 = 0xFF >> Int32(count & 7)
        let mask = splat(Int32(bits - 1), size)
        switch stem {
        case "vslli" where size == 1: return VectorTemplate("\(constant)vpsllw $\(count), %[a], %[d]\n\tvpand %[x], %[d], %[d]", constant: splat(left, 1))
        case "vsrli" where size == 1: return VectorTemplate("\(constant)vpsrlw $\(count), %[a], %[d]\n\tvpand %[x], %[d], %[d]", constant: splat(right, 1))
        case "vsrai" where size == 1:
            let upper = "vpsraw $\(8 + count), %[a], %[d]\n\tvpsllw $8, %[d], %[d]\n\t"
            let lower = "vpsllw $8, %[a], %[x]\n\tvpsraw $\(8 + count), %[x], %[x]\n\tvpsllw $8, %[x], %[x]\n\tvpsrlw $8, %[x], %[x]\n\t"
            return VectorTemplate("\(upper)\(lower)vpor %[x], %[d], %[d]")
        case "vslli": return VectorTemplate("vpsll\(letter) $\(count), %[a], %[d]")
        case "vsrli": return VectorTemplate("vpsrl\(letter) $\(count), %[a], %[d]")
        case "vsrai" where size < 8: return VectorTemplate("vpsra\(letter) $\(count), %[a], %[d]")
        case "vsrai":
            let sign = "vpxor %[d], %[d], %[d]\n\tvpcmpgtq %[a], %[d], %[d]\n\tvpsllq $\(64 - count), %[d], %[d]\n\t"
            return VectorTemplate("\(sign)vpsrlq $\(count), %[a], %[x]\n\tvpor %[x], %[d], %[d]")
        case "vrotri" where size > 1:
            return VectorTemplate("vpsrl\(letter) $\(count), %[a], %[x]\n\tvpsll\(letter) $\(bits - count), %[a], %[d]\n\tvpor %[x], %[d], %[d]")
        case "vsll" where size > 2: return VectorTemplate("\(masked)vpsllv\(letter) %[x], %[a], %[d]", constant: mask)
        case "vsrl" where size > 2: return VectorTemplate("\(masked)vpsrlv\(letter) %[x], %[a], %[d]", constant: mask)
        case "vsra" where size == 4: return VectorTemplate("\(masked)vpsravd %[x], %[a], %[d]", constant: mask)
        case "vsra" where size == 8:
            // The sign in every bit, taken out before the shift and put in again behind it.
            let sign = "vpxor %[y], %[y], %[y]\n\tvpcmpgtq %[a], %[y], %[y]\n\tvpxor %[y], %[a], %[d]\n\t"
            return VectorTemplate("\(masked)\(sign)vpsrlvq %[x], %[d], %[d]\n\tvpxor %[y], %[d], %[d]", constant: mask)
        case "vrotr" where size > 2:
            // To the left by 31 (63) less the count, and by one more.
            let right = "\(constant)vpand %[x], %[b], %[y]\n\tvpsrlv\(letter) %[y], %[a], %[d]\n\t"
            let left = "vpxor %[x], %[y], %[y]\n\tvpsllv\(letter) %[y], %[a], %[y]\n\tvpsll\(letter) $1, %[y], %[y]\n\t"
            return VectorTemplate("\(right)\(left)vpor %[y], %[d], %[d]", constant: mask)
        default: return nil
        }
    }

    static func bits(_ stem: String, _ lane: String, _ i: Instruction) -> VectorTemplate? {
        guard let (letter, size) = width(lane) else { return nil }
        func change(_ operation: String, _ bit: String) -> String? {
            switch operation {
            case "vbitset": "vpor \(bit), %[a], %[d]"
            case "vbitrev": "vpxor \(bit), %[a], %[d]"
            case "vbitclr": "vpandn %[a], \(bit), %[d]"
            default: nil
            }
        }
        switch stem {
        case "vbitseti", "vbitrevi", "vbitclri":
            return VectorTemplate(constant + change(String(stem.dropLast()), "%[x]")!, constant: splat(bits: 1 << UInt64(i.immediate), size))
        case "vbitset" where size > 2, "vbitrev" where size > 2, "vbitclr" where size > 2:
            let one = "vpcmpeqd %[y], %[y], %[y]\n\tvpsrl\(letter) $\(8 * size - 1), %[y], %[y]\n\t"
            let bit = "\(constant)vpand %[x], %[b], %[x]\n\t\(one)vpsllv\(letter) %[x], %[y], %[y]\n\t"
            return VectorTemplate(bit + change(stem, "%[y]")!, constant: splat(Int32(8 * size - 1), size))
        case "vpcnt": return population(size)
        case "vclz" where size == 4:
            let lanes = (1..<4).map { "\n\tvpextrd $\($0), %[a], %k[t]\n\tlzcntl %k[t], %k[t]\n\tvpinsrd $\($0), %k[t], %[d], %[d]" }
            return VectorTemplate("vmovd %[a], %k[t]\n\tlzcntl %k[t], %k[t]\n\tvmovd %k[t], %[d]" + lanes.joined())
        case "vclz" where size == 8:
            let upper = "vpextrq $1, %[a], %[t]\n\tlzcntq %[t], %[t]\n\tvpinsrq $1, %[t], %[d], %[d]"
            return VectorTemplate("vmovq %[a], %[t]\n\tlzcntq %[t], %[t]\n\tvmovq %[t], %[d]\n\t\(upper)")
        default: return nil
        }
    }

    /// The ones of each lane: a table of those of four bits for each half of a byte, then the sum of a lane's bytes.
    private static func population(_ size: Int) -> VectorTemplate {
        // The upper half of the table is one more than the lower.
        let table = "\(constant)vpcmpeqd %[y], %[y], %[y]\n\tvpslldq $8, %[y], %[d]\n\tvpsubb %[d], %[x], %[x]\n\t"
        // 16 - 1 in each byte.
        let fifteen = "vpabsb %[y], %[d]\n\tvpsllw $4, %[d], %[d]\n\tvpaddb %[y], %[d], %[y]\n\t"
        let halves = "vpsrlw $4, %[a], %[d]\n\tvpand %[y], %[d], %[d]\n\tvpand %[y], %[a], %[y]\n\t"
        var code = table + fifteen + halves + "vpshufb %[d], %[x], %[d]\n\tvpshufb %[y], %[x], %[y]\n\tvpaddb %[y], %[d], %[d]"
        switch size {
        case 1: break
        case 8: code += "\n\tvpxor %[y], %[y], %[y]\n\tvpsadbw %[y], %[d], %[d]"
        default:
            code += "\n\tvpsllw $8, %[d], %[x]\n\tvpaddb %[x], %[d], %[d]\n\tvpsrlw $8, %[d], %[d]"
            if size == 4 { code += "\n\tvpslld $16, %[d], %[x]\n\tvpaddd %[x], %[d], %[d]\n\tvpsrld $16, %[d], %[d]" }
        }
        return VectorTemplate(code, constant: 0x0302_0201_0201_0100)
    }
}
