import CLibGCCJIT
import Semantics

/// What builds a host function statement by statement, and the arithmetic that needs more than one expression.
protocol StatementBuilder: AnyObject {
    var c: CompilationContext { get }
    /// A new local variable.
    func temporary(_ type: OpaquePointer) -> OpaquePointer
    func assign(_ place: OpaquePointer, _ value: OpaquePointer)
}

extension StatementBuilder {
    /// `a` or `b`; the interface has no conditional expression: a mask does it. As one expression the mask would be one of two constants after a branch, which
    /// the host cannot predict where guests use a selection for just that.
    func select(_ condition: OpaquePointer, _ a: OpaquePointer, _ b: OpaquePointer) -> OpaquePointer {
        let flag = temporary(c.u64)
        assign(flag, c.cast(condition, c.u64))
        let mask = c.unary(GCC_JIT_UNARY_OP_MINUS, c.value(flag))
        let difference = c.binary(GCC_JIT_BINARY_OP_BITWISE_XOR, a, b)
        return c.binary(GCC_JIT_BINARY_OP_BITWISE_XOR, b, c.binary(GCC_JIT_BINARY_OP_BITWISE_AND, difference, mask))
    }

    func multiplyHigh(_ a: OpaquePointer, _ b: OpaquePointer, signed: Bool) -> OpaquePointer {
        let type = signed ? c.i128 : c.u128
        func widened(_ x: OpaquePointer) -> OpaquePointer { c.cast(signed ? c.cast(x, c.i64) : x, type) }
        let product = c.binary(GCC_JIT_BINARY_OP_MULT, widened(a), widened(b), type)
        return c.cast(c.binary(GCC_JIT_BINARY_OP_RSHIFT, product, c.constant(64, type), type), c.u64)
    }

    /// Division with the divisors that the host traps on replaced by 1, which gives what LA64 wants. 32-bit divisions are done in 64 bits, where they cannot overflow.
    func divide(_ operation: gcc_jit_binary_op, _ a: OpaquePointer, _ b: OpaquePointer, _ kind: Division) -> OpaquePointer {
        let signed = kind == .signed32 || kind == .signed64
        let type = signed ? c.i64 : c.u64
        func word(_ comparison: OpaquePointer) -> OpaquePointer { c.cast(comparison, c.u64) }
        var dividend = a
        var divisor = b
        switch kind {
        case .signed32: (dividend, divisor) = (c.signExtend(a, 32), c.signExtend(b, 32))
        case .unsigned32: (dividend, divisor) = (c.zeroExtend(a, 32), c.zeroExtend(b, 32))
        case .signed64, .unsigned64: break
        }
        let checked = temporary(c.u64)
        assign(checked, divisor)
        assign(checked, c.binary(GCC_JIT_BINARY_OP_PLUS, c.value(checked), word(c.compare(GCC_JIT_COMPARISON_EQ, c.value(checked), c.constant(0)))))
        if kind == .signed64 {
            let overflows = c.binary(
                GCC_JIT_BINARY_OP_BITWISE_AND, word(c.compare(GCC_JIT_COMPARISON_EQ, a, c.constant(1 << 63))),
                word(c.compare(GCC_JIT_COMPARISON_EQ, c.value(checked), c.constant(~0))))
            assign(checked, c.binary(GCC_JIT_BINARY_OP_PLUS, c.value(checked), c.binary(GCC_JIT_BINARY_OP_LSHIFT, overflows, c.constant(1))))
        }
        let result = c.cast(c.binary(operation, c.cast(dividend, type), c.cast(c.value(checked), type), type), c.u64)
        return kind == .signed32 || kind == .unsigned32 ? c.signExtend(result, 32) : result
    }
}

extension CompilationContext {
    /// The low `bits` (8, 16 or 32) of a word, extended to 64.
    func signExtend(_ a: OpaquePointer, _ bits: Int) -> OpaquePointer { cast(cast(cast(a, bits == 8 ? i8 : bits == 16 ? i16 : i32), i64), u64) }
    func zeroExtend(_ a: OpaquePointer, _ bits: Int) -> OpaquePointer { cast(cast(a, bits == 8 ? u8 : bits == 16 ? u16 : u32), u64) }
}

extension RegionFunction: StatementBuilder {}
