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
        let load: ContextRoutine
        var units = unit
        switch unit {
        case 1: load = .restoreFPU
        case 2: (load, units) = (.restoreLSX, 3)
        case 4: (load, units) = (.restoreLASX, 7)
        default: load = .restoreLBT
        }
        routineCalls.removeAll(keepingCapacity: true)
        // What is narrower and loaded already is the low part of what is wider.
        if unit == 2 || unit == 4, ownedUnits & 3 != 0, !addCall(ownedUnits & 2 != 0 ? .saveLSX : .saveFPU) { return 0 }
        guard addCall(load) else { return 0 }
        core[csr: CSR.EUEN] = core[csr: CSR.EUEN] | units
        ownedUnits |= units
        callNextRoutine()
        return 1
    }

    private func addCall(_ routine: ContextRoutine) -> Bool {
        guard let place = contextRoutines[Int(routine.rawValue)] else {
            outcome = .internalError("the guest uses floating point or vectors, and the routine has no \(routine.name)")
            return false
        }
        routineCalls.append(place)
        return true
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
        core.pc = RootMemory.window | RootMemory.routines + UInt64(routineCalls.removeFirst())
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

/// The routines that load and store the registers of units.
enum ContextRoutine: UInt8, CaseIterable {
    case saveFPU, saveLSX, restoreFPU, restoreLSX, restoreLASX, restoreLBT

    var name: String {
        switch self {
        case .saveFPU: "kvm_save_fpu"
        case .saveLSX: "kvm_save_lsx"
        case .restoreFPU: "kvm_restore_fpu"
        case .restoreLSX: "kvm_restore_lsx"
        case .restoreLASX: "kvm_restore_lasx"
        case .restoreLBT: "kvm_restore_lbt"
        }
    }
}
