import CHost
import CLibGCCJIT
import Execution
import LoongArch
import Semantics
import Translator

/// Builds the host function of one region: `u64 region(u64 cpu, u64 pc)`.
///
/// Guest registers live in locals: an entry loads those that are live there, an exit stores those that may have changed since. `Way` says how it is left.
final class RegionFunction {
    let c: CompilationContext
    let region: Region
    let options: TranslationOptions
    let graph: RegionGraph
    let library: LibGCCJIT
    let function: OpaquePointer
    let cpu: OpaquePointer

    /// The block that statements go to; nil behind a terminator.
    var current: OpaquePointer?
    /// Registers whose locals may differ from memory there.
    var dirty = RegisterSet()
    var labels: [OpaquePointer] = []
    private var edges: [Edge: OpaquePointer] = [:]
    private var exits: [Exit: OpaquePointer] = [:]
    private var ways: [(way: Way, block: OpaquePointer)] = []
    let target: OpaquePointer
    let reason: OpaquePointer

    private func successors(of node: Int) -> [Int] { graph.successors(of: node, systemGoesOn: options.mode.isMapped).compactMap { $0 } }

    /// Whether a node's successors go on where it has left registers in memory: nothing else leads to them. For cores, where each system instruction ends a
    /// node.
    var leavesToSuccessors: Bool {
        options.mode.isMapped && successors(of: node).allSatisfy { $0 > node && predecessors[$0] == [node] && !graph.entries.contains($0) }
    }

    /// Tells the successors what has been left to them.
    func leaveToSuccessors() { for next in successors(of: node) { leftInMemory[next, default: RegisterSet()].formUnion(unread.intersection(live[next])) } }

    /// How a region is left.
    enum Way: Hashable {
        /// On to `target` by the jump cache, or back to the dispatcher.
        case chain
        /// On to a fixed address by its link (`RegionLinks`).
        case link(UInt64)
        /// To the dispatcher, which goes on at `target`.
        case leave
        /// To the dispatcher, which notes that the region is about to be entered.
        case sampled
        /// To the dispatcher with `reason`, at `target`.
        case exceptional
    }

    private struct Exit: Hashable {
        let way: Way
        let stored: RegisterSet
    }

    /// A jump that does not simply go on inside the region.
    private struct Edge: Hashable {
        let address: UInt64
        /// The node to go to after a poll, nil when the region ends there.
        let node: Int?
        let stored: RegisterSet
    }

    /// Registers used anywhere in the region, and their locals.
    private var gprs: [OpaquePointer?] = Array(repeating: nil, count: 32)
    private var fprs: [OpaquePointer?] = Array(repeating: nil, count: 32)
    private var fccs: [OpaquePointer?] = Array(repeating: nil, count: 8)
    /// Those of `fprs` that hold 128 bits.
    private var wide = RegisterSet()
    /// Of those whose last write in the node being emitted was a scalar's: the scalar, and a vector with the upper half. Reading the register as a scalar then
    /// does not wait for the two to be joined, and joining them is left out where another scalar comes first.
    private var halves: [UInt8: (low: OpaquePointer, upper: OpaquePointer)] = [:]
    /// The local for what FCSR.Cause can be worked out from, if it is not written to memory at once.
    private(set) var pending: PendingCause?
    /// By node, the instructions whose operation has to be kept for that.
    let recording: [Set<Int>]
    /// Flat addresses at or beyond it are not the guest's.
    private(set) var addressLimit: OpaquePointer?
    /// Registers whose every change goes to memory at once: all in precise mode; with address translation, those that an access cannot store (`DirtyOperands`).
    private(set) var through = RegisterSet()
    /// For nodes that only the region's callers come to, and those that only such nodes lead to: registers that are read from memory where the node first needs
    /// them.
    private var leftInMemory: [Int: RegisterSet] = [:]
    /// Of each node, which others lead to it.
    private var predecessors: [Set<Int>] = []

    /// By node, what its beginning expects.
    private var live: [RegisterSet] = []
    /// Registers of the node being emitted that are live and have not been read from memory yet.
    var unread = RegisterSet()

