import LoongArch
import Testing
import VirtualMachine

@Suite struct EntryTests {
    /// T100
    @Test(arguments: EngineKind.allCases) func T100_hypercallFromTheGuest(_ kind: EngineKind) throws {
        let f = try Fixture(kind)
        f.placeGuest("addi.d $a0, $zero, 7\nhvcl 0x100")
        #expect(f.enter() == Fixture.re)
        #expect(f.core[gpr: 4] == 7)
        #expect(f.core[csr: CSR.ESTAT] >> 16 == 0x17)
        #expect(f.core[csr: CSR.ERA] == 0x1004)
        #expect(f.core[csr: CSR.BADI] == 0x2B8100)
        #expect(f.core[csr: CSR.GSTAT] == 0x10082)
    }
    /// T020
    @Test(arguments: EngineKind.allCases) func T020_systemCallInRoot(_ kind: EngineKind) throws {
        let f = try Fixture(kind)
        f.core[csr: CSR.CRMD] = 0xB4
        #expect(f.runRoot("nop\nsyscall 0") == Fixture.re)
        #expect(f.core[csr: CSR.ERA] == Fixture.rootCode + 4)
        #expect(f.core[csr: CSR.BADI] == 0x2B0000)
        #expect(f.core[csr: CSR.PRMD] == 4)
        #expect(f.core[csr: CSR.CRMD] == 0xB0)
    }
}
