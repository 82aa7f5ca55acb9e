import CHost
import CLibGCCJIT
import Execution
import LoongArch
import Semantics
import Translator

/// Builds the host function of one region: `u64 region(u64 cpu, u64 pc)`.
///
/// Guest registers live in locals, loaded at the entry and stored at the exits. There are three ways out, each one block shared by all who leave that way:
/// `chain` (on to `target` by the jump cache, or back to the dispatcher), `leave` (to the dispatcher), `exceptional` (with `reason`).
final class RegionFunction {
    let c: CompilationContext
    let region: Region
    let options: TranslationOptions
    private let library: LibGCCJIT
    let function: OpaquePointer
    let cpu: OpaquePointer

    /// The block that statements go to; nil behind a terminator.
    private(set) var current: OpaquePointer?
    private var labels: [UInt64: OpaquePointer] = [:]
    private var pollEdges: [UInt64: OpaquePointer] = [:]
    private var exitEdges: [UInt64: OpaquePointer] = [:]
    let chain: OpaquePointer
    let leave: OpaquePointer
    private let exceptional: OpaquePointer
    let target: OpaquePointer
    private let reason: OpaquePointer

    /// Registers used anywhere in the region, and their locals.
    private var use = RegisterUse()
    private var gprs: [OpaquePointer?] = Array(repeating: nil, count: 32)
    private var fprs: [OpaquePointer?] = Array(repeating: nil, count: 32)
    private var fccs: [OpaquePointer?] = Array(repeating: nil, count: 8)
    /// Where calls made inside the region return to.
    private var returnSites: [UInt64] = []

    // The instruction being emitted.
    private(set) var pc: UInt64 = 0
    private(set) var unexecuted: UInt32 = 0
    private var blockStart: UInt64 = 0
    /// Whether the instruction is `jirl $zero, $ra, 0`.
    private(set) var isReturn = false
    /// Whether FCSR.Cause must be on record after this instruction's operation: the last of its block or before a reading of FCSR, or any in precise mode.
    private(set) var recordsCause = false
    /// Set when it is an access of an `AccessRun`.
    private(set) var direct: DirectAccess?
    private var temporaries = 0

    init(_ c: CompilationContext, _ region: Region, _ options: TranslationOptions, name: String) {
        self.c = c
        self.region = region
        self.options = options
        library = c.library
        let cpuParameter = library.parameter(c.context, nil, c.u64, "cpu")
        let pcParameter = library.parameter(c.context, nil, c.u64, "pc")
        var parameters: [OpaquePointer?] = [cpuParameter, pcParameter]
        function = library.function(c.context, nil, GCC_JIT_FUNCTION_EXPORTED, c.u64, name, 2, &parameters, 0)!
        cpu = library.parameterRValue(cpuParameter)!
        let entry = library.block(function, nil)!
        chain = library.block(function, nil)!
        leave = library.block(function, nil)!
        exceptional = library.block(function, nil)!
        target = library.local(function, nil, c.u64, "target")!
        reason = library.local(function, nil, c.u64, "reason")!

        for block in region.blocks {
            labels[block.start] = library.block(function, nil)!
            for instruction in block.instructions { use.formUnion(RegisterUse(of: instruction)) }
            if case .jump(let offset, let link) = block.flow, link == 1, region.contains(block.end &- 4 &+ UInt64(bitPattern: offset)) {
                returnSites.append(block.end)
            }
        }
        returnSites = returnSites.filter { region.contains($0) }
        makeLocals()

        current = entry
        emitEntry(pc: library.parameterRValue(pcParameter)!)
        var emitter = RegionEmitter(self)
        for block in region.blocks { emit(block, &emitter) }
        emitExits()
    }

    // MARK: Frame

    private func makeLocals() {
        for n in 1..<32 where (use.gprRead | use.gprWritten) >> UInt32(n) & 1 == 1 { gprs[n] = library.local(function, nil, c.u64, "r\(n)") }
        for n in 0..<32 where (use.fprRead | use.fprWritten) >> UInt32(n) & 1 == 1 { fprs[n] = library.local(function, nil, c.double, "f\(n)") }
        for n in 0..<8 where (use.fccRead | use.fccWritten) >> UInt8(n) & 1 == 1 { fccs[n] = library.local(function, nil, c.u64, "c\(n)") }
    }

