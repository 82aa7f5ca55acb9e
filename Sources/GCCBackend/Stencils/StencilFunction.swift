import CHost
import CLibGCCJIT
import Execution
import LoongArch
import Semantics
import Translator

/// Builds the host function that becomes one stencil: `void stencil(u64 cpu)`.
///
/// Operands are global registers (see ``StencilText``), what is not known yet is the address of a symbol `hole…`. A return is going on with what follows;
/// every other way out is an assembly statement that jumps.
final class StencilFunction: StatementBuilder {
    let c: CompilationContext
    private let library: LibGCCJIT
    private let holes: StencilSymbols
    private let function: OpaquePointer
    let cpu: OpaquePointer
    private(set) var current: OpaquePointer?

    /// The variable, counted in order of creation, that holds what is written to the destination at last: it can be the destination itself.
    private let destination: Int?
    private var temporaries = 0
    /// What a first pass over the instruction has found out for a second one.
    var lastWritten: Int?
    /// General registers that the semantics asked for as rd, rj, rk (bits 0 to 2) and whether rd was written (bit 3).
    var generalUse: UInt8 = 0
    /// It has an access to flat memory.
    var accessesMemory = false
    /// The instruction calls what is not worth a stencil.
    var needsHelper = false

    init(_ holes: StencilSymbols, name: String, destination: Int? = nil) {
        c = holes.c
        library = holes.c.library
        self.holes = holes
        self.destination = destination
        let parameter = library.parameter(c.context, nil, c.u64, "cpu")
        var parameters: [OpaquePointer?] = [parameter]
        function = library.function(c.context, nil, GCC_JIT_FUNCTION_EXPORTED, holes.void, name, 1, &parameters, 0)!
        cpu = library.parameterRValue(parameter)!
        current = library.block(function, nil)!
    }

    // MARK: Values

    /// The value of a hole.
    func hole(_ value: Int) -> OpaquePointer { c.bitcast(library.addressOf(holes.symbols[value], nil)!, c.u64) }

    /// A hole of 64 bits. `addend` is added to its value.
    func wideHole(_ value: Int, addend: Int = 0) -> OpaquePointer {
        let result = newTemporary(c.u64)
        loadWideHole(value, addend: addend, to: result)
        return c.value(result)
    }
    func loadWideHole(_ value: Int, addend: Int, to place: OpaquePointer) {
        pureAssembly("movabsq $hole\(value)\(addend == 0 ? "" : "+\(addend)"), %[r]", output: ("r", "=r", place), inputs: [])
    }

    /// Whether the variable of that number is the destination.
    func isDestination(_ number: Int) -> Bool { number == destination }

    func operand(_ n: Int) -> OpaquePointer { c.value(holes.operands[n]) }
    func setDestination(_ value: OpaquePointer) { assign(holes.operands[0], value) }

    /// A field of the CPU state.
    func field(_ offset: Int, _ pointerType: OpaquePointer? = nil) -> OpaquePointer {
        c.memory(c.binary(GCC_JIT_BINARY_OP_PLUS, cpu, c.constant(UInt64(offset))), pointerType ?? c.u64Pointer)
    }
    /// A field whose offset is a hole.
    func field(hole value: Int, _ pointerType: OpaquePointer? = nil) -> OpaquePointer {
        c.memory(c.binary(GCC_JIT_BINARY_OP_PLUS, cpu, hole(value)), pointerType ?? c.u64Pointer)
    }

    func temporary(_ type: OpaquePointer) -> OpaquePointer { newTemporary(type) }

    /// A variable for a result, and its number.
    func numberedTemporary() -> (place: OpaquePointer, number: Int) {
        let place = newTemporary(c.u64)
        return (place, temporaries)
    }

    private func newTemporary(_ type: OpaquePointer) -> OpaquePointer {
        temporaries += 1
        return temporaries == destination ? holes.operands[0] : library.local(function, nil, type, "t\(temporaries)")!
    }

    // MARK: Statements

    func assign(_ place: OpaquePointer, _ value: OpaquePointer) { library.assign(current, nil, place, value) }

    typealias Operand = (String, String, OpaquePointer)

    /// Assembly with named operands, in order with all other assembly and with memory.
    func assembly(_ text: String, outputs: [Operand] = [], inputs: [Operand] = [], clobbers: [String] = []) {
        let assembly = library.assembly(current, nil, text)
        library.assemblyVolatile(assembly, 1)
        for (name, constraint, place) in outputs { library.assemblyOutput(assembly, name, constraint, place) }
        for (name, constraint, value) in inputs { library.assemblyInput(assembly, name, constraint, value) }
        for register in clobbers + ["memory"] { library.assemblyClobber(assembly, register) }
    }

