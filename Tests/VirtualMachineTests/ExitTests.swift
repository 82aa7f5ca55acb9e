import LoongArch
import Testing
import VirtualMachine

/// `lvz.md` section 14.6: from the guest to root, and what stays in the guest.
@Suite struct ExitTests {
    /// Runs guest code that is to exit at 0x1000 with a code; a0 = 0x55, a1 = 0x2000.
    private func exits(
        _ kind: EngineKind, _ source: String, _ code: UInt64, plv: UInt64 = 0, place: SourceLocation = #_sourceLocation, _ prepare: (Fixture) -> Void = { _ in }
    ) throws {
        let f = try Fixture(kind)
        f.core[gcsr: CSR.CRMD] = 8 | plv
        f.core[gpr: 4] = 0x55
        f.core[gpr: 5] = 0x2000
        prepare(f)
        f.placeGuest(source)
        f.expectRoot(f.enter(), code, at: 0x1000, place: place)
        f.same(f.core[gpr: 4], 0x55, "a0 after \(source)", place: place)
        f.same(f.core[csr: CSR.BADI] & 0xFFFF_FFFF, UInt64(word(source, place)), "BADI", place: place)
    }

    private func word(_ source: String, _ place: SourceLocation) -> UInt32 {
        guard let bytes = try? Assembler.assemble(source, at: 0x1000).bytes, bytes.count == 4 else {
            Issue.record("not one instruction: \(source)", sourceLocation: place)
            return 0
        }
        return bytes.enumerated().reduce(0) { $0 | UInt32($1.element) << UInt32(8 * $1.offset) }
    }

    /// Runs guest code that is to raise an exception of the guest's own at 0x1000.
    private func stays(
        _ kind: EngineKind, _ source: String, _ code: UInt64, _ sub: UInt64 = 0, plv: UInt64 = 0, place: SourceLocation = #_sourceLocation,
        _ prepare: (Fixture) -> Void = { _ in }
    ) throws {
        let f = try Fixture(kind)
        f.core[gcsr: CSR.CRMD] = 8 | plv
        prepare(f)
        f.placeGuest(source)
        f.expectGuest(f.enter(), code, sub, at: 0x1000, place: place)
        f.expect(guest: CSR.PRMD, plv, place: place)
        f.expect(CSR.ESTAT, 0, place: place)
    }

