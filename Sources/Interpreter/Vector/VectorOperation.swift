/// What an LSX instruction does, whatever its lanes: the mnemonic without its suffixes and without the `i` of an immediate operand.
enum VectorOperation: String, CaseIterable {
    // Lane by lane.
    case vadd, vsub, vadda, vabsd, vavg, vavgr, vmax, vmin, vmul, vmuh, vmadd, vmsub, vdiv, vmod, vsadd, vssub, vneg, vsigncov, vsat
    case vseq, vsle, vslt
    case vclo, vclz, vpcnt, vbitclr, vbitset, vbitrev, vand, vor, vxor, vnor, vandn, vorn, vbitsel, vbitseli
    case vsll, vsrl, vsra, vrotr, vsrlr, vsrar
    // To lanes of twice the width, and of half the width.
    case vaddwev, vaddwod, vsubwev, vsubwod, vmulwev, vmulwod, vmaddwev, vmaddwod, vhaddw, vhsubw, vexth, vextl, vsllwil
    case vsrln, vsran, vsrlrn, vsrarn, vssrln, vssran, vssrlrn, vssrarn
    // Lanes to other places.
    case vpackev, vpackod, vpickev, vpickod, vilvl, vilvh, vshuf, vshuf4i, vpermi, vextrins, vfrstp, vreplve, vbsll, vbsrl
    // To and from other registers.
    case vmskltz, vmskgez, vmsknz, vseteqz, vsetnez, vsetanyeqz, vsetallnez, vreplgr2vr, vinsgr2vr, vpickve2gr, vldi
    case vld, vst, vldx, vstx, vldrepl, vstelm
    // Floating point.
    case vfadd, vfsub, vfmul, vfdiv, vfmax, vfmin, vfmaxa, vfmina, vfmadd, vfmsub, vfnmadd, vfnmsub
    case vfsqrt, vfrecip, vfrsqrt, vfrecipe, vfrsqrte, vflogb, vfclass, vfcmp
    case vfrint, vfrintrm, vfrintrp, vfrintrz, vfrintrne
    case vfcvt, vfcvtl, vfcvth, vffint, vffintl, vffinth
    case vftint, vftintrm, vftintrp, vftintrz, vftintrne
    case vftintl, vftintrml, vftintrpl, vftintrzl, vftintrnel
    case vftinth, vftintrmh, vftintrph, vftintrzh, vftintrneh

    /// Which part of `VectorUnit` performs it.
    enum Family: UInt8 { case lanes, widening, narrowing, shuffle, move, memory, float }

    var family: Family {
        switch self {
        case .vaddwev, .vaddwod, .vsubwev, .vsubwod, .vmulwev, .vmulwod, .vmaddwev, .vmaddwod, .vhaddw, .vhsubw, .vexth, .vextl, .vsllwil: .widening
        case .vsrln, .vsran, .vsrlrn, .vsrarn, .vssrln, .vssran, .vssrlrn, .vssrarn: .narrowing
        case .vpackev, .vpackod, .vpickev, .vpickod, .vilvl, .vilvh, .vshuf, .vshuf4i, .vpermi, .vextrins, .vfrstp, .vreplve, .vbsll, .vbsrl: .shuffle
        case .vmskltz, .vmskgez, .vmsknz, .vseteqz, .vsetnez, .vsetanyeqz, .vsetallnez, .vreplgr2vr, .vinsgr2vr, .vpickve2gr, .vldi: .move
        case .vld, .vst, .vldx, .vstx, .vldrepl, .vstelm: .memory
        default: rawValue.hasPrefix("vf") ? .float : .lanes
        }
    }
}

/// A lane type, as the suffixes of mnemonics spell them. What `d` is, a number or a floating-point value, depends on the operation.
enum VectorSuffix: String, CaseIterable {
    case b, h, w, d, q, bu, hu, wu, du, qu
    case s, l, lu
    /// The whole register, as bits.
    case v

    /// Bytes of a lane.
    var size: Int {
        switch self {
        case .b, .bu: 1
        case .h, .hu: 2
        case .w, .wu, .s: 4
        case .d, .du, .l, .lu: 8
        case .q, .qu, .v: 16
        }
    }
}
