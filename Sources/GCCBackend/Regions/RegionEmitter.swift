import CHost
import CLibGCCJIT
import Execution
import LoongArch
import Semantics

/// The emitter that builds libgccjit rvalues. A word is an expression of type u64 that is evaluated where it is used.
struct RegionEmitter: Emitter {
    typealias Word = OpaquePointer
    /// A truth value and a floating-point register image: rvalues too, kept apart by type.
    struct Condition { let rvalue: OpaquePointer }
    struct Float { let rvalue: OpaquePointer }
    typealias Trap = Never

    let f: RegionFunction
    let c: CompilationContext

    init(_ function: RegionFunction) {
        f = function
        c = function.c
    }

    func constant(_ value: UInt64) -> OpaquePointer { c.constant(value) }
    func pcRelative(_ offset: Int64) -> OpaquePointer { c.constant(f.pc &+ UInt64(bitPattern: offset)) }

    func gpr(_ n: UInt8) -> OpaquePointer { f.gpr(n) }
    func setGPR(_ n: UInt8, _ value: OpaquePointer) { f.setGPR(n, value) }
    func fpr(_ n: UInt8) -> Float { Float(rvalue: f.fpr(n)) }
    func setFPR(_ n: UInt8, _ value: Float) { f.setFPR(n, value.rvalue) }
    func fcc(_ n: UInt8) -> Condition { notEqual(f.fcc(n), constant(0)) }
    func setFCC(_ n: UInt8, _ value: Condition) { f.setFCC(n, word(value)) }

    // MARK: Arithmetic

    func add(_ a: OpaquePointer, _ b: OpaquePointer) -> OpaquePointer { c.binary(GCC_JIT_BINARY_OP_PLUS, a, b) }
    func subtract(_ a: OpaquePointer, _ b: OpaquePointer) -> OpaquePointer { c.binary(GCC_JIT_BINARY_OP_MINUS, a, b) }
    func multiply(_ a: OpaquePointer, _ b: OpaquePointer) -> OpaquePointer { c.binary(GCC_JIT_BINARY_OP_MULT, a, b) }

    func multiplyHigh(_ a: OpaquePointer, _ b: OpaquePointer, signed: Bool) -> OpaquePointer { f.multiplyHigh(a, b, signed: signed) }
    func quotient(_ a: OpaquePointer, _ b: OpaquePointer, _ kind: Division) -> OpaquePointer { f.divide(GCC_JIT_BINARY_OP_DIVIDE, a, b, kind) }
    func remainder(_ a: OpaquePointer, _ b: OpaquePointer, _ kind: Division) -> OpaquePointer { f.divide(GCC_JIT_BINARY_OP_MODULO, a, b, kind) }

    func and(_ a: OpaquePointer, _ b: OpaquePointer) -> OpaquePointer { c.binary(GCC_JIT_BINARY_OP_BITWISE_AND, a, b) }
    func or(_ a: OpaquePointer, _ b: OpaquePointer) -> OpaquePointer { c.binary(GCC_JIT_BINARY_OP_BITWISE_OR, a, b) }
    func xor(_ a: OpaquePointer, _ b: OpaquePointer) -> OpaquePointer { c.binary(GCC_JIT_BINARY_OP_BITWISE_XOR, a, b) }
    func not(_ a: OpaquePointer) -> OpaquePointer { c.unary(GCC_JIT_UNARY_OP_BITWISE_NEGATE, a) }

    // MARK: Shifts