    // The instruction being emitted.
    /// The registers that its operands come from.
    var operandRegisters: [UInt8] = []
    var pc: UInt64 = 0
    var unexecuted: UInt32 = 0
    private(set) var node = 0
    /// Whether the instruction is `jirl $zero, $ra, 0`.
    var isReturn = false
    /// Whether the instruction's general result goes to a register.
    var wantsResult = true
    /// Whether FCSR.Cause must be on record after this instruction's operation: the last of its block or before a reading of FCSR, or any in precise mode.
    var recordsCause = false
    /// Whether its result, if it may be a NaN, is looked at later.
    var defersCheck = false
    /// What has been computed in the block and not been looked at.
    var unchecked = UncheckedResults()
    /// Registers that nothing in the node changes after it, when the node ends with everything in memory.
    var finished = RegisterSet()
    /// Set when it is an access of an `AccessRun`.
    var direct: DirectAccess?
    /// Set when it is an access at a register plus a constant; `isChecked` when the register is known to need no check in flat mode.
    var displaced: (base: UInt8, offset: Int64, isChecked: Bool)?
    /// Set when it is an access at the sum of two registers.
    var indexed: (base: UInt8, index: UInt8)?
    /// Whether the register of a displaced access goes on by so much that the next such access is likely in another page.
    var isSwept = false
    private var temporaries = 0
    private var blocks = 0

    init(_ c: CompilationContext, _ region: Region, _ options: TranslationOptions, name: String) {
        self.c = c
        self.region = region
        self.options = options
        library = c.library
        graph = RegionGraph(region)
        recording = graph.nodes.map { $0.block.causesToRecord(options) }
        let cpuParameter = library.parameter(c.context, nil, c.u64, "cpu")
        let pcParameter = library.parameter(c.context, nil, c.u64, "pc")
        var parameters: [OpaquePointer?] = [cpuParameter, pcParameter]
        function = library.function(c.context, nil, GCC_JIT_FUNCTION_EXPORTED, c.u64, name, 2, &parameters, 0)!
        cpu = library.parameterRValue(cpuParameter)!
        let entry = library.block(function, nil)!
        target = library.local(function, nil, c.u64, "target")!
        reason = library.local(function, nil, c.u64, "reason")!
        labels = graph.nodes.map { _ in newBlock() }

        wide = region.blocks.reduce(RegisterSet()) { $1.instructions.reduce($0) { $0.union(VectorLowering.registers(of: $1)) } }
        // Vector operations have more to keep, and precise registers have to be in memory.
        let keepsCause = !options.mode.isMapped && !options.preciseRegisters && !region.blocks.contains { $0.instructions.contains { $0.opcode.isVectorArithmetic } }
        let effects = zip(graph.nodes, recording).map { node, recording in
            node.block.instructions.enumerated().map { index, instruction in effect(of: instruction, setsCause: keepsCause && recording.contains(index)) }
        }
        makeLocals(effects)
        let written = effects.joined().reduce(RegisterSet()) { $0.union($1.written) }
        if options.mode.isMapped {
            through = written.subtracting(DirtyOperands.choice(of: effects, excluding: wide))
        } else if options.preciseRegisters {
            through = written
        }
        let addresses = options.mode.isMapped ? [] : KnownAddresses.atNodes(of: graph)
        let flow = RegionDataflow(graph, effects, through: through, systemGoesOn: options.mode.isMapped)
        current = entry
        live = flow.live
        predecessors = Array(repeating: [], count: graph.nodes.count)
        for node in graph.nodes.indices { for next in successors(of: node) { predecessors[next].insert(node) } }
        for node in graph.entries where predecessors[node].isEmpty { leftInMemory[node] = flow.live[node] }
        emitEntry(pc: library.parameterRValue(pcParameter)!)
        var emitter = RegionEmitter(self)
        for index in graph.nodes.indices {
            (node, dirty, unread) = (index, flow.dirty[index], leftInMemory[index] ?? RegisterSet())
            halves.removeAll()
            emit(graph.nodes[index].block, effects[index], addresses.isEmpty ? nil : addresses[index], &emitter)
        }
        for (way, block) in ways { emit(way, block) }
    }

