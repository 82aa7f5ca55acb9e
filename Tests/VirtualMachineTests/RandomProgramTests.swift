import CHost
import Glibc
import LoongArch
import Testing
import VirtualMachine

/// Random programs in a guest's kernel mode with page tables, faults, exits and timer interrupts: both engines must agree after every stretch of instructions.
@Suite struct RandomProgramTests {
    static let seeds: [UInt64] = {
        if let seed = getenv("LONGMA_SEED").flatMap({ UInt64(String(cString: $0)) }) { return [seed] }
        let count = getenv("LONGMA_SEEDS").flatMap { UInt64(String(cString: $0)) } ?? 3
        return Array(1...count)
    }()

    @Test(arguments: seeds) func eagerTranslationAgrees(_ seed: UInt64) throws { try compare(.jit, seed, rounds: 400) }
    @Test(arguments: seeds) func backgroundTranslationAgrees(_ seed: UInt64) throws { try compare(.auto, seed, rounds: 4000) }

    private func compare(_ kind: EngineKind, _ seed: UInt64, rounds: Int) throws {
        var numbers = RandomNumbers(seed: seed ^ 0x5EED)
        let program = RandomProgram(seed: seed, length: 60 + numbers.below(200), rounds: rounds)
        let machines = try [.interpreter, kind].map { try Self.machine($0, program, seed) }
        for round in 0..<2000 {
            let fuel = UInt64(numbers.within(1...100 * rounds))
            let stops = machines.map { $0.core.run(fuel: fuel) }
            let states = machines.map(Self.state)
            let difference = zip(states[0], states[1]).first { $0.0 != $0.1 }
            #expect(stops[0] == stops[1], "seed \(seed), stretch \(round)")
            if let (expected, found) = difference {
                Issue.record("seed \(seed), stretch \(round): the interpreter has \(expected), the translated code \(found)")
                return
            }
            if stops[0] != .fuel { break }
        }
        if getenv("LONGMA_SEED") != nil {
            print("seed \(seed): \(machines[0].core.retired) instructions, \(machines[1].core.statistics); marks \(machines.map { [$0.core[gcsr: CSR.SAVE + 2], $0.core[csr: CSR.SAVE + 3], $0.core[gcsr: CSR.SAVE + 6]] })")
        }
        #expect(machines[0].core.retired > 10_000, "seed \(seed)")
    }

    /// A machine with the program, page tables and handlers, about to enter the guest.
    private static func machine(_ kind: EngineKind, _ program: RandomProgram, _ seed: UInt64) throws -> Fixture {
        let f = try Fixture(kind)
        var numbers = RandomNumbers(seed: seed ^ 0x7AB1E)
        f.place(rootHandler, physical: Fixture.re & 0xFFFF_FFFF, origin: Fixture.re)
        let stop = Fixture.re + 4 * 5
        f.core.gates.append(Gate(at: stop) { .stop })
        f.place(rootRefill, physical: Fixture.rt, origin: Fixture.rt)
        f.placeGuest(guestHandler, at: Fixture.ge)
        f.placeGuest(guestRefill, at: Fixture.gt)
        f.placeGuest(program.source, at: 0x1_0000)
        writeTables(f, &numbers)
        for index in 0..<0x8000 { f.store(numbers.next(), physical: Fixture.guestBase + 0x10_0000 + UInt64(8 * index)) }

        f.core[csr: CSR.EUEN] = 7
        f.core[gcsr: CSR.EUEN] = 3
        f.core[gcsr: CSR.DMW] = 0x9000_0000_0000_0011
        f.core[gcsr: CSR.EENTRY] = 0x9000_0000_0000_0000 | Fixture.ge
        f.core[gcsr: CSR.PGDL] = 0x2_0000
        f.core[gcsr: CSR.PWCL] = 12 | 9 << 5 | 21 << 10 | 9 << 15
        f.core[gcsr: CSR.CRMD] = 0x10
        f.core[gcsr: CSR.ECFG] = 0x800
        f.core[gcsr: CSR.TCFG] = UInt64(numbers.within(500...5000)) << 2 | 3
        f.core[csr: CSR.ERA] = 0x1_0000
        f.core[csr: CSR.GSTAT] = f.core[csr: CSR.GSTAT] | 2
        f.place("ertn", physical: Fixture.rootCode & 0xFFFF_FFFF, origin: Fixture.rootCode)
        f.core.pc = Fixture.rootCode
        return f
    }

