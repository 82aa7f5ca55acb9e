/*
 * A sample of what a user of Longma writes: the routines that enter a guest and take its exits, and those that save and load the
 * floating-point registers. The names of registers, fields and symbols are Linux's, the sequence is that of the version 20 review
 * of its KVM port: all but the guest's general registers goes through the kernel's structures by offset.
 *
 *     clang-19 --target=loongarch64-linux-gnu -c -o switch.o switch.S
 */
#include "loongarch-csr.h"
#include "switch-offsets.h"

#define GGPR(n)         (KVM_ARCH_GGPR + 8 * (n))
#define PT_R(n)         (PT_R0 + 8 * (n))

        .macro  FUNCTION name
        .globl  \name
        .type   \name, @function
\name:
        .endm

        .macro  FUNCTION_END name
        .globl  \name\()_end
\name\()_end:
        .size   \name, . - \name
        .endm

/* What the C caller expects to find again, in a frame at \base. */
        .macro  save_host_gpr base
        .irp    n, 1, 2, 3, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
        st.d    $r\n, \base, PT_R(\n)
        .endr
        .endm

        .macro  restore_host_gpr base
        .irp    n, 1, 2, 3, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
        ld.d    $r\n, \base, PT_R(\n)
        .endr
        .endm

/* The guest's registers other than a2, which is the base meanwhile. r0 is nobody's. */
        .macro  save_guest_gprs base
        .irp    n, 1, 2, 3, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
        st.d    $r\n, \base, GGPR(\n)
        .endr
        .endm

        .macro  restore_guest_gprs base
        .irp    n, 1, 2, 3, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
        ld.d    $r\n, \base, GGPR(\n)
        .endr
        .endm

/*
 * From the host to the guest. a2 is the vcpu's arch, all other registers are free; interrupts are off. It does not come back.
 */
        .macro  kvm_switch_to_guest
        /* G1: exits shall all come to one address, so no vectors */
        csrrd   $t0, LOONGARCH_CSR_ECFG
        bstrins.w $t0, $zero, CSR_ECFG_VS_SHIFT_END, CSR_ECFG_VS_SHIFT
        csrwr   $t0, LOONGARCH_CSR_ECFG

        /* G2: and this is the address */
        ld.d    $t0, $a2, KVM_ARCH_GEENTRY
        csrwr   $t0, LOONGARCH_CSR_EENTRY

        /* G3: where the guest goes on */
        ld.d    $t0, $a2, KVM_ARCH_GPC
        csrwr   $t0, LOONGARCH_CSR_ERA

        /* G4: PGDL is used by both; keep the host's and set the second stage's */
        csrrd   $t0, LOONGARCH_CSR_PGDL
        st.d    $t0, $a2, KVM_ARCH_HPGD
        ld.d    $t1, $a2, KVM_VCPU_KVM - KVM_VCPU_ARCH
        ld.d    $t0, $t1, KVM_GPGD
        csrwr   $t0, LOONGARCH_CSR_PGDL

        /* G5: TLB entries made from here on belong to the guest */
        csrrd   $t1, LOONGARCH_CSR_GSTAT
        bstrpick.w $t1, $t1, CSR_GSTAT_GID_SHIFT_END, CSR_GSTAT_GID_SHIFT
        csrrd   $t0, LOONGARCH_CSR_GTLBC
        bstrins.w $t0, $t1, CSR_GTLBC_TGID_SHIFT_END, CSR_GTLBC_TGID_SHIFT
        csrwr   $t0, LOONGARCH_CSR_GTLBC

        /* G6: the host's interrupts are on while the guest runs */
        ori     $t0, $zero, CSR_PRMD_PIE
        csrxchg $t0, $t0, LOONGARCH_CSR_PRMD

        /* G7: ertn goes to the guest */
        ori     $t0, $zero, CSR_GSTAT_PVM
        csrxchg $t0, $t0, LOONGARCH_CSR_GSTAT

        /* G8: the registers, the base last */
        restore_guest_gprs $a2
        ld.d    $a2, $a2, GGPR(6)

        /* G9 */
        ertn
        .endm

        .text

/*
 * EENTRY while the guest runs. Longma copies this routine or leaves it where it is; EENTRY has no bits below 4 KiB.
 */
        .p2align 12