    /// What an instruction does to the locals, as it is emitted.
    private func effect(of instruction: Instruction, setsCause: Bool) -> RegionDataflow.Effect {
        if let lowering = VectorLowering(instruction, options.mode) { return lowering.effect(of: instruction) }
        let use = RegisterUse(of: instruction)
        // A scalar result leaves the upper half of a vector register as it is.
        let kept = RegisterSet(fpr: use.fprWritten & wide.fpr)
        let isCall = instruction.opcode.needsHelper(options.mode)
        // An access with address translation, and what the machine is asked to do.
        let mayLeave = options.mode.isMapped && (use.accessesMemory || isSystem(instruction))
        return RegionDataflow.Effect(
            read: use.read.union(kept), written: use.written.union(RegisterSet(cause: setsCause)), exits: use.raises || isCall || mayLeave,
            cleans: isCall || alwaysAsks(instruction))
    }

    /// Whether the machine is called for an instruction with everything in memory, whatever registers hold.
    func alwaysAsks(_ instruction: Instruction) -> Bool { isSystem(instruction) && !accessesRegister(instruction) }

    /// Whether the machine performs an instruction.
    func isSystem(_ instruction: Instruction) -> Bool {
        options.mode.isMapped && (instruction.opcode.asksMachine || instruction.controlFlow == .exception)
    }

    // MARK: Frame

    private func makeLocals(_ effects: [[RegionDataflow.Effect]]) {
        let used = effects.joined().reduce(RegisterSet()) { $0.union($1.read).union($1.written) }
        for n in used.generalRegisters { gprs[n] = library.local(function, nil, c.u64, "r\(n)") }
        for n in used.floatRegisters { fprs[n] = library.local(function, nil, isWide(n) ? c.vector : c.double, "f\(n)") }
        for n in used.conditionFlags { fccs[n] = library.local(function, nil, c.u64, "c\(n)") }
        if used.cause { pending = PendingCause(self) }
        if !options.mode.isMapped { addressLimit = library.local(function, nil, c.u64, "limit") }
    }

    private func emitEntry(pc: OpaquePointer) {
        assign(target, pc)
        if let addressLimit { assign(addressLimit, c.value(field(MemoryLayout<LongmaCPU>.offset(of: \.addressLimit)!))) }
        loadPages()
        var run = newBlock()
        endConditional(fuelIsLow(), way(.leave), run)
        if !options.mode.isMapped {
            current = run
            run = newBlock()
            endConditional(countEntry(), way(.sampled), run)
        }
        let entries = graph.entries.map { node in
            current = newBlock()
            let block = current!
            if leftInMemory[node] == nil { load(live[node]) }
            endJump(labels[node])
            return block
        }
        // One is what the function is usually called for.
        var cases: [OpaquePointer?] = zip(region.entries, entries).dropFirst().map { address, block in
            library.newCase(c.context, c.constant(address), c.constant(address), block)
        }
        if cases.isEmpty {
            library.endJump(run, nil, entries[0])
        } else {
            library.endSwitch(run, nil, pc, entries[0], Int32(cases.count), &cases)
        }
    }

    /// Finds out where the context's pages are: at the beginning, and when the machine has been asked something.
    func loadPages() { if let pages = c.pages { assign(pages, c.value(field(MemoryLayout<LongmaCPU>.offset(of: \.pages)!))) } }

    /// The block that leaves in some way without storing any registers.
    private func way(_ way: Way) -> OpaquePointer {
        if let known = ways.first(where: { $0.way == way }) { return known.block }
        let block = newBlock()
        ways.append((way, block))
        return block
    }

    /// The block that stores what may have changed up to here and leaves.
    func exit(by way: Way) -> OpaquePointer {
        if dirty.isEmpty { return self.way(way) }
        let key = Exit(way: way, stored: dirty)
        if let block = exits[key] { return block }
        let saved = current
        let block = newBlock()
        exits[key] = block
        current = block
        store(dirty)
        endJump(self.way(way))
        current = saved
        return block
    }

    private func emit(_ way: Way, _ block: OpaquePointer) {
        current = block
        switch way {
        case .chain: emitChain()
        case .link(let address): emitLink(to: address)
        case .leave: returnToDispatcher(c.constant(UInt64(LONGMA_EXIT_DISPATCH)))
        case .sampled: returnToDispatcher(c.constant(UInt64(LONGMA_EXIT_SAMPLE)))
        case .exceptional: returnToDispatcher(c.value(reason))
        }
    }

