import LoongArch
import Testing

@Suite struct AssemblerTests {
    /// The instructions that a source assembles to, as the disassembler writes them.
    private func texts(_ source: String, at base: UInt64 = 0x1000, symbols: [String: UInt64] = [:]) throws -> [String] {
        try Assembler.assemble(source, at: base, symbols: symbols).words.map { Disassembler.text(word: $0) }
    }

    @Test func labels() throws {
        let source = """
            start:  li.w $t0, 3         # count
            1:      addi.w $t0, $t0, -1 // down
                    bnez $t0, 1b ; beqz $zero, 1f
                    /* not
                       here */ nop
            1:      b start
                    bl 1b
            end:    bgez $a0, end
            """
        #expect(try texts(source) == [
            "ori $t0, $zero, 3", "addi.w $t0, $t0, -1", "bnez $t0, -4", "beqz $zero, 8", "nop", "b -20", "bl -4", "bge $a0, $zero, 0",
        ])
        let symbols = try Assembler.assemble(source, at: 0x1000).symbols
        #expect(symbols == ["start": 0x1000, "end": 0x101c])
    }

    @Test func registerNames() throws {
        #expect(try texts("add.d $r4, $a1, $zero; fadd.s $f0, $fa1, $ft0; movgr2cf $fcc7, $s9; movgr2scr $scr3, $ra") == [
            "add.d $a0, $a1, $zero", "fadd.s $fa0, $fa1, $ft0", "movgr2cf $fcc7, $fp", "movgr2scr $scr3, $ra",
        ])
        #expect(try texts("vadd.b $vr0, $vr1, $vr31; xvadd.b $xr0, $xr1, $xr31; movgr2fcsr $fcsr0, $a0; movgr2fcsr $r1, $a0") == [
            "vadd.b $vr0, $vr1, $vr31", "xvadd.b $xr0, $xr1, $xr31", "movgr2fcsr $fcsr0, $a0", "movgr2fcsr $fcsr1, $a0",
        ])
    }

    @Test func directivesForObjectFilesChangeNothing() throws {
        let source = ".text; .globl f; .type f, @function\nf: .cfi_startproc\nret\n.cfi_endproc\n.size f, . - f"
        #expect(try texts(source) == ["ret"])
    }

    @Test func data() throws {
        let source = """
            .byte 1, -1, 'A', '\\n'
            .half 0x1234
            .align 2
            .word later, 0xffffffff
            .dword -2, later - first
            first: .ascii "ab\\"\\x41\\101"
            .asciz "z"
            .balign 8, 0xee
            later: .space 2, 7
            .zero 1
            """
        let assembly = try Assembler.assemble(source, at: 0x2000)
        #expect(assembly.bytes == [
            1, 0xff, 0x41, 10, 0x34, 0x12, 0, 0, 0x28, 0x20, 0, 0, 0xff, 0xff, 0xff, 0xff,
            0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 8, 0, 0, 0, 0, 0, 0, 0,
            0x61, 0x62, 0x22, 0x41, 0x41, 0x7a, 0, 0xee, 7, 7, 0,
        ])
        #expect(assembly.symbols == ["first": 0x2020, "later": 0x2028])
    }

    @Test func symbolsAndExpressions() throws {
        let source = """
            .equ SIZE, END - START       # both from further down
            .set N, 4
            OFFSET = N * (2 + 1) - -1
            addi.d $a0, $a0, OFFSET
            addi.d $a0, $a0, SIZE
            .set N, N + 1
            addi.d $a0, $a0, N | 1 << 4
            addi.d $a0, $a0, 0b101 + 017 + 0x10 - ~0 + 7 % 4 + 9 / 2
            ld.d $a0, $a1, FIELD
            START: nop
            nop
            END:
            """
        #expect(try texts(source, symbols: ["FIELD": 0x48]) == [
            "addi.d $a0, $a0, 13", "addi.d $a0, $a0, 8", "addi.d $a0, $a0, 21", "addi.d $a0, $a0, 44", "ld.d $a0, $a1, 72", "nop", "nop",
        ])
    }

    @Test func addresses() throws {
        let source = "la.local $a0, target; pcaddi $a1, target; b .; .space 0x900; target: nop"
        let assembly = try Assembler.assemble(source, at: 0x1_2000_0ff8)
        #expect(assembly.symbols["target"] == 0x1_2000_1908)
        // The page of the target's nearest 4 KiB boundary: 0x120002000, then -0x6f8.
        #expect(assembly.words.prefix(4).map { Disassembler.text(word: $0) } == [
            "pcalau12i $a0, 2", "addi.d $a0, $a0, -1784", "pcaddi $a1, 578", "b 0",
        ])
        let absolute = try texts("la.abs $a0, 0x123456789abcdef0")
        #expect(absolute == ["lu12i.w $a0, -414771", "ori $a0, $a0, 3824", "lu32i.d $a0, 284280", "lu52i.d $a0, $a0, 291"])
    }

    /// Runs the four instructions that `li.d` is made of.
    private func loaded(_ words: [UInt32]) throws -> Int64 {
        var registers: [Int64] = Array(repeating: 0, count: 32)
        for word in words {
            let instruction = try #require(Decoder.decode(word))
            let (rd, rj, immediate) = (Int(instruction.rd), registers[Int(instruction.rj)], Int64(instruction.immediate))
            switch instruction.opcode {
            case .ori: registers[rd] = rj | immediate
            case .addi_w: registers[rd] = Int64(Int32(truncatingIfNeeded: rj &+ immediate))
            case .lu12i_w: registers[rd] = immediate << 12
            case .lu32i_d: registers[rd] = registers[rd] & 0xffff_ffff | immediate << 32
            case .lu52i_d: registers[rd] = rj & 0xf_ffff_ffff_ffff | immediate << 52
            default: Issue.record("\(instruction)")
            }
        }
        return registers[4]
    }

    @Test func loadImmediate() throws {
        var generator = SeededGenerator(seed: SeededGenerator.seed)
        var values: [Int64] = [0, 1, -1, 2047, 2048, 4095, 4096, -2048, -2049, .max, .min, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff]
        for shift in 0..<64 { values += [1 << Int64(shift), -1 << Int64(shift), (1 << Int64(shift)) &- 1] }
        for _ in 0..<2000 { values.append(Int64(bitPattern: generator.next()) >> Int64(generator.next() % 64)) }
        for value in values {
            let words = try Assembler.assemble("li.d $a0, \(value)", at: 0).words
            #expect(try loaded(words) == value)
            #expect(words.count <= 4)
            if Int64(Int32(truncatingIfNeeded: value)) == value {
                #expect(words.count <= 2)
                #expect(try Assembler.assemble("li.w $a0, \(value)", at: 0).words == words)
            }
        }
        #expect(try Assembler.assemble("li.d $a0, 0x7ff0000000000000", at: 0).words.count == 1)
    }

    @Test(arguments: [
        ("nop\nfrob $a0", 2, "unknown instruction 'frob'"),
        (".frob", 1, "unknown directive '.frob'"),
        ("add.w $a0, $a1", 1, "add.w takes 3 operands, not 2"),
        ("ret $a0", 1, "ret takes 0 operands, not 1"),
        ("add.w $a0, $a1, 3", 1, "add.w: operand 3 must be a general register"),
        ("add.w $a0, $a1, $f3", 1, "add.w: operand 3 must be a general register, not $f3"),
        ("add.w $a0, $a1, $r32", 1, "add.w: operand 3 is '$r32', which is no register"),
        ("addi.d $a0, $a1, $a2", 1, "addi.d: operand 3 must be a number, not $a2"),
        ("addi.d $a0, $a1, 2048", 1, "addi.d: operand 3 is 2048, must be in -2048...2047"),
        ("\n\nb nowhere", 3, "'nowhere' is not defined"),
        ("b 1f", 1, "'1f' is not defined"),
        ("x: nop\nx: nop", 2, "'x' is defined twice"),
        ("x: nop\n.equ x, 1", 2, "'x' is a label already"),
        ("x: addi.d $a0, $a0, x", 1, "addi.d: operand 3 must be a number, not an address; la.local loads an address"),
        ("x: .space 0x40000; beq $a0, $a1, x", 1, "beq: operand 3 is -262144 bytes away, must be within -131072...131068"),
        ("b 2", 1, "b: operand 1 is 2, must be a multiple of 4"),
        (".byte 256", 1, "256 does not fit in 8 bits"),
        (".byte 1\nnop", 2, "an instruction must stand at a multiple of 4; put '.align 2' before it"),
        ("li.d $a0, N\n.equ N, 1", 1, "'N' is not defined; it must be defined before this line"),
        ("li.w $a0, 0x100000000", 1, "li.w: 4294967296 does not fit in 32 bits"),
        (".space 0x100000000", 1, ".space: the size 4294967296 must be in 0...268435456"),
        (".space 0x10000000; nop", 1, "the program grows beyond 268435456 bytes here"),
        (".balign 3", 1, ".balign: 3 is not a power of two up to 65536"),
        (".word 1 / 0", 1, "division by zero"),
        (".word (1", 1, ") is missing"),
        (".word 1 2", 1, "unexpected '2' behind an operand; is a comma missing?"),
        (".word 1,", 1, "a number, symbol or register is expected, not the end of the line"),
        (".word 0x1ffffffffffffffff", 1, "'0x1ffffffffffffffff' is not a number of at most 64 bits"),
        (".ascii \"x", 1, "this string does not end"),
        ("nop\n/* x\n\n", 2, "this /* comment does not end"),
        ("nop !", 1, "unexpected character '!'"),
        ("csrxchg $a0, $ra, 1", 1, "csrxchg: operand 2 must not be $r0 or $r1 (is $r1); use csrrd or csrwr"),
        (".equ a, b\n.equ b, a\n.word a", 1, "'b' is not defined"),
        ("la.local $a0, %hi(x)", 1, "unknown operator '%hi'"),
    ])
    func errorsNameTheLine(source: String, line: Int, message: String) {
        do throws(AssemblerError) {
            let assembly = try Assembler.assemble(source, at: 0x1000)
            Issue.record("assembled to \(assembly.bytes.count) bytes")
        } catch {
            #expect(error.line == line && error.message == message)
            #expect(error.description == "line \(line): \(message)")
        }
    }

    /// Sources made of random pieces end in bytes or an error, never in a crash.
    @Test func randomSources() {
        let pieces = [
            "add.w", "b", "li.d", "$a0", "$", ",", " ", "\n", ":", "1b", "1f", "1:", "x", "x:", "(", ")", "-", "+", "*", "%", "<<", ".word",
            ".space", ".align", "'a'", "\"", "\\", "0x", "99999999999999999999", "-1", "/*", "*/", "#", "é", ".equ", "=", "~", ".", "la", "\0",
            "/", "0b", "08", "63", "%pc_lo12", ".ascii", "\"s\"", ";",
        ]
        var generator = SeededGenerator(seed: SeededGenerator.seed)
        for _ in 0..<20_000 {
            let count = Int(generator.next() % 12) + 1
            let source = (0..<count).map { _ in pieces.randomElement(using: &generator)! }.joined(separator: generator.next() % 2 == 0 ? " " : "")
            _ = try? Assembler.assemble(source, at: generator.next() & ~3)
        }
        _ = try? Assembler.assemble(".word " + String(repeating: "(", count: 100_000), at: 0)
        _ = try? Assembler.assemble(".word " + String(repeating: "-", count: 100_000) + "1", at: 0)
        _ = try? Assembler.assemble(".word " + String(repeating: "1+", count: 100_000) + "1", at: 0)
        let chain = String(repeating: "+1", count: 900) + ")"
        _ = try? Assembler.assemble(".word " + String(repeating: "(", count: 190) + "1" + String(repeating: chain, count: 190), at: 0)
    }
}