    private func emitEntry(pc: OpaquePointer) {
        assign(target, pc)
        let run = library.block(function, nil)!
        endConditional(fuelIsLow(), leaveWithoutRegisters(), run)
        current = run
        for n in 1..<32 { if let local = gprs[n] { assign(local, c.value(field(gprOffset(n)))) } }
        for n in 0..<32 { if let local = fprs[n] { assign(local, c.value(field(fprOffset(n), c.doublePointer))) } }
        for n in 0..<8 { if let local = fccs[n] { assign(local, c.cast(c.value(field(fccOffset(n), c.u8Pointer)), c.u64)) } }
        // The entries: one is what the function is usually called for.
        var cases: [OpaquePointer?] = region.entries.dropFirst().map { address in
            library.newCase(c.context, c.constant(address), c.constant(address), labels[address])
        }
        if cases.isEmpty {
            library.endJump(current, nil, labels[region.entries[0]])
        } else {
            library.endSwitch(current, nil, pc, labels[region.entries[0]], Int32(cases.count), &cases)
        }
        current = nil
    }

    private func emitExits() {
        current = chain
        storeRegisters()
        let goal = c.value(target)
        let index = c.binary(GCC_JIT_BINARY_OP_BITWISE_AND, c.binary(GCC_JIT_BINARY_OP_LSHIFT, goal, c.constant(2)), c.constant(UInt64(LONGMA_JUMP_CACHE_SLOTS - 1) << 4))
        let slot = temporary(c.u64)
        assign(slot, c.binary(GCC_JIT_BINARY_OP_PLUS, c.value(field(MemoryLayout<LongmaCPU>.offset(of: \.jumpCache)!)), index))
        let hit = library.block(function, nil)!
        let miss = library.block(function, nil)!
        endConditional(c.compare(GCC_JIT_COMPARISON_EQ, c.value(c.memory(c.value(slot), c.u64Pointer)), goal), hit, miss)
        current = hit
        let code = c.value(c.memory(c.binary(GCC_JIT_BINARY_OP_PLUS, c.value(slot), c.constant(8)), c.u64Pointer))
        var arguments: [OpaquePointer?] = [cpu, goal]
        let call = library.callThrough(c.context, nil, c.bitcast(code, c.regionPointer), 2, &arguments)
        library.requireTailCall(call, 1)
        library.endReturn(current, nil, call)
        current = miss
        returnToDispatcher()

        current = leave
        storeRegisters()
        returnToDispatcher()

        current = exceptional
        storeRegisters()
        assign(field(MemoryLayout<LongmaCPU>.offset(of: \.pc)!), c.value(target))
        assign(field(MemoryLayout<LongmaCPU>.offset(of: \.exitReason)!), c.value(reason))
        library.endReturn(current, nil, c.constant(0))
        current = nil
    }

    private func returnToDispatcher() {
        assign(field(MemoryLayout<LongmaCPU>.offset(of: \.pc)!), c.value(target))
        assign(field(MemoryLayout<LongmaCPU>.offset(of: \.exitReason)!), c.constant(UInt64(LONGMA_EXIT_DISPATCH)))
        library.endReturn(current, nil, c.constant(0))
        current = nil
    }

    private func leaveWithoutRegisters() -> OpaquePointer {
        let saved = current
        let block = library.block(function, nil)!
        current = block
        returnToDispatcher()
        current = saved
        return block
    }

    /// Stores every register that the region writes anywhere.
    private func storeRegisters() {
        guard !options.preciseRegisters else { return }
        for n in 1..<32 where use.gprWritten >> UInt32(n) & 1 == 1 { storeGPR(n) }
        for n in 0..<32 where use.fprWritten >> UInt32(n) & 1 == 1 { storeFPR(n) }
        for n in 0..<8 where use.fccWritten >> UInt8(n) & 1 == 1 { storeFCC(n) }
    }

    private func storeGPR(_ n: Int) { assign(field(gprOffset(n)), c.value(gprs[n]!)) }
    private func storeFPR(_ n: Int) { assign(field(fprOffset(n), c.doublePointer), c.value(fprs[n]!)) }
    private func storeFCC(_ n: Int) { assign(field(fccOffset(n), c.u8Pointer), c.cast(c.value(fccs[n]!), c.u8)) }