FUNCTION kvm_vector_entry
        /* X1: get hold of the vcpu without losing a register */
        csrwr   $a2, KVM_TEMP_KS
        csrrd   $a2, KVM_VCPU_KS
        addi.d  $a2, $a2, KVM_VCPU_ARCH

        /* X2: the guest's registers */
        save_guest_gprs $a2
        csrrd   $t0, KVM_TEMP_KS
        st.d    $t0, $a2, GGPR(6)

        /* X3: why it came */
        csrrd   $t0, LOONGARCH_CSR_ESTAT
        st.d    $t0, $a2, KVM_ARCH_HESTAT
        csrrd   $t0, LOONGARCH_CSR_ERA
        st.d    $t0, $a2, KVM_ARCH_GPC
        csrrd   $t0, LOONGARCH_CSR_BADV
        st.d    $t0, $a2, KVM_ARCH_HBADV
        csrrd   $t0, LOONGARCH_CSR_BADI
        st.w    $t0, $a2, KVM_ARCH_HBADI

        /* X4: the host's vectors */
        csrrd   $t0, LOONGARCH_CSR_ECFG
        ld.d    $t1, $a2, KVM_ARCH_HECFG
        or      $t0, $t0, $t1
        csrwr   $t0, LOONGARCH_CSR_ECFG

        /* X5: its entry and its tables */
        ld.d    $t0, $a2, KVM_ARCH_HEENTRY
        csrwr   $t0, LOONGARCH_CSR_EENTRY
        ld.d    $t0, $a2, KVM_ARCH_HPGD
        csrwr   $t0, LOONGARCH_CSR_PGDL

        /* X6: ertn stays in the host */
        ori     $t0, $zero, CSR_GSTAT_PVM
        csrxchg $zero, $t0, LOONGARCH_CSR_GSTAT

        /* X7: TLB entries are the host's again */
        li.w    $t0, CSR_GTLBC_TGID
        csrxchg $zero, $t0, LOONGARCH_CSR_GTLBC

        /* X8: its registers that are not in the frame */
        ld.d    $tp, $a2, KVM_ARCH_HTP
        ld.d    $sp, $a2, KVM_ARCH_HSP
        addi.d  $sp, $sp, -PT_SIZE
        ld.d    $r21, $a2, KVM_ARCH_HPERCPU

        /* X9: handle_exit(run, vcpu); s0 and s1 survive it */
        addi.d  $s1, $a2, -KVM_VCPU_ARCH
        ld.d    $s0, $s1, KVM_VCPU_RUN
        move    $a0, $s0
        move    $a1, $s1
        ld.d    $t0, $a2, KVM_ARCH_HANDLE_EXIT
        jirl    $ra, $t0, 0

        /* X10: 0 or less ends the run */
        addi.d  $a2, $s1, KVM_VCPU_ARCH
        bge     $zero, $a0, .Lreturn_to_host

        /* X11: the handler may have moved to another processor */
        st.d    $r21, $a2, KVM_ARCH_HPERCPU
        csrwr   $s1, KVM_VCPU_KS
        kvm_switch_to_guest

.Lreturn_to_host:
        ld.d    $a2, $a2, KVM_ARCH_HSP
        addi.d  $a2, $a2, -PT_SIZE
        restore_host_gpr $a2
        jr      $ra
FUNCTION_END kvm_vector_entry

/*
 * int kvm_enter_guest(struct kvm_run *run, struct kvm_vcpu *vcpu)
 */
        .p2align 5
FUNCTION kvm_enter_guest
        /* E1: the frame; sp itself moves only on an exit */
        addi.d  $a2, $sp, -PT_SIZE
        save_host_gpr $a2

        /* E2: noted for a debugger's eye */
        csrrd   $a3, LOONGARCH_CSR_CRMD
        st.d    $a3, $a2, PT_CRMD
        csrrd   $a3, LOONGARCH_CSR_PRMD
        st.d    $a3, $a2, PT_PRMD

        /* E3 */
        addi.d  $a2, $a1, KVM_VCPU_ARCH
        st.d    $sp, $a2, KVM_ARCH_HSP
        st.d    $tp, $a2, KVM_ARCH_HTP
        st.d    $r21, $a2, KVM_ARCH_HPERCPU

        /* E4: where the exit finds the vcpu */
        csrwr   $a1, KVM_VCPU_KS
        kvm_switch_to_guest
FUNCTION_END kvm_enter_guest

/*
 * The floating-point context. a0 is what the VCPU_ offsets count from.
 */
FUNCTION kvm_save_fpu
        movfcsr2gr $t1, $fcsr0
        st.w    $t1, $a0, VCPU_FCSR0
        .irp    n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
        fst.d   $f\n, $a0, VCPU_FPR0 + \n * VCPU_FPR_STRIDE
        .endr
        movcf2gr $t1, $fcc0
        .irp    n, 1, 2, 3, 4, 5, 6, 7
        movcf2gr $t2, $fcc\n
        bstrins.d $t1, $t2, 8 * \n + 7, 8 * \n
        .endr
        st.d    $t1, $a0, VCPU_FCC
        jr      $ra
FUNCTION_END kvm_save_fpu

FUNCTION kvm_restore_fpu
        .irp    n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
        fld.d   $f\n, $a0, VCPU_FPR0 + \n * VCPU_FPR_STRIDE
        .endr
        ld.w    $t1, $a0, VCPU_FCSR0
        movgr2fcsr $fcsr0, $t1
        ld.d    $t1, $a0, VCPU_FCC
        movgr2cf $fcc0, $t1
        .irp    n, 1, 2, 3, 4, 5, 6, 7
        bstrpick.d $t2, $t1, 8 * \n + 7, 8 * \n
        movgr2cf $fcc\n, $t2
        .endr
        jr      $ra
FUNCTION_END kvm_restore_fpu

/* How much to copy. */
        .section .rodata, "a"
        .p2align 3
        .globl  kvm_vector_size
kvm_vector_size:
        .quad   kvm_vector_entry_end - kvm_vector_entry
        .globl  kvm_enter_guest_size
kvm_enter_guest_size:
        .quad   kvm_enter_guest_end - kvm_enter_guest
