import Foundation
import LoongArch
import Testing
import VirtualMachine

/// `lvz.md` section 14.10, the part with the kernel's and user space's contract: a machine with one vcpu.
@Suite struct MachineTests {
    /// A machine with 4 MiB at 0 and the guest's code at 0x1000.
    private func machine(_ kind: EngineKind, _ source: String) throws -> (vm: VM, vcpu: VCPU) {
        var configuration = VM.Configuration { source, mode in kind.makeEngine(source, mode) }
        configuration.clock = .instructions
        let vm = VM(configuration)
        try vm.addMemory(at: 0, size: 0x40_0000)
        let vcpu = try vm.makeVCPU()
        #expect(vm.write(try Assembler.assemble(source, at: 0x1000).bytes, at: 0x1000))
        vcpu.pc = 0x1000
        return (vm, vcpu)
    }

    @Test(arguments: EngineKind.allCases) func T227_idOfAControlRegister(_ kind: EngineKind) throws {
        #expect(RegisterID(.csr(CSR.ERA)).number == 0x9030_0000_0001_0030)
        #expect(RegisterID(0x9030_0000_0001_0030)?.register == .csr(CSR.ERA))
        #expect(RegisterID(0x9030_0000_0003_0000) == nil)
        let (_, vcpu) = try machine(kind, "hvcl 0x103")
        try vcpu.setRegister(RegisterID(.csr(CSR.ERA)), 0x1234)
        #expect(try vcpu.register(RegisterID(.csr(CSR.ERA))) == 0x1234)
        #expect(vcpu.core[gcsr: CSR.ERA] == 0x1234)
        #expect(throws: VM.MachineError.self) { try vcpu.setRegister(RegisterID(.configurationWord(2)), 0x80) }
        #expect(throws: VM.MachineError.self) { try vcpu.register(RegisterID(.csr(0x7F))) }
    }

    @Test(arguments: EngineKind.allCases) func T228_interruptStatusThroughItsId(_ kind: EngineKind) throws {
        let (_, vcpu) = try machine(kind, "hvcl 0x103")
        try vcpu.setRegister(RegisterID(.csr(CSR.ESTAT)), 0x1814)
        #expect(vcpu.core[csr: CSR.GINTC] & 0xFF == 5)
        #expect(vcpu.core[gcsr: CSR.ESTAT] & ~0x3FC == 0x1800)
        #expect(try vcpu.register(RegisterID(.csr(CSR.ESTAT))) == 0x1814)
    }

    private static let mmio: UInt64 = 0x1000_0000

    @Test(arguments: EngineKind.allCases) func T220_loadFromADevice(_ kind: EngineKind) throws {
        let (_, vcpu) = try machine(kind, "ld.wu $a0, $a1, 4\nhvcl 0x103")
        vcpu[gpr: 4] = .max
        vcpu[gpr: 5] = Self.mmio
        #expect(vcpu.run(fuel: 10_000) == .mmioLoad(address: Self.mmio + 4, size: 4))
        #expect(vcpu.core[csr: CSR.BADI] == 0x2A80_10A4)
        vcpu.completeLoad(0xFFFF_FFFF_8765_4321)
        #expect(vcpu[gpr: 4] == 0x8765_4321)
        #expect(vcpu.pc == 0x1004)
        #expect(vcpu.run(fuel: 10_000) == .crash)
        #expect(vcpu[gpr: 4] == 0x8765_4321)
    }

