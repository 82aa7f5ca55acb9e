import Glibc
import LoongArch
import Testing
import VirtualMachine

/// How long things take under each engine; run with LONGMA_MEASURE=1.
@Suite(.serialized, .enabled(if: getenv("LONGMA_MEASURE") != nil)) struct MeasurementTests {
    private static let rounds = 200_000
    private static let area: UInt64 = 0x9000_0000_0002_0000

    /// From the guest by `hvcl` and back by `ertn`, with nothing done in between.
    @Test(arguments: EngineKind.allCases) func bareRoundTrip(_ kind: EngineKind) throws {
        try measureRoundTrip(kind, "bare round trip", save: "", restore: "")
    }

    /// The same with a world switch: the guest's registers are saved and restored.
    @Test(arguments: EngineKind.allCases) func worldSwitch(_ kind: EngineKind) throws {
        let registers = (1..<31).map { "$r\($0)" }
        let save = registers.enumerated().map { "st.d \($1), $r31, \(8 * $0)" }.joined(separator: "\n")
        let restore = registers.enumerated().map { "ld.d \($1), $r31, \(8 * $0)" }.joined(separator: "\n")
        try measureRoundTrip(kind, "world switch", save: "csrwr $r31, 0x31\nli.d $r31, \(Self.area)\n\(save)", restore: "\(restore)\ncsrrd $r31, 0x31")
    }

    private func measureRoundTrip(_ kind: EngineKind, _ name: String, save: String, restore: String) throws {
        let f = try Fixture(kind)
        let labels = f.place(
            """
            csrwr $t0, 0x30
            \(save)
            csrrd $t0, 6
            addi.d $t0, $t0, 4
            csrwr $t0, 6
            csrrd $t0, 0x32
            addi.d $t0, $t0, -1
            beqz $t0, end
            csrwr $t0, 0x32
            \(restore)
            csrrd $t0, 0x30
            ertn
            end: dbcl 0
            """, physical: Fixture.re & 0xFFFF_FFFF, origin: Fixture.re)
        f.core.gates.append(Gate(at: labels["end"]!) { .stop })
        f.placeGuest("loop: hvcl 0\naddi.d $a0, $a0, 1\nb loop")
        measure(kind, name, f) {
            f.core[csr: CSR.SAVE + 2] = UInt64(Self.rounds)
            #expect(f.enter(fuel: 1 << 40) == labels["end"])
        }
    }

    /// A loop of loads and stores through a window, and one through the TLB.
    @Test(arguments: EngineKind.allCases) func accesses(_ kind: EngineKind) throws {
        let f = try Fixture(kind)
        measure(kind, "access loop", f, rounds: 1_000_000) {
            f.runRoot(
                """
                li.d $t0, \(Self.area)
                li.d $t1, 1000000
                loop: andi $t2, $t1, 0xFF8
                ldx.d $a0, $t0, $t2
                add.d $a1, $a1, $a0
                stx.d $a1, $t0, $t2
                addi.d $t1, $t1, -1
                bnez $t1, loop
                """, fuel: 1 << 40)
        }
    }

    /// Calls with a stack frame.
    @Test(arguments: EngineKind.allCases) func frames(_ kind: EngineKind) throws {
        let f = try Fixture(kind)
        let saved = (0..<8).map { "st.d $s\($0), $sp, \(8 * $0)" }.joined(separator: "\n")
        let restored = (0..<8).map { "ld.d $s\($0), $sp, \(8 * $0)" }.joined(separator: "\n")
        measure(kind, "frame of eight", f, rounds: 500_000) {
            f.runRoot(
                """
                li.d $sp, \(Self.area + 0x800)
                li.d $t1, 500000
                loop: bl frame
                addi.d $t1, $t1, -1
                bnez $t1, loop
                b last
                frame: addi.d $sp, $sp, -64
                \(saved)
                addi.d $s0, $s1, 1
                \(restored)
                addi.d $sp, $sp, 64
                ret
                """, fuel: 1 << 40)
        }
    }

    private func measure(_ kind: EngineKind, _ name: String, _ f: Fixture, rounds: Int = Self.rounds, _ body: () -> Void) {
        // The first run is for translating.
        body()
        let before = f.core.retired
        let start = Self.processorTime()
        body()
        let seconds = Self.processorTime() - start
        let count = f.core.retired - before
        func shown(_ value: Double) -> String { "\((value * 10).rounded() / 10)" }
        print("\(kind.rawValue): \(name): \(shown(seconds / Double(rounds) * 1e9)) ns a round, \(shown(seconds / Double(count) * 1e9)) ns an instruction")
    }

    private static func processorTime() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }
}
