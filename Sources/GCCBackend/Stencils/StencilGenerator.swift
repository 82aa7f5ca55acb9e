import CHost
import CLibGCCJIT
import Execution
import Glibc
import LoongArch
import Semantics
import Translator

/// Makes the stencil library with libgccjit.
public enum StencilGenerator {
    /// Compiles and assembles all stencils; throws, in a sentence's words, why it could not.
    public static func generate() throws(CodeGenerationError) -> StencilLibrary.Content {
        let library: LibGCCJIT
        switch LibGCCJIT.shared {
        case .success(let found): library = found
        case .failure(let error): throw CodeGenerationError(error.reason, .unavailable)
        }
        // The first pass finds out what the second one needs to know; nothing of it is compiled.
        let rehearsal = StencilSymbols(library)
        let symbols = StencilSymbols(library)
        for special in SpecialStencil.allCases { build(special, symbols) }
        var count = SpecialStencil.allCases.count
        var table = [UInt16](repeating: 0, count: StencilLibrary.tableSize)
        for form in InstructionTable.forms {
            // Shares its stencils with another, below.
            if form.opcode.withoutOrder != nil { continue }
            let base = StencilLibrary.variants * form.opcode.index
            let shape = StencilShape(form.opcode)
            let first = shape?.build(rehearsal, name: "u\(form.opcode.index)")
            guard let shape, let first, !first.needsHelper else {
                for variant in 0..<StencilLibrary.variants {
                    table[base + variant] = UInt16(substitute(for: form.opcode).rawValue)
                    table[StencilLibrary.mapped + base + variant] = UInt16(mappedSubstitute(for: form.opcode).rawValue)
                }
                continue
            }
            var made: [Int: Int] = [:]
            let use = first.generalUse
            for variant in 0..<2 * StencilLibrary.variants {
                // Register 0 is special where a general register is meant.
                var zero = variant & 7
                if use & 0b1001 == 0 { zero &= ~1 }
                if use & 0b0010 == 0 { zero &= ~2 }
                if use & 0b0100 == 0 { zero &= ~4 }
                let isMapped = variant >= StencilLibrary.variants
                let place = isMapped ? StencilLibrary.mapped + base + variant - StencilLibrary.variants : base + variant
                if isMapped || zero & 2 != 0, form.opcode.isFixedPlace {
                    // Address 0 is nobody's, and atomic accesses behind a soft TLB are the interpreter's.
                    table[place] = UInt16(SpecialStencil.helper.rawValue)
                    continue
                }
                let isAlternative = variant & 8 != 0 && shape.hasAlternative
                // Mapped stencils are others only where there is an access.
                let isProbed = isMapped && first.accessesMemory
                let key = zero | (isAlternative ? 8 : 0) | (isProbed ? 16 : 0)
                if made[key] == nil {
                    let variant = shape.variant(zero: zero, isAlternative: isAlternative, isMapped: isProbed)
                    let destination = variant.build(rehearsal, name: "v\(count)").lastWritten
                    _ = variant.build(symbols, name: "stencil\(count)", destination: destination)
                    made[key] = count
                    count += 1
                }
                table[place] = UInt16(made[key]!)
            }
        }
        for form in InstructionTable.forms {
            guard let plain = form.opcode.withoutOrder else { continue }
            for start in [0, StencilLibrary.mapped] {
                for variant in start..<start + StencilLibrary.variants {
                    table[StencilLibrary.variants * form.opcode.index + variant] = table[StencilLibrary.variants * plain.index + variant]
                }
            }
        }
        var content = try finish(symbols, count, table)
        for form in InstructionTable.forms where form.opcode.refusesEqualRegisters {
            for variant in 0..<StencilLibrary.variants {
                let number = Int(table[StencilLibrary.variants * form.opcode.index + variant])
                if number >= SpecialStencil.allCases.count { content.stencils[number].traits |= Stencil.refusesEqual }
            }
        }
        return content
    }

    /// What stands for an instruction without a stencil of its own.
    private static func substitute(for opcode: Opcode) -> SpecialStencil {
        if opcode == .ibar || opcode == .movgr2fcsr { return .helperBarrier }
        if opcode.needsHelper(.flat) { return .helper }
        if opcode.isSystem { return .privileged }
        return [.base, .floatingPoint, .atomicsV11].contains(opcode.form.extension) && !opcode.asksMachine ? .helper : .unimplemented
    }

    /// The same in a mapped mode, where the machine answers what has to do with it.
    private static func mappedSubstitute(for opcode: Opcode) -> SpecialStencil {
        if opcode == .ibar || opcode == .movgr2fcsr { return .helperBarrier }
        return opcode.asksMachine || opcode == .syscall || opcode == .break ? .system : .helper
    }

