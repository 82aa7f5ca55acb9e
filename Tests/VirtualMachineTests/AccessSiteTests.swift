import LoongArch
import Testing
import VirtualMachine

/// An access of translated code tries the page that it found last (`LongmaSites`). That must never outlive the translation, nor reach beyond the page.
@Suite struct AccessSiteTests {
    private static let first: UInt64 = 0x4000_0000
    /// In the soft TLB it takes the place of `first`.
    private static let other = first + 64 << 20

    /// Root with a pair of pages that do not lie side by side in memory.
    private func fixture(_ kind: EngineKind) throws -> Fixture {
        let f = try Fixture.base(kind)
        f.core[csr: CSR.ASID] = 7
        map(f, Self.first, 0x30_0000, 0x34_0000)
        map(f, Self.other, 0x38_0000, 0x3C_0000)
        for (physical, value) in [(0x30_0000, 0x11), (0x34_0000, 0x22), (0x38_0000, 0x33), (0x3C_0000, 0x44)] as [(UInt64, UInt64)] {
            f.store(value, physical: physical)
        }
        return f
    }

    private func map(_ f: Fixture, _ address: UInt64, _ even: UInt64, _ odd: UInt64, flags: UInt64 = 0x13) {
        f.core[csr: CSR.TLBIDX] = f.core[csr: CSR.TLBIDX] & 0xFFF | 0xC00_0000
        f.core[csr: CSR.TLBEHI] = address
        f.core[csr: CSR.TLBELO0] = even | flags
        f.core[csr: CSR.TLBELO1] = odd | flags
        f.complete("tlbfill")
    }

    /// Executes an access through `$a1`; where it ends, and `$a0`.
    @discardableResult
    private func access(_ f: Fixture, _ source: String, _ address: UInt64) -> (end: UInt64?, value: UInt64) {
        f.core[csr: CSR.CRMD] = 0xB0
        f.core[csr: CSR.TLBRERA] = 0
        f.core[gpr: 5] = address
        let end = f.runRoot(source)
        f.core[csr: CSR.CRMD] = 0xB0
        f.core[csr: CSR.TLBRERA] = 0
        return (end, f.core[gpr: 4])
    }

