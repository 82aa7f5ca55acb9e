import LoongArch
import Semantics

/// Floating point: the scalar operations on each lane. Cause is the union of the lanes'; a trap leaves the destination alone.
extension VectorUnit {
    func performFloat() -> GuestException? {
        if row.operation == .vfclass {
            performClass()
            return nil
        }
        let (result, traps) = FloatUnit.settling(cpu) { floatResult() }
        if traps { return .FPE }
        write(result)
        return nil
    }

    private func performClass() {
        if row.lane == .s {
            let a = lanes(i.rj, UInt32.self)
            result(UInt32.self) { UInt32(truncatingIfNeeded: PureFunction.classSingle(UInt64(a[$0]), 0)) }
        } else {
            let a = lanes(i.rj, UInt64.self)
            result(UInt64.self) { PureFunction.classDouble(a[$0], 0) }
        }
    }

    private func floatResult() -> SIMD2<UInt64> {
        switch row.operation {
        case .vfcmp: comparison()
        case .vfcvt, .vfcvtl, .vfcvth: formatConversion()
        case .vffint, .vffintl, .vffinth: conversionFromInteger()
        case .vfrint: rounding(.current)
        case .vfrintrm: rounding(.down)
        case .vfrintrp: rounding(.up)
        case .vfrintrz: rounding(.zero)
        case .vfrintrne: rounding(.nearest)
        case .vftint, .vftintl, .vftinth: conversionToInteger(.current)
        case .vftintrm, .vftintrml, .vftintrmh: conversionToInteger(.down)
        case .vftintrp, .vftintrpl, .vftintrph: conversionToInteger(.up)
        case .vftintrz, .vftintrzl, .vftintrzh: conversionToInteger(.zero)
        case .vftintrne, .vftintrnel, .vftintrneh: conversionToInteger(.nearest)
        default: arithmetic()
        }
    }

    // MARK: Lanes as register images

    /// `lane` for each single-precision lane, of the images of the three sources' lanes.
    @inline(__always)
    private func singles(_ lane: (Double, Double, Double) -> UInt64) -> SIMD2<UInt64> {
        let (a, b, c) = (lanes(i.rj, UInt32.self), lanes(i.rk, UInt32.self), lanes(i.ra, UInt32.self))
        return collect(UInt32.self) { UInt32(truncatingIfNeeded: lane(image(a[$0]), image(b[$0]), image(c[$0]))) }
    }

    @inline(__always)
    private func doubles(_ lane: (Double, Double, Double) -> UInt64) -> SIMD2<UInt64> {
        let (a, b, c) = (lanes(i.rj, UInt64.self), lanes(i.rk, UInt64.self), lanes(i.ra, UInt64.self))
        return collect(UInt64.self) { lane(Double(bitPattern: a[$0]), Double(bitPattern: b[$0]), Double(bitPattern: c[$0])) }
    }

    @inline(__always)
    private func collect<L>(_ type: L.Type, _ lane: (Int) -> L) -> SIMD2<UInt64> {
        var result = Lanes<L>(bits: .zero)
        for n in 0..<Lanes<L>.count { result[n] = lane(n) }
        return result.bits
    }

    @inline(__always)
    private func image(_ single: UInt32) -> Double { Double(bitPattern: UInt64(single)) }

    /// One lane of a scalar operation.
    private func lane(_ operation: FloatOperation, _ a: Double, _ b: Double = 0, _ c: Double = 0) -> UInt64 {
        FloatUnit.lane(operation, a, b, c, cpu).bitPattern
    }

    // MARK: Operations

    private func arithmetic() -> SIMD2<UInt64> {
        let operations: (single: FloatOperation, double: FloatOperation) =
            switch row.operation {
            case .vfadd: (.addSingle, .addDouble)
            case .vfsub: (.subtractSingle, .subtractDouble)
            case .vfmul: (.multiplySingle, .multiplyDouble)
            case .vfdiv: (.divideSingle, .divideDouble)
            case .vfmax: (.maxSingle, .maxDouble)
            case .vfmin: (.minSingle, .minDouble)
            case .vfmaxa: (.maxMagnitudeSingle, .maxMagnitudeDouble)
            case .vfmina: (.minMagnitudeSingle, .minMagnitudeDouble)
            case .vfmadd: (.fusedAddSingle, .fusedAddDouble)
            case .vfmsub: (.fusedSubtractSingle, .fusedSubtractDouble)
            case .vfnmadd: (.negatedFusedAddSingle, .negatedFusedAddDouble)
            case .vfnmsub: (.negatedFusedSubtractSingle, .negatedFusedSubtractDouble)
            case .vfsqrt: (.squareRootSingle, .squareRootDouble)
            // The estimates may be exact.
            case .vfrecip, .vfrecipe: (.reciprocalSingle, .reciprocalDouble)
            case .vfrsqrt, .vfrsqrte: (.reciprocalSquareRootSingle, .reciprocalSquareRootDouble)
            case .vflogb: (.logBSingle, .logBDouble)
            default: fatalError("VectorUnit: \(row.operation) is no floating-point operation")
            }
        return row.lane == .s ? singles { lane(operations.single, $0, $1, $2) } : doubles { lane(operations.double, $0, $1, $2) }
    }

