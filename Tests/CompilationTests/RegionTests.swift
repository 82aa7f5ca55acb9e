import Execution
import GCCBackend
import LoongArch
import Testing
import Translator

/// Regions for the compiler, without a guest.
@Suite struct RegionTests {
    private static func region(_ words: [UInt32]) throws -> Region {
        let instructions = try words.map { try #require(Decoder.decode($0)) }
        return Region(entries: [0x10000], blocks: [RegionBlock(start: 0x10000, instructions: instructions)])
    }

    /// A run of accesses may begin in front of an instruction that raises because its unit is switched off, and go on behind it.
    @Test func aRunOfAccessesWithOneThatIsSwitchedOff() throws {
        // st.d $t0, $sp, 0; st.d $t1, $sp, 8; fst.d $fa0, $sp, 16; st.d $t2, $sp, 24; jirl $zero, $ra, 0
        let region = try Self.region([0x29c0_006c, 0x29c0_206d, 0x2bc0_4060, 0x29c0_606e, 0x4c00_0020])
        #expect(region.blocks[0].instructions.map(\.opcode) == [.st_d, .st_d, .fst_d, .st_d, .jirl])
        for disabled in [CodeMode.Units.floatingPoint, []] {
            let mode = CodeMode(isMapped: true, disabled: disabled)
            #expect(try GCCCodeGenerator().compile([region], TranslationOptions(preciseRegisters: true, mode: mode)).functions.count == 1)
        }
    }

    /// Each way out to a fixed address of a Linux process is a link; a core's regions, which serve many contexts, have none.
    @Test func waysOutAreLinks() throws {
        // beq $a0, $a1, 0x20000
        let region = try Self.region([0x5800_0085 | 0x4000 << 10])
        let flat = try GCCCodeGenerator().compile([region], TranslationOptions(preciseRegisters: false))
        #expect(Set(flat.links.map(\.guest)) == [0x20000, 0x10004] && flat.links.allSatisfy { 4...flat.code.count ~= Int($0.host) })
        let mapped = try GCCCodeGenerator().compile([region], TranslationOptions(preciseRegisters: true, mode: CodeMode(isMapped: true, disabled: [])))
        #expect(mapped.links.isEmpty)
    }
}