    func shiftLeft(_ a: OpaquePointer, _ count: OpaquePointer) -> OpaquePointer { shift(GCC_JIT_BINARY_OP_LSHIFT, a, count, c.u64, 63) }
    func shiftRight(_ a: OpaquePointer, _ count: OpaquePointer) -> OpaquePointer { shift(GCC_JIT_BINARY_OP_RSHIFT, a, count, c.u64, 63) }
    func shiftRightSigned(_ a: OpaquePointer, _ count: OpaquePointer) -> OpaquePointer { shift(GCC_JIT_BINARY_OP_RSHIFT, a, count, c.i64, 63) }
    func rotateRight(_ a: OpaquePointer, _ count: OpaquePointer) -> OpaquePointer {
        or(shiftRight(a, count), shiftLeft(a, subtract(constant(0), count)))
    }
    func shiftLeft32(_ a: OpaquePointer, _ count: OpaquePointer) -> OpaquePointer { signExtend(shift(GCC_JIT_BINARY_OP_LSHIFT, a, count, c.u32, 31), 32) }
    func shiftRight32(_ a: OpaquePointer, _ count: OpaquePointer) -> OpaquePointer { signExtend(shift(GCC_JIT_BINARY_OP_RSHIFT, a, count, c.u32, 31), 32) }
    func shiftRightSigned32(_ a: OpaquePointer, _ count: OpaquePointer) -> OpaquePointer {
        shift(GCC_JIT_BINARY_OP_RSHIFT, c.cast(a, c.u32), count, c.i32, 31)
    }
    func rotateRight32(_ a: OpaquePointer, _ count: OpaquePointer) -> OpaquePointer {
        signExtend(or(shift(GCC_JIT_BINARY_OP_RSHIFT, a, count, c.u32, 31), shift(GCC_JIT_BINARY_OP_LSHIFT, a, subtract(constant(0), count), c.u32, 31)), 32)
    }

    private func shift(_ operation: gcc_jit_binary_op, _ a: OpaquePointer, _ count: OpaquePointer, _ type: OpaquePointer, _ mask: UInt64) -> OpaquePointer {
        let masked = c.cast(and(count, constant(mask)), type)
        return c.cast(c.binary(operation, c.cast(a, type), masked, type), type == c.i32 ? c.i64 : c.u64).map64(c)
    }

    func signExtend(_ a: OpaquePointer, _ bits: Int) -> OpaquePointer { c.signExtend(a, bits) }
    func zeroExtend(_ a: OpaquePointer, _ bits: Int) -> OpaquePointer { c.zeroExtend(a, bits) }

    // The builtins are undefined at 0; lzcnt and tzcnt are not.
    func leadingZeros(_ a: OpaquePointer) -> OpaquePointer { bitCount("lzcntq %[a], %[r]", a) }
    func trailingZeros(_ a: OpaquePointer) -> OpaquePointer { bitCount("tzcntq %[a], %[r]", a) }
    private func bitCount(_ instruction: String, _ a: OpaquePointer) -> OpaquePointer {
        let result = f.temporary(c.u64)
        f.assembly(instruction, outputs: [("r", "=r", result)], inputs: [("a", "r", a)])
        return c.value(result)
    }
    func byteSwap(_ a: OpaquePointer) -> OpaquePointer {
        let result = f.temporary(c.u64)
        f.assembly("bswapq %[r]", outputs: [("r", "=r", result)], inputs: [("a", "0", a)])
        return c.value(result)
    }
    func call(_ function: PureFunction, _ a: OpaquePointer, _ b: OpaquePointer) -> OpaquePointer {
        f.callHelper(HelperTable.index(of: function), a, b)
    }

    // MARK: Conditions

