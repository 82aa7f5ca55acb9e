// The structures that the world switch routines work on, in root's memory. The routines know them by the offsets that are taken from here.
#ifndef LONGMA_KVM_H
#define LONGMA_KVM_H

#include <stdint.h>

/// The host's frame on the stack: general registers and two control registers, like the kernel's `pt_regs`.
typedef struct LongmaHostFrame {
    uint64_t regs[32];
    uint64_t crmd, prmd;
    uint64_t reserved[2];
} LongmaHostFrame;

/// What the routines need of a virtual machine.
typedef struct LongmaKVM {
    /// Physical address of the second stage's top table.
    uint64_t pgd;
} LongmaKVM;

/// The part of a vcpu that the routines work on. Every offset fits a 12-bit immediate.
typedef struct LongmaKVMArch {
    uint64_t host_sp, host_tp, host_percpu, host_pgd, host_ecfg, host_eentry, host_estat;
    /// Virtual addresses of the exit handler and of the exit vector.
    uint64_t handle_exit, guest_eentry;
    /// Physical address of the second stage's top table, and the id of its TLB entries.
    uint64_t kvm_pgd, tgid;
    uint64_t pc;
    uint64_t gprs[32];
    uint64_t badv;
    uint32_t badi;
    uint32_t fcsr;
    /// One byte for each condition flag.
    uint64_t fcc;
    uint32_t ftop, eflags;
    uint64_t scr[4];
    /// 256 bits for each register.
    uint64_t fpr[32][4];
} LongmaKVMArch;

typedef struct LongmaKVMVCPU {
    /// Virtual addresses of the virtual machine and of the page that tells user space why the guest stopped.
    uint64_t kvm, run;
    LongmaKVMArch arch;
} LongmaKVMVCPU;

/// The page that is shared with user space: reason of an exit and what belongs to it, where the kernel's interface has them.
typedef struct LongmaKVMRun {
    uint8_t request_interrupt_window, immediate_exit, padding1[6];
    uint32_t exit_reason;
    uint8_t padding2[20];
    union {
        struct { uint64_t phys_addr; uint8_t data[8]; uint32_t len; uint8_t is_write; } mmio;
        struct { uint64_t nr, args[6], ret; uint64_t flags; } hypercall;
        struct { uint32_t type, ndata; uint64_t data[16]; } system_event;
    } u;
} LongmaKVMRun;

/// Values of `exit_reason`.
#define LONGMA_KVM_EXIT_UNKNOWN 0
#define LONGMA_KVM_EXIT_HYPERCALL 3
#define LONGMA_KVM_EXIT_DEBUG 4
#define LONGMA_KVM_EXIT_MMIO 6
#define LONGMA_KVM_EXIT_INTR 10
#define LONGMA_KVM_EXIT_INTERNAL_ERROR 17
#define LONGMA_KVM_EXIT_SYSTEM_EVENT 24
#define LONGMA_KVM_EXIT_IOCSR 38

#endif
