import Execution
import LoongArch
import Semantics
import Translator

/// What one stencil is made for: an instruction with markers in its register fields, and which of its constants are holes.
struct StencilShape {
    /// What stands for a register that is not register 0.
    static let rd: UInt8 = 5
    static let rj: UInt8 = 6
    static let rk: UInt8 = 7
    static let ra: UInt8 = 4

    enum Constant { case fixed, narrow, wide }

    var instruction: Instruction
    /// In the order in which the semantics ask for them.
    var constants: [Constant]
    /// A branch that goes away when its condition does not hold; a floating-point operation that keeps what FCSR.Cause is worked out from; a barrier that costs
    /// nothing here.
    var isAlternative = false
    /// Memory is reached through a core's soft TLB.
    var isMapped = false

    /// The shape of an opcode's stencils; nil for those that have none of their own.
    init?(_ opcode: Opcode) {
        let form = opcode.form
        guard [.base, .floatingPoint, .atomicsV11].contains(form.extension), form.unit == .base || form.unit == .floatingPoint else { return nil }
        guard !opcode.needsHelper(.flat), !opcode.asksMachine else { return nil }
        // Enough words to see which constants differ between instructions, and how large they get.
        var generator = SystemRandomNumberGenerator()
        let patterns: [UInt32] = [0, .max, 0x5555_5555, 0xaaaa_aaaa] + (0..<400).map { _ in UInt32.random(in: 0 ... .max, using: &generator) }
        let samples = patterns.compactMap { pattern -> Instruction? in
            guard var instruction = Decoder.decode(form.bits | pattern & ~form.mask), instruction.opcode == opcode else { return nil }
            (instruction.rd, instruction.rj, instruction.rk, instruction.ra) = (Self.rd, Self.rj, Self.rk, Self.ra)
            return instruction
        }
        guard let first = samples.first else { return nil }
        let lists = samples.map { HoleRecorder.constants(of: $0, at: UInt64.random(in: 0 ... .max >> 2, using: &generator)) }
        guard lists.allSatisfy({ $0.count == lists[0].count }), lists[0].count < HoleValue.constants.count else { return nil }
        instruction = first
        constants = lists[0].indices.map { index in
            if lists.allSatisfy({ $0[index] == lists[0][index] }) { return .fixed }
            return lists.allSatisfy { Int64(Int32(truncatingIfNeeded: $0[index])) == Int64(bitPattern: $0[index]) } ? .narrow : .wide
        }
    }

    /// Whether there is another stencil for the same operands: see `isAlternative`.
    var hasAlternative: Bool {
        if case .branch = instruction.controlFlow { return true }
        return instruction.opcode == .dbar || RegisterUse(of: instruction).setsCause
    }

    /// The same with register 0 in fields: bits 0, 1, 2 for rd, rj, rk.
    func variant(zero: Int, isAlternative: Bool, isMapped: Bool) -> StencilShape {
        var result = self
        result.isMapped = isMapped
        if zero & 1 != 0 { result.instruction.rd = 0 }
        if zero & 2 != 0 { result.instruction.rj = 0 }
        if zero & 4 != 0 { result.instruction.rk = 0 }
        result.isAlternative = isAlternative
        return result
    }

    /// Builds the stencil's function; `destination` is what a first pass over the same answered.
    func build(_ symbols: StencilSymbols, name: String, destination: Int? = nil) -> StencilFunction {
        let function = StencilFunction(symbols, name: name, destination: destination)
        var emitter = StencilEmitter(function, self)
        Semantics.execute(instruction, &emitter)
        function.end()
        return function
    }
}
