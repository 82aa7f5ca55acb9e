import CHost
import CLibGCCJIT
import Execution
import LoongArch
import Semantics
import Translator

/// The instructions of one node.
extension RegionFunction {
    func emit(_ block: RegionBlock, _ effects: [RegionDataflow.Effect], _ addresses: KnownAddresses?, _ emitter: inout RegionEmitter) {
        var addresses = addresses
        current = labels[node]
        let instructions = block.instructions
        let recording = recording[node]
        // Nothing is executed behind an instruction of a unit that is switched off.
        let runs = options.mode.isMapped ? AccessRun.find(in: Array(instructions.prefix { options.mode.exception(for: $0.opcode) == nil })) : []
        let finishing = finishedRegisters(instructions, effects)
        var pointers: [UInt8: (pointer: OpaquePointer, members: [Int])] = [:]
        let swept = sweptRegisters(instructions)
        addFuel(-instructions.count)
        /// One instruction; `known` is the run it belongs to, when that has been found in the soft TLB.
        func emit(_ index: Int, known: DirectAccess? = nil) {
            let instruction = instructions[index]
            pc = block.start &+ UInt64(index) &* 4
            unexecuted = UInt32(instructions.count - index)
            isReturn = instruction.controlFlow == .indirect(register: 1, offset: 0, link: 0)
            wantsResult = instruction.rd != 0
            recordsCause = recording.contains(index)
            finished = finishing.isEmpty ? RegisterSet() : finishing[index]
            direct = known
            if known == nil, let access = DisplacedAccess(instruction), let run = pointers[instruction.rj], run.members.contains(index) {
                direct = DirectAccess(pointer: run.pointer, base: instruction.rj, offset: access.offset, isKnown: false)
            }
            displaced = DisplacedAccess(vectorsToo: instruction).map { (instruction.rj, $0.offset, addresses?.covers($0, base: instruction.rj) ?? false) }
            indexed = instruction.opcode.isIndexedAccess ? (instruction.rj, instruction.rk) : nil
            isSwept = displaced.map { swept >> UInt32($0.base) & 1 == 1 } ?? false
            addresses?.execute(instruction, at: pc)
            checkResults(before: instruction, effects[index])
            defer { noteResults(of: instruction, effects[index]) }
            if index == instructions.count - 1, !unread.isEmpty {
                // The last one may lead to nodes that expect everything in locals.
                let leaves = leavesToSuccessors
                readFromMemory(leaves ? effects[index].read : unread)
                unread = unread.subtracting(effects[index].written)
                if leaves { leaveToSuccessors() }
            } else {
                readFromMemory(effects[index].read)
                unread = unread.subtracting(effects[index].written)
            }
            if let exception = options.mode.exception(for: instruction.opcode) {
                raise(exception, detail: c.constant(0))
            } else if isSystem(instruction) {
                emitSystem(instruction)
            } else if let lowering = VectorLowering(instruction, options.mode) {
                emitVector(instruction, lowering)
            } else if instruction.opcode.needsHelper(options.mode) {
                emitHelperCall(instruction)
            } else {
                Semantics.execute(instruction, &emitter)
            }
        }
        var index = 0
        while index < instructions.count {
            if let run = runs.first(where: { $0.members[0] == index }) {
                readFromMemory(RegisterSet(gpr: 1 << UInt32(run.base)))
                let pointer = emitProbe(of: run, at: block.start &+ UInt64(index) &* 4)
                let last = run.members.last!
                if (index...last).allSatisfy({ run.members.contains($0) || isPlain(instructions[$0]) }) {
                    let before = unread
                    var behind = RegisterSet()
                    choose(c.compare(GCC_JIT_COMPARISON_NE, c.value(pointer), c.constant(0))) {
                        while index <= last {
                            let access = run.members.contains(index) ? DisplacedAccess(instructions[index]) : nil
                            let stored = finishing.isEmpty || index == last ? RegisterSet() : finishing[index].union(finishing[index + 1])
                            if access != nil, index < last, index + 2 < instructions.count, run.members.contains(index + 1),
                                emitCopy(instructions[index], instructions[index + 1], pointer, stored)
                            {
                                index += 2
                                continue
                            }
                            emit(index, known: access.map { DirectAccess(pointer: pointer, base: run.base, offset: $0.offset, isKnown: true) })
                            index += 1
                        }
                        behind = unread
                    } else: {
                        unread = before
                        for index in run.members[0]...last { emit(index) }
                    }
                    // What either way has left in memory is there whichever was taken.
                    unread.formUnion(behind)
                    continue
                }
                pointers[run.base] = (pointer, run.members)
            }
            emit(index)
            index += 1
            // An instruction that always raises ends the block for good.
            if current == nil { return }
        }
        checkResults()
        endJump(edge(to: block.end))
    }