    /// Runs guest code to a hypercall that follows it.
    private func passes(_ kind: EngineKind, _ source: String, place: SourceLocation = #_sourceLocation, _ prepare: (Fixture) -> Void = { _ in }) throws
        -> Fixture
    {
        let f = try Fixture(kind)
        f.core[gpr: 5] = 0x2000
        prepare(f)
        f.placeGuest(source + "\nhvcl 0x7A")
        f.expectRoot(f.enter(), ExceptionCode.HVC, place: place)
        f.expect(CSR.BADI, 0x2B807A, place: place)
        return f
    }

    @Test(arguments: EngineKind.allCases) func T120_hypercall(_ kind: EngineKind) throws {
        let f = try Fixture(kind)
        f.placeGuest("hvcl 0x7FFF\naddi.d $a0, $zero, 7\nhvcl 1")
        f.expectRoot(f.enter(), ExceptionCode.HVC, at: 0x1000)
        f.expect(CSR.BADI, 0x2BFFFF)
        f.expectRoot(f.enter(0x1004), ExceptionCode.HVC, at: 0x1008)
        f.expect(gpr: 4, 7)
    }

    @Test(arguments: EngineKind.allCases) func T121_cpucfg(_ kind: EngineKind) throws {
        try exits(kind, ".word 0x6CA4", ExceptionCode.GSPR)
        try exits(kind, ".word 0x6CA4", ExceptionCode.GSPR, plv: 3)
    }

    @Test(arguments: EngineKind.allCases) func T122_iocsr(_ kind: EngineKind) throws {
        for source in ["iocsrrd.w $a0, $a1", "iocsrwr.d $a0, $a1"] {
            try exits(kind, source, ExceptionCode.GSPR) { f in
                f.core.iocsr = { _, _, _ in
                    Issue.record("the IOCSR bus was accessed")
                    return 1
                }
            }
        }
    }

    @Test(arguments: EngineKind.allCases) func T123_idle(_ kind: EngineKind) throws {
        try exits(kind, "idle 0", ExceptionCode.GSPR)
        try exits(kind, "idle 0", ExceptionCode.GSPR) { f in
            f.core[gcsr: CSR.ECFG] = 4
            f.core[csr: CSR.GINTC] = 1
        }
    }

    @Test(arguments: EngineKind.allCases) func T124_sensitiveRegisters(_ kind: EngineKind) throws {
        for source in ["csrrd $a0, 0x200", "csrwr $a0, 0x90", "csrxchg $a0, $a1, 0x500", "csrrd $a0, 0x50", "csrrd $a0, 0x15"] {
            try exits(kind, source, ExceptionCode.GSPR)
        }
    }

    @Test(arguments: EngineKind.allCases) func T125_undefinedRegisters(_ kind: EngineKind) throws {
        let f = try passes(kind, "csrrd $a0, 0x7FF\ncsrwr $a2, 0x0C0") { f in
            f.core[gpr: 4] = 0x55
            f.core[gpr: 6] = 0x66
        }
        f.expect(gpr: 4, 0)
        f.expect(gpr: 6, 0)
    }

    @Test(arguments: EngineKind.allCases) func T126_ownRegisters(_ kind: EngineKind) throws {
        let f = try passes(
            kind,
            """
            csrrd $a0, 0
            csrwr $a0, 0
            csrrd $a0, 0x30
            csrwr $a1, 0x30
            csrrd $a2, 0x41
            csrwr $a2, 0x41
            csrrd $a2, 0x60
            csrwr $a3, 0x60
            csrrd $a4, 0x180
            csrwr $a4, 0x180
            csrrd $a5, 0x18
            csrwr $a6, 0x18
            """
        ) { f in
            f.core[gcsr: CSR.SAVE] = 0x99
            f.core[gcsr: CSR.DMW] = 0x8000_0000_0000_0001
            f.core[gpr: 7] = 4
            f.core[gpr: 10] = 0x123
        }
        f.expect(gpr: 4, 0x99)
        f.expect(gpr: 8, 0x8000_0000_0000_0001)
        f.expect(gpr: 9, 0xA0000)
        f.expect(guest: CSR.SAVE, 0x2000)
        f.expect(guest: CSR.LLBCTL, 4, mask: 4)
        f.expect(guest: CSR.ASID, 0xA0123)
        f.expect(CSR.SAVE, 0)
    }

    @Test(arguments: EngineKind.allCases) func T127_cacheOperations(_ kind: EngineKind) throws {
        for (mode, exiting) in [(UInt64(0), [0, 1, 2]), (1, [0, 1]), (2, [0])] {
            for type in 0...2 {
                let source = "cacop \(type << 3), $a1, 0"
                if exiting.contains(type) {
                    try exits(kind, source, ExceptionCode.GSPR) { $0.core[csr: CSR.GCFG] = mode << 20 }
                } else {
                    _ = try passes(kind, source) { $0.core[csr: CSR.GCFG] = mode << 20 }
                }
            }
        }
    }

    @Test(arguments: EngineKind.allCases) func T128_virtualizationInTheGuest(_ kind: EngineKind) throws {
        for source in ["gcsrrd $a0, 0", "gtlbflush", "gcsrwr $a0, 0"] { try stays(kind, source, ExceptionCode.INE) }
    }

    @Test(arguments: EngineKind.allCases) func T129_guestUserCode(_ kind: EngineKind) throws {
        for source in ["hvcl 0", "csrrd $a0, 0", "csrrd $a0, 0x50", "iocsrrd.w $a0, $a1", "idle 0", "ertn", "tlbwr"] {
            try stays(kind, source, ExceptionCode.IPE, plv: 3)
        }
    }

    /// Runs an instruction with a0 = `address` under GCSR.MISC.ALCL0, which is to raise an exception of the guest's own: root must not notice.
    private func leavesRootAlone(
        _ kind: EngineKind, _ source: String, _ code: UInt64, _ sub: UInt64 = 0, isMapped: Bool = false, address: UInt64 = 0,
        place: SourceLocation = #_sourceLocation
    ) throws {
        let f = try Fixture(kind)
        let registers = [CSR.ESTAT, CSR.ERA, CSR.PRMD, CSR.BADV, CSR.BADI, CSR.TLBEHI, CSR.GSTAT] + Fixture.refillRegisters
        let kept = [CSR.ESTAT, CSR.TLBRERA, CSR.TLBRENTRY, CSR.GSTAT]
        for (n, number) in registers.enumerated() where !kept.contains(number) { f.core[csr: number] = 0x1111_0000 * UInt64(n + 1) }
        f.core[csr: CSR.PRMD] = 4
        f.core[csr: CSR.ESTAT] = 2
        f.core[csr: CSR.TLBRERA] = 0x7770
        f.core[gcsr: CSR.MISC] = 0x1000
        f.core[gpr: 4] = address
        let start = isMapped ? Fixture.windowed + 0x1000 : 0x1000
        let entry = isMapped ? f.mapGuest() : Fixture.ge
        f.core[csr: CSR.GSTAT] = 0x10002
        f.core[csr: CSR.ERA] = start
        let before = f.snapshot(registers)
        f.placeGuest(source)
        f.expectGuest(f.enter(start), code, sub, at: start, entry: entry, place: place)
        #expect(f.snapshot(registers) == before, sourceLocation: place)
        if address != 0 { f.expect(guest: CSR.BADV, address, place: place) }
    }

    @Test(arguments: EngineKind.allCases) func T130_exceptionsOfTheGuestsOwn(_ kind: EngineKind) throws {
        try leavesRootAlone(kind, "syscall 0", ExceptionCode.SYS)
        try leavesRootAlone(kind, "break 0", ExceptionCode.BRK)
        try leavesRootAlone(kind, ".word 0xFFFFFFFF", ExceptionCode.INE)
        try leavesRootAlone(kind, "ld.d $a1, $a0, 0", ExceptionCode.ADE, 1, isMapped: true, address: 0x0001_0000_0000_0000)
        withKnownIssue("longma_mapped_load_slowly does not tell the core the size of an access") {
            try leavesRootAlone(kind, "ld.d $a1, $a0, 0", ExceptionCode.ALE, address: 0x2001)
        }
    }

    @Test(arguments: EngineKind.allCases) func T131_guestVector(_ kind: EngineKind) throws {
        let f = try Fixture(kind)
        f.core[gcsr: CSR.ECFG] = 0x20000
        f.stop(at: Fixture.ge | 0xB0, isGuest: true, physical: Fixture.guestBase + 0x40B0)
        f.placeGuest("syscall 0")
        #expect(f.enter() == Fixture.ge | 0xB0)
        #expect(f.core.isGuest)
        #expect(f.guestCode == ExceptionCode.SYS)
    }

    @Test(arguments: EngineKind.allCases) func T132_rootVector(_ kind: EngineKind) throws {
        let f = try Fixture(kind)
        f.expireTimer()
        f.core[csr: CSR.ECFG] = 0x50000
        f.stop(at: Fixture.re | 0xB80, physical: 0x8B80)
        f.stop(at: Fixture.re | 0x2580, physical: 0xA580)
        f.placeGuest("hvcl 0")
        #expect(f.enter() == Fixture.re | 0xB80)
        #expect(f.code == ExceptionCode.HVC)
        f.core[csr: CSR.ECFG] = 0x50800
        f.core[csr: CSR.PRMD] = 4
        #expect(f.enter() == Fixture.re | 0x2580)
        #expect(f.code == ExceptionCode.INT)
        #expect(!f.core.isGuest)
        f.expect(CSR.ERA, 0x1000)
    }

    @Test(arguments: EngineKind.allCases) func T133_exitsLeaveTheGuestsBank(_ kind: EngineKind) throws {
        let sources = ["hvcl 0", "cpucfg $a0, $a1", "idle 0", "ld.d $a0, $a2, 0", "ld.d $a0, $a3, 0", "fadd.d $fa0, $fa0, $fa0", "nop"]
        for source in sources {
            let f = try Fixture(kind)
            f.writeTLB(index: 0x801, address: 0x60_0000, pageSize: 0xC, low: 0xC0_0012, high: 0)
            for (n, number) in Fixture.exceptionRegisters.enumerated() { f.core[gcsr: number] = 0x0111_1000 * UInt64(n + 1) }
            f.core[gcsr: CSR.CRMD] = 0x1A8
            f.core[gcsr: CSR.ESTAT] = 0x0041_0003
            f.core[gcsr: CSR.EUEN] = 1
            f.core[gpr: 6] = 0x50_0000
            f.core[gpr: 7] = 0x60_0000
            if source == "nop" {
                f.core[csr: CSR.ESTAT] = 1
                f.core[csr: CSR.ECFG] = 1
            }
            let before = f.snapshot(guest: Fixture.exceptionRegisters)
            f.placeGuest(source)
            let stop = f.enter()
            #expect(!f.core.isGuest)
            #expect(stop == (source.contains("$a2") ? Fixture.rt : Fixture.re), "\(source)")
            #expect(f.snapshot(guest: Fixture.exceptionRegisters) == before, "\(source)")
        }
    }

    private static let sum = "fadd.d $fa0, $fa1, $fa2"

    /// Loads 1.5 and 2.25 into fa1 and fa2, -1 into fa0.
    private func loadFloats(_ f: Fixture) {
        f.core[csr: CSR.EUEN] = 1
        for (n, value) in [-1, 1.5, 2.25].enumerated() {
            f.core[gpr: 12] = value.bitPattern
            f.complete("movgr2fr.d $fa\(n), $t0")
        }
    }

    private func fa0(_ f: Fixture) -> Double {
        f.core[csr: CSR.EUEN] = 1
        f.complete("movfr2gr.d $t0, $fa0")
        return Double(bitPattern: f.core[gpr: 12])
    }

    @Test(arguments: EngineKind.allCases) func T134_unitThatTheGuestSwitchedOff(_ kind: EngineKind) throws {
        try stays(kind, Self.sum, ExceptionCode.FPD) { $0.core[csr: CSR.EUEN] = 1 }
    }

    @Test(arguments: EngineKind.allCases) func T135_unitThatRootSwitchedOff(_ kind: EngineKind) throws {
        let f = try Fixture(kind)
        loadFloats(f)
        f.core[csr: CSR.EUEN] = 0
        f.core[gcsr: CSR.EUEN] = 1
        let before = f.snapshot(guest: Fixture.exceptionRegisters)
        f.placeGuest(Self.sum)
        f.expectRoot(f.enter(), ExceptionCode.FPD, at: 0x1000)
        #expect(f.snapshot(guest: Fixture.exceptionRegisters) == before)
        #expect(fa0(f) == -1)
    }

    @Test(arguments: EngineKind.allCases) func T136_unitThatIsOn(_ kind: EngineKind) throws {
        let f = try passes(kind, Self.sum) { f in
            loadFloats(f)
            f.core[gcsr: CSR.EUEN] = 1
        }
        #expect(fa0(f) == 3.75)
    }

    @Test(arguments: EngineKind.allCases) func T137_otherUnitsThatRootSwitchedOff(_ kind: EngineKind) throws {
        let cases: [(String, UInt64, UInt64)] = [
            ("vadd.b $vr0, $vr1, $vr2", 2, ExceptionCode.SXD), ("xvadd.b $xr0, $xr1, $xr2", 4, ExceptionCode.ASXD),
            ("movgr2scr $scr0, $a0", 8, ExceptionCode.BTD),
        ]
        for (source, unit, code) in cases {
            try exits(kind, source, code) { f in
                f.core[gcsr: CSR.EUEN] = 0xF
                f.core[csr: CSR.EUEN] = 0xF & ~unit
            }
            try stays(kind, source, code) { f in
                f.core[gcsr: CSR.EUEN] = 0xF & ~unit
                f.core[csr: CSR.EUEN] = 0xF
            }
        }
    }

    @Test(arguments: EngineKind.allCases) func T138_guestsSwitchComesFirst(_ kind: EngineKind) throws {
        try stays(kind, Self.sum, ExceptionCode.FPD)
    }

    @Test(arguments: EngineKind.allCases) func T139_timeThatRootWantsToSee(_ kind: EngineKind) throws {
        for source in ["rdtime.d $a0, $a1", "csrrd $a0, 0x42"] {
            try exits(kind, source, ExceptionCode.GSPR) { $0.core[csr: CSR.GCFG] = 0x20_0210 }
            _ = try passes(kind, source)
        }
    }

    @Test(arguments: EngineKind.allCases) func T140_debugCall(_ kind: EngineKind) throws {
        try exits(kind, "dbcl 0", ExceptionCode.GSPR)
    }

    @Test(arguments: EngineKind.allCases) func T141_returnInTheGuest(_ kind: EngineKind) throws {
        let f = try Fixture(kind)
        f.stop(at: 0x2000, isGuest: true, physical: 0x80_2000)
        f.core[gcsr: CSR.PRMD] = 7
        f.core[gcsr: CSR.ERA] = 0x2000
        f.placeGuest("ertn")
        #expect(f.enter() == 0x2000)
        #expect(f.core.isGuest)
        f.expect(guest: CSR.CRMD, 0xF)
        f.expect(CSR.GSTAT, 0x10082, mask: ~1)
        f.expect(CSR.PRMD, 4)
    }

    @Test(arguments: EngineKind.allCases) func T142_refillReturnInTheGuest(_ kind: EngineKind) throws {
        let f = try Fixture(kind)
        f.stop(at: 0x3000, isGuest: true, physical: 0x80_3000)
        f.core[gcsr: CSR.TLBRERA] = 0x3001
        f.core[gcsr: CSR.DMW] = 0x11
        f.placeGuest("ertn")
        #expect(f.enter() == 0x3000)
        #expect(f.core.isGuest)
        f.expect(guest: CSR.CRMD, 0x10)
        f.expect(guest: CSR.TLBRERA, 0, mask: 1)
    }

    @Test(arguments: EngineKind.allCases) func T143_trappedInvalidation(_ kind: EngineKind) throws {
        for source in ["invtlb 0, $zero, $zero", "tlbsrch", "tlbrd", "tlbwr", "tlbfill", "tlbclr", "tlbflush"] {
            try exits(kind, source, ExceptionCode.GSPR) { $0.core[csr: CSR.GTLBC] = 0x13000 }
            _ = try passes(kind, source)
        }
    }

    @Test(arguments: EngineKind.allCases) func T144_rootsInvalidationInTheGuest(_ kind: EngineKind) throws {
        try stays(kind, "invtlb 0x12, $zero, $zero", ExceptionCode.IPE)
    }

    @Test(arguments: EngineKind.allCases) func T145_interruptEnableOfRoot(_ kind: EngineKind) throws {
        for enable: UInt64 in [0, 4] {
            let f = try Fixture(kind)
            f.core[gcsr: CSR.CRMD] = 8 | (4 - enable)
            f.core[csr: CSR.PRMD] = enable
            f.placeGuest("hvcl 0")
            f.expectRoot(f.enter(), ExceptionCode.HVC, at: 0x1000)
            f.expect(CSR.PRMD, enable)
        }
    }
}
