import CHost
import CLibGCCJIT
import LoongArch
import Semantics
import Translator

/// The emitter that builds a stencil: what differs between instructions with one opcode is a hole.
struct StencilEmitter: Emitter {
    /// An expression of type u64. `hole`: it is a 32-bit hole. `fixed`: it is a constant. `variable`: it is the variable of that number.
    struct Word {
        let rvalue: OpaquePointer
        var hole: Int?
        var fixed: UInt64?
        var variable: Int?
    }
    struct Condition { let rvalue: OpaquePointer }
    /// A 64-bit image, of type double.
    struct Float { let rvalue: OpaquePointer }
    typealias Trap = Never

    let f: StencilFunction
    let c: CompilationContext
    let shape: StencilShape
    private let constantsUsed = Counter()
    private final class Counter { var value = 0 }

    init(_ function: StencilFunction, _ shape: StencilShape) {
        f = function
        c = function.c
        self.shape = shape
    }

    // MARK: Constants

    func constant(_ value: UInt64) -> Word {
        let index = constantsUsed.value
        constantsUsed.value += 1
        switch shape.constants[index] {
        case .fixed: return Word(rvalue: c.constant(value), fixed: value)
        case .narrow: return Word(rvalue: f.hole(index), hole: index)
        case .wide: return wide(index)
        }
    }
    func pcRelative(_ offset: Int64) -> Word { constant(0) }

    private func wide(_ value: Int, addend: Int = 0) -> Word {
        let (place, number) = f.numberedTemporary()
        f.loadWideHole(value, addend: addend, to: place)
        return Word(rvalue: c.value(place), variable: number)
    }

    // MARK: Registers

    func gpr(_ n: UInt8) -> Word {
        switch n {
        case 0: return Word(rvalue: c.constant(0))
        case StencilShape.rd: return general(3)
        case StencilShape.rj: return general(1)
        case StencilShape.rk: return general(2)
        default: fatalError("no instruction reads general register \(n) always")
        }
    }
    private func general(_ operand: Int) -> Word {
        f.generalUse |= 1 << UInt8(operand)
        return Word(rvalue: f.operand(operand))
    }
    func setGPR(_ n: UInt8, _ value: Word) {
        guard n != 0 else { return }
        f.generalUse |= 1
        f.lastWritten = value.variable
        if value.variable == nil || !f.isDestination(value.variable!) { f.setDestination(value.rvalue) }
    }
    func fpr(_ n: UInt8) -> Float {
        let holes = HoleValue.float
        let hole = n == StencilShape.rd ? holes.rd : n == StencilShape.rj ? holes.rj : n == StencilShape.rk ? holes.rk : holes.ra
        return Float(rvalue: c.value(f.field(hole: hole, c.doublePointer)))
    }
    func setFPR(_ n: UInt8, _ value: Float) { f.assign(f.field(hole: HoleValue.float.rd, c.doublePointer), value.rvalue) }
    private func flag(_ n: UInt8) -> OpaquePointer {
        let holes = HoleValue.flag
        return f.field(hole: n == StencilShape.rd ? holes.rd : n == StencilShape.rj ? holes.rj : holes.ra, c.u8Pointer)
    }
    func fcc(_ n: UInt8) -> Condition { Condition(rvalue: c.compare(GCC_JIT_COMPARISON_NE, c.value(flag(n)), c.constant(0, c.u8))) }
    func setFCC(_ n: UInt8, _ value: Condition) { f.assign(flag(n), c.cast(value.rvalue, c.u8)) }

    // MARK: Arithmetic

    private func binary(_ operation: gcc_jit_binary_op, _ a: Word, _ b: Word) -> Word { Word(rvalue: c.binary(operation, a.rvalue, b.rvalue)) }

    /// One statement of assembly with a result.
    private func computed(_ text: String, _ inputs: [StencilFunction.Operand], clobbers: [String] = []) -> Word {
        let (place, number) = f.numberedTemporary()
        f.pureAssembly(text, output: ("r", "=r", place), inputs: inputs, clobbers: clobbers)
        return Word(rvalue: c.value(place), variable: number)
    }

