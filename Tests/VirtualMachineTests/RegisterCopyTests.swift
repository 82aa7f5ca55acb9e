import LoongArch
import Testing
import VirtualMachine

/// Neighbouring registers that go to neighbouring places, or come from there, are copied without passing through a host register (`emitCopy`). What is computed
/// before, between and behind must not notice.
@Suite struct RegisterCopyTests {
    private static let place: UInt64 = 0x20_0000
    private static let address: UInt64 = 0x9000_0000_0020_0000

    /// Runs root code with `$a1` at the place, whose words are 100, 101, ... and with registers r12 to r19 at 12 to 19; the fixture afterwards.
    private func run(_ kind: EngineKind, _ source: String) throws -> Fixture {
        let f = try Fixture.base(kind)
        for n in 0..<8 { f.store(UInt64(100 + n), physical: Self.place + UInt64(8 * n)) }
        for _ in 0..<2 {
            for n in 12...19 { f.core[gpr: n] = UInt64(n) }
            f.core[gpr: 4] = 4
            f.core[gpr: 5] = Self.address
            #expect(f.runRoot(source) != nil)
        }
        return f
    }

    private func words(_ f: Fixture) -> [UInt64] { (0..<8).map { f.load(physical: Self.place + UInt64(8 * $0)) } }
    private func registers(_ f: Fixture) -> [UInt64] { (12...19).map { f.core[gpr: $0] } }

    @Test(arguments: EngineKind.allCases) func stores(_ kind: EngineKind) throws {
        let f = try run(kind, (0..<8).map { "st.d $r\(12 + $0), $a1, \(8 * $0)" }.joined(separator: "\n"))
        #expect(words(f) == Array(12...19))
        #expect(registers(f) == Array(12...19))
    }

    @Test(arguments: EngineKind.allCases) func storesOfWhatHasChanged(_ kind: EngineKind) throws {
        let f = try run(
            kind,
            """
            addi.d $r13, $r13, 100
            st.d $r12, $a1, 0
            st.d $r13, $a1, 8
            st.d $r14, $a1, 16
            st.d $r15, $a1, 24
            addi.d $r16, $r14, 200
            st.d $r16, $a1, 32
            st.d $r17, $a1, 40
            st.d $r18, $a1, 56
            st.d $r19, $a1, 48
            """)
        #expect(words(f) == [12, 113, 14, 15, 214, 17, 19, 18])
        #expect(registers(f) == [12, 113, 14, 15, 214, 17, 18, 19])
    }

    @Test(arguments: EngineKind.allCases) func loads(_ kind: EngineKind) throws {
        let f = try run(kind, (0..<8).map { "ld.d $r\(12 + $0), $a1, \(8 * $0)" }.joined(separator: "\n"))
        #expect(registers(f) == Array(100...107))
    }

    /// What is loaded is used behind it, or loaded again, or was used before.
    @Test(arguments: EngineKind.allCases) func loadsAndTheirUse(_ kind: EngineKind) throws {
        let f = try run(
            kind,
            """
            add.d $a0, $r12, $r13
            ld.d $r12, $a1, 0
            ld.d $r13, $a1, 8
            add.d $a0, $a0, $r13
            ld.d $r14, $a1, 16
            ld.d $r15, $a1, 24
            ld.d $r16, $a1, 32
            ld.d $r17, $a1, 40
            add.d $r18, $r14, $r17
            addi.d $r16, $r16, 1
            ld.d $r14, $a1, 56
            """)
        #expect(f.core[gpr: 4] == 12 + 13 + 101)
        #expect(registers(f) == [100, 101, 107, 103, 105, 105, 207, 19])
    }

    /// The same registers in other blocks of the region.
    @Test(arguments: EngineKind.allCases) func otherBlocks(_ kind: EngineKind) throws {
        let f = try run(
            kind,
            """
            csrrd $a0, 0x30
            st.d $r12, $a1, 0
            st.d $r13, $a1, 8
            st.d $r14, $a1, 16
            csrwr $r15, 0x30
            beqz $r14, end
            st.d $r16, $a1, 32
            st.d $r17, $a1, 40
            st.d $r18, $a1, 48
            move $r15, $r19
            bnez $r14, end
            ld.d $r16, $a1, 0
            ld.d $r17, $a1, 8
            ld.d $r18, $a1, 16
            end: add.d $r14, $r14, $r16
            """)
        #expect(words(f) == [12, 13, 14, 103, 16, 17, 18, 107])
        #expect(registers(f) == [12, 13, 30, 19, 16, 17, 18, 19])
        #expect(f.core[gpr: 4] == 15)
    }

    /// Across the end of a page they are single accesses; both ways end alike.
    @Test(arguments: EngineKind.allCases) func acrossPages(_ kind: EngineKind) throws {
        let f = try run(
            kind,
            """
            addi.d $a1, $a1, -16
            st.d $r12, $a1, 0
            st.d $r13, $a1, 8
            st.d $r14, $a1, 16
            st.d $r15, $a1, 24
            ld.d $r16, $a1, 16
            ld.d $r17, $a1, 24
            ld.d $r18, $a1, 32
            ld.d $r19, $a1, 40
            add.d $a0, $r16, $r19
            """)
        #expect(words(f).prefix(2) == [14, 15])
        #expect(registers(f) == [12, 13, 14, 15, 14, 15, 102, 103])
        #expect(f.core[gpr: 4] == 117)
    }
}
