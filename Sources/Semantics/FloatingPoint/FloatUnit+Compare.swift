import CHost

extension FloatUnit {
    /// The value of `fcmp` under `predicate`; an invalid comparison is added to MXCSR's flags. With constant arguments it is one compare instruction.
    @inlinable @inline(__always)
    public static func compare(_ predicate: FloatPredicate, _ format: FloatFormat, _ a: Double, _ b: Double) -> Bool {
        format == .single ? compareSingle(predicate, a, b) : compareDouble(predicate, a, b)
    }

    /// ``compare(_:_:_:_:)`` as one function, for a predicate that is not a constant.
    @inline(never)
    public static func executeComparison(_ predicate: FloatPredicate, _ format: FloatFormat, _ a: Double, _ b: Double) -> Bool {
        compare(predicate, format, a, b)
    }

    @inlinable @inline(__always)
    static func compareSingle(_ predicate: FloatPredicate, _ a: Double, _ b: Double) -> Bool {
        switch predicate {
        case .caf: return longma_never_quiet_s(a, b)
        case .saf: return longma_never_signaling_s(a, b)
        case .clt: return longma_less_quiet_s(a, b)
        case .slt: return longma_less_signaling_s(a, b)
        case .ceq: return longma_equal_quiet_s(a, b)
        case .seq: return longma_equal_signaling_s(a, b)
        case .cle: return longma_less_equal_quiet_s(a, b)
        case .sle: return longma_less_equal_signaling_s(a, b)
        case .cun: return longma_unordered_quiet_s(a, b)
        case .sun: return longma_unordered_signaling_s(a, b)
        case .cult: return longma_less_unordered_quiet_s(a, b)
        case .sult: return longma_less_unordered_signaling_s(a, b)
        case .cueq: return longma_equal_unordered_quiet_s(a, b)
        case .sueq: return longma_equal_unordered_signaling_s(a, b)
        case .cule: return longma_less_equal_unordered_quiet_s(a, b)
        case .sule: return longma_less_equal_unordered_signaling_s(a, b)
        case .cne: return longma_not_equal_quiet_s(a, b)
        case .sne: return longma_not_equal_signaling_s(a, b)
        case .cor: return longma_ordered_quiet_s(a, b)
        case .sor: return longma_ordered_signaling_s(a, b)
        case .cune: return longma_not_equal_unordered_quiet_s(a, b)
        case .sune: return longma_not_equal_unordered_signaling_s(a, b)
        }
    }

    @inlinable @inline(__always)
    static func compareDouble(_ predicate: FloatPredicate, _ a: Double, _ b: Double) -> Bool {
        switch predicate {
        case .caf: return longma_never_quiet_d(a, b)
        case .saf: return longma_never_signaling_d(a, b)
        case .clt: return longma_less_quiet_d(a, b)
        case .slt: return longma_less_signaling_d(a, b)
        case .ceq: return longma_equal_quiet_d(a, b)
        case .seq: return longma_equal_signaling_d(a, b)
        case .cle: return longma_less_equal_quiet_d(a, b)
        case .sle: return longma_less_equal_signaling_d(a, b)
        case .cun: return longma_unordered_quiet_d(a, b)
        case .sun: return longma_unordered_signaling_d(a, b)
        case .cult: return longma_less_unordered_quiet_d(a, b)
        case .sult: return longma_less_unordered_signaling_d(a, b)
        case .cueq: return longma_equal_unordered_quiet_d(a, b)
        case .sueq: return longma_equal_unordered_signaling_d(a, b)
        case .cule: return longma_less_equal_unordered_quiet_d(a, b)
        case .sule: return longma_less_equal_unordered_signaling_d(a, b)
        case .cne: return longma_not_equal_quiet_d(a, b)
        case .sne: return longma_not_equal_signaling_d(a, b)
        case .cor: return longma_ordered_quiet_d(a, b)
        case .sor: return longma_ordered_signaling_d(a, b)
        case .cune: return longma_not_equal_unordered_quiet_d(a, b)
        case .sune: return longma_not_equal_unordered_signaling_d(a, b)
        }
    }
}