    func add(_ a: Word, _ b: Word) -> Word {
        // The compiler does not know that a symbol fits into an instruction wherever a constant does.
        if let hole = b.hole { return computed("leaq hole\(hole)(%[a]), %[r]", [("a", "r", a.rvalue)]) }
        return binary(GCC_JIT_BINARY_OP_PLUS, a, b)
    }
    func subtract(_ a: Word, _ b: Word) -> Word { binary(GCC_JIT_BINARY_OP_MINUS, a, b) }
    func multiply(_ a: Word, _ b: Word) -> Word { binary(GCC_JIT_BINARY_OP_MULT, a, b) }
    func multiplyHigh(_ a: Word, _ b: Word, signed: Bool) -> Word { Word(rvalue: f.multiplyHigh(a.rvalue, b.rvalue, signed: signed)) }
    func quotient(_ a: Word, _ b: Word, _ kind: Division) -> Word { Word(rvalue: f.divide(GCC_JIT_BINARY_OP_DIVIDE, a.rvalue, b.rvalue, kind)) }
    func remainder(_ a: Word, _ b: Word, _ kind: Division) -> Word { Word(rvalue: f.divide(GCC_JIT_BINARY_OP_MODULO, a.rvalue, b.rvalue, kind)) }
    func and(_ a: Word, _ b: Word) -> Word { binary(GCC_JIT_BINARY_OP_BITWISE_AND, a, b) }
    func or(_ a: Word, _ b: Word) -> Word { binary(GCC_JIT_BINARY_OP_BITWISE_OR, a, b) }
    func xor(_ a: Word, _ b: Word) -> Word { binary(GCC_JIT_BINARY_OP_BITWISE_XOR, a, b) }
    func not(_ a: Word) -> Word { Word(rvalue: c.unary(GCC_JIT_UNARY_OP_BITWISE_NEGATE, a.rvalue)) }

    // MARK: Shifts: the host's take the count modulo the width, which the compiler's expressions do not.

    func shiftLeft(_ a: Word, _ count: Word) -> Word { shift("shl", a, count, isWide: true) }
    func shiftRight(_ a: Word, _ count: Word) -> Word { shift("shr", a, count, isWide: true) }
    func shiftRightSigned(_ a: Word, _ count: Word) -> Word { shift("sar", a, count, isWide: true) }
    func rotateRight(_ a: Word, _ count: Word) -> Word { shift("ror", a, count, isWide: true) }
    func shiftLeft32(_ a: Word, _ count: Word) -> Word { shift("shl", a, count, isWide: false) }
    func shiftRight32(_ a: Word, _ count: Word) -> Word { shift("shr", a, count, isWide: false) }
    func shiftRightSigned32(_ a: Word, _ count: Word) -> Word { shift("sar", a, count, isWide: false) }
    func rotateRight32(_ a: Word, _ count: Word) -> Word { shift("ror", a, count, isWide: false) }

    private func shift(_ name: String, _ a: Word, _ count: Word, isWide: Bool) -> Word {
        let (suffix, size, finish) = isWide ? ("q", "", "") : ("l", "k", "\n\tmovslq %k[r], %[r]")
        func byNumber(_ text: String) -> Word {
            name == "ror"
                ? computed("rorx\(suffix) $\(text), %\(size)[a], %\(size)[r]\(finish)", [("a", "r", a.rvalue)])
                : computed(
                    "movq %[a], %[r]\n\t\(name)\(suffix) $\(text), %\(size)[r]\(finish)", [("a", "r", a.rvalue)])
        }
        if let hole = count.hole { return byNumber("hole\(hole)") }
        if let number = count.fixed { return byNumber("\(number)") }
        if name == "ror" {
            return computed(
                "movl %k[n], %%ecx\n\tmovq %[a], %[r]\n\tror\(suffix) %%cl, %\(size)[r]\(finish)", [("a", "r", a.rvalue), ("n", "r", count.rvalue)], clobbers: ["rcx"])
        }
        return computed("\(name)x\(suffix) %\(size)[n], %\(size)[a], %\(size)[r]\(finish)", [("a", "r", a.rvalue), ("n", "r", count.rvalue)])
    }

    func signExtend(_ a: Word, _ bits: Int) -> Word { Word(rvalue: c.signExtend(a.rvalue, bits)) }
    func zeroExtend(_ a: Word, _ bits: Int) -> Word { Word(rvalue: c.zeroExtend(a.rvalue, bits)) }
    func leadingZeros(_ a: Word) -> Word { computed("lzcntq %[a], %[r]", [("a", "r", a.rvalue)]) }
    func trailingZeros(_ a: Word) -> Word { computed("tzcntq %[a], %[r]", [("a", "r", a.rvalue)]) }
    func byteSwap(_ a: Word) -> Word { computed("movq %[a], %[r]\n\tbswapq %[r]", [("a", "r", a.rvalue)]) }
    func call(_ function: PureFunction, _ a: Word, _ b: Word) -> Word {
        f.needsHelper = true
        return a
    }

    // MARK: Conditions

