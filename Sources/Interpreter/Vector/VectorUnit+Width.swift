/// A lane type with one of twice the width.
protocol WidenedLane: FixedWidthInteger { associatedtype Wide: FixedWidthInteger }
extension Int8: WidenedLane { typealias Wide = Int16 }
extension Int16: WidenedLane { typealias Wide = Int32 }
extension Int32: WidenedLane { typealias Wide = Int64 }
extension Int64: WidenedLane { typealias Wide = Int128 }
extension UInt8: WidenedLane { typealias Wide = UInt16 }
extension UInt16: WidenedLane { typealias Wide = UInt32 }
extension UInt32: WidenedLane { typealias Wide = UInt64 }
extension UInt64: WidenedLane { typealias Wide = UInt128 }

/// A lane type with one of half the width, whose signedness does not matter.
protocol NarrowedLane: FixedWidthInteger { associatedtype Narrow: FixedWidthInteger }
extension Int16: NarrowedLane { typealias Narrow = UInt8 }
extension Int32: NarrowedLane { typealias Narrow = UInt16 }
extension Int64: NarrowedLane { typealias Narrow = UInt32 }
extension Int128: NarrowedLane { typealias Narrow = UInt64 }
extension UInt16: NarrowedLane { typealias Narrow = UInt8 }
extension UInt32: NarrowedLane { typealias Narrow = UInt16 }
extension UInt64: NarrowedLane { typealias Narrow = UInt32 }
extension UInt128: NarrowedLane { typealias Narrow = UInt64 }

// MARK: Results of twice the width

extension VectorUnit {
    func performWidening() {
        switch (row.source, row.second) {
        case (.b, _): widen(Int8.self, Int8.self)
        case (.h, _): widen(Int16.self, Int16.self)
        case (.w, _): widen(Int32.self, Int32.self)
        case (.d, _): widen(Int64.self, Int64.self)
        case (.bu, .b): widen(UInt8.self, Int8.self)
        case (.hu, .h): widen(UInt16.self, Int16.self)
        case (.wu, .w): widen(UInt32.self, Int32.self)
        case (.du, .d): widen(UInt64.self, Int64.self)
        case (.bu, _): widen(UInt8.self, UInt8.self)
        case (.hu, _): widen(UInt16.self, UInt16.self)
        case (.wu, _): widen(UInt32.self, UInt32.self)
        default: widen(UInt64.self, UInt64.self)
        }
    }

    /// Lanes of type `A` (first source) and `B` (second) to the wide lanes of `A`; all wide arithmetic wraps.
    private func widen<A: WidenedLane, B: FixedWidthInteger>(_ first: A.Type, _ second: B.Type) {
        typealias W = A.Wide
        let d = lanes(i.rd, W.self)
        let a = lanes(i.rj, A.self)
        let b = lanes(i.rk, B.self)
        let half = Lanes<W>.count
        switch row.operation {
        case .vaddwev: result(W.self) { W(truncatingIfNeeded: a[2 &* $0]) &+ W(truncatingIfNeeded: b[2 &* $0]) }
        case .vaddwod: result(W.self) { W(truncatingIfNeeded: a[2 &* $0 &+ 1]) &+ W(truncatingIfNeeded: b[2 &* $0 &+ 1]) }
        case .vsubwev: result(W.self) { W(truncatingIfNeeded: a[2 &* $0]) &- W(truncatingIfNeeded: b[2 &* $0]) }
        case .vsubwod: result(W.self) { W(truncatingIfNeeded: a[2 &* $0 &+ 1]) &- W(truncatingIfNeeded: b[2 &* $0 &+ 1]) }
        case .vmulwev: result(W.self) { W(truncatingIfNeeded: a[2 &* $0]) &* W(truncatingIfNeeded: b[2 &* $0]) }
        case .vmulwod: result(W.self) { W(truncatingIfNeeded: a[2 &* $0 &+ 1]) &* W(truncatingIfNeeded: b[2 &* $0 &+ 1]) }
        case .vmaddwev: result(W.self) { d[$0] &+ W(truncatingIfNeeded: a[2 &* $0]) &* W(truncatingIfNeeded: b[2 &* $0]) }
        case .vmaddwod: result(W.self) { d[$0] &+ W(truncatingIfNeeded: a[2 &* $0 &+ 1]) &* W(truncatingIfNeeded: b[2 &* $0 &+ 1]) }
        // Odd lane of the first source, even lane of the second.
        case .vhaddw: result(W.self) { W(truncatingIfNeeded: a[2 &* $0 &+ 1]) &+ W(truncatingIfNeeded: b[2 &* $0]) }
        case .vhsubw: result(W.self) { W(truncatingIfNeeded: a[2 &* $0 &+ 1]) &- W(truncatingIfNeeded: b[2 &* $0]) }
        case .vexth: result(W.self) { W(truncatingIfNeeded: a[half &+ $0]) }
        case .vextl: result(W.self) { W(truncatingIfNeeded: a[$0]) }
        case .vsllwil:
            let count = W(truncatingIfNeeded: i.immediate)
            result(W.self) { W(truncatingIfNeeded: a[$0]) &<< count }
        default: fatalError("VectorUnit: \(row.operation) does not widen")
        }
    }
}

// MARK: Results of half the width

extension VectorUnit {
    func performNarrowing() {
        switch row.operation {
        case .vsran, .vsrarn, .vssran, .vssrarn:
            switch row.source {
            case .h: narrow(Int16.self)
            case .w: narrow(Int32.self)
            case .d: narrow(Int64.self)
            default: narrow(Int128.self)
            }
        default:
            switch row.source {
            case .h: narrow(UInt16.self)
            case .w: narrow(UInt32.self)
            case .d: narrow(UInt64.self)
            default: narrow(UInt128.self)
            }
        }
    }

    /// Right shifts of lanes of type `W` (logical if that is unsigned) to lanes of half the width. With register counts the upper half of the result is zero;
    /// with an immediate count it comes from the old destination.
    private func narrow<W: NarrowedLane>(_ type: W.Type) {
        let rounds: Bool
        let saturates: Bool
        switch row.operation {
        case .vsrln, .vsran: (rounds, saturates) = (false, false)
        case .vsrlrn, .vsrarn: (rounds, saturates) = (true, false)
        case .vssrln, .vssran: (rounds, saturates) = (false, true)
        default: (rounds, saturates) = (true, true)
        }
        let resultIsSigned: Bool
        switch row.lane {
        case .bu, .hu, .wu, .du: resultIsSigned = false
        default: resultIsSigned = true
        }
        let high: W = (1 &<< W(truncatingIfNeeded: W.Narrow.bitWidth - (resultIsSigned ? 1 : 0))) &- 1
        let low: W = resultIsSigned && W.isSigned ? ~high : 0

        func narrowed(_ x: W, _ count: W) -> W.Narrow {
            var y = rounds ? Self.roundingShift(x, count) : x &>> count
            if saturates { y = min(max(y, low), high) }
            return W.Narrow(truncatingIfNeeded: y)
        }

        let d = lanes(i.rd, W.self)
        let a = lanes(i.rj, W.self)
        let half = Lanes<W>.count
        if row.usesImmediate {
            let count = W(truncatingIfNeeded: i.immediate)
            result(W.Narrow.self) { narrowed($0 < half ? a[$0] : d[$0 &- half], count) }
        } else {
            let b = lanes(i.rk, W.self)
            result(W.Narrow.self) { $0 < half ? narrowed(a[$0], b[$0]) : 0 }
        }
    }
}