    private static func build(_ special: SpecialStencil, _ symbols: StencilSymbols) {
        let f = StencilFunction(symbols, name: "stencil\(special.rawValue)")
        let c = symbols.c
        switch special {
        case .enter: f.assembly("movq \(MemoryLayout<LongmaCPU>.offset(of: \.addressLimit)!)(%%rdi), %%\(StencilText.limit)")
        case .enterMapped: f.assembly("movq \(MemoryLayout<LongmaCPU>.offset(of: \.pages)!)(%%rdi), %%\(StencilText.limit)")
        case .load: f.setDestination(c.value(f.field(hole: HoleValue.general)))
        case .store: f.assign(f.field(hole: HoleValue.general), f.operand(1))
        case .move: f.setDestination(f.operand(1))
        case .count: f.assembly("subq $hole\(HoleValue.count), %%r15")
        case .poll: f.unless(f.fuelIsLow()) { f.jump(HoleValue.taken) }
        case .jump: f.jump(HoleValue.taken)
        case .tally: f.unless(f.countDown()) { f.jump(HoleValue.taken) }
        case .giveBack: f.assembly("addq $hole\(HoleValue.unexecuted), %%r15")
        case .region: f.finish("jmp *%[code]", [("code", "r", f.wideHole(HoleValue.code)), ("pc", "S", f.wideHole(HoleValue.pc))])
        case .helper: f.callHelper()
        case .helperBarrier:
            f.callHelper()
            f.leave(reason: c.constant(UInt64(LONGMA_EXIT_DISPATCH)), pc: f.wideHole(HoleValue.pc, addend: 4))
        case .unimplemented: f.raise(.unimplemented, detail: c.constant(0))
        case .privileged: f.raise(.IPE, detail: c.constant(0))
        case .disabled:
            f.assign(f.field(MemoryLayout<LongmaCPU>.offset(of: \.exitAddress)!), c.constant(0))
            f.assign(f.field(MemoryLayout<LongmaCPU>.offset(of: \.exitDetail)!), c.constant(0))
            f.leaveUnexecuted(f.hole(HoleValue.reason))
        case .system: f.askMachine()
        case .openEdge:
            f.assembly("movl $hole\(HoleValue.edge), %%eax")
            f.jump(HoleValue.taken)
        case .openEdgeMapped:
            f.assembly("movabsq $hole\(HoleValue.code), %%rax\n\tmovq %%rax, \(MemoryLayout<LongmaCPU>.offset(of: \.pc)!)(%%rdi)\n\tmovl $hole\(HoleValue.edge), %%eax")
            f.jump(HoleValue.taken)
        case .openEdges:
            f.assembly("movq %%rax, \(MemoryLayout<LongmaCPU>.offset(of: \.exitDetail)!)(%%rdi)")
            f.assign(f.field(MemoryLayout<LongmaCPU>.offset(of: \.exitReason)!), c.constant(UInt64(LONGMA_EXIT_LINK)))
            f.jump(HoleValue.leave)
        case .leave:
            f.assembly("movq \(LONGMA_HOST_STACK_OFFSET)(%%rdi), %%rsp")
            f.finish("jmp *-8(%%rsp)")
        }
        f.end()
    }

    private static func finish(_ symbols: StencilSymbols, _ count: Int, _ table: [UInt16]) throws(CodeGenerationError) -> StencilLibrary.Content {
        try GCCCodeGenerator.checkSpace()
        let files = ["compiled", "copies", "object"].map { GCCCodeGenerator.fileInMemory($0) }
        defer { files.forEach { close($0) } }
        guard files.allSatisfy({ $0 >= 0 }) else {
            throw CodeGenerationError("no file can be made in memory: \(String(cString: strerror(errno)))", .unavailable)
        }
        do { try symbols.c.compile(to: "/proc/thread-self/fd/\(files[0])") } catch { throw CodeGenerationError("libgccjit: \(error.reason)", .refused) }
        guard let compiled = CacheDirectory.contents(files[0], limit: 1 << 30) else {
            throw CodeGenerationError("the compiler's text cannot be read", .refused)
        }
        do {
            let texts = try texts(String(decoding: compiled, as: UTF8.self), count)
            guard CacheDirectory.writeAll(Array(copies(of: texts).utf8), to: files[1]), lseek(files[1], 0, SEEK_SET) == 0 else {
                throw CodeGenerationError("the assembler's text cannot be written", .refused)
            }
            try HostAssembler.assemble(files[1], to: files[2])
            guard let bytes = CacheDirectory.contents(files[2], limit: 1 << 30) else { throw CodeGenerationError("the object cannot be read", .refused) }
            var content = try StencilExtraction(StencilObject(bytes), texts).library
            content.table = table
            content.decoder = DecoderTables.shared.image
            return content
        } catch let error as CodeGenerationError {
            throw error
        } catch {
            throw CodeGenerationError("the stencils cannot be used: \(error)", .refused)
        }
    }

    /// The compiler's text, function by function.
    private static func texts(_ text: String, _ count: Int) throws -> [StencilText] {
        var functions: [Int: [Substring]] = [:]
        var current: Int?
        for line in text.split(separator: "\n") {
            if line.hasPrefix("stencil"), line.hasSuffix(":"), let number = Int(line.dropFirst(7).dropLast()) {
                current = number
            } else if line.hasPrefix("\t.size\tstencil") {
                current = nil
            } else if let current {
                functions[current, default: []].append(line)
            }
        }
        return try (0..<count).map { number in
            guard let lines = functions[number] else { throw CodeGenerationError("stencil \(number) is missing", .refused) }
            do { return try StencilText(lines) } catch { throw CodeGenerationError("stencil \(number): \(error)\n\(lines.joined(separator: "\n"))", .refused) }
        }
    }

    /// Each stencil, and the copies that tell where its registers are.
    private static func copies(of texts: [StencilText]) -> String {
        var result = ""
        for (index, text) in texts.enumerated() {
            let usual = [Int](repeating: StencilExtraction.register, count: 4)
            result += text.assembly(StencilExtraction.name(index), registers: usual, sites: index)
            for operand in 0..<4 where text.operandMask >> UInt8(operand) & 1 == 1 {
                for (bit, neighbour) in StencilExtraction.neighbours.enumerated() {
                    var registers = usual
                    registers[operand] = neighbour
                    result += text.assembly(StencilExtraction.name(index, operand: operand, bit: bit), registers: registers, sites: nil)
                }
            }
        }
        return result
    }
}