    private func compared(_ operation: gcc_jit_comparison, _ a: OpaquePointer, _ b: OpaquePointer) -> Condition {
        Condition(rvalue: c.compare(operation, a, b))
    }
    func equal(_ a: OpaquePointer, _ b: OpaquePointer) -> Condition { compared(GCC_JIT_COMPARISON_EQ, a, b) }
    func notEqual(_ a: OpaquePointer, _ b: OpaquePointer) -> Condition { compared(GCC_JIT_COMPARISON_NE, a, b) }
    func lessSigned(_ a: OpaquePointer, _ b: OpaquePointer) -> Condition { compared(GCC_JIT_COMPARISON_LT, c.cast(a, c.i64), c.cast(b, c.i64)) }
    func lessUnsigned(_ a: OpaquePointer, _ b: OpaquePointer) -> Condition { compared(GCC_JIT_COMPARISON_LT, a, b) }
    func not(_ a: Condition) -> Condition {
        Condition(rvalue: c.library.unary(c.context, nil, GCC_JIT_UNARY_OP_LOGICAL_NEGATE, c.bool, a.rvalue)!)
    }
    func word(_ condition: Condition) -> OpaquePointer { c.cast(condition.rvalue, c.u64) }
    func select(_ condition: Condition, _ a: OpaquePointer, _ b: OpaquePointer) -> OpaquePointer { f.select(condition.rvalue, a, b) }
    func select(_ condition: Condition, _ a: Float, _ b: Float) -> Float { float(select(condition, bits(a), bits(b))) }

    // MARK: Control

    func jump(to target: OpaquePointer, link: UInt8) {
        let block = f.graph.nodes[f.node].block
        if case .jump = block.flow {
            f.setGPR(link, c.constant(f.pc &+ 4))
            return f.endJump(f.edge(to: block.goal!))
        }
        f.assign(f.target, target)
        f.setGPR(link, c.constant(f.pc &+ 4))
        f.jumpToTarget(isReturn: f.isReturn)
    }
    func jump(offset: Int64, link: UInt8) {
        f.setGPR(link, c.constant(f.pc &+ 4))
        f.endJump(f.edge(to: f.pc &+ UInt64(bitPattern: offset)))
    }
    func branch(if condition: Condition, offset: Int64) {
        f.endConditional(condition.rvalue, f.edge(to: f.pc &+ UInt64(bitPattern: offset)), f.edge(to: f.pc &+ 4))
    }
    /// A Linux process may execute none of them; a core's are not lowered through here.
    func system(_ i: Instruction) { f.raise(i.opcode.isSystem ? .IPE : .unimplemented, detail: c.constant(0)) }
    func raise(_ exception: GuestException) { f.raise(exception, detail: c.constant(0)) }
    func raise(_ exception: GuestException, if condition: Condition, detail: OpaquePointer) {
        f.unless(condition.rvalue) { f.raise(exception, detail: detail) }
    }

    func dataBarrier(isFull: Bool) { if isFull { f.assembly("lock orq $0, (%%rsp)", outputs: [], inputs: [], clobbersMemory: true) } }
}

extension OpaquePointer {
    /// A signed 64-bit value as a word.
    fileprivate func map64(_ c: CompilationContext) -> OpaquePointer { c.cast(self, c.u64) }
}

/// The instructions that translated code leaves to the interpreter's own function. `Emitter` primitives that only they use have no code here.
extension Opcode {
    func needsHelper(_ mode: CodeMode) -> Bool {
        switch self {
        case .cpucfg, .rdtimel_w, .rdtimeh_w, .rdtime_d, .ibar, .movgr2fcsr, .movfcsr2gr, .sc_q: true
        case .ll_w, .ll_d, .llacq_w, .llacq_d, .sc_w, .sc_d, .screl_w, .screl_d: mode.isMapped
        default: isAtomic && mode.isMapped || isVector || isWideVectorAccess
        }
    }
}

extension RegionEmitter {
    private func left(_ primitive: String = #function) -> Never { fatalError("\(primitive) is left to the interpreter: see Opcode.needsHelper") }

    func storeConditionalPair(_ address: OpaquePointer, low: OpaquePointer, high: OpaquePointer) -> OpaquePointer { left() }
    func instructionBarrier() { left() }
    func configurationWord(_ index: OpaquePointer) -> OpaquePointer { left() }
    func stableCounter() -> OpaquePointer { left() }
    func stableCounterID() -> OpaquePointer { left() }
    func vector(_ i: Instruction) { left() }
    func readFCSR(_ number: UInt8) -> OpaquePointer { left() }
    func writeFCSR(_ number: UInt8, _ value: OpaquePointer) { left() }
}
