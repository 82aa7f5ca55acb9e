import CHost

/// The offsets and sizes by which world switch routines know the structures: taken from the structures, so that a change there reaches the routines.
public enum RoutineOffsets {
    /// Names and values, in the order in which they are printed.
    public static let all: [(name: String, value: Int)] = frame + virtualMachine + arch + context

    private static let frame: [(String, Int)] = [
        ("PT_R0", MemoryLayout<LongmaHostFrame>.offset(of: \.regs)!),
        ("PT_CRMD", MemoryLayout<LongmaHostFrame>.offset(of: \.crmd)!),
        ("PT_PRMD", MemoryLayout<LongmaHostFrame>.offset(of: \.prmd)!),
        ("PT_SIZE", MemoryLayout<LongmaHostFrame>.size),
    ]

    private static let virtualMachine: [(String, Int)] = [
        ("KVM_VCPU_KVM", MemoryLayout<LongmaKVMVCPU>.offset(of: \.kvm)!),
        ("KVM_VCPU_RUN", MemoryLayout<LongmaKVMVCPU>.offset(of: \.run)!),
        ("KVM_VCPU_ARCH", MemoryLayout<LongmaKVMVCPU>.offset(of: \.arch)!),
        ("KVM_GPGD", MemoryLayout<LongmaKVM>.offset(of: \.pgd)!),
    ]

    private static let arch: [(String, Int)] = [
        ("KVM_ARCH_HSP", offset(\.host_sp)), ("KVM_ARCH_HTP", offset(\.host_tp)), ("KVM_ARCH_HPERCPU", offset(\.host_percpu)),
        ("KVM_ARCH_HPGD", offset(\.host_pgd)), ("KVM_ARCH_HECFG", offset(\.host_ecfg)), ("KVM_ARCH_HEENTRY", offset(\.host_eentry)),
        ("KVM_ARCH_HESTAT", offset(\.host_estat)), ("KVM_ARCH_HBADV", offset(\.badv)), ("KVM_ARCH_HBADI", offset(\.badi)),
        ("KVM_ARCH_HANDLE_EXIT", offset(\.handle_exit)), ("KVM_ARCH_GEENTRY", offset(\.guest_eentry)), ("KVM_ARCH_GPC", offset(\.pc)),
        ("KVM_ARCH_GGPR", offset(\.gprs)), ("KVM_ARCH_KVMPGD", offset(\.kvm_pgd)), ("KVM_ARCH_TGID", offset(\.tgid)),
    ]

    private static let context: [(String, Int)] = [
        ("VCPU_FCSR0", offset(\.fcsr)), ("VCPU_FCC", offset(\.fcc)), ("VCPU_FPR0", offset(\.fpr)), ("VCPU_FPR_STRIDE", 32),
        ("VCPU_FTOP", offset(\.ftop)), ("VCPU_LBT_EFLAGS", offset(\.eflags)),
        ("VCPU_LBT_SCR0", offset(\.scr)), ("VCPU_LBT_SCR1", offset(\.scr) + 8), ("VCPU_LBT_SCR2", offset(\.scr) + 16), ("VCPU_LBT_SCR3", offset(\.scr) + 24),
    ]

    private static func offset(_ field: PartialKeyPath<LongmaKVMArch>) -> Int { MemoryLayout<LongmaKVMArch>.offset(of: field)! }

    /// The same for `Assembler.assemble`.
    static var symbols: [String: UInt64] { Dictionary(uniqueKeysWithValues: all.map { ($0.name, UInt64($0.value)) }) }

    /// A C header with the definitions, for routines that are assembled elsewhere.
    public static var header: String {
        """
        /* Made by longma switch --print-offsets. VCPU_ offsets count from struct kvm_vcpu_arch, like KVM_ARCH_ ones. */
        #ifndef LONGMA_SWITCH_OFFSETS_H
        #define LONGMA_SWITCH_OFFSETS_H

        """ + all.map { "#define \($0.name) \($0.value)\n" }.joined() + "\n#endif\n"
    }
}
