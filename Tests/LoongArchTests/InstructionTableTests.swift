import LoongArch
import Testing

@Suite struct InstructionTableTests {
    @Test func tableAndOpcodesAgree() {
        #expect(InstructionTable.forms.count == 2042)
        #expect(Opcode.allCases.count == InstructionTable.count)
        for (index, opcode) in Opcode.allCases.enumerated() {
            #expect(opcode.index == index && Int(opcode.rawValue) == index && Opcode(index: index) == opcode)
            #expect(opcode.form.opcode == opcode)
            let name = String(opcode.mnemonic.map { $0 == "." ? "_" : $0 })
            #expect(String(describing: opcode) == name)
            #expect(Opcode(mnemonic: opcode.mnemonic) == opcode)
        }
        #expect(Opcode(mnemonic: "add") == nil)
    }

    @Test func operandsFillWhatTheMaskLeavesOpen() {
        for form in InstructionTable.forms {
            var seen: UInt32 = 0
            for operand in form.operands {
                #expect(seen & operand.mask == 0, "\(form.mnemonic): operands overlap")
                seen |= operand.mask
                #expect(operand.bits(of: operand.range.lowerBound) != nil && operand.bits(of: operand.range.upperBound) != nil)
                #expect(operand.bits(of: operand.range.lowerBound - 1) == nil && operand.bits(of: operand.range.upperBound + 1) == nil)
            }
            #expect(seen == ~form.mask, "\(form.mnemonic): mask")
            #expect(form.bits & ~form.mask == 0, "\(form.mnemonic): bits")
        }
    }

    @Test func rowsReadAsWritten() throws {
        let add = Opcode.add_w.form
        #expect(add.bits == 0x0010_0000 && add.mask == 0xffff_8000 && add.extension == .base && add.unit == .base)
        #expect(add.operands.map(\.kind) == [.general, .general, .general] && add.requirements.isEmpty)
        let shiftAdd = Opcode.alsl_d.form.operands[3]
        #expect(shiftAdd.range == 1...4)
        let branch = try #require(Opcode.bl.form.operands.first)
        #expect(branch.range == -0x800_0000...0x7ff_fffc && branch.step == 4)
        let translation = try #require(Opcode.rotri_b.form.requirements.first)
        #expect(translation.word == 2 && translation.bits == 18...20 && translation.name == "LBT")
        let estimate = Opcode.vfrecipe_s.form
        #expect(estimate.extension == .atomicsV11 && estimate.unit == .lsx && estimate.requirements.count == 2)
        let counts = Dictionary(grouping: InstructionTable.forms, by: \.extension).mapValues(\.count)
        #expect(counts[.lsx] == 712 && counts[.lasx] == 731 && counts[.virtualization] == 10 && counts[.undocumented] == 6)
    }

    @Test func startIsQuick() {
        let clock = ContinuousClock()
        let parse = clock.measure { _ = InstructionTable.parse() }
        let build = clock.measure { _ = DecoderTables(forms: InstructionTable.forms) }
        print("instruction table parsed in \(parse), decoder tables built in \(build)")
        #expect(parse < .milliseconds(200) && build < .milliseconds(200))
    }
}
