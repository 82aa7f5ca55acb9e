import CHost
import LoongArch
import Semantics

/// Results of floating-point operations that nobody has looked at yet.
///
/// The host's answer differs from LA64's only if it is a NaN, and a NaN goes on through every operation that uses it. So a block looks at the last results of
/// a few operations together, before something else can see one of them: when one is a NaN all of them are done again by the helper, from kept operands.
struct UncheckedResults {
    /// Where an operation took an operand from.
    enum Source {
        /// The result of a member.
        case member(Int)
        /// A local that nothing changes, by its index in `kept`.
        case kept(Int)
    }

    struct Member {
        let operation: FloatOperation
        /// The local with the result.
        let result: OpaquePointer
        let sources: [Source]
        /// Whether a later member uses the result, and so is a NaN if this one is.
        var isUsed = false
    }

    /// Most members, and most operands that the compiler takes.
    private static let limit = 8
    private static let operandLimit = 30

    private(set) var members: [Member] = []
    /// Operands of members.
    private(set) var kept: [OpaquePointer] = []
    /// By register, which of `kept` has its value.
    private(set) var keepers: [UInt8: Int] = [:]
    /// Of all members.
    private(set) var format = FloatFormat.double
    /// By register, the member whose result it holds.
    private(set) var holders: [UInt8: Int] = [:]
    /// Members that FCSR.Cause's operands on record are results of, by operand.
    var recorded: [Int: Int] = [:]

    var isEmpty: Bool { members.isEmpty }
    /// Whether an operation that reads `registers` should join. The last one does only if it makes fewer comparisons necessary.
    func admits(reading registers: UInt32) -> Bool {
        guard members.count < Self.limit, operands + 5 <= Self.operandLimit else { return false }
        return members.count < Self.limit - 1 || registers & self.registers != 0 || last.count % 2 == 1
    }

    /// Members whose results no other one uses.
    private var last: [Int] { members.indices.filter { !members[$0].isUsed } }
    /// Registers that hold a member's result.
    var registers: UInt32 { holders.keys.reduce(0) { $0 | 1 << UInt32($1) } }

    /// The most operands of the assembly that does everything again: the CPU, results read and written, kept values.
    private var operands: Int { 1 + 2 * members.count + kept.count }

    mutating func append(_ member: Member, _ format: FloatFormat) {
        self.format = format
        for case .member(let index) in member.sources { members[index].isUsed = true }
        members.append(member)
    }

    /// Has a local for the value of a register.
    mutating func keep(_ local: OpaquePointer, for register: UInt8) -> Source {
        kept.append(local)
        keepers[register] = kept.count - 1
        return .kept(kept.count - 1)
    }

    /// Registers have been written, `register` among them with the last member's result.
    mutating func wrote(_ registers: UInt32, newest register: UInt8?) {
        for n in holders.keys where registers >> UInt32(n) & 1 == 1 { holders[n] = nil }
        for n in keepers.keys where registers >> UInt32(n) & 1 == 1 { keepers[n] = nil }
        if let register { holders[register] = members.count - 1 }
    }

    /// The assembly that looks at the results: `r` and a member's number are its result, `v` and a number one of `kept`, `cpu` the CPU. And members whose
    /// results are no longer needed: their `r` is only written.
    func check() -> (text: String, unneeded: Set<Int>) {
        let last = last
        let comparison = format == .single ? "vucomiss" : "vucomisd"
        // One comparison looks at two.
        let looks = stride(from: 0, to: last.count, by: 2).map { "\(comparison) %[r\(last[$0])], %[r\(last[min($0 + 1, last.count - 1)])]\n\tjp 8f\n\t" }
        let arguments = MemoryLayout<LongmaCPU>.offset(of: \.floatCall)!
        let again = members.enumerated().map { number, member in
            let moves = member.sources.enumerated().map { index, source in
                let place = "\(arguments + 8 + 8 * index)(%[cpu])"
                switch source {
                case .member(let other): return "vmovsd %[r\(other)], \(place)\n\t"
                case .kept(let kept): return "vmovq %[v\(kept)], %[r\(number)]\n\tvmovsd %[r\(number)], \(place)\n\t"
                }
            }
            return moves.joined() + FloatTemplate.helper(member.operation, result: "%[r\(number)]")
        }
        let text = looks.joined() + "\n9:\n\t.subsection 1\n8:\t" + again.joined(separator: "\n\t") + "\n\tjmp 9b\n\t.previous"
        return (text, Set(members.indices).subtracting(last).subtracting(holders.values))
    }
}