    private func gprOffset(_ n: Int) -> Int { 8 * n }
    private func fprOffset(_ n: Int) -> Int { MemoryLayout<LongmaCPU>.offset(of: \.vr)! + 32 * n }
    private func fccOffset(_ n: Int) -> Int { MemoryLayout<LongmaCPU>.offset(of: \.fcc)! + n }

    // MARK: Blocks and edges

    private func emit(_ block: RegionBlock, _ emitter: inout RegionEmitter) {
        current = labels[block.start]
        blockStart = block.start
        let count = block.instructions.count
        let recording = causesToRecord(block.instructions)
        let runs = options.mode.isMapped ? AccessRun.find(in: block.instructions) : []
        var pointers: [UInt8: (pointer: OpaquePointer, members: [Int])] = [:]
        addFuel(-count)
        for (index, instruction) in block.instructions.enumerated() {
            pc = block.start &+ UInt64(index) &* 4
            unexecuted = UInt32(count - index)
            isReturn = instruction.controlFlow == .indirect(register: 1, offset: 0, link: 0)
            recordsCause = options.preciseRegisters || recording.contains(index)
            for run in runs where run.members[0] == index { pointers[run.base] = (emitProbe(of: run), run.members) }
            direct = nil
            if let access = DisplacedAccess(instruction), let run = pointers[instruction.rj], run.members.contains(index) {
                direct = DirectAccess(pointer: run.pointer, base: instruction.rj, offset: access.offset)
            }
            if let exception = options.mode.exception(for: instruction.opcode) {
                raise(exception, detail: c.constant(0))
            } else if options.mode.isMapped, instruction.opcode.asksMachine || instruction.controlFlow == .exception {
                emitSystem(instruction)
            } else if instruction.opcode.needsHelper {
                emitHelperCall(instruction)
            } else {
                Semantics.execute(instruction, &emitter)
            }
            // An instruction that always raises ends the block for good.
            if current == nil { break }
        }
        if current != nil { endJump(edge(to: block.end)) }
    }

    /// The operations of a block whose Cause may be asked for: the last one, and the last one before each reading of FCSR.
    private func causesToRecord(_ instructions: [Instruction]) -> Set<Int> {
        var result: Set<Int> = []
        var isWanted = true
        for (index, instruction) in instructions.enumerated().reversed() {
            if instruction.opcode == .movfcsr2gr {
                isWanted = true
            } else if isWanted, RegisterUse(of: instruction).setsCause {
                result.insert(index)
                isWanted = false
            }
        }
        return result
    }

    /// The block to jump to for going on at `address`.
    func edge(to address: UInt64) -> OpaquePointer {
        guard let label = labels[address] else { return exitEdge(to: address) }
        return address <= blockStart ? pollEdge(to: address, label) : label
    }

    private func exitEdge(to address: UInt64) -> OpaquePointer {
        if let block = exitEdges[address] { return block }
        let saved = current
        let block = library.block(function, nil)!
        exitEdges[address] = block
        current = block
        assign(target, c.constant(address))
        endJump(chain)
        current = saved
        return block
    }

    /// Every cycle has an edge to a lower address or to itself, so polling there bounds what runs between two polls.
    private func pollEdge(to address: UInt64, _ label: OpaquePointer) -> OpaquePointer {
        if let block = pollEdges[address] { return block }
        let saved = current
        let block = library.block(function, nil)!
        pollEdges[address] = block
        let out = library.block(function, nil)!
        current = out
        assign(target, c.constant(address))
        endJump(leave)
        current = block
        endConditional(fuelIsLow(), out, label)
        current = saved
        return block
    }

    /// Jumps to the address in `target`: a return inside the region is a compare with the known return sites.
    func jumpToTarget(isReturn: Bool) {
        guard isReturn, !returnSites.isEmpty else { return endJump(chain) }
        let run = library.block(function, nil)!
        endConditional(fuelIsLow(), leave, run)
        current = run
        var cases: [OpaquePointer?] = returnSites.map { library.newCase(c.context, c.constant($0), c.constant($0), labels[$0]) }
        library.endSwitch(current, nil, c.value(target), chain, Int32(cases.count), &cases)
        current = nil
    }