    /// Two tables of 512 pages that take turns all over the address space: code as it is, data at random.
    private static func writeTables(_ f: Fixture, _ numbers: inout RandomNumbers) {
        for index in 0..<512 { f.store(UInt64(0x2_1000 + 0x1000 * (index & 1)), physical: Fixture.guestBase + 0x2_0000 + UInt64(8 * index)) }
        for table in 0...1 {
            for index in 0..<512 {
                var entry = UInt64(0x10_0000 + numbers.below(64) << 12) | 0x193
                switch numbers.below(16) {
                case 0: entry &= ~1
                case 1: entry &= ~0x102
                case 2: entry |= 1 << 61
                case 3: entry = UInt64(0x50_0000 + numbers.below(64) << 12) | 0x193
                default: break
                }
                if table == 0, index < 0x40 { entry = UInt64(index) << 12 | 0x193 }
                f.store(entry, physical: Fixture.guestBase + UInt64(0x2_1000 + 0x1000 * table + 8 * index))
            }
        }
    }

    /// Passes over what made the guest exit; `hvcl 7` ends the program at the sixth instruction.
    private static let rootHandler = """
        csrwr $t7, 0x30
        csrrd $t7, 8
        bstrpick.d $t7, $t7, 14, 0
        addi.d $t7, $t7, -7
        bnez $t7, on
        dbcl 0
        on: csrrd $t7, 6
        addi.d $t7, $t7, 4
        csrwr $t7, 6
        csrrd $t7, 0x33
        addi.d $t7, $t7, 1
        csrwr $t7, 0x33
        gcsrrd $t7, 0x36
        rotri.d $t7, $t7, 9
        addi.d $t7, $t7, 5
        gcsrwr $t7, 0x36
        csrrd $t7, 0x30
        ertn
        """

    /// Memory behind the guest's four megabytes is its data again.
    private static let rootRefill = """
        csrwr $t7, 0x8B
        csrrd $t7, 0x8A
        csrrd $t7, 0x89
        bstrpick.d $t7, $t7, 17, 13
        slli.d $t7, $t7, 13
        csrwr $t8, 0x31
        li.d $t8, 0x900013
        add.d $t7, $t7, $t8
        csrwr $t7, 0x8C
        li.d $t8, 0x1000
        csrrd $t7, 0x8C
        add.d $t7, $t7, $t8
        csrwr $t7, 0x8D
        csrrd $t7, 0x8E
        bstrins.d $t7, $zero, 5, 0
        ori $t7, $t7, 12
        csrwr $t7, 0x8E
        tlbfill
        csrrd $t8, 0x31
        csrrd $t7, 0x8B
        ertn
        """

    /// Passes over the instruction, or clears the timer's interrupt, and notes what it was.
    private static let guestHandler = """
        csrwr $t7, 0x30
        csrwr $t8, 0x31
        csrrd $t7, 5
        bstrpick.d $t8, $t7, 21, 16
        bnez $t8, skip
        ori $t8, $zero, 1
        csrwr $t8, 0x44
        b note
        skip: csrrd $t8, 6
        addi.d $t8, $t8, 4
        csrwr $t8, 6
        note: csrrd $t8, 0x32
        rotri.d $t8, $t8, 7
        xor $t8, $t8, $t7
        csrrd $t7, 7
        add.d $t8, $t8, $t7
        csrrd $t7, 8
        add.d $t8, $t8, $t7
        csrwr $t8, 0x32
        csrrd $t7, 0x30
        csrrd $t8, 0x31
        ertn
        """

    private static let guestRefill = """
        csrwr $t7, 0x8B
        csrrd $t7, 0x1B
        lddir $t7, $t7, 1
        ldpte $t7, 0
        ldpte $t7, 1
        tlbfill
        csrrd $t7, 0x8B
        ertn
        """

    /// All that the engines must agree on, by name.
    private static func state(_ f: Fixture) -> [String] {
        let core = f.core
        var result = ["pc = 0x\(String(core.pc, radix: 16)) in \(core.isGuest ? "the guest" : "root") after \(core.retired) instructions"]
        result += (1..<32).map { "$r\($0) = 0x\(String(core[gpr: $0], radix: 16))" }
        let vectors = longma_vr(core.cpu)
        result += (0..<32).map { "$f\($0) = 0x\(String(vectors[4 * $0].bitPattern, radix: 16))" }
        for number in Array(0...0x8F) + Array(0x180...0x183) {
            result.append("\(CSR.name(number)) = 0x\(String(core[csr: number], radix: 16))")
            result.append("guest \(CSR.name(number)) = 0x\(String(core[gcsr: number], radix: 16))")
        }
        var sum: UInt64 = 0
        for address in stride(from: UInt64(0), to: 0x100_0000, by: 8) { sum = (sum << 9 | sum >> 55) ^ f.load(physical: address) }
        result.append("memory \(String(sum, radix: 16))")
        return result
    }
}