    @Test(arguments: EngineKind.allCases) func T221_formsOfDeviceAccesses(_ kind: EngineKind) throws {
        let loaded: UInt64 = 0xFEDC_BA98_F6E5_D4C3
        let loads: [(String, Int, UInt64)] = [
            ("ldptr.w $a0, $a1, 16", 4, 0xFFFF_FFFF_F6E5_D4C3), ("ldptr.d $a0, $a1, 16", 8, loaded), ("ld.b $a0, $a1, 16", 1, 0xFFFF_FFFF_FFFF_FFC3),
            ("ld.h $a0, $a1, 16", 2, 0xFFFF_FFFF_FFFF_D4C3), ("ld.w $a0, $a1, 16", 4, 0xFFFF_FFFF_F6E5_D4C3), ("ld.d $a0, $a1, 16", 8, loaded),
            ("ld.bu $a0, $a1, 16", 1, 0xC3), ("ld.hu $a0, $a1, 16", 2, 0xD4C3), ("ld.wu $a0, $a1, 16", 4, 0xF6E5_D4C3),
            ("ldx.b $a0, $a1, $a2", 1, 0xFFFF_FFFF_FFFF_FFC3), ("ldx.h $a0, $a1, $a2", 2, 0xFFFF_FFFF_FFFF_D4C3),
            ("ldx.w $a0, $a1, $a2", 4, 0xFFFF_FFFF_F6E5_D4C3), ("ldx.d $a0, $a1, $a2", 8, loaded), ("ldx.bu $a0, $a1, $a2", 1, 0xC3),
            ("ldx.hu $a0, $a1, $a2", 2, 0xD4C3), ("ldx.wu $a0, $a1, $a2", 4, 0xF6E5_D4C3),
        ]
        for (source, size, expected) in loads {
            let (_, vcpu) = try machine(kind, source)
            vcpu[gpr: 5] = Self.mmio
            vcpu[gpr: 6] = 16
            #expect(vcpu.run(fuel: 10_000) == .mmioLoad(address: Self.mmio + 16, size: size), "\(source)")
            vcpu.completeLoad(loaded)
            #expect(vcpu[gpr: 4] == expected, "\(source)")
            #expect(vcpu.pc == 0x1004, "\(source)")
        }
        let stores: [(String, Int, UInt64)] = [
            ("stptr.w $a0, $a1, 16", 4, 0xF6E5_D4C3), ("stptr.d $a0, $a1, 16", 8, loaded), ("st.b $a0, $a1, 16", 1, 0xC3), ("st.h $a0, $a1, 16", 2, 0xD4C3),
            ("st.w $a0, $a1, 16", 4, 0xF6E5_D4C3), ("st.d $a0, $a1, 16", 8, loaded), ("stx.b $a0, $a1, $a2", 1, 0xC3), ("stx.h $a0, $a1, $a2", 2, 0xD4C3),
            ("stx.w $a0, $a1, $a2", 4, 0xF6E5_D4C3), ("stx.d $a0, $a1, $a2", 8, loaded),
        ]
        for (source, size, value) in stores {
            let (_, vcpu) = try machine(kind, source)
            vcpu[gpr: 4] = loaded
            vcpu[gpr: 5] = Self.mmio
            vcpu[gpr: 6] = 16
            #expect(vcpu.run(fuel: 10_000) == .mmioStore(address: Self.mmio + 16, size: size, value: value), "\(source)")
            #expect(vcpu.pc == 0x1004, "\(source)")
        }
    }

    @Test(arguments: EngineKind.allCases) func T222_configurationWordsOfTheHypervisor(_ kind: EngineKind) throws {
        let (_, vcpu) = try machine(kind, "cpucfg $a0, $a1\ncpucfg $a2, $a3\ncpucfg $a4, $a5\nhvcl 0x103")
        vcpu[gpr: 5] = 0x4000_0000
        vcpu[gpr: 7] = 0x4000_0004
        vcpu[gpr: 8] = 0x55
        vcpu[gpr: 9] = 0x30
        #expect(vcpu.run(fuel: 10_000) == .crash)
        #expect(vcpu[gpr: 4] == 0x004D_564B)
        // Bits of features that the interface defines, the crash hypercall among them.
        #expect(vcpu[gpr: 6] & ~0x0300_001E == 0 && vcpu[gpr: 6] & 0x10 != 0)
        #expect(vcpu[gpr: 8] == 0)
    }