    private func comparison() -> SIMD2<UInt64> {
        let predicate = row.predicate
        return row.lane == .s
            ? singles { a, b, _ in FloatUnit.executeComparison(predicate, .single, a, b) ? .max : 0 }
            : doubles { a, b, _ in FloatUnit.executeComparison(predicate, .double, a, b) ? .max : 0 }
    }

    private func rounding(_ rounding: FloatRounding) -> SIMD2<UInt64> {
        row.lane == .s
            ? singles { a, _, _ in FloatUnit.integral(.single, a, rounding).bitPattern }
            : doubles { a, _, _ in FloatUnit.integral(.double, a, rounding).bitPattern }
    }

    /// Of two sources the second gives the low half; `l` and `h` forms widen the low or the high half of one.
    private func formatConversion() -> SIMD2<UInt64> {
        switch (row.operation, row.lane) {
        case (.vfcvt, .h):
            let (a, b) = (lanes(i.rj, UInt32.self), lanes(i.rk, UInt32.self))
            return collect(UInt16.self) { FloatUnit.half(fromSingle: image($0 < 4 ? b[$0] : a[$0 &- 4]), cpu) }
        case (.vfcvt, _): return narrowed(.singleFromDouble)
        case (_, .s):
            let a = lanes(i.rj, UInt16.self)
            let first = row.operation == .vfcvth ? 4 : 0
            return collect(UInt32.self) { UInt32(truncatingIfNeeded: FloatUnit.single(fromHalf: a[first &+ $0]).bitPattern) }
        default: return widened(.doubleFromSingle, high: row.operation == .vfcvth)
        }
    }

    private func conversionFromInteger() -> SIMD2<UInt64> {
        switch (row.operation, row.source) {
        case (.vffint, .w): return singles { a, _, _ in lane(.singleFromInt32, a) }
        case (.vffint, .wu): return singles { a, _, _ in FloatUnit.single(fromUnsigned: UInt32(truncatingIfNeeded: a.bitPattern)).bitPattern }
        case (.vffint, .lu): return doubles { a, _, _ in FloatUnit.double(fromUnsigned: a.bitPattern).bitPattern }
        case (.vffint, _): return row.lane == .s ? narrowed(.singleFromInt64) : doubles { a, _, _ in lane(.doubleFromInt64, a) }
        default: return widened(.doubleFromInt32, high: row.operation == .vffinth)
        }
    }

    private func conversionToInteger(_ rounding: FloatRounding) -> SIMD2<UInt64> {
        switch (row.lane, row.source) {
        case (.wu, _): return singles { a, _, _ in FloatUnit.unsigned(.single, a, truncating: rounding == .zero) }
        case (.lu, _): return doubles { a, _, _ in FloatUnit.unsigned(.double, a, truncating: rounding == .zero) }
        case (.w, .s):
            let operation = Self.pick(
                rounding, .int32FromSingle, .int32FromSingleDown, .int32FromSingleUp, .int32FromSingleZero, .int32FromSingleNearest)
            return singles { a, _, _ in lane(operation, a) }
        case (.w, _):
            return narrowed(
                Self.pick(rounding, .int32FromDouble, .int32FromDoubleDown, .int32FromDoubleUp, .int32FromDoubleZero, .int32FromDoubleNearest))
        case (_, .d):
            let operation = Self.pick(
                rounding, .int64FromDouble, .int64FromDoubleDown, .int64FromDoubleUp, .int64FromDoubleZero, .int64FromDoubleNearest)
            return doubles { a, _, _ in lane(operation, a) }
        default:
            let operation = Self.pick(
                rounding, .int64FromSingle, .int64FromSingleDown, .int64FromSingleUp, .int64FromSingleZero, .int64FromSingleNearest)
            return widened(operation, high: row.operation.rawValue.hasSuffix("h"))
        }
    }

    private static func pick(
        _ rounding: FloatRounding, _ current: FloatOperation, _ down: FloatOperation, _ up: FloatOperation, _ zero: FloatOperation, _ nearest: FloatOperation
    ) -> FloatOperation {
        switch rounding {
        case .current: current
        case .down: down
        case .up: up
        case .zero: zero
        case .nearest: nearest
        }
    }

    /// 64-bit lanes of the second source, then of the first, to 32-bit lanes.
    private func narrowed(_ operation: FloatOperation) -> SIMD2<UInt64> {
        let (a, b) = (lanes(i.rj, UInt64.self), lanes(i.rk, UInt64.self))
        return collect(UInt32.self) { UInt32(truncatingIfNeeded: lane(operation, Double(bitPattern: $0 < 2 ? b[$0] : a[$0 &- 2]))) }
    }

    /// The low or the high two 32-bit lanes to 64-bit lanes.
    private func widened(_ operation: FloatOperation, high: Bool) -> SIMD2<UInt64> {
        let a = lanes(i.rj, UInt32.self)
        return collect(UInt64.self) { lane(operation, image(a[(high ? 2 : 0) &+ $0])) }
    }
}