    private func emitChain() {
        let goal = c.value(target)
        let scaled = c.binary(GCC_JIT_BINARY_OP_LSHIFT, goal, c.constant(2))
        let index = c.binary(GCC_JIT_BINARY_OP_BITWISE_AND, scaled, c.constant(UInt64(LONGMA_JUMP_CACHE_SLOTS - 1) << 4))
        let slot = temporary(c.u64)
        assign(slot, c.binary(GCC_JIT_BINARY_OP_PLUS, c.value(field(MemoryLayout<LongmaCPU>.offset(of: \.jumpCache)!)), index))
        let hit = newBlock()
        let miss = newBlock()
        endConditional(c.compare(GCC_JIT_COMPARISON_EQ, c.value(c.memory(c.value(slot), c.u64Pointer)), goal), hit, miss)
        current = hit
        let code = c.value(c.memory(c.binary(GCC_JIT_BINARY_OP_PLUS, c.value(slot), c.constant(8)), c.u64Pointer))
        endWithJump(to: code, goal)
        current = miss
        returnToDispatcher(c.constant(UInt64(LONGMA_EXIT_DISPATCH)))
    }

    /// The compiler does not know that the cell changes: it is read by assembly, each time.
    private func emitLink(to address: UInt64) {
        let code = temporary(c.u64)
        let entry = "\t.pushsection longma_links,\"a\",@progbits\n\t.long 7b - .\n\t.long 0\n\t.quad \(address)\n\t.popsection"
        assembly("movq 0(%%rip), %[c]\n7:\n\(entry)", outputs: [("c", "=r", code)], inputs: [], mayLeave: false)
        endWithJump(to: c.value(code), c.constant(address))
    }

    private func endWithJump(to code: OpaquePointer, _ goal: OpaquePointer) {
        var arguments: [OpaquePointer?] = [cpu, goal]
        let call = library.callThrough(c.context, nil, c.bitcast(code, c.regionPointer), 2, &arguments)
        library.requireTailCall(call, 1)
        library.endReturn(current, nil, call)
        current = nil
    }

    private func returnToDispatcher(_ reason: OpaquePointer) {
        assign(field(MemoryLayout<LongmaCPU>.offset(of: \.pc)!), c.value(target))
        assign(field(MemoryLayout<LongmaCPU>.offset(of: \.exitReason)!), reason)
        library.endReturn(current, nil, c.constant(0))
        current = nil
    }

    func load(_ registers: RegisterSet) {
        for n in registers.generalRegisters { assign(gprs[n]!, c.value(field(gprOffset(n)))) }
        for n in registers.floatRegisters {
            assign(fprs[n]!, c.value(floatField(n)))
            halves[UInt8(n)] = nil
        }
        for n in registers.conditionFlags { assign(fccs[n]!, c.cast(c.value(field(fccOffset(n), c.u8Pointer)), c.u64)) }
        if registers.cause { pending!.load(self) }
    }

    /// The same, where it stands and nowhere else: what two branches begin with the compiler would do in front of them, and then lacks host registers.
    func loadInPlace(_ registers: RegisterSet) {
        for n in registers.generalRegisters {
            assembly("movq %[m], %[r]", outputs: [("r", "=r", gprs[n]!)], inputs: [("m", "m", c.value(field(gprOffset(n))))], mayLeave: false)
        }
        load(registers.subtracting(RegisterSet(gpr: registers.gpr)))
    }

    private func store(_ registers: RegisterSet) {
        for n in registers.generalRegisters { assign(field(gprOffset(n)), c.value(gprs[n]!)) }
        for n in registers.floatRegisters { assign(floatField(n), c.value(fprs[n]!)) }
        for n in registers.conditionFlags { assign(field(fccOffset(n), c.u8Pointer), c.cast(c.value(fccs[n]!), c.u8)) }
        if registers.cause { pending!.store(self) }
    }

    func isWide(_ n: Int) -> Bool { wide.fpr >> UInt32(n) & 1 == 1 }
    private func floatField(_ n: Int) -> OpaquePointer { field(fprOffset(n), isWide(n) ? c.vectorPointer : c.doublePointer) }

    private func gprOffset(_ n: Int) -> Int { 8 * n }
    private func fprOffset(_ n: Int) -> Int { MemoryLayout<LongmaCPU>.offset(of: \.vr)! + 32 * n }
    private func fccOffset(_ n: Int) -> Int { MemoryLayout<LongmaCPU>.offset(of: \.fcc)! + n }

    // MARK: Edges

