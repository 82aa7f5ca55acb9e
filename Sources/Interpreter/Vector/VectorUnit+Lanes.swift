/// Arithmetic, comparison, bit operations and shifts that go lane by lane.
extension VectorUnit {
    func performLanes() {
        switch row.lane {
        case .b: performLanes(Int8.self)
        case .h: performLanes(Int16.self)
        case .w: performLanes(Int32.self)
        case .d: performLanes(Int64.self)
        case .bu: performLanes(UInt8.self)
        case .hu: performLanes(UInt16.self)
        case .wu: performLanes(UInt32.self)
        case .du, .v: performLanes(UInt64.self)
        default: performLanes(UInt128.self)
        }
    }

    private func performLanes<L: FixedWidthInteger>(_ type: L.Type) {
        let d = lanes(i.rd, L.self)
        let a = lanes(i.rj, L.self)
        let b = row.usesImmediate ? Lanes<L>(repeating: L(truncatingIfNeeded: i.immediate)) : lanes(i.rk, L.self)
        switch row.operation {
        case .vadd: result(L.self) { a[$0] &+ b[$0] }
        case .vsub: result(L.self) { a[$0] &- b[$0] }
        case .vadda: result(L.self) { L(truncatingIfNeeded: a[$0].magnitude &+ b[$0].magnitude) }
        case .vabsd: result(L.self) { a[$0] > b[$0] ? a[$0] &- b[$0] : b[$0] &- a[$0] }
        case .vavg: result(L.self) { (a[$0] & b[$0]) &+ ((a[$0] ^ b[$0]) &>> 1) }
        case .vavgr: result(L.self) { (a[$0] | b[$0]) &- ((a[$0] ^ b[$0]) &>> 1) }
        case .vmax: result(L.self) { max(a[$0], b[$0]) }
        case .vmin: result(L.self) { min(a[$0], b[$0]) }
        case .vmul: result(L.self) { a[$0] &* b[$0] }
        case .vmuh: result(L.self) { a[$0].multipliedFullWidth(by: b[$0]).high }
        case .vmadd: result(L.self) { d[$0] &+ a[$0] &* b[$0] }
        case .vmsub: result(L.self) { d[$0] &- a[$0] &* b[$0] }
        // The result of a division by zero is open; 0 is what the cores give.
        case .vdiv: result(L.self) { b[$0] == 0 ? 0 : a[$0].dividedReportingOverflow(by: b[$0]).partialValue }
        case .vmod: result(L.self) { b[$0] == 0 ? 0 : a[$0].remainderReportingOverflow(dividingBy: b[$0]).partialValue }
        case .vsadd: result(L.self) { Self.saturatingSum(a[$0], b[$0]) }
        case .vssub: result(L.self) { Self.saturatingDifference(a[$0], b[$0]) }
        case .vneg: result(L.self) { 0 &- a[$0] }
        case .vsigncov: result(L.self) { a[$0] < 0 ? 0 &- b[$0] : a[$0] == 0 ? 0 : b[$0] }
        case .vsat:
            let high = L.max &>> (L(truncatingIfNeeded: L.bitWidth - 1) &- b[0])
            let low = L.isSigned ? ~high : 0
            result(L.self) { min(max(a[$0], low), high) }

        case .vseq: result(L.self) { a[$0] == b[$0] ? ~0 : 0 }
        case .vsle: result(L.self) { a[$0] <= b[$0] ? ~0 : 0 }
        case .vslt: result(L.self) { a[$0] < b[$0] ? ~0 : 0 }

        case .vclo: result(L.self) { L(truncatingIfNeeded: (~a[$0]).leadingZeroBitCount) }
        case .vclz: result(L.self) { L(truncatingIfNeeded: a[$0].leadingZeroBitCount) }
        case .vpcnt: result(L.self) { L(truncatingIfNeeded: a[$0].nonzeroBitCount) }
        case .vbitclr, .vbitset, .vbitrev: changeBit(a, b)
        case .vand: result(L.self) { a[$0] & b[$0] }
        case .vor: result(L.self) { a[$0] | b[$0] }
        case .vxor: result(L.self) { a[$0] ^ b[$0] }
        case .vnor: result(L.self) { ~(a[$0] | b[$0]) }
        case .vandn: result(L.self) { ~a[$0] & b[$0] }
        case .vorn: result(L.self) { a[$0] | ~b[$0] }
        case .vbitsel:
            let mask = lanes(i.ra, L.self)
            result(L.self) { a[$0] & ~mask[$0] | b[$0] & mask[$0] }
        case .vbitseli: result(L.self) { a[$0] & ~d[$0] | b[$0] & d[$0] }

        default: shift(a, b)
        }
    }