    /// Whether an instruction only computes: it neither leaves the region nor looks at more than its operands.
    private func isPlain(_ instruction: Instruction) -> Bool {
        let use = RegisterUse(of: instruction)
        return !use.accessesMemory && !use.raises && !use.setsCause && instruction.controlFlow == .sequential && !instruction.opcode.needsHelper(options.mode)
            && !isSystem(instruction) && VectorLowering(instruction, options.mode) == nil && options.mode.exception(for: instruction.opcode) == nil
    }

    /// The registers, by bits, to which an instruction adds a good part of a page: a loop that goes through a matrix by columns, or through large records.
    private func sweptRegisters(_ instructions: [Instruction]) -> UInt32 {
        instructions.reduce(0) { known, i in i.opcode == .addi_d && i.rd == i.rj && i.immediate.magnitude >= 1024 ? known | 1 << UInt32(i.rd) : known }
    }

    /// Reads those registers of `wanted` that the node has left in memory so far.
    private func readFromMemory(_ wanted: RegisterSet) {
        let registers = unread.intersection(wanted)
        if registers.isEmpty { return }
        if options.mode.isMapped { loadInPlace(registers) } else { load(registers) }
        unread = unread.subtracting(registers)
    }

    /// For a node that ends with everything in memory, by instruction: what it writes and none behind it does. Storing that at once costs nothing, and the
    /// local need not be kept. Empty for other nodes.
    private func finishedRegisters(_ instructions: [Instruction], _ effects: [RegionDataflow.Effect]) -> [RegisterSet] {
        guard options.mode.isMapped, let last = instructions.last, alwaysAsks(last) else { return [] }
        var result: [RegisterSet] = []
        var later = RegisterSet()
        for effect in effects.reversed() {
            result.append(effect.written.subtracting(later))
            later.formUnion(effect.written)
        }
        return result.reversed()
    }
}

extension RegionBlock {
    /// The operations whose Cause may be asked for: the last one, and the last one before whatever may look at it. By instruction.
    func causesToRecord(_ options: TranslationOptions) -> Set<Int> {
        var result: Set<Int> = []
        var isWanted = true
        for (index, instruction) in instructions.enumerated().reversed() {
            if instruction.observesCause(options) { isWanted = true }
            if isWanted, RegisterUse(of: instruction).setsCause || instruction.opcode.isVectorArithmetic {
                result.insert(index)
                isWanted = false
            }
        }
        return result
    }
}

extension Opcode {
    /// Whether it loads or stores a word or less, or a floating-point register, at rj + rk.
    fileprivate var isIndexedAccess: Bool {
        switch self {
        case .ldx_b, .ldx_bu, .ldx_h, .ldx_hu, .ldx_w, .ldx_wu, .ldx_d, .stx_b, .stx_h, .stx_w, .stx_d, .fldx_s, .fldx_d, .fstx_s, .fstx_d: true
        default: false
        }
    }
}

extension Instruction {
    /// Whether it reads FCSR, or, where that must be exact, may leave the region.
    fileprivate func observesCause(_ options: TranslationOptions) -> Bool {
        if opcode == .movfcsr2gr { return true }
        guard options.preciseRegisters, !opcode.isVectorArithmetic else { return false }
        let use = RegisterUse(of: self)
        if options.mode.isMapped, opcode.asksMachine || controlFlow == .exception { return true }
        return use.accessesMemory || use.raises || opcode.needsHelper(options.mode)
    }
}
