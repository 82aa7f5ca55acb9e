/*
 * The same contract as switch.S, done wastefully: every control register is read back, registers are stored twice, and each way has
 * a loop of control register reads. A comparison with switch.S must tell them apart.
 */
#include "loongarch-csr.h"
#include "switch-offsets.h"

#define GGPR(n)         (KVM_ARCH_GGPR + 8 * (n))
#define PT_R(n)         (PT_R0 + 8 * (n))
#define WASTED_READS    100

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

        .macro  write_checked register, csr
        csrwr   \register, \csr
        csrrd   \register, \csr
        csrrd   \register, \csr
        .endm

        .macro  waste counter, scratch
        ori     \counter, $zero, WASTED_READS
.Lwaste\@:
        csrrd   \scratch, LOONGARCH_CSR_CPUID
        csrrd   \scratch, LOONGARCH_CSR_ASID
        addi.d  \counter, \counter, -1
        bnez    \counter, .Lwaste\@
        .endm

        .macro  all_but_a2 instruction, base
        .irp    n, 1, 2, 3, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
        \instruction $r\n, \base, GGPR(\n)
        .endr
        .endm

        .macro  host_registers instruction, base
        .irp    n, 1, 2, 3, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
        \instruction $r\n, \base, PT_R(\n)
        .endr
        .endm

        .macro  kvm_switch_to_guest
        waste   $t0, $t1
        csrrd   $t0, LOONGARCH_CSR_ECFG
        bstrins.w $t0, $zero, CSR_ECFG_VS_SHIFT_END, CSR_ECFG_VS_SHIFT
        write_checked $t0, LOONGARCH_CSR_ECFG
        ld.d    $t0, $a2, KVM_ARCH_GEENTRY
        write_checked $t0, LOONGARCH_CSR_EENTRY
        ld.d    $t0, $a2, KVM_ARCH_GPC
        write_checked $t0, LOONGARCH_CSR_ERA
        csrrd   $t0, LOONGARCH_CSR_PGDL
        st.d    $t0, $a2, KVM_ARCH_HPGD
        ld.d    $t1, $a2, KVM_VCPU_KVM - KVM_VCPU_ARCH
        ld.d    $t0, $t1, KVM_GPGD
        write_checked $t0, LOONGARCH_CSR_PGDL
        csrrd   $t1, LOONGARCH_CSR_GSTAT
        bstrpick.w $t1, $t1, CSR_GSTAT_GID_SHIFT_END, CSR_GSTAT_GID_SHIFT
        csrrd   $t0, LOONGARCH_CSR_GTLBC
        bstrins.w $t0, $t1, CSR_GTLBC_TGID_SHIFT_END, CSR_GTLBC_TGID_SHIFT
        write_checked $t0, LOONGARCH_CSR_GTLBC
        csrrd   $t0, LOONGARCH_CSR_PRMD
        ori     $t0, $t0, CSR_PRMD_PIE
        write_checked $t0, LOONGARCH_CSR_PRMD
        csrrd   $t0, LOONGARCH_CSR_GSTAT
        ori     $t0, $t0, CSR_GSTAT_PVM
        write_checked $t0, LOONGARCH_CSR_GSTAT
        dbar    0
        all_but_a2 ld.d, $a2
        all_but_a2 ld.d, $a2
        ld.d    $a2, $a2, GGPR(6)
        ertn
        .endm

        .text
        .p2align 12