    /// The block to jump to for going on at `address`. Every cycle has an edge to the same or an earlier node, so polling there bounds what runs between
    /// two polls.
    func edge(to address: UInt64) -> OpaquePointer {
        let next = graph.successor(of: node, at: address)
        if let next, next > node { return labels[next] }
        let key = Edge(address: address, node: next, stored: dirty)
        if let block = edges[key] { return block }
        let saved = current
        let block = newBlock()
        edges[key] = block
        current = block
        if let next {
            let out = newBlock()
            endConditional(fuelIsLow(), out, labels[next])
            current = out
            assign(target, c.constant(address))
            endJump(exit(by: .leave))
        } else {
            endJump(exit(to: address))
        }
        current = saved
        return block
    }

    /// The block that goes on at an address outside. A core's regions serve many contexts, each with other code at the address.
    func exit(to address: UInt64) -> OpaquePointer {
        guard options.mode.isMapped else { return exit(by: .link(address)) }
        let saved = current
        let block = newBlock()
        current = block
        assign(target, c.constant(address))
        endJump(exit(by: .chain))
        current = saved
        return block
    }

    /// Jumps to the address in `target`: a return inside the region is a compare with the known return sites.
    func jumpToTarget(isReturn: Bool) {
        guard isReturn else { return jumpToLikelyTarget() }
        if let site = graph.returnSite(of: node) {
            let other = newBlock()
            let isExpected = c.compare(GCC_JIT_COMPARISON_EQ, c.value(target), c.constant(graph.nodes[site].block.start))
            endConditional(isExpected, labels[site], other)
            current = other
        }
        guard !graph.returnSites.isEmpty else { return endJump(exit(by: .chain)) }
        let run = newBlock()
        endConditional(fuelIsLow(), exit(by: .leave), run)
        current = run
        var cases: [OpaquePointer?] = graph.returnSites.map { site in
            let address = c.constant(graph.nodes[site].block.start)
            return library.newCase(c.context, address, address, labels[site])
        }
        library.endSwitch(current, nil, c.value(target), exit(by: .chain), Int32(cases.count), &cases)
        current = nil
    }

    /// `fuel <= cpu->fuelFloor`. By assembly, because other threads write the floor and the compiler must not reuse an earlier value.
    func fuelIsLow() -> OpaquePointer {
        let isLow = temporary(c.i32)
        // The offset is in the text, or the compiler keeps the field's address in a register of its own.
        let assembly = library.assembly(current, nil, "cmpq \(MemoryLayout<LongmaCPU>.offset(of: \.fuelFloor)!)(%1), %2")
        library.assemblyVolatile(assembly, 1)
        library.assemblyOutput(assembly, nil, "=@ccle", isLow)
        library.assemblyInput(assembly, nil, "r", cpu)
        library.assemblyInput(assembly, nil, "r", c.value(c.fuel))
        return c.compare(GCC_JIT_COMPARISON_NE, c.value(isLow), c.constant(0, c.i32))
    }

    /// Counts an entry; whether it is to be noted.
    private func countEntry() -> OpaquePointer {
        let isOver = temporary(c.i32)
        let assembly = library.assembly(current, nil, "subq $1, \(MemoryLayout<LongmaCPU>.offset(of: \.entriesLeft)!)(%1)")
        library.assemblyVolatile(assembly, 1)
        library.assemblyOutput(assembly, nil, "=@ccs", isOver)
        library.assemblyInput(assembly, nil, "r", cpu)
        return c.compare(GCC_JIT_COMPARISON_NE, c.value(isOver), c.constant(0, c.i32))
    }

    func addFuel(_ count: Int) {
        assign(c.fuel, c.binary(GCC_JIT_BINARY_OP_PLUS, c.value(c.fuel), c.constant(UInt64(bitPattern: Int64(count)), c.i64), c.i64))
    }

    /// Leaves with an exception at the current instruction.
    func raise(_ exception: GuestException, detail: OpaquePointer) {
        assign(field(MemoryLayout<LongmaCPU>.offset(of: \.exitAddress)!), detail)
        assign(field(MemoryLayout<LongmaCPU>.offset(of: \.exitDetail)!), c.constant(0))
        leaveWith(c.constant(UInt64(LONGMA_EXIT_EXCEPTION) + UInt64(exception.rawValue)))
    }

    private func leaveWith(_ value: OpaquePointer) {
        addFuel(Int(unexecuted))
        assign(target, c.constant(pc))
        assign(reason, value)
        endJump(exit(by: .exceptional))
    }

