import Foundation
import Testing

/// Atomic instructions under several host threads at once: what one thread does must not be lost to another, in code of any tier.
@Suite struct AtomicTests {
    /// Four threads do the same to common words, each with another bit in `s5`. The exit status is the number of the first check that fails, 0 if none does.
    private static let program = """
        .equ rounds, 1000003
        _start: li.w $a0, 0
         li.w $a1, 65536
         li.w $a2, 3
         li.w $a3, 33
         li.w $a4, -1
         li.w $a5, 0
         li.w $a7, 222
         syscall 0
         move $s0, $a0
         li.w $s5, 1
         li.w $s6, 0
         li.w $s7, 3
        start: slli.d $s5, $s5, 13
         lu12i.w $a0, 0x50
         ori $a0, $a0, 0xf00
         lu12i.w $a1, 8
         add.d $a1, $a1, $s0
         li.w $a2, 0
         li.w $a3, 0
         li.w $a4, 0
         li.w $a7, 220
         syscall 0
         beqz $a0, child
         addi.d $s7, $s7, -1
         bnez $s7, start
         li.w $s5, 1
         bl work
         b wait
        child: bl work
         li.w $a0, 0
         li.w $a7, 93
         syscall 0

        work: addi.d $t1, $s0, 832
         li.w $t2, 1
         amadd_db.d $zero, $t2, $t1
        gather: li.w $a7, 124
         syscall 0
         ld.d $t0, $s0, 832
         addi.d $t0, $t0, -4
         bnez $t0, gather
         li.w $s1, rounds
        round: ll.d $t0, $s0, 0
         addi.d $t0, $t0, 1
         sc.d $t0, $s0, 0
         beqz $t0, round
         addi.d $t1, $s0, 64
         li.w $t2, 3
         amadd_db.d $t3, $t2, $t1
        lock: addi.d $t1, $s0, 192
         li.w $t2, 1
         amswap_db.w $t3, $t2, $t1
         beqz $t3, locked
         li.w $a7, 124
         syscall 0
         b lock
        locked: ld.d $t4, $s0, 128
         addi.d $t4, $t4, 1
         st.d $t4, $s0, 128
         dbar 0x12
         amswap_db.w $zero, $zero, $t1
         addi.d $t1, $s0, 256
        compare: ld.d $t2, $s0, 256
         addi.d $t4, $t2, 1
         move $t5, $t2
         amcas_db.d $t5, $t4, $t1
         bne $t5, $t2, compare
        word: ll.w $t0, $s0, 320
         addi.w $t0, $t0, -1
         sc.w $t0, $s0, 320
         beqz $t0, word
         addi.d $t1, $s0, 384
         li.w $t2, -1
         amadd_db.w $t3, $t2, $t1
         amadd.w $zero, $t2, $t1
         addi.d $t1, $s0, 448
         amxor_db.d $t3, $s1, $t1
         amxor.d $zero, $s1, $t1
         addi.d $t1, $s0, 512
         amor_db.d $t3, $s5, $t1
         and $t3, $t3, $s5
         sltu $t3, $zero, $t3
         add.d $s6, $s6, $t3
         nor $t4, $s5, $zero
         amand_db.d $t3, $t4, $t1
         and $t3, $t3, $s5
         sltui $t3, $t3, 1
         add.d $s6, $s6, $t3
         addi.d $t1, $s0, 577
         li.w $t2, 1
         amadd_db.b $t3, $t2, $t1
         addi.d $t1, $s0, 768
         ammax_db.d $t3, $s1, $t1
         addi.d $s1, $s1, -1
         bnez $s1, round
         addi.d $t1, $s0, 704
         amadd_db.d $zero, $s6, $t1
         dbar 0
         addi.d $t1, $s0, 640
         li.w $t2, 1
         amadd_db.d $zero, $t2, $t1
         ret

        wait: ld.d $t0, $s0, 640
         addi.d $t0, $t0, -4
         beqz $t0, check
         li.w $a7, 124
         syscall 0
         b wait
        check: li.w $a0, 1
         li.w $t1, rounds * 4
         ld.d $t0, $s0, 0
         bne $t0, $t1, end
         li.w $a0, 2
         ld.d $t0, $s0, 64
         li.w $t2, rounds * 12
         bne $t0, $t2, end
         li.w $a0, 3
         ld.d $t0, $s0, 128
         bne $t0, $t1, end
         li.w $a0, 4
         ld.d $t0, $s0, 256
         bne $t0, $t1, end
         li.w $a0, 5
         sub.w $t2, $zero, $t1
         ld.w $t0, $s0, 320
         bne $t0, $t2, end
         ld.w $t0, $s0, 324
         bnez $t0, end
         li.w $a0, 6
         add.w $t2, $t2, $t2
         ld.w $t0, $s0, 384
         bne $t0, $t2, end
         ld.w $t0, $s0, 388
         bnez $t0, end
         li.w $a0, 7
         ld.d $t0, $s0, 448
         bnez $t0, end
         ld.d $t0, $s0, 512
         bnez $t0, end
         li.w $a0, 8
         ld.hu $t0, $s0, 576
         andi $t2, $t1, 0xff
         slli.d $t2, $t2, 8
         bne $t0, $t2, end
         ld.d $t0, $s0, 578
         bnez $t0, end
         li.w $a0, 9
         ld.d $t0, $s0, 704
         bnez $t0, end
         li.w $a0, 10
         ld.d $t0, $s0, 768
         li.w $t2, rounds
         bne $t0, $t2, end
         li.w $a0, 0
        end: li.w $a7, 94
         syscall 0

        """