    /// Assembly that only computes.
    func pureAssembly(_ text: String, output: Operand, inputs: [Operand], clobbers: [String] = []) {
        let assembly = library.assembly(current, nil, text)
        library.assemblyOutput(assembly, output.0, output.1, output.2)
        for (name, constraint, value) in inputs { library.assemblyInput(assembly, name, constraint, value) }
        for register in clobbers { library.assemblyClobber(assembly, register) }
    }

    /// Goes on in a new block unless `condition`, which runs `body` and does not come back.
    func unless(_ condition: OpaquePointer, _ body: () -> Void) {
        let exit = library.block(function, nil)!
        let rest = library.block(function, nil)!
        library.endConditional(current, nil, condition, exit, rest)
        current = exit
        body()
        current = rest
    }

    /// Goes on with what follows the stencil.
    func end() {
        // Holds the CPU where it is.
        finish("# end")
    }

    /// Goes to the place that a hole names.
    func jump(_ value: Int) { finish("jmp hole\(value)") }

    func finish(_ text: String, _ inputs: [Operand] = []) {
        guard current != nil else { return }
        assembly(text, inputs: [("cpu", "D", cpu)] + inputs)
        library.endVoidReturn(current, nil)
        current = nil
    }

    // MARK: Ways out

    func leave(reason: OpaquePointer, pc: OpaquePointer) {
        assign(field(MemoryLayout<LongmaCPU>.offset(of: \.pc)!), pc)
        assign(field(MemoryLayout<LongmaCPU>.offset(of: \.exitReason)!), reason)
        jump(HoleValue.leave)
    }

    /// Leaves with an exception at the current instruction, which and behind which nothing of the block was executed.
    func raise(_ exception: GuestException, detail: OpaquePointer) {
        assign(field(MemoryLayout<LongmaCPU>.offset(of: \.exitAddress)!), detail)
        assign(field(MemoryLayout<LongmaCPU>.offset(of: \.exitDetail)!), c.constant(0))
        leaveUnexecuted(c.constant(UInt64(LONGMA_EXIT_EXCEPTION) + UInt64(exception.rawValue)))
    }

    func leaveUnexecuted(_ reason: OpaquePointer) {
        assembly("addq $hole\(HoleValue.unexecuted), %%r15")
        leave(reason: reason, pc: wideHole(HoleValue.pc))
    }

    /// `fuel <= cpu->fuelFloor`, which other threads write.
    func fuelIsLow() -> OpaquePointer {
        let floor = newTemporary(c.i64)
        assembly("movq %[m], %[r]", outputs: [("r", "=r", floor)], inputs: [("m", "m", c.value(field(MemoryLayout<LongmaCPU>.offset(of: \.fuelFloor)!)))])
        return c.compare(GCC_JIT_COMPARISON_LE, c.value(c.fuel), c.value(floor))
    }

    /// Whether a countdown is over by now. Where this stands only rax is free.
    func countDown() -> OpaquePointer {
        let isOver = newTemporary(c.i32)
        assembly(
            "movabsq $hole\(HoleValue.countdown), %%rax\n\tsubl $1, (%%rax)", outputs: [("over", "=@ccs", isOver)], clobbers: ["rax"])
        return c.compare(GCC_JIT_COMPARISON_NE, c.value(isOver), c.constant(0, c.i32))
    }

    /// Goes on at the address `target` by the jump cache. `hasFrame`: the compiler has moved the stack pointer, for a call.
    func chain(_ target: OpaquePointer, hasFrame: Bool = false) {
        let goal = newTemporary(c.u64)
        assign(goal, target)
        unless(fuelIsLow()) { leave(reason: c.constant(UInt64(LONGMA_EXIT_DISPATCH)), pc: c.value(goal)) }
        let scaled = c.binary(GCC_JIT_BINARY_OP_LSHIFT, c.value(goal), c.constant(2))
        let index = c.binary(GCC_JIT_BINARY_OP_BITWISE_AND, scaled, c.constant(UInt64(LONGMA_JUMP_CACHE_SLOTS - 1) << 4))
        let slot = newTemporary(c.u64)
        assign(slot, c.binary(GCC_JIT_BINARY_OP_PLUS, c.value(field(MemoryLayout<LongmaCPU>.offset(of: \.jumpCache)!)), index))
        unless(c.compare(GCC_JIT_COMPARISON_NE, c.value(c.memory(c.value(slot), c.u64Pointer)), c.value(goal))) {
            leave(reason: c.constant(UInt64(LONGMA_EXIT_DISPATCH)), pc: c.value(goal))
        }
        // Translated code runs with nothing but its return address on the stack.
        let drop = "movq \(LONGMA_HOST_STACK_OFFSET)(%%rdi), %%rsp\n\t\(StencilText.frameDrop.replacing("%", with: "%%"))\n\t"
        finish("\(hasFrame ? drop : "")jmp *8(%[slot])", [("slot", "r", c.value(slot)), ("pc", "S", c.value(goal))])
    }

