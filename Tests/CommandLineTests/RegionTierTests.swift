import ChildProcess
import Foundation
import Testing

/// How control passes from region to region, and how regions grow.
@Suite struct RegionTierTests {
    private let directory = try! TemporaryDirectory()
    private let cache = try! Fixture.cacheWithStencils()

    private struct Report: Decodable {
        let exit_status: Int32
        let regions_compiled: UInt64
        let regions_widened: UInt64?
        let region_links: UInt64?
    }

    private func assemble(_ source: String) throws -> String {
        let path = directory.path("program.elf")
        let result = try LongmaCommand(["assemble", try directory.file("program.s", source), "-o", path])
        #expect(result.status == 0, "\(result.error)")
        chmod(path, 0o755)
        return path
    }

    private func run(_ program: String, _ options: [String]) throws -> Report {
        let json = directory.path("report.json")
        let result = try LongmaCommand(
            ["run", "--engine", "jit", "--timeout", "300", "--json", json] + options + [program], environment: ["LONGMA_CACHE": cache.url.path])
        #expect(result.error.isEmpty, "\(result.error)")
        return try JSONDecoder().decode(Report.self, from: Data(contentsOf: URL(fileURLWithPath: json)))
    }

    /// A loop of so many ways to go round something, more than one region holds, and what it ends with.
    private func long(_ forks: Int, rounds: Int) -> (source: String, status: Int32) {
        var source = "_start:\n    li.d $s0, \(rounds)\nloop:\n"
        for n in 0..<forks {
            source += "    addi.d $a1, $a1, \(n + 1)\n    andi $t0, $a1, \(1 << (n % 5))\n    bnez $t0, fork\(n)\n    addi.d $a0, $a0, 1\nfork\(n):\n"
        }
        source += "    addi.d $s0, $s0, -1\n    bnez $s0, loop\n    andi $a0, $a0, 0x7f\n    li.d $a7, 93\n    syscall 0\n"
        var (sum, status) = (0, 0)
        for _ in 0..<rounds {
            for n in 0..<forks {
                sum += n + 1
                if sum & 1 << (n % 5) == 0 { status += 1 }
            }
        }
        return (source, Int32(status & 0x7f))
    }

    @Test func regionsAreLinked() throws {
        let (source, status) = long(150, rounds: 1000)
        let report = try run(try assemble(source), ["--tier", "region"])
        #expect(report.exit_status == status && report.regions_compiled > 1 && report.region_links ?? 0 > 0, "\(report)")
    }

    /// What is left and entered all the time becomes one region. The second run begins with the regions of the first.
    @Test func aRegionGrows() throws {
        let (source, status) = long(150, rounds: 3_000_000)
        let program = try assemble(source)
        let reports = [try run(program, []), try run(program, [])]
        #expect(reports.allSatisfy { $0.exit_status == status } && reports.reduce(0) { $0 + ($1.regions_widened ?? 0) } > 0, "\(reports)")
    }

    /// Compilers write calls that may be far with a register: the callee belongs to the region all the same.
    @Test func aFarCallIsACall() throws {
        let source = """
            _start:
                li.d $s0, 1000
            loop:
                pcaddu18i $ra, 0
                jirl $ra, $ra, callee - loop
                addi.d $s0, $s0, -1
                bnez $s0, loop
                li.d $a7, 93
                syscall 0
            callee:
                addi.d $a0, $a0, 3
                andi $a0, $a0, 0x7f
                jr $ra
            """
        for tier in ["region", "stencil"] {
            let report = try run(try assemble(source), ["--tier", tier])
            #expect(report.exit_status == 3000 & 0x7f)
            if tier == "region" { #expect(report.regions_compiled == 1) }
        }
    }

    /// A jump by register that mostly goes to one place, and then elsewhere.
    @Test(arguments: Fixture.runners) func aLikelyTargetIsNotTheOnlyOne(engine: String) throws {
        let source = """
            _start:
                li.d $s0, 400000
                la.pcrel $s1, one
                la.pcrel $s2, two
            loop:
                andi $t0, $s0, 0xff
                masknez $t1, $s1, $t0
                maskeqz $t2, $s2, $t0
                or $t1, $t1, $t2
                jirl $ra, $t1, 0
                addi.d $s0, $s0, -1
                bnez $s0, loop
                andi $a0, $a0, 0x7f
                li.d $a7, 93
                syscall 0
            one:
                addi.d $a0, $a0, 5
                jr $ra
            two:
                addi.d $a0, $a0, 1
                jr $ra
            """
        let program = try assemble(source)
        let expected = Int32((400_000 + 4 * (400_000 / 256)) & 0x7f)
        for _ in 0..<2 {
            let result = try LongmaCommand(["run"] + Fixture.options(engine) + [program])
            #expect(result.error.isEmpty)
            #expect(result.status == expected)
        }
    }

    /// A jump by a table of more addresses than one assembly statement may name.
    @Test(arguments: Fixture.runners) func manyTargets(engine: String) throws {
        var source = "_start:\n    la.pcrel $s1, table\n    li.d $s0, 640000\nloop:\n    andi $t0, $s0, 63\n    slli.d $t0, $t0, 3\n    ldx.d $t1, $s1, $t0\n"
        source += "    jirl $zero, $t1, 0\n"
        for n in 1...64 { source += "way\(n):\n    addi.d $a0, $a0, \(n)\n    b next\n" }
        source += "next:\n    addi.d $s0, $s0, -1\n    bnez $s0, loop\n    srli.d $a0, $a0, 5\n    andi $a0, $a0, 0x7f\n    li.d $a7, 93\n    syscall 0\n"
        source += ".balign 8\ntable:\n" + (1...64).map { "    .dword way\($0)\n" }.joined()
        let program = try assemble(source)
        for _ in 0..<2 {
            let result = try LongmaCommand(["run"] + Fixture.options(engine) + [program])
            #expect(result.error.isEmpty && result.status == (10_000 * (1...64).reduce(0, +) >> 5) & 0x7f)
        }
    }

    /// Jump caches use an address that is none to say that nothing is there.
    @Test(arguments: Fixture.runners) func aJumpToAddressOne(engine: String) throws {
        let program = try assemble("_start:\n    li.d $t0, 1\n    li.d $t1, 100\nloop:\n    addi.d $t1, $t1, -1\n    bnez $t1, loop\n    jirl $zero, $t0, 0\n")
        try LongmaCommand(["run"] + Fixture.options(engine) + [program]).expectFailure(135, saying: "SIGBUS at pc 0x1")
    }
}