extension RegionFunction {
    /// Before an instruction: looks at what has been computed unless the instruction can do without.
    func checkResults(before instruction: Instruction, _ effect: RegionDataflow.Effect) {
        let format = instruction.propagatesNaN
        // Where registers must be exact at every access, results are looked at one by one.
        defersCheck = format != nil && !options.mode.isMapped && !options.preciseRegisters && !isWide(Int(instruction.rd))
        operandRegisters = [instruction.rj, instruction.rk, instruction.ra]
        if unchecked.isEmpty { return }
        if defersCheck {
            if format != unchecked.format || !unchecked.admits(reading: effect.read.fpr) { checkResults() }
        } else if effect.exits || effect.cleans || instruction.controlFlow != .sequential || effect.read.fpr & unchecked.registers != 0
            || options.mode.exception(for: instruction.opcode) != nil
        {
            checkResults()
        }
    }

    /// Behind an instruction: notes who holds what.
    func noteResults(of instruction: Instruction, _ effect: RegionDataflow.Effect) {
        if !unchecked.isEmpty { unchecked.wrote(effect.written.fpr, newest: defersCheck ? instruction.rd : nil) }
    }

    /// Looks at what has been computed. Afterwards every register is right.
    func checkResults() {
        if unchecked.isEmpty { return }
        let (text, unneeded) = unchecked.check()
        let results = unchecked.members.enumerated().map { ("r\($0)", unneeded.contains($0) ? "=&x" : "+&x", $1.result) }
        let inputs = unchecked.kept.enumerated().map { ("v\($0)", "xm", c.value($1)) }
        assembly(text, outputs: results, inputs: inputs + [("cpu", "r", cpu)])
        let looked = unchecked
        unchecked = UncheckedResults()
        for (register, member) in looked.holders.sorted(by: { $0.key < $1.key }) { setFPR(register, c.value(looked.members[member].result)) }
        // Cause is the same whichever NaN an operand is: this only spares the compiler a copy of the result as it was.
        guard let pending else { return }
        for (operand, member) in looked.recorded where !unneeded.contains(member) { assign(pending.operands[operand], c.value(looked.members[member].result)) }
    }

    /// Performs an operation whose result is looked at later.
    func compute(_ operation: FloatOperation, _ template: FloatTemplate, _ format: FloatFormat, _ operands: [OpaquePointer]) -> OpaquePointer {
        let sources = operands.enumerated().map { index, value in
            let register = operandRegisters[index]
            if let member = unchecked.holders[register] { return UncheckedResults.Source.member(member) }
            if let kept = unchecked.keepers[register] { return .kept(kept) }
            let kept = temporary(c.double)
            assign(kept, value)
            return unchecked.keep(kept, for: register)
        }
        if recordsCause {
            for (index, source) in sources.enumerated() { if case .member(let member) = source { unchecked.recorded[index] = member } }
        }
        let result = temporary(c.double)
        compute(template.code! + "\n\t" + template.finish, operands, result, mayShare: !template.code!.contains("\n"))
        unchecked.append(UncheckedResults.Member(operation: operation, result: result, sources: sources), format)
        return c.value(result)
    }

    /// An operation's assembly; the result may share an operand's register when nothing reads the operands behind the instruction that gives it.
    func compute(_ text: String, _ operands: [OpaquePointer], _ result: OpaquePointer, mayShare: Bool) {
        var outputs = [("r", mayShare ? "=x" : "=&x", result)]
        if text.contains("[t]") { outputs.append(("t", "=&r", temporary(c.u64))) }
        if text.contains("[x]") { outputs.append(("x", "=&x", temporary(c.double))) }
        var inputs = zip("abc", operands).map { (String($0), "x", $1) }
        if text.contains("[cpu]") { inputs.append(("cpu", "r", cpu)) }
        assembly(text, outputs: outputs, inputs: inputs)
    }
}

extension Instruction {
    /// The format of an operation that answers with a NaN when an operand is one.
    fileprivate var propagatesNaN: FloatFormat? {
        switch opcode {
        case .fadd_s, .fsub_s, .fmul_s, .fdiv_s, .fmadd_s, .fmsub_s, .fnmadd_s, .fnmsub_s, .fsqrt_s, .frecip_s: .single
        case .fadd_d, .fsub_d, .fmul_d, .fdiv_d, .fmadd_d, .fmsub_d, .fnmadd_d, .fnmsub_d, .fsqrt_d, .frecip_d: .double
        default: nil
        }
    }
}
