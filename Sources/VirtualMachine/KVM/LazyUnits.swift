import CHost
import LoongArch

/// Floating point, vectors and binary translation registers are loaded when the guest first uses them (`lvz.md` section 11.7): root's EUEN is 0 until then.
extension VCPU {
    /// The guest used a unit that root has switched off. The context routines run as LA64 code, then the exit handler's caller goes on.
    func takeUnit(_ unit: UInt64) -> Int64 {
        guard has(unit) else { return inject(ExceptionCode.INE) }
        guard ownedUnits & unit == 0 else {
            outcome = .internalError("the guest has no access to a unit that it owns")
            runPage.pointee.exit_reason = UInt32(LONGMA_KVM_EXIT_INTERNAL_ERROR)
            return 0
        }
        let symbols = machine.configuration.routines.symbols
        let load: (name: String, units: UInt64)
        var save: (name: String, units: UInt64)?
        switch unit {
        case 1: load = ("kvm_restore_fpu", 1)
        case 2: load = ("kvm_restore_lsx", 3)
        case 4: load = ("kvm_restore_lasx", 7)
        default: load = ("kvm_restore_lbt", 8)
        }
        // What is narrower and loaded already is the low part of what is wider.
        if unit == 2 || unit == 4 {
            if ownedUnits & 2 != 0 { save = ("kvm_save_lsx", 3) } else if ownedUnits & 1 != 0 { save = ("kvm_save_fpu", 1) }
        }
        routineCalls.removeAll(keepingCapacity: true)
        for call in [save, load].compactMap({ $0 }) {
            guard let routine = symbols[call.name] else {
                outcome = .internalError("the guest uses floating point or vectors, and the routine has no \(call.name)")
                return 0
            }
            routineCalls.append((routine, call.units))
        }
        core[csr: CSR.EUEN] = core[csr: CSR.EUEN] | load.units
        ownedUnits |= load.units
        callNextRoutine()
        return 1
    }

    private func has(_ unit: UInt64) -> Bool {
        switch unit {
        case 1: configurationWords[2] & 1 != 0
        case 2: configurationWords[2] & 0x40 != 0
        case 4: configurationWords[2] & 0x80 != 0
        default: configurationWords[2] & 0x1C_0000 != 0
        }
    }

    /// Goes to the next context routine, which returns to a gate of ours.
    private func callNextRoutine() {
        guard !routineCalls.isEmpty else { return }
        let call = routineCalls.removeFirst()
        core.pc = RootMemory.window | RootMemory.routines + UInt64(call.routine)
        core[gpr: 1] = RootMemory.window | RootMemory.routineReturnGate
        routineArgument = RootMemory.window | RootMemory.vcpu + UInt64(MemoryLayout<LongmaKVMVCPU>.offset(of: \.arch)!)
    }

    func contextRoutineReturned() -> Gate.Outcome {
        if routineCalls.isEmpty {
            core[gpr: 4] = 1
            core[gpr: 1] = routineReturn
            core.pc = routineReturn
        } else {
            callNextRoutine()
            core[gpr: 4] = routineArgument
        }
        return .resume
    }
}
