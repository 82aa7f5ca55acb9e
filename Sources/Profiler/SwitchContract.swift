import LoongArch
import VirtualMachine

/// What any world switch routine has to do, looked at from outside before it is profiled.
enum SwitchContract {
    /// Registers that `kvm_enter_guest` keeps for its caller, besides tp and sp, which the vcpu sets: fp and s0 to s8.
    private static let kept = Array(22...31)

    /// Goes through some exits that lead back to `kvm_enter_guest`'s caller, and refuses routines that lose registers on the way.
    static func verify(_ subject: SwitchSubject) throws {
        let machine = try SwitchMachine(SwitchScenario.named("iocsr")!, subject)
        let vcpu = machine.vcpu
        // t0 and t1 are the guest's own.
        let untouched = (1..<32).filter { $0 != 12 && $0 != 13 }
        for register in untouched { vcpu[gpr: register] = guestValue(register) }
        var arguments: Set<[UInt64]> = []
        machine.observeHandler { [unowned vcpu] moment in
            if moment == .handlerEntered { arguments.insert([vcpu.core[gpr: 4], vcpu.core[gpr: 5]]) }
        }
        var exits = 0
        var spent: UInt64 = 0
        while exits < 4 {
            for register in kept { vcpu.core[gpr: register] = callerValue(register) }
            let before = vcpu.instructionsRetired
            let exit = vcpu.run(fuel: SwitchMachine.patience)
            spent = vcpu.instructionsRetired - before
            if exit == .fuel { throw machine.runaway(spent) }
            try machine.answer(exit, spent)
            exits += 1
            let pointers = (vcpu.core[gpr: 2] == 0 ? [] : [2]) + (vcpu.core[gpr: 3] == VCPU.stackPointer ? [] : [3])
            try lost(pointers + kept.filter { vcpu.core[gpr: $0] != callerValue($0) }, "kvm_enter_guest", "its caller")
            try lost(untouched.filter { vcpu[gpr: $0] != guestValue($0) }, "the routine", "the guest")
        }
        guard arguments == [VCPU.handlerArguments] else {
            throw SwitchFailure(.routine, "kvm_vector_entry calls the exit handler with other arguments than a0 = run and a1 = vcpu")
        }
    }

    private static func callerValue(_ register: Int) -> UInt64 { 0x1357_0000_0000_0000 + UInt64(register) }
    private static func guestValue(_ register: Int) -> UInt64 { 0x1111_1111_1111_1111 &* UInt64(register % 15 + 1) &+ UInt64(register) }

    private static func lost(_ registers: [Int], _ who: String, _ whose: String) throws {
        guard !registers.isEmpty else { return }
        throw SwitchFailure(.routine, "\(who) does not keep \(registers.map(name).joined(separator: ", ")) for \(whose)")
    }

    /// A register's name in the calling convention.
    private static func name(_ register: Int) -> String {
        switch register {
        case 1...3: ["ra", "tp", "sp"][register - 1]
        case 4...11: "a\(register - 4)"
        case 12...20: "t\(register - 12)"
        case 21: "r21"
        case 22: "fp"
        default: "s\(register - 23)"
        }
    }
}