    @Test(arguments: EngineKind.allCases) func aTranslationThatLeftTheSoftTLB(_ kind: EngineKind) throws {
        let f = try fixture(kind)
        for _ in 0..<3 { #expect(access(f, "ld.d $a0, $a1, 0", Self.first).value == 0x11) }
        // Another instruction, so that the first one's site stays.
        for _ in 0..<2 { #expect(access(f, "nop\nld.d $a0, $a1, 0", Self.other).value == 0x33) }
        f.core[gpr: 5] = 7
        f.core[gpr: 6] = Self.first
        f.complete("invtlb 5, $a1, $a2")
        #expect(access(f, "ld.d $a0, $a1, 0", Self.first).end == Fixture.rt)
        map(f, Self.first, 0x3C_0000, 0x38_0000)
        for _ in 0..<2 { #expect(access(f, "ld.d $a0, $a1, 0", Self.first).value == 0x44) }
    }

    @Test(arguments: EngineKind.allCases) func oneInstructionOnTwoPagesByTurns(_ kind: EngineKind) throws {
        let f = try fixture(kind)
        for _ in 0..<3 {
            for (address, value) in [(Self.first, 0x11), (Self.other, 0x33), (Self.first + 0x1000, 0x22), (Self.other + 0x1000, 0x44)] as [(UInt64, UInt64)] {
                #expect(access(f, "ld.d $a0, $a1, 0", address).value == value)
            }
        }
    }

    @Test(arguments: EngineKind.allCases) func acrossTheEndOfAPage(_ kind: EngineKind) throws {
        let f = try fixture(kind)
        f.store(0x8877_6655_0000_0000, physical: 0x30_0FF8)
        // The site has either of the two pages.
        for page in [Self.first, Self.first + 0x1000] {
            for _ in 0..<2 { access(f, "ld.d $a0, $a1, 0", page) }
            #expect(access(f, "ld.d $a0, $a1, 0", Self.first + 0xFFC).value == 0x22_8877_6655)
        }
        // Not aligned, within the page.
        f.store(0x0123_4567_89AB_CDEF, physical: 0x34_0010)
        #expect(access(f, "ld.d $a0, $a1, 0", Self.first + 0x1011).value == 0x01_2345_6789_ABCD)
    }

    /// What counts is the page of the operand, not that of the base register.
    @Test(arguments: EngineKind.allCases) func operandsOnAnotherPageThanTheirBase(_ kind: EngineKind) throws {
        let f = try fixture(kind)
        f.store(0x8877_6655_0000_0099, physical: 0x30_0FF8)
        f.store(0x5500, physical: 0x34_0008)
        for _ in 0..<3 {
            #expect(access(f, "ld.d $a0, $a1, 16", Self.first + 0xFE8).value == 0x8877_6655_0000_0099)
            #expect(access(f, "ld.d $a0, $a1, 16", Self.first + 0xFF0).value == 0x22)
            #expect(access(f, "ld.d $a0, $a1, 16", Self.first + 0xFEC).value == 0x22_8877_6655)
            #expect(access(f, "ld.d $a0, $a1, -8", Self.first + 0x1000).value == 0x8877_6655_0000_0099)
            #expect(access(f, "ld.d $a0, $a1, -8", Self.first + 0x1008).value == 0x22)
            #expect(access(f, "ld.bu $a0, $a1, -8", Self.first + 0x1000).value == 0x99)
            #expect(access(f, "ld.w $a0, $a1, 9", Self.first + 0x1000).value == 0x55)
            // The base comes back as it was, also from a miss.
            #expect(access(f, "ld.d $a0, $a1, 2040\nsub.d $a0, $a1, $a0", Self.first + 0x808).value == Self.first + 0x808 - 0x22)
            #expect(access(f, "ld.d $a1, $a1, 16\nor $a0, $a1, $zero", Self.first + 0xFF0).value == 0x22)
        }
        for (offset, base, place) in [(0x20, 0xFF0, 0x34_0010), (-0x20, 0x1010, 0x30_0FF0)] as [(Int, UInt64, UInt64)] {
            for value in [0x77, 0x88] as [UInt64] {
                f.core[gpr: 4] = value
                access(f, "st.d $a0, $a1, \(offset)", Self.first + base)
                #expect(f.load(physical: place) == value)
            }
        }
    }

    /// Accesses at the sum of two registers, in either order of base and index.
    @Test(arguments: EngineKind.allCases) func sumsOfTwoRegisters(_ kind: EngineKind) throws {
        let f = try fixture(kind)
        f.store(0x8877_6655_0000_0099, physical: 0x30_0FF8)
        for _ in 0..<3 {
            for (base, index, value) in [(0xFE8, 16, 0x8877_6655_0000_0099), (0xFF0, 16, 0x22), (0xFEC, 16, 0x22_8877_6655), (0x1008, -8, 0x22)]
                as [(UInt64, Int, UInt64)]
            {
                let load = "addi.d $a2, $zero, \(index)\nldx.d $a0,"
                #expect(access(f, "\(load) $a1, $a2", Self.first + base).value == value)
                #expect(access(f, "\(load) $a2, $a1", Self.first + base).value == value)
                // Both registers come back as they were, also from a miss, unless one is where the result goes.
                #expect(access(f, "\(load) $a1, $a2\nadd.d $a0, $a1, $a2", Self.first + base).value == Self.first + base &+ UInt64(bitPattern: Int64(index)))
                #expect(access(f, "addi.d $a2, $zero, \(index)\nldx.d $a1, $a1, $a2\nor $a0, $a1, $zero", Self.first + base).value == value)
                #expect(access(f, "addi.d $a2, $zero, \(index)\nldx.d $a2, $a1, $a2\nor $a0, $a2, $zero", Self.first + base).value == value)
            }
            #expect(access(f, "srli.d $a2, $a1, 1\nldx.d $a0, $a2, $a2", Self.first).value == 0x11)
            #expect(access(f, "ldx.d $a0, $a1, $zero", Self.first + 0x1000).value == 0x22)
            #expect(access(f, "ldx.bu $a0, $zero, $a1", Self.first + 0xFF8).value == 0x99)
            for value in [0x77, 0x88] as [UInt64] {
                f.core[gpr: 4] = value
                access(f, "addi.d $a2, $zero, 32\nstx.d $a0, $a2, $a1", Self.first + 0xFF0)
                #expect(f.load(physical: 0x34_0010) == value)
            }
        }
    }

    /// A register that an instruction moves on by much: its accesses always look for their page.
    @Test(arguments: EngineKind.allCases) func basesThatGoFar(_ kind: EngineKind) throws {
        let f = try fixture(kind)
        f.store(0x8877_6655_0000_0099, physical: 0x30_0FF8)
        let step = "\naddi.d $a1, $a1, 2047"
        for _ in 0..<3 {
            #expect(access(f, "ld.d $a0, $a1, 16\(step)", Self.first + 0xFE8).value == 0x8877_6655_0000_0099)
            #expect(access(f, "ld.d $a0, $a1, 0\(step)", Self.first + 0xFFC).value == 0x22_8877_6655)
            #expect(access(f, "ld.d $a0, $a1, -16\(step)", Self.first + 0x1010).value == 0x22)
            #expect(f.core[gpr: 5] == Self.first + 0x1010 + 2047)
            let pages = "ld.d $a2, $a1, 0\naddi.d $a1, $a1, 2047\naddi.d $a1, $a1, 2047\naddi.d $a1, $a1, 2\nld.d $a0, $a1, 0\nsub.d $a0, $a0, $a2"
            #expect(access(f, pages, Self.first).value == 0x11)
            for value in [0x77, 0x88] as [UInt64] {
                f.core[gpr: 4] = value
                access(f, "st.d $a0, $a1, 32\(step)", Self.first + 0xFF0)
                #expect(f.load(physical: 0x34_0010) == value)
            }
        }
    }

    /// What the handler of an access's exception finds in the registers.
    @Test(arguments: EngineKind.allCases, ["ld.d $a0, $a1, 8", "ldx.d $a0, $a1, $a2", "ld.d $a0, $a1, 8\naddi.d $a1, $a1, 2047"])
    func registersAtAnException(_ kind: EngineKind, _ load: String) throws {
        let f = try fixture(kind)
        f.core[gpr: 4] = 1
        let source = "addi.d $a2, $zero, 8\naddi.d $a3, $a2, 1\nlu12i.w $a4, 5\naddi.d $a1, $a1, 16\n\(load)"
        for _ in 0..<3 {
            #expect(access(f, source, 0x6000_0000).end == Fixture.rt)
            #expect((4...8).map { f.core[gpr: $0] } == [1, 0x6000_0010, 8, 9, 0x5000])
        }
    }

    /// Accesses off one base, which look for their page together. All such code that runs at an address of the same bits shares one site.
    private static func run(behind nops: Int = 0, _ kind: String, to last: Int) -> String {
        String(repeating: "nop\n", count: nops) + "\(kind) $a0, $a1, 0\n\(kind) $a0, $a1, 8\n\(kind) $a0, $a1, \(last)"
    }

    @Test(arguments: EngineKind.allCases) func runsReachOverDifferentParts(_ kind: EngineKind) throws {
        let f = try fixture(kind)
        f.store(0x55, physical: 0x30_0F18)
        f.store(0x66, physical: 0x34_0100)
        for _ in 0..<3 {
            #expect(access(f, Self.run("ld.d", to: 24), Self.first + 0xF00).value == 0x55)
            // The same site; its last access is on the next page, which lies elsewhere.
            #expect(access(f, Self.run(behind: 32, "ld.d", to: 0x200), Self.first + 0xF00).value == 0x66)
            #expect(access(f, Self.run("ld.d", to: 24), Self.first + 0x1000 - 24 + 0x100).value == 0x66)
        }
    }

    @Test(arguments: EngineKind.allCases) func runsForgetWithTheRest(_ kind: EngineKind) throws {
        let f = try fixture(kind)
        f.store(0x55, physical: 0x30_0018)
        f.store(0x77, physical: 0x3C_0018)
        for _ in 0..<3 { #expect(access(f, Self.run("ld.d", to: 24), Self.first).value == 0x55) }
        f.core[gpr: 5] = 7
        f.core[gpr: 6] = Self.first
        f.complete("invtlb 5, $a1, $a2")
        #expect(access(f, Self.run("ld.d", to: 24), Self.first).end == Fixture.rt)
        map(f, Self.first, 0x3C_0000, 0x38_0000)
        for _ in 0..<2 { #expect(access(f, Self.run("ld.d", to: 24), Self.first).value == 0x77) }
        // The lowest page of all, which nothing has been found in.
        #expect(access(f, Self.run(behind: 1, "ld.d", to: 24), 0).end == Fixture.rt)
    }

    @Test(arguments: EngineKind.allCases) func runsThatStoreHaveTheirOwn(_ kind: EngineKind) throws {
        let f = try fixture(kind)
        map(f, 0x5000_0000, 0x30_0000, 0x34_0000, flags: 0x11)
        f.store(0x55, physical: 0x30_0018)
        for _ in 0..<3 { #expect(access(f, Self.run("ld.d", to: 24), 0x5000_0000).value == 0x55) }
        f.expectRoot(access(f, Self.run("st.d", to: 24), 0x5000_0000).end, ExceptionCode.PME, at: Fixture.rootCode)
        let mixed = "ld.d $a0, $a1, 0\nld.d $a0, $a1, 8\nst.d $a0, $a1, 16"
        f.expectRoot(access(f, mixed, 0x5000_0000).end, ExceptionCode.PME, at: Fixture.rootCode + 8)
    }

    @Test(arguments: EngineKind.allCases) func loadsAndStoresHaveTheirOwn(_ kind: EngineKind) throws {
        let f = try fixture(kind)
        map(f, 0x5000_0000, 0x30_0000, 0x34_0000, flags: 0x11)
        for _ in 0..<3 { #expect(access(f, "ld.d $a0, $a1, 0", 0x5000_0000).value == 0x11) }
        f.expectRoot(access(f, "st.d $a0, $a1, 0", 0x5000_0000).end, ExceptionCode.PME, at: Fixture.rootCode)
        #expect(access(f, "ld.d $a0, $a1, 0", Self.first).value == 0x11)
    }
}
