/// To and from general registers and condition flags; constants.
extension VectorUnit {
    func performMove() {
        switch row.operation {
        case .vldi: write(SIMD2(repeating: VectorConstant.expanded(i.word >> 5 & 0x1FFF)))
        case .vseteqz: setFCC(i.rd, bits(i.rj) == .zero)
        case .vsetnez: setFCC(i.rd, bits(i.rj) != .zero)
        default:
            switch row.lane {
            case .b: move(Int8.self)
            case .h: move(Int16.self)
            case .w: move(Int32.self)
            case .d: move(Int64.self)
            case .bu: move(UInt8.self)
            case .hu: move(UInt16.self)
            case .wu: move(UInt32.self)
            default: move(UInt64.self)
            }
        }
    }

    private func move<L: FixedWidthInteger>(_ type: L.Type) {
        let count = Lanes<L>.count
        switch row.operation {
        case .vreplgr2vr: write(Lanes(repeating: L(truncatingIfNeeded: gpr(i.rj))).bits)
        case .vinsgr2vr:
            var d = lanes(i.rd, L.self)
            d[Int(i.immediate) & (count &- 1)] = L(truncatingIfNeeded: gpr(i.rj))
            write(d.bits)
        case .vpickve2gr: setGPR(i.rd, UInt64(truncatingIfNeeded: lanes(i.rj, L.self)[Int(i.immediate) & (count &- 1)]))
        case .vsetanyeqz: setFCC(i.rd, hasZero(lanes(i.rj, L.self)))
        case .vsetallnez: setFCC(i.rd, !hasZero(lanes(i.rj, L.self)))
        case .vmskltz: setMask(lanes(i.rj, L.self)) { $0 < 0 }
        case .vmskgez: setMask(lanes(i.rj, L.self)) { $0 >= 0 }
        case .vmsknz: setMask(lanes(i.rj, L.self)) { $0 != 0 }
        default: fatalError("VectorUnit: \(row.operation) is no move")
        }
    }

    private func hasZero<L: FixedWidthInteger>(_ a: Lanes<L>) -> Bool {
        (0..<Lanes<L>.count).contains { a[$0] == 0 }
    }

    /// Writes one bit for each lane.
    @inline(__always)
    private func setMask<L: FixedWidthInteger>(_ a: Lanes<L>, _ isSet: (L) -> Bool) {
        var mask: UInt64 = 0
        for n in 0..<Lanes<L>.count where isSet(a[n]) { mask |= 1 &<< UInt64(n) }
        write(SIMD2(mask, 0))
    }
}