    private static func assembled(_ directory: TemporaryDirectory, _ source: String) throws -> String {
        let program = directory.path("program")
        let result = try LongmaCommand(["assemble", try directory.file("program.s", source), "-o", program])
        try #require(result.status == 0, "\(result.error)")
        return program
    }

    @Test(arguments: Fixture.runners) func nothingIsLost(engine: String) throws {
        let directory = try TemporaryDirectory()
        let program = try Self.assembled(directory, Self.program)
        for _ in 0..<3 {
            let result = try LongmaCommand(["run"] + Fixture.options(engine) + ["--timeout", "120", program])
            #expect(result.status == 0 && result.error.isEmpty, "\(engine): check \(result.status) \(result.error)")
        }
    }

    /// The same with regions that come while the threads run, and with room for no more than one.
    @Test(arguments: ["", "1"]) func nothingIsLostBetweenTiers(limit: String) throws {
        let cache = try Fixture.cacheWithStencils()
        let program = try Self.assembled(cache, Self.program)
        for _ in 0..<3 {
            let result = try LongmaCommand(
                ["run", "--engine", "jit", "--cache", cache.url.path, "--timeout", "120", program],
                environment: limit.isEmpty ? [:] : ["LONGMA_CODE_LIMIT": limit])
            #expect(result.status == 0 && result.error.isEmpty, "check \(result.status) \(result.error)")
        }
    }

    /// What atomic instructions refuse: an address that is not aligned, a destination that is an operand, memory that may not be written or is nobody's. By signal.
    @Test(arguments: Fixture.runners) func refusals(engine: String) throws {
        let directory = try TemporaryDirectory()
        let readOnly = "li.w $a0, 0\n li.w $a1, 4096\n li.w $a2, 1\n li.w $a3, 34\n li.w $a4, -1\n li.w $a7, 222\n syscall 0\n move $a1, $a0"
        let refused: [(code: String, signal: Int32)] = [
            ("addi.d $a1, $sp, 4\n amadd_db.d $a0, $a2, $a1", 7), ("addi.d $a1, $sp, 1\n amswap_db.w $a0, $a2, $a1", 7),
            ("addi.d $a1, $sp, 2\n ll.w $a0, $a1, 0", 7), ("addi.d $a1, $sp, 2\n sc.w $a0, $a1, 0", 7), ("addi.d $a1, $sp, 1\n amcas_db.h $a0, $a2, $a1", 7),
            // amadd.w $a0, $a1, $a0 and amadd.w $a0, $a0, $a1, which assemblers refuse.
            ("addi.d $a1, $sp, 0\n .word 0x38611484", 4), ("addi.d $a1, $sp, 0\n .word 0x386110a4", 4),
            ("\(readOnly)\n amadd_db.w $a0, $a2, $a1", 11), ("\(readOnly)\n amor_db.w $a0, $a2, $a1", 11), ("\(readOnly)\n amor_db.w $zero, $a2, $a1", 11),
            ("li.w $a1, 0\n amand_db.d $a0, $a2, $a1", 11), ("li.w $a1, -8\n amxor_db.d $a0, $a2, $a1", 7), ("li.w $a1, -8\n ll.d $a0, $a1, 0", 7),
            ("li.w $a1, -8\n sc.d $a0, $a1, 0", 7), ("li.w $a1, -8\n amcas_db.d $a0, $a2, $a1", 7), ("amadd_db.d $a0, $a2, $zero", 11),
            ("\(readOnly)\n ll.w $a0, $a1, 0\n sc.w $a0, $a1, 0", 11),
        ]
        for (code, signal) in refused {
            let aligned = "_start: addi.d $sp, $sp, -64\n srli.d $sp, $sp, 6\n slli.d $sp, $sp, 6\n"
            let program = try Self.assembled(directory, "\(aligned) \(code)\n li.w $a0, 0\n li.w $a7, 93\n syscall 0\n")
            let result = try LongmaCommand(["run"] + Fixture.options(engine) + ["--timeout", "60", program])
            #expect(result.status == 128 + signal, "\(engine): \(code): \(result.status) \(result.error)")
        }
    }
}