    private func compared(_ operation: gcc_jit_comparison, _ a: Word, _ b: Word, signed: Bool = false) -> Condition {
        Condition(rvalue: signed ? c.compare(operation, c.cast(a.rvalue, c.i64), c.cast(b.rvalue, c.i64)) : c.compare(operation, a.rvalue, b.rvalue))
    }
    func equal(_ a: Word, _ b: Word) -> Condition { compared(GCC_JIT_COMPARISON_EQ, a, b) }
    func notEqual(_ a: Word, _ b: Word) -> Condition { compared(GCC_JIT_COMPARISON_NE, a, b) }
    func lessSigned(_ a: Word, _ b: Word) -> Condition { compared(GCC_JIT_COMPARISON_LT, a, b, signed: true) }
    func lessUnsigned(_ a: Word, _ b: Word) -> Condition { compared(GCC_JIT_COMPARISON_LT, a, b) }
    func not(_ a: Condition) -> Condition { Condition(rvalue: c.library.unary(c.context, nil, GCC_JIT_UNARY_OP_LOGICAL_NEGATE, c.bool, a.rvalue)!) }
    func word(_ condition: Condition) -> Word { Word(rvalue: c.cast(condition.rvalue, c.u64)) }
    func select(_ condition: Condition, _ a: Word, _ b: Word) -> Word { Word(rvalue: f.select(condition.rvalue, a.rvalue, b.rvalue)) }
    func select(_ condition: Condition, _ a: Float, _ b: Float) -> Float {
        Float(rvalue: c.bitcast(f.select(condition.rvalue, c.bitcast(a.rvalue, c.u64), c.bitcast(b.rvalue, c.u64)), c.double))
    }

    // MARK: Control

    func jump(to target: Word, link: UInt8) {
        if link != 0 { f.generalUse |= 1 }
        let goal = f.temporary(c.u64)
        f.assign(goal, target.rvalue)
        if link != 0 { f.assign(f.field(hole: HoleValue.generalRD), wide(HoleValue.pc, addend: 4).rvalue) }
        f.chain(c.value(goal))
    }
    func jump(offset: Int64, link: UInt8) {
        if link != 0 { f.assign(f.field(8 * Int(link)), wide(HoleValue.pc, addend: 4).rvalue) }
        f.end()
    }
    /// The stencil goes away for one of the two goals, and what follows is for the other.
    func branch(if condition: Condition, offset: Int64) {
        if shape.isAlternative {
            f.unless(not(condition).rvalue) { f.jump(HoleValue.other) }
        } else {
            f.unless(condition.rvalue) { f.jump(HoleValue.taken) }
        }
    }
    func system(_ i: Instruction) { fatalError("system instructions have no stencils") }
    func raise(_ exception: GuestException) { f.raise(exception, detail: c.constant(0)) }
    func raise(_ exception: GuestException, if condition: Condition, detail: Word) { f.unless(condition.rvalue) { f.raise(exception, detail: detail.rvalue) } }
    func dataBarrier(isFull: Bool) { if !shape.isAlternative { f.assembly("lock orq $0, (%%rsp)") } }

    // MARK: Memory: address = host address, compared with the limit; in mapped stencils a probe of the soft TLB

    func load(_ address: Word, _ type: MemoryType, aligned: Bool) -> Word {
        if shape.isMapped {
            let (place, number) = f.numberedTemporary()
            probe(.load(type), address, outputs: [("r", "=r", place)])
            return Word(rvalue: c.value(place), variable: number)
        }
        let (move, size) =
            switch type {
            case .int8: ("movsbq", "")
            case .uint8: ("movzbl", "k")
            case .int16: ("movswq", "")
            case .uint16: ("movzwl", "k")
            case .int32: ("movslq", "")
            case .uint32: ("movl", "k")
            case .int64: ("movq", "")
            }
        let (place, number) = f.numberedTemporary()
        f.assembly(access("\(move) (%[a]), %\(size)[r]", isStore: false), outputs: [("r", "=r", place)], inputs: [("a", "a", address.rvalue)])
        return Word(rvalue: c.value(place), variable: number)
    }

    func store(_ address: Word, _ value: Word, _ type: MemoryType, aligned: Bool) {
        if shape.isMapped { return probe(.store(type), address, inputs: [("v", "r", value.rvalue)]) }
        let (move, size) =
            switch type {
            case .int8, .uint8: ("movb", "b")
            case .int16, .uint16: ("movw", "w")
            case .int32, .uint32: ("movl", "k")
            case .int64: ("movq", "")
            }
        f.assembly(access("\(move) %\(size)[v], (%[a])", isStore: true), inputs: [("a", "a", address.rvalue), ("v", "r", value.rvalue)])
    }

    func loadFloat(_ address: Word, _ format: FloatFormat, aligned: Bool) -> Float {
        let result = f.temporary(c.double)
        if shape.isMapped {
            probe(.load(format), address, outputs: [("r", "=x", result)])
            return Float(rvalue: c.value(result))
        }
        let move = format == .single ? "vmovss" : "vmovsd"
        f.assembly(access("\(move) (%[a]), %[r]", isStore: false), outputs: [("r", "=x", result)], inputs: [("a", "a", address.rvalue)])
        return Float(rvalue: c.value(result))
    }