    @Test(arguments: EngineKind.allCases) func T223_unknownHypercall(_ kind: EngineKind) throws {
        let (_, vcpu) = try machine(kind, "hvcl 0x1234\nhvcl 0x103")
        vcpu[gpr: 4] = 7
        #expect(vcpu.run(fuel: 10_000) == .crash)
        #expect(vcpu[gpr: 4] == .max)
        #expect(vcpu.exitCounts[Int(ExceptionCode.HVC)] == 2)
    }

    @Test(arguments: EngineKind.allCases) func T229_injectedException(_ kind: EngineKind) throws {
        // `dbcl` is nothing that the kernel emulates; the handler at 0x4000 | 0xD0 says that it has been reached.
        let (vm, vcpu) = try machine(kind, "dbcl 5")
        #expect(vm.write(try Assembler.assemble("li.d $a0, 0x77\nhvcl 0x103", at: 0x40D0).bytes, at: 0x40D0))
        vcpu.core[gcsr: CSR.EENTRY] = 0x4000
        vcpu.core[gcsr: CSR.ECFG] = 0x20000
        vcpu.core[gcsr: CSR.CRMD] = 0xC
        #expect(vcpu.run(fuel: 10_000) == .crash)
        #expect(vcpu[gpr: 4] == 0x77)
        #expect(vcpu.pc == 0x40D8)
        #expect(vcpu.core[gcsr: CSR.ERA] == 0x1000)
        // PLV and IE; the kernel copies four bits.
        #expect(vcpu.core[gcsr: CSR.PRMD] & 7 == 4)
        #expect(vcpu.core[gcsr: CSR.CRMD] == 8)
        #expect(vcpu.core[gcsr: CSR.BADI] == 0x2A8005)
        // The code, 13, unshifted: bits 9:2 mirror the interrupt lines, so SWI0 is what is left of it.
        #expect(vcpu.core[gcsr: CSR.ESTAT] == 1)
    }

    /// Two vcpus of one machine on two threads count in turns in the memory that they share.
    @Test(arguments: EngineKind.allCases) func vcpusShareMemory(_ kind: EngineKind) throws {
        let (vm, first) = try machine(
            kind,
            """
            1: ld.d $a1, $zero, 0x700
            andi $a2, $a1, 1
            bne $a2, $a0, 1b
            addi.d $a1, $a1, 1
            dbar 0
            st.d $a1, $zero, 0x700
            blt $a1, $a3, 1b
            hvcl 0x103
            """)
        let second = try vm.makeVCPU()
        #expect(first.number == 0 && second.number == 1)
        for vcpu in [first, second] {
            vcpu.pc = 0x1000
            vcpu[gpr: 4] = UInt64(vcpu.number)
            vcpu[gpr: 7] = 2000
        }
        nonisolated(unsafe) let other = second
        nonisolated(unsafe) var ends: (VCPU.Exit?, VCPU.Exit?)
        let thread = Thread { ends.1 = other.run() }
        thread.stackSize = 4 << 20
        thread.start()
        ends.0 = first.run()
        while !thread.isFinished { usleep(1000) }
        #expect(ends.0 == .crash && ends.1 == .crash)
        #expect(vm.read(0x700, count: 8).map { $0.reversed().reduce(0) { $0 << 8 | UInt64($1) } } ?? 0 >= 2000)
    }

    /// A vcpu keeps its machine, and memory with it.
    @Test func vcpuKeepsItsMachine() throws {
        weak var machineLeft: VM?
        do {
            var vcpu: VCPU? = try machine(.interpreter, "hvcl 0x103").vcpu
            machineLeft = vcpu?.machine
            #expect(machineLeft != nil)
            #expect(vcpu?.run(fuel: 10_000) == .crash)
            vcpu = nil
        }
        #expect(machineLeft == nil)
    }
}