    /// Executes one instruction by the interpreter's own function.
    func emitHelperCall(_ instruction: Instruction) {
        cleanRegisters()
        let status = temporary(c.u64)
        assign(status, callInterpreter(instruction))
        let failed = newBlock()
        let done = newBlock()
        endConditional(c.compare(GCC_JIT_COMPARISON_NE, c.value(status), c.constant(0)), failed, done)
        current = failed
        leaveWith(c.value(status))
        current = done
        reload(RegisterUse(of: instruction))
        if instruction.controlFlow == .barrier {
            assign(target, c.constant(pc &+ 4))
            endJump(exit(by: .leave))
        }
    }

    /// The interpreter's function for one instruction, on registers in memory: 0 or an exit reason.
    func callInterpreter(_ instruction: Instruction) -> OpaquePointer {
        let record = unsafeBitCast(instruction, to: (UInt64, UInt64).self)
        let code = c.value(c.memory(c.value(field(MemoryLayout<LongmaCPU>.offset(of: \.helpers)!)), c.u64Pointer))
        var arguments: [OpaquePointer?] = [cpu, c.constant(record.0), c.constant(record.1), c.constant(pc)]
        return library.callThrough(c.context, nil, c.bitcast(code, c.helper4Pointer), 4, &arguments)!
    }

    /// Writes what may differ from memory there; it counts as different all the same.
    func storeDirty() { store(dirty) }

    /// Writes what may differ from memory there. What comes next may change registers in memory, and leave the region with them.
    func cleanRegisters() {
        store(dirty)
        dirty = RegisterSet()
    }

    /// Reads the registers that an instruction has changed in memory.
    func reload(_ changed: RegisterUse) { load(changed.written) }

    // MARK: Statements

    func assign(_ place: OpaquePointer, _ value: OpaquePointer) { library.assign(current, nil, place, value) }

    func endJump(_ block: OpaquePointer) {
        library.endJump(current, nil, block)
        current = nil
    }

    func endConditional(_ condition: OpaquePointer, _ yes: OpaquePointer, _ no: OpaquePointer) {
        library.endConditional(current, nil, condition, yes, no)
        current = nil
    }

    /// Goes on in a new block unless `condition`, which runs `body` and does not come back.
    func unless(_ condition: OpaquePointer, _ body: () -> Void) {
        let exit = newBlock()
        let rest = newBlock()
        endConditional(condition, exit, rest)
        current = exit
        body()
        current = rest
    }

    /// Does one or the other; what comes back from it goes on behind.
    func choose(_ condition: OpaquePointer, _ body: () -> Void, else other: () -> Void) {
        let (yes, no) = (library.block(function, nil)!, library.block(function, nil)!)
        let rest = library.block(function, nil)!
        endConditional(condition, yes, no)
        let before = (dirty, halves)
        current = yes
        body()
        if current != nil { endJump(rest) }
        let dirtyBehindBody = dirty
        current = no
        (dirty, halves) = before
        other()
        if current != nil { endJump(rest) }
        current = rest
        halves.removeAll()
        dirty.formUnion(dirtyBehindBody)
    }

    func temporary(_ type: OpaquePointer) -> OpaquePointer {
        temporaries += 1
        return library.local(function, nil, type, "t\(temporaries)")!
    }

    /// A field of the CPU state.
    func field(_ offset: Int, _ pointerType: OpaquePointer? = nil) -> OpaquePointer {
        c.memory(c.binary(GCC_JIT_BINARY_OP_PLUS, cpu, c.constant(UInt64(offset))), pointerType ?? c.u64Pointer)
    }

    /// A host function by its index in `cpu->helpers`, called with two words.
    func callHelper(_ index: Int, _ a: OpaquePointer, _ b: OpaquePointer) -> OpaquePointer {
        let table = c.value(field(MemoryLayout<LongmaCPU>.offset(of: \.helpers)!))
        let code = c.value(c.memory(c.binary(GCC_JIT_BINARY_OP_PLUS, table, c.constant(UInt64(8 * index))), c.u64Pointer))
        var arguments: [OpaquePointer?] = [a, b]
        let result = temporary(c.u64)
        assign(result, library.callThrough(c.context, nil, c.bitcast(code, c.regionPointer), 2, &arguments)!)
        return c.value(result)
    }

