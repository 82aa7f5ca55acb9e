import LoongArch
import Testing

@Suite struct DisassemblerTests {
    /// 200,000 random decodable words: half spread over the rows, half over all words.
    @Test func textAssemblesToTheSameWord() throws {
        var generator = SeededGenerator(seed: SeededGenerator.seed)
        var words: [UInt32] = []
        while words.count < 200_000 {
            if words.count % 2 == 0 {
                words.append(InstructionTable.forms.randomElement(using: &generator)!.randomWord(using: &generator))
            } else {
                let word = UInt32(truncatingIfNeeded: generator.next())
                if Decoder.decode(word) != nil { words.append(word) }
            }
        }
        let source = words.map { Disassembler.text(word: $0) }.joined(separator: "\n")
        let assembled = try Assembler.assemble(source, at: 0).words
        #expect(assembled.count == words.count)
        for (word, again) in zip(words, assembled) where word != again {
            Issue.record("\(String(word, radix: 16)): \(Disassembler.text(word: word)) assembles to \(String(again, radix: 16))")
        }
    }

    @Test(arguments: [
        (0x0010_18a4, "add.w $a0, $a1, $a2"),
        (0x0340_0000, "nop"),
        (0x0015_0000 | 5 << 5 | 4, "move $a0, $a1"),
        (0x4c00_0020, "ret"),
        (0x4c00_0080, "jr $a0"),
        (0x4c00_0021, "jirl $ra, $ra, 0"),
        (0x5000_1000, "b 16"),
        (0x28ff_e064, "ld.d $a0, $sp, -8"),
        (0x0114_c081, "movgr2fcsr $fcsr1, $a0"),
        (0x0840_0000, ".word 0x8400000"),
        (0x02bf_c2b6, "addi.w $fp, $r21, -16"),
        (0x0101_0820, "fadd.d $fa0, $fa1, $fa2"),
        (0x0648_3401, "gtlbfill"),
        (0x729b_8c41, "vmepatmsk.v $vr1, 2, 3"),
        (0x7544_8c41, "xvfscaleb.s $xr1, $xr2, $xr3"),
    ] as [(UInt32, String)])
    func spelling(word: UInt32, text: String) {
        #expect(Disassembler.text(word: word) == text)
    }

    @Test func addressesShowTargets() {
        #expect(Disassembler.text(word: 0x5000_1000, at: 0x1_2000_0000) == "b 16  # 0x120000010")
        #expect(Disassembler.text(word: 0x53ff_ffff, at: 0x1000) == "b -4  # 0xffc")
        #expect(Disassembler.listing(words: [0x0340_0000, 0], at: 0x1_2000_0000) == [
            "120000000:  03400000  nop", "120000004:  00000000  .word 0x0",
        ])
    }
}
