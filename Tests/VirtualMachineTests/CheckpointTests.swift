import LoongArch
import Testing
import VirtualMachine

/// Checkpoints of a machine that was stopped in the middle of something.
@Suite struct CheckpointTests {
    private func machine(_ kind: EngineKind, _ routines: RoutineSet) throws -> (vm: VM, vcpu: VCPU) {
        var configuration = VM.Configuration { source, mode in kind.makeEngine(source, mode) }
        configuration.clock = .instructions
        configuration.routines = routines
        let vm = VM(configuration)
        try vm.addMemory(at: 0, size: 0x40_0000)
        return (vm, try vm.makeVCPU())
    }

    /// The built-in routines with the register context routines moved 64 KiB up; where they were is nothing.
    private func distantRoutines() throws -> RoutineSet {
        let (original, distance) = (RoutineSet.builtIn, 0x1_0000)
        var symbols = original.symbols
        let moved = symbols.filter { $0.key.hasPrefix("kvm_save_") || $0.key.hasPrefix("kvm_restore_") }
        for (name, offset) in moved { symbols[name] = offset + distance }
        let start = try #require(moved.values.min())
        var bytes = Array(original.bytes[..<start])
        bytes += [UInt8](repeating: 0, count: distance - start) + original.bytes
        return try RoutineSet(bytes: bytes, symbols: symbols)
    }

    /// The guest's first use of vectors, when floating point is loaded already, calls two routines one after the other.
    @Test(arguments: EngineKind.allCases) func betweenTwoDistantRoutines(_ kind: EngineKind) throws {
        let routines = try distantRoutines()
        let (vm, vcpu) = try machine(kind, routines)
        let source = "movgr2fr.d $fa0, $a0\nvreplgr2vr.d $vr1, $a1\nvpickve2gr.d $a2, $vr1, 1\nmovfr2gr.d $a3, $fa0\nhvcl 0x103"
        #expect(vm.write(try Assembler.assemble(source, at: 0x1000).bytes, at: 0x1000))
        vcpu.pc = 0x1000
        vcpu.core[gcsr: CSR.EUEN] = 3
        vcpu[gpr: 4] = 0x1234
        vcpu[gpr: 5] = 0x5678
        for _ in 0..<10_000 where !(vcpu.isInContextRoutine && vcpu.exitCounts[Int(ExceptionCode.SXD)] == 1) { #expect(vcpu.run(fuel: 1) == .fuel) }
        try #require(vcpu.isInContextRoutine)
        let file = Checkpoint.save(vm)
        let (second, restored) = try machine(kind, routines)
        #expect(try Checkpoint.restore(file, second).isEmpty)
        for vcpu in [vcpu, restored] {
            #expect(vcpu.run(fuel: 10_000) == .crash)
            #expect(vcpu[gpr: 6] == 0x5678 && vcpu[gpr: 7] == 0x1234)
        }
    }
}
