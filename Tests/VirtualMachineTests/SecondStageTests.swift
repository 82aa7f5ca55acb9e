import LoongArch
import Testing
import VirtualMachine

/// What the loss of a page of the second stage does to what is known of the guest's memory and code.
@Suite struct SecondStageTests {
    /// Exits of one round by code; the guest looks at two pages and asks user space.
    @Test(arguments: EngineKind.allCases) func onlyTheLostPageFaults(_ kind: EngineKind) throws {
        var configuration = VM.Configuration { source, mode in kind.makeEngine(source, mode) }
        configuration.clock = .instructions
        let vm = VM(configuration)
        try vm.addMemory(at: 0, size: 0x40_0000)
        let vcpu = try vm.makeVCPU()
        let source = "1: ld.d $a4, $t0, 0\nld.d $a5, $t1, 0\nst.d $a4, $t1, 8\nhvcl 0x102\nb 1b"
        #expect(vm.write(try Assembler.assemble(source, at: 0x1000).bytes, at: 0x1000))
        #expect(vm.write([1], at: 0x10_0000) && vm.write([2], at: 0x20_0000))
        vcpu.pc = 0x1000
        (vcpu[gpr: 12], vcpu[gpr: 13]) = (0x10_0000, 0x20_0000)
        /// Faults of a round: of loads, stores and fetches.
        func round() -> [UInt64] {
            let before = vcpu.exitCounts
            guard case .hypercall = vcpu.run(fuel: 10_000) else { return [] }
            #expect(vcpu[gpr: 8] == 1 && vcpu[gpr: 9] == 2)
            return [ExceptionCode.PIL, ExceptionCode.PIS, ExceptionCode.PIF].map { vcpu.exitCounts[Int($0)] - before[Int($0)] }
        }
        #expect(round() == [2, 0, 1])
        for _ in 0..<3 { #expect(round() == [0, 0, 0]) }
        for _ in 0..<3 {
            vcpu.unmapPage(0x10_0000)
            #expect(round() == [1, 0, 0])
            #expect(round() == [0, 0, 0])
            vcpu.unmapPage(0x20_0000)
            #expect(round() == [1, 0, 0])
            // The code's page.
            vcpu.unmapPage(0)
            #expect(round() == [0, 0, 1])
            vcpu.unmapPage(0x10_0000)
            vcpu.unmapPage(0)
            #expect(round() == [1, 0, 1])
            #expect(round() == [0, 0, 0])
        }
    }
}
