import LoongArch
import Testing

@Suite struct EncoderTests {
    /// Every row: word -> operands -> the same word, and the decoder finds the row, its registers and its immediates.
    @Test func everyRowRoundTrips() throws {
        var generator = SeededGenerator(seed: SeededGenerator.seed)
        for form in InstructionTable.forms {
            let words = form.cornerWords + (0..<32).map { _ in form.randomWord(using: &generator) }
            for word in words {
                let values = form.operands.map { $0.value(in: word) }
                let immediates = zip(form.operands, values).filter { $0.0.kind.isImmediate }.map { Int($0.1) }
                let expected = Instruction(
                    opcode: form.opcode, rd: UInt8(word & 31), rj: UInt8(word >> 5 & 31), rk: UInt8(word >> 10 & 31),
                    ra: UInt8(word >> 15 & 31), immediate: Int32(immediates.first ?? 0),
                    immediate2: Int16(immediates.count > 1 ? immediates[1] : 0), word: word)
                // `#expect` costs more than all that it would check here.
                if try Encoder.encode(form.opcode, values) != word || Decoder.decode(word) != expected {
                    Issue.record("\(form.mnemonic): \(String(word, radix: 16)) is decoded or encoded wrongly")
                }
            }
        }
    }

    /// Known words from the manual's formats, independent of the table's own arithmetic.
    @Test func knownWords() throws {
        #expect(try Encoder.encode(.add_w, [4, 5, 6]) == 0x0010_18a4)
        #expect(try Encoder.encode(.b, [-4]) == 0x53ff_ffff)
        #expect(try Encoder.encode(.bl, [0x40000]) == 0x5400_0001)
        #expect(try Encoder.encode(.beqz, [4, -4]) == 0x43ff_fc9f)
        #expect(try Encoder.encode(.alsl_d, [4, 5, 6, 1]) == 0x002c_18a4)
        #expect(try Encoder.encode(.bstrpick_d, [4, 5, 15, 8]) == 0x00cf_20a4)
        #expect(try Encoder.encode(.csrwr, [12, 0xc]) == 0x0400_302c)
        #expect(try Encoder.encode(.ld_d, [4, 3, -8]) == 0x28ff_e064)
    }

    @Test(arguments: [
        (Opcode.add_w, [1, 2], "add.w takes 3 operands, not 2"),
        (.addi_d, [1, 2, 2048], "addi.d: operand 3 is 2048, must be in -2048...2047"),
        (.andi, [1, 2, -1], "andi: operand 3 is -1, must be in 0...4095"),
        (.b, [6], "b: operand 1 is 6, must be a multiple of 4"),
        (.alsl_d, [1, 2, 3, 0], "alsl.d: operand 4 is 0, must be in 1...4"),
        (.add_w, [32, 2, 3], "add.w: operand 1 is 32, must be in 0...31"),
        (.csrxchg, [4, 1, 0], "csrxchg: operand 2 must not be $r0 or $r1 (is $r1); use csrrd or csrwr"),
    ])
    func errorsSayWhatIsWrong(opcode: Opcode, operands: [Int64], message: String) {
        do throws(EncodingError) {
            let word = try Encoder.encode(opcode, operands)
            Issue.record("encoded as \(word)")
        } catch {
            #expect(error.description == message)
        }
    }
}