    /// `fuel <= cpu->fuelFloor`. The floor is read by assembly because other threads write it and the compiler must not reuse an earlier value.
    private func fuelIsLow() -> OpaquePointer {
        let floor = temporary(c.i64)
        let word = field(MemoryLayout<LongmaCPU>.offset(of: \.fuelFloor)!)
        let assembly = library.assembly(current, nil, "movq %1, %0")
        library.assemblyVolatile(assembly, 1)
        library.assemblyOutput(assembly, nil, "=r", floor)
        library.assemblyInput(assembly, nil, "m", c.value(word))
        return c.compare(GCC_JIT_COMPARISON_LE, c.value(c.fuel), c.value(floor))
    }

    private func addFuel(_ count: Int) {
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
        endJump(exceptional)
    }

    /// Executes one instruction by the interpreter's own function.
    private func emitHelperCall(_ instruction: Instruction) {
        storeRegisters()
        let record = unsafeBitCast(instruction, to: (UInt64, UInt64).self)
        let code = c.value(c.memory(c.binary(GCC_JIT_BINARY_OP_PLUS, c.value(field(MemoryLayout<LongmaCPU>.offset(of: \.helpers)!)), c.constant(0)), c.u64Pointer))
        var arguments: [OpaquePointer?] = [cpu, c.constant(record.0), c.constant(record.1), c.constant(pc)]
        let status = temporary(c.u64)
        assign(status, library.callThrough(c.context, nil, c.bitcast(code, c.helper4Pointer), 4, &arguments)!)
        let failed = library.block(function, nil)!
        let done = library.block(function, nil)!
        endConditional(c.compare(GCC_JIT_COMPARISON_NE, c.value(status), c.constant(0)), failed, done)
        current = failed
        leaveWith(c.value(status))
        current = done
        reload(RegisterUse(of: instruction))
        if instruction.controlFlow == .barrier {
            assign(target, c.constant(pc &+ 4))
            endJump(leave)
        }
    }

    /// Reads the registers that an instruction has changed in memory.
    func reload(_ changed: RegisterUse) {
        for n in 1..<32 where changed.gprWritten >> UInt32(n) & 1 == 1 { assign(gprs[n]!, c.value(field(gprOffset(n)))) }
        for n in 0..<32 where changed.fprWritten >> UInt32(n) & 1 == 1 { assign(fprs[n]!, c.value(field(fprOffset(n), c.doublePointer))) }
        for n in 0..<8 where changed.fccWritten >> UInt8(n) & 1 == 1 { assign(fccs[n]!, c.cast(c.value(field(fccOffset(n), c.u8Pointer)), c.u64)) }
    }

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
        let exit = library.block(function, nil)!
        let rest = library.block(function, nil)!
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
        current = yes
        body()
        if current != nil { endJump(rest) }
        current = no
        other()
        if current != nil { endJump(rest) }
        current = rest
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

    /// Assembly with named operands, kept in order with all other assembly. In precise mode all state is in memory before it.
    func assembly(_ text: String, outputs: [(String, String, OpaquePointer)], inputs: [(String, String, OpaquePointer)], clobbersMemory: Bool = false) {
        let assembly = library.assembly(current, nil, text)
        library.assemblyVolatile(assembly, 1)
        for (name, constraint, place) in outputs { library.assemblyOutput(assembly, name, constraint, place) }
        for (name, constraint, value) in inputs { library.assemblyInput(assembly, name, constraint, value) }
        if clobbersMemory || options.preciseRegisters { library.assemblyClobber(assembly, "memory") }
    }

    // MARK: Guest registers

    func gpr(_ n: UInt8) -> OpaquePointer { n == 0 ? c.constant(0) : c.value(gprs[Int(n)]!) }
    func setGPR(_ n: UInt8, _ value: OpaquePointer) {
        guard n != 0 else { return }
        assign(gprs[Int(n)]!, value)
        if options.preciseRegisters { storeGPR(Int(n)) }
    }
    func fpr(_ n: UInt8) -> OpaquePointer { c.value(fprs[Int(n)]!) }
    func setFPR(_ n: UInt8, _ value: OpaquePointer) {
        assign(fprs[Int(n)]!, value)
        if options.preciseRegisters { storeFPR(Int(n)) }
    }
    func fcc(_ n: UInt8) -> OpaquePointer { c.value(fccs[Int(n & 7)]!) }
    func setFCC(_ n: UInt8, _ value: OpaquePointer) {
        assign(fccs[Int(n & 7)]!, value)
        if options.preciseRegisters { storeFCC(Int(n & 7)) }
    }
}

extension Region {
    func contains(_ address: UInt64) -> Bool { blocks.contains { $0.start == address } }
}