    /// Shifts. The count is taken modulo the lane width; the suffix of a logical shift is that of a signed lane all the same.
    private func shift<L: FixedWidthInteger>(_ a: Lanes<L>, _ b: Lanes<L>) {
        typealias U = L.Magnitude
        let u = Lanes<U>(bits: a.bits)
        let count = Lanes<U>(bits: b.bits)
        switch row.operation {
        case .vsll where row.usesImmediate:
            let count = b[0]
            result(L.self) { a[$0] &<< count }
        case .vsll: result(L.self) { Self.shiftedLeft(a[$0], b[$0]) }
        case .vsrl: result(U.self) { u[$0] &>> count[$0] }
        case .vsra: result(L.self) { a[$0] &>> b[$0] }
        case .vrotr: result(U.self) { u[$0] &>> count[$0] | Self.shiftedLeft(u[$0], 0 &- count[$0]) }
        case .vsrlr: result(U.self) { Self.roundingShift(u[$0], count[$0]) }
        case .vsrar: result(L.self) { Self.roundingShift(a[$0], b[$0]) }
        default: fatalError("VectorUnit: \(row.operation) does not go lane by lane")
        }
    }

    /// `vbitclr`, `vbitset`, `vbitrev`.
    private func changeBit<L: FixedWidthInteger>(_ a: Lanes<L>, _ b: Lanes<L>) {
        var bit = Lanes<L>(repeating: 1 &<< b[0])
        if !row.usesImmediate { for n in 0..<Lanes<L>.count { bit[n] = Self.shiftedLeft(1, b[n]) } }
        switch row.operation {
        case .vbitclr: result(L.self) { a[$0] & ~bit[$0] }
        case .vbitset: result(L.self) { a[$0] | bit[$0] }
        default: result(L.self) { a[$0] ^ bit[$0] }
        }
    }

    /// A left shift by a count of the lane's own. Out of line, or the compiler makes a loop of such shifts into a conversion from floating point (the
    /// powers of two), which leaves its flags in the guest's MXCSR.
    @inline(never)
    private static func shiftedLeft<L: FixedWidthInteger>(_ x: L, _ count: L) -> L { x &<< count }

    /// A right shift rounded by the last bit shifted out.
    @inline(__always)
    static func roundingShift<L: FixedWidthInteger>(_ x: L, _ count: L) -> L {
        let n = count & L(truncatingIfNeeded: L.bitWidth - 1)
        return n == 0 ? x : (x &>> n) &+ (x &>> (n &- 1) & 1)
    }

    @inline(__always)
    private static func saturatingSum<L: FixedWidthInteger>(_ a: L, _ b: L) -> L {
        let (sum, overflow) = a.addingReportingOverflow(b)
        return !overflow ? sum : a < 0 ? .min : .max
    }

    @inline(__always)
    private static func saturatingDifference<L: FixedWidthInteger>(_ a: L, _ b: L) -> L {
        let (difference, overflow) = a.subtractingReportingOverflow(b)
        return !overflow ? difference : a < 0 || !L.isSigned ? .min : .max
    }
}