    /// Has the interpreter's function execute the instruction; it works on the registers in memory.
    func callHelper() {
        let table = c.value(field(MemoryLayout<LongmaCPU>.offset(of: \.helpers)!))
        let code = c.value(c.memory(table, c.u64Pointer))
        var arguments: [OpaquePointer?] = [cpu, wideHole(HoleValue.recordLow), wideHole(HoleValue.recordHigh), wideHole(HoleValue.pc)]
        let status = newTemporary(c.u64)
        assign(status, library.callThrough(c.context, nil, c.bitcast(code, c.helper4Pointer), 4, &arguments)!)
        unless(c.compare(GCC_JIT_COMPARISON_NE, c.value(status), c.constant(0))) { leaveUnexecuted(c.value(status)) }
    }

    /// Asks the machine, which works on the registers in memory; goes on behind the instruction or where it says.
    func askMachine() {
        let fuel = field(MemoryLayout<LongmaCPU>.offset(of: \.fuel)!, library.pointer(c.i64)!)
        assign(fuel, c.value(c.fuel))
        let code = c.value(field(MemoryLayout<LongmaCPU>.offset(of: \.system)!))
        var arguments: [OpaquePointer?] = [cpu, wideHole(HoleValue.recordLow), wideHole(HoleValue.recordHigh), wideHole(HoleValue.pc)]
        let answer = newTemporary(c.u64)
        assign(answer, library.callThrough(c.context, nil, c.bitcast(code, c.helper4Pointer), 4, &arguments)!)
        assign(c.fuel, c.value(fuel))
        unless(c.compare(GCC_JIT_COMPARISON_NE, c.value(answer), c.constant(0))) {
            // Bit 1: the instruction has not retired.
            let unretired = c.binary(GCC_JIT_BINARY_OP_BITWISE_AND, c.binary(GCC_JIT_BINARY_OP_RSHIFT, c.value(answer), c.constant(1)), c.constant(1))
            assign(c.fuel, c.binary(GCC_JIT_BINARY_OP_PLUS, c.value(c.fuel), c.cast(unretired, c.i64), c.i64))
            assign(field(MemoryLayout<LongmaCPU>.offset(of: \.exitReason)!), c.constant(UInt64(LONGMA_EXIT_DISPATCH)))
            let leaves = c.binary(GCC_JIT_BINARY_OP_BITWISE_AND, c.value(answer), c.constant(UInt64(LONGMA_SYSTEM_LEAVE)))
            unless(c.compare(GCC_JIT_COMPARISON_NE, leaves, c.constant(0))) { jump(HoleValue.leave) }
            chain(c.value(field(MemoryLayout<LongmaCPU>.offset(of: \.pc)!)), hasFrame: true)
        }
    }
}

/// The symbols that all stencils of a context share: holes and operand registers.
final class StencilSymbols {
    let c: CompilationContext
    let void: OpaquePointer
    let symbols: [OpaquePointer]
    /// Global registers: what is written, rj, rk, rd as it was.
    let operands: [OpaquePointer]

    init(_ library: LibGCCJIT) {
        let c = CompilationContext(library, options: Self.options)
        self.c = c
        void = library.type(c.context, GCC_JIT_TYPE_VOID)!
        symbols = (0..<HoleValue.number).map { library.global(c.context, nil, GCC_JIT_GLOBAL_IMPORTED, c.u8, "hole\($0)")! }
        // Only exported globals keep their registers.
        func register(_ name: String, _ symbol: String) -> OpaquePointer {
            let place = library.global(c.context, nil, GCC_JIT_GLOBAL_EXPORTED, c.u64, symbol)!
            library.setRegister(place, name)
            return place
        }
        operands = StencilText.operands.enumerated().map { register($1, "operand\($0)") }
        _ = register(StencilText.limit, "limit")
    }

    /// -O1 rather than -O2, which turns conditional tails round; symbols' addresses as immediate operands.
    private static let options = [
        "-O1", "-fno-pic", "-mcmodel=kernel", "-fomit-frame-pointer", "-fno-align-jumps", "-fno-align-labels", "-fno-align-loops", "-fno-align-functions",
        "-fno-reorder-functions", "-fno-ipa-icf", "-fno-tree-vectorize", "-fno-strict-aliasing", "-fno-delete-null-pointer-checks", "-fwrapv",
        "-fno-asynchronous-unwind-tables", "-fno-stack-protector", "-fcf-protection=none", "-ffp-contract=off", "-frounding-math", "-fsignaling-nans",
        "-fno-math-errno", "-march=x86-64-v3", "-mno-red-zone", "-fno-jump-tables",
    ]
}