FUNCTION kvm_vector_entry
        csrwr   $a2, KVM_TEMP_KS
        csrrd   $a2, KVM_VCPU_KS
        addi.d  $a2, $a2, KVM_VCPU_ARCH
        all_but_a2 st.d, $a2
        all_but_a2 st.d, $a2
        csrrd   $t0, KVM_TEMP_KS
        st.d    $t0, $a2, GGPR(6)
        csrrd   $t0, LOONGARCH_CSR_ESTAT
        st.d    $t0, $a2, KVM_ARCH_HESTAT
        csrrd   $t0, LOONGARCH_CSR_ERA
        st.d    $t0, $a2, KVM_ARCH_GPC
        csrrd   $t0, LOONGARCH_CSR_BADV
        st.d    $t0, $a2, KVM_ARCH_HBADV
        csrrd   $t0, LOONGARCH_CSR_BADI
        st.w    $t0, $a2, KVM_ARCH_HBADI
        waste   $t0, $t1
        csrrd   $t0, LOONGARCH_CSR_ECFG
        ld.d    $t1, $a2, KVM_ARCH_HECFG
        or      $t0, $t0, $t1
        write_checked $t0, LOONGARCH_CSR_ECFG
        ld.d    $t0, $a2, KVM_ARCH_HEENTRY
        write_checked $t0, LOONGARCH_CSR_EENTRY
        ld.d    $t0, $a2, KVM_ARCH_HPGD
        write_checked $t0, LOONGARCH_CSR_PGDL
        ori     $t0, $zero, CSR_GSTAT_PVM
        csrxchg $zero, $t0, LOONGARCH_CSR_GSTAT
        li.w    $t0, CSR_GTLBC_TGID
        csrxchg $zero, $t0, LOONGARCH_CSR_GTLBC
        dbar    0
        ld.d    $tp, $a2, KVM_ARCH_HTP
        ld.d    $sp, $a2, KVM_ARCH_HSP
        addi.d  $sp, $sp, -PT_SIZE
        ld.d    $r21, $a2, KVM_ARCH_HPERCPU
        addi.d  $s1, $a2, -KVM_VCPU_ARCH
        ld.d    $s0, $s1, KVM_VCPU_RUN
        move    $a0, $s0
        move    $a1, $s1
        ld.d    $t0, $a2, KVM_ARCH_HANDLE_EXIT
        jirl    $ra, $t0, 0
        addi.d  $a2, $s1, KVM_VCPU_ARCH
        bge     $zero, $a0, .Lreturn_to_host
        st.d    $r21, $a2, KVM_ARCH_HPERCPU
        csrwr   $s1, KVM_VCPU_KS
        kvm_switch_to_guest
.Lreturn_to_host:
        ld.d    $a2, $a2, KVM_ARCH_HSP
        addi.d  $a2, $a2, -PT_SIZE
        host_registers ld.d, $a2
        jr      $ra
FUNCTION_END kvm_vector_entry

        .p2align 5
FUNCTION kvm_enter_guest
        addi.d  $a2, $sp, -PT_SIZE
        host_registers st.d, $a2
        host_registers st.d, $a2
        csrrd   $a3, LOONGARCH_CSR_CRMD
        st.d    $a3, $a2, PT_CRMD
        csrrd   $a3, LOONGARCH_CSR_PRMD
        st.d    $a3, $a2, PT_PRMD
        addi.d  $a2, $a1, KVM_VCPU_ARCH
        st.d    $sp, $a2, KVM_ARCH_HSP
        st.d    $tp, $a2, KVM_ARCH_HTP
        st.d    $r21, $a2, KVM_ARCH_HPERCPU
        csrwr   $a1, KVM_VCPU_KS
        kvm_switch_to_guest
FUNCTION_END kvm_enter_guest

        .macro  registers instruction
        .irp    n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
        \instruction $f\n, $a0, VCPU_FPR0 + \n * VCPU_FPR_STRIDE
        .endr
        .endm

FUNCTION kvm_save_fpu
        movfcsr2gr $t1, $fcsr0
        st.w    $t1, $a0, VCPU_FCSR0
        registers fst.d
        .irp    n, 0, 1, 2, 3, 4, 5, 6, 7
        movcf2gr $t1, $fcc\n
        st.b    $t1, $a0, VCPU_FCC + \n
        .endr
        jr      $ra
FUNCTION_END kvm_save_fpu

FUNCTION kvm_restore_fpu
        registers fld.d
        registers fld.d
        .irp    n, 0, 1, 2, 3, 4, 5, 6, 7
        ld.bu   $t1, $a0, VCPU_FCC + \n
        movgr2cf $fcc\n, $t1
        .endr
        ld.w    $t1, $a0, VCPU_FCSR0
        movgr2fcsr $fcsr0, $t1
        jr      $ra
FUNCTION_END kvm_restore_fpu

        .section .rodata, "a"
        .p2align 3
        .globl  kvm_vector_size
kvm_vector_size:
        .quad   kvm_vector_entry_end - kvm_vector_entry
        .globl  kvm_enter_guest_size
kvm_enter_guest_size:
        .quad   kvm_enter_guest_end - kvm_enter_guest