    func storeFloat(_ address: Word, _ value: Float, _ format: FloatFormat, aligned: Bool) {
        if shape.isMapped { return probe(.store(format), address, inputs: [("v", "x", value.rvalue)]) }
        let move = format == .single ? "vmovss" : "vmovsd"
        f.assembly(access("\(move) %[v], (%[a])", isStore: true), inputs: [("a", "a", address.rvalue), ("v", "x", value.rvalue)])
    }

    /// The access behind its check; an address beyond the limit goes to `ud2`, where the fault handler looks for it in rax.
    private func access(_ access: String, isStore: Bool) -> String {
        f.accessesMemory = true
        return """
        cmpq %%\(StencilText.limit), %[a]
        \tjae 8f
        7:\t\(access)
        \t.subsection 1
        8:\tud2
        \t.previous
        \t\(StencilText.siteMark) 7b 8b \(isStore ? 1 : 0)
        """
    }

    private func probe(
        _ access: ProbedAccess, _ address: Word, outputs: [StencilFunction.Operand] = [], inputs: [StencilFunction.Operand] = []
    ) {
        let at = ProbedAccess.Position(pc: "hole\(HoleValue.pc)", unexecuted: "hole\(HoleValue.unexecuted)")
        let scratch: [StencilFunction.Operand] = [("t", "=&r", f.temporary(c.u64)), ("u", "=&r", f.temporary(c.u64))]
        f.assembly(
            access.plain(at, pages: "%%\(StencilText.limit)"), outputs: outputs + scratch, inputs: [("a", "r", address.rvalue)] + inputs + [("cpu", "D", f.cpu)])
    }

    // MARK: Floating point

    func bits(_ a: Float) -> Word { Word(rvalue: c.bitcast(a.rvalue, c.u64)) }
    func float(_ bits: Word) -> Float { Float(rvalue: c.bitcast(bits.rvalue, c.double)) }

    func arithmetic(_ operation: FloatOperation, _ a: Float, _ b: Float, _ third: Float) -> Float {
        let template = FloatTemplate(operation)
        record(FloatPending.code(operation), a, template.operands > 1 ? b : nil, template.operands > 2 ? third : nil)
        let result = f.temporary(c.double)
        let general = f.temporary(c.u64)
        let vector = f.temporary(c.double)
        var inputs: [StencilFunction.Operand] = [("a", "x", a.rvalue)]
        if template.operands > 1 { inputs.append(("b", "x", b.rvalue)) }
        if template.operands > 2 { inputs.append(("c", "x", third.rvalue)) }
        inputs.append(("cpu", "D", f.cpu))
        f.assembly(template.text(operation), outputs: [("r", "=&x", result), ("t", "=&r", general), ("x", "=&x", vector)], inputs: inputs)
        return Float(rvalue: c.value(result))
    }

    func compare(_ predicate: FloatPredicate, _ format: FloatFormat, _ a: Float, _ b: Float) -> Condition {
        record(FloatPending.code(predicate, format), a, b, nil)
        let mask = f.temporary(c.u64)
        let vector = f.temporary(c.double)
        f.assembly(
            FloatTemplate.comparison(predicate, format), outputs: [("r", "=r", mask), ("x", "=&x", vector)],
            inputs: [("a", "x", a.rvalue), ("b", "x", b.rvalue)])
        return Condition(rvalue: c.compare(GCC_JIT_COMPARISON_NE, c.value(mask), c.constant(0)))
    }

    /// Keeps what FCSR.Cause can be worked out from.
    private func record(_ code: UInt64, _ a: Float, _ b: Float?, _ third: Float?) {
        guard shape.isAlternative else { return }
        let base = MemoryLayout<LongmaCPU>.offset(of: \.pendingFloat)!
        f.assign(f.field(base), c.constant(code))
        f.assign(f.field(base + 8, c.doublePointer), a.rvalue)
        if let b { f.assign(f.field(base + 16, c.doublePointer), b.rvalue) }
        if let third { f.assign(f.field(base + 24, c.doublePointer), third.rvalue) }
    }
}

/// What `Opcode.needsHelper` keeps away.
extension StencilEmitter {
    private func left(_ primitive: String = #function) -> Never { fatalError("\(primitive) is left to the interpreter: see Opcode.needsHelper") }

    func storeConditionalPair(_ address: Word, low: Word, high: Word) -> Word { left() }
    func instructionBarrier() { left() }
    func configurationWord(_ index: Word) -> Word { left() }
    func stableCounter() -> Word { left() }
    func stableCounterID() -> Word { left() }
    func vector(_ i: Instruction) { left() }
    func readFCSR(_ number: UInt8) -> Word { left() }
    func writeFCSR(_ number: UInt8, _ value: Word) { left() }
}
