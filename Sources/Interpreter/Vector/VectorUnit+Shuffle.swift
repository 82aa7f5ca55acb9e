/// Lanes to other places. Of two sources the second has the low half of the indices.
extension VectorUnit {
    func performShuffle() {
        switch row.operation {
        case .vbsll, .vbsrl: performByteShift()
        default:
            switch row.lane.size {
            case 1: shuffle(UInt8.self)
            case 2: shuffle(UInt16.self)
            case 4: shuffle(UInt32.self)
            default: shuffle(UInt64.self)
            }
        }
    }

    private func shuffle<L: FixedWidthInteger>(_ type: L.Type) {
        let d = lanes(i.rd, L.self)
        let a = lanes(i.rj, L.self)
        let b = lanes(i.rk, L.self)
        let count = Lanes<L>.count
        let half = count / 2
        let immediate = Int(i.immediate)
        switch row.operation {
        case .vpackev: result(L.self) { $0 & 1 == 0 ? b[$0] : a[$0 &- 1] }
        case .vpackod: result(L.self) { $0 & 1 == 0 ? b[$0 &+ 1] : a[$0] }
        case .vpickev: result(L.self) { $0 < half ? b[2 &* $0] : a[2 &* ($0 &- half)] }
        case .vpickod: result(L.self) { $0 < half ? b[2 &* $0 &+ 1] : a[2 &* ($0 &- half) &+ 1] }
        case .vilvl: result(L.self) { $0 & 1 == 0 ? b[$0 / 2] : a[$0 / 2] }
        case .vilvh: result(L.self) { $0 & 1 == 0 ? b[half &+ $0 / 2] : a[half &+ $0 / 2] }
        case .vshuf:
            // Indices: a fourth operand for bytes, else the old destination. What bits 6 and 7 of an index do is open; here they do nothing.
            let indices = row.lane == .b ? lanes(i.ra, L.self) : d
            result(L.self) { n in
                let index = Int(truncatingIfNeeded: indices[n]) & (2 &* count &- 1)
                return index < count ? b[index] : a[index &- count]
            }
        case .vshuf4i where row.lane == .d:
            result(L.self) { n in
                let selector = immediate >> (2 &* n) & 3
                return selector < 2 ? d[selector] : a[selector &- 2]
            }
        case .vshuf4i: result(L.self) { a[$0 & ~3 &+ immediate >> (2 &* ($0 & 3)) & 3] }
        case .vpermi: result(L.self) { ($0 < 2 ? a : d)[immediate >> (2 &* $0) & 3] }
        case .vextrins:
            var inserted = d
            inserted[immediate >> 4 & (count &- 1)] = a[immediate & (count &- 1)]
            write(inserted.bits)
        case .vfrstp:
            let place = row.usesImmediate ? immediate : Int(truncatingIfNeeded: b[0])
            var inserted = d
            inserted[place & (count &- 1)] = L(truncatingIfNeeded: (0..<count).first { a[$0].leadingZeroBitCount == 0 } ?? count)
            write(inserted.bits)
        case .vreplve:
            let index = row.usesImmediate ? immediate : Int(truncatingIfNeeded: gpr(i.rk))
            let value = a[index & (count &- 1)]
            write(Lanes(repeating: value).bits)
        default: fatalError("VectorUnit: \(row.operation) is no shuffle")
        }
    }

    /// `vbsll.v`, `vbsrl.v`: shifts by bytes, modulo 16.
    private func performByteShift() {
        let count = UInt128(truncatingIfNeeded: i.immediate & 15) &* 8
        let a = lanes(i.rj, UInt128.self)[0]
        write(Lanes(repeating: row.operation == .vbsll ? a &<< count : a &>> count).bits)
    }
}