    /// Assembly with named operands, kept in order with all other assembly. In precise mode all state is in memory before it, if it
    /// may leave the region.
    func assembly(
        _ text: String, outputs: [(String, String, OpaquePointer)], inputs: [(String, String, OpaquePointer)], clobbersMemory: Bool = false,
        mayLeave: Bool = true
    ) {
        let assembly = library.assembly(current, nil, text)
        library.assemblyVolatile(assembly, 1)
        for (name, constraint, place) in outputs { library.assemblyOutput(assembly, name, constraint, place) }
        for (name, constraint, value) in inputs { library.assemblyInput(assembly, name, constraint, value) }
        if clobbersMemory || options.preciseRegisters && mayLeave { library.assemblyClobber(assembly, "memory") }
    }

    /// Assembly that only computes: it happens when and if its outputs are wanted.
    func pure(_ text: String, outputs: [(String, String, OpaquePointer)], inputs: [(String, String, OpaquePointer)]) {
        let assembly = library.assembly(current, nil, text)
        for (name, constraint, place) in outputs { library.assemblyOutput(assembly, name, constraint, place) }
        for (name, constraint, value) in inputs { library.assemblyInput(assembly, name, constraint, value) }
    }

    /// A block with a name: one that an assembly jump leads to must have one.
    func newBlock() -> OpaquePointer {
        blocks += 1
        return library.block(function, "b\(blocks)")!
    }

    // MARK: Guest registers

    func gpr(_ n: UInt8) -> OpaquePointer { n == 0 ? c.constant(0) : c.value(gprs[Int(n)]!) }
    func setGPR(_ n: UInt8, _ value: OpaquePointer) {
        guard n != 0 else { return }
        assign(gprs[Int(n)]!, value)
        changed(RegisterSet(gpr: 1 << UInt32(n)))
    }
    func fpr(_ n: UInt8) -> OpaquePointer {
        guard isWide(Int(n)) else { return c.value(fprs[Int(n)]!) }
        if let known = halves[n] { return c.value(known.low) }
        let low = temporary(c.double)
        pure("vmovapd %[v], %[d]", outputs: [("d", "=x", low)], inputs: [("v", "x", vpr(n))])
        return c.value(low)
    }
    func setFPR(_ n: UInt8, _ value: OpaquePointer) {
        if isWide(Int(n)) {
            let low = temporary(c.double)
            assign(low, value)
            let upper = halves[n]?.upper ?? temporary(c.vector)
            if halves[n] == nil { assign(upper, vpr(n)) }
            let result = temporary(c.vector)
            pure("vmovsd %[s], %[v], %[d]", outputs: [("d", "=x", result)], inputs: [("s", "x", c.value(low)), ("v", "x", c.value(upper))])
            setVPR(n, c.value(result))
            halves[n] = (low, upper)
            return
        }
        assign(fprs[Int(n)]!, value)
        changed(RegisterSet(fpr: 1 << UInt32(n)))
    }
    /// The low 128 bits of a vector register that the region uses as such.
    func vpr(_ n: UInt8) -> OpaquePointer { c.value(fprs[Int(n)]!) }
    func setVPR(_ n: UInt8, _ value: OpaquePointer) {
        halves[n] = nil
        assign(fprs[Int(n)]!, value)
        changed(RegisterSet(fpr: 1 << UInt32(n)))
    }
    /// The same in memory.
    func vectorField(_ n: UInt8) -> OpaquePointer { floatField(Int(n)) }
    func fcc(_ n: UInt8) -> OpaquePointer { c.value(fccs[Int(n & 7)]!) }
    func setFCC(_ n: UInt8, _ value: OpaquePointer) {
        assign(fccs[Int(n & 7)]!, value)
        changed(RegisterSet(fcc: 1 << (n & 7)))
    }

    func changed(_ registers: RegisterSet) {
        let stored = registers.intersection(through.union(finished))
        store(stored)
        dirty = dirty.union(registers).subtracting(stored)
    }

    /// What an access stores before it leaves translated code.
    var dirtyOperands: DirtyOperands {
        let general = dirty.generalRegisters.map { ("rmi", c.value(gprs[$0]!), gprOffset($0)) }
        return DirtyOperands(general + dirty.floatRegisters.map { ("xm", c.value(fprs[$0]!), fprOffset($0)) })
    }
}
