# Longma's own world switch and register context routines: what runs in the host of an LA64 virtual machine to enter the guest
# and to come back. The source is for longma's assembler; clang accepts it too. The offsets are symbols that are defined in front
# of it from the structures' real layout:
#
#   PT_R0, PT_SIZE                              the host's frame
#   KVM_VCPU_ARCH, KVM_VCPU_RUN                 in struct kvm_vcpu
#   KVM_ARCH_HSP, KVM_ARCH_HTP, KVM_ARCH_HPERCPU, KVM_ARCH_HPGD, KVM_ARCH_HECFG, KVM_ARCH_HEENTRY, KVM_ARCH_HESTAT,
#   KVM_ARCH_HBADV, KVM_ARCH_HBADI, KVM_ARCH_HANDLE_EXIT, KVM_ARCH_KVMPGD, KVM_ARCH_TGID, KVM_ARCH_GEENTRY, KVM_ARCH_GPC,
#   KVM_ARCH_GGPR                               in struct kvm_vcpu_arch
#   VCPU_FCSR0, VCPU_FCC, VCPU_FPR0, VCPU_FPR_STRIDE, VCPU_FTOP, VCPU_LBT_SCR0 to VCPU_LBT_SCR3, VCPU_LBT_EFLAGS
#                                               from what the context routines get in a0
#
# All fields are 8 bytes, but for HBADI, FCSR0, FTOP and LBT_EFLAGS, which are 4. HPGD, KVMPGD, TGID (the plain number), HECFG
# (the bits of ECFG.VS), HEENTRY, GEENTRY, GPC, GGPR and HANDLE_EXIT are set before kvm_enter_guest; HPGD must be what PGDL holds.
# Every offset is within a signed 12-bit immediate. The structures and the stack lie in a direct-mapped window: they are accessed
# while the TLB is the guest's.
#
# What is done differently from the usual sequence, and why it may be:
# * Each control register is accessed once per direction: masked exchanges instead of reading, changing and writing; a write whose
#   result, the old value, is used instead of a read.
# * On an exit the guest's s0 goes to SAVE4 in exchange for the vcpu that is there, so SAVE5 is not needed. SAVE4 gets the vcpu
#   again before the guest is entered.
# * What handle_exit does not change stays in registers that it keeps: the masks, and the guest's EENTRY and PGDL, which come for
#   nothing when the host's are written. GPC and TGID it may change, so these are loaded for each entry.
# * The frame has only what the calling convention wants kept: ra and r22 to r31. tp, sp and r21 have fields of their own.
#   KVM_ARCH_HSP is the stack pointer below the frame.
# * The switch is written out in both places, so the way from one exit to the next entry has no taken branch but the call.

.equ CSR_PRMD, 0x1
.equ CSR_ECFG, 0x4
.equ CSR_ESTAT, 0x5
.equ CSR_ERA, 0x6
.equ CSR_BADV, 0x7
.equ CSR_BADI, 0x8
.equ CSR_EENTRY, 0xc
.equ CSR_GTLBC, 0x15
.equ CSR_PGDL, 0x19
.equ CSR_VCPU, 0x34             # SAVE4: struct kvm_vcpu
.equ CSR_GSTAT, 0x50
.equ ECFG_VS_HIGH, 0x70         # bits 18:16, as an operand of lu12i.w
.equ GTLBC_TGID_HIGH, 0xff0     # bits 23:16
.equ PRMD_PIE, 4
.equ GSTAT_PVM, 2
.equ FCSR_TM, 0x40

# The exit: EENTRY while the guest runs, hence the alignment. Interrupts are off, paging is the host's, every general register is
# the guest's. It is left to kvm_enter_guest's caller or back to the guest. It refers to no address, so it may be copied to
# another page.
    .align      12
    .globl      kvm_vector_entry
kvm_vector_entry:
    csrwr       $s0, CSR_VCPU
    addi.d      $s0, $s0, KVM_VCPU_ARCH
    st.d        $r1, $s0, KVM_ARCH_GGPR + 8 * 1
    st.d        $r2, $s0, KVM_ARCH_GGPR + 8 * 2
    st.d        $r3, $s0, KVM_ARCH_GGPR + 8 * 3
    st.d        $r4, $s0, KVM_ARCH_GGPR + 8 * 4
    st.d        $r5, $s0, KVM_ARCH_GGPR + 8 * 5
    st.d        $r6, $s0, KVM_ARCH_GGPR + 8 * 6
    st.d        $r7, $s0, KVM_ARCH_GGPR + 8 * 7
    st.d        $r8, $s0, KVM_ARCH_GGPR + 8 * 8
    st.d        $r9, $s0, KVM_ARCH_GGPR + 8 * 9
    st.d        $r10, $s0, KVM_ARCH_GGPR + 8 * 10
    st.d        $r11, $s0, KVM_ARCH_GGPR + 8 * 11
    st.d        $r12, $s0, KVM_ARCH_GGPR + 8 * 12
    st.d        $r13, $s0, KVM_ARCH_GGPR + 8 * 13
    st.d        $r14, $s0, KVM_ARCH_GGPR + 8 * 14
    st.d        $r15, $s0, KVM_ARCH_GGPR + 8 * 15
    st.d        $r16, $s0, KVM_ARCH_GGPR + 8 * 16
    st.d        $r17, $s0, KVM_ARCH_GGPR + 8 * 17
    st.d        $r18, $s0, KVM_ARCH_GGPR + 8 * 18
    st.d        $r19, $s0, KVM_ARCH_GGPR + 8 * 19
    st.d        $r20, $s0, KVM_ARCH_GGPR + 8 * 20
    st.d        $r21, $s0, KVM_ARCH_GGPR + 8 * 21
    st.d        $r22, $s0, KVM_ARCH_GGPR + 8 * 22
    st.d        $r24, $s0, KVM_ARCH_GGPR + 8 * 24
    st.d        $r25, $s0, KVM_ARCH_GGPR + 8 * 25
    st.d        $r26, $s0, KVM_ARCH_GGPR + 8 * 26
    st.d        $r27, $s0, KVM_ARCH_GGPR + 8 * 27
    st.d        $r28, $s0, KVM_ARCH_GGPR + 8 * 28
    st.d        $r29, $s0, KVM_ARCH_GGPR + 8 * 29
    st.d        $r30, $s0, KVM_ARCH_GGPR + 8 * 30
    st.d        $r31, $s0, KVM_ARCH_GGPR + 8 * 31
    # What happened, and the guest's s0. Nothing may fault before these are read but a TLB refill.
    csrrd       $t0, CSR_VCPU
    csrrd       $t1, CSR_ESTAT
    csrrd       $t2, CSR_ERA
    csrrd       $t3, CSR_BADV
    csrrd       $t4, CSR_BADI
    st.d        $t0, $s0, KVM_ARCH_GGPR + 8 * 23
    st.d        $t1, $s0, KVM_ARCH_HESTAT
    st.d        $t2, $s0, KVM_ARCH_GPC
    st.d        $t3, $s0, KVM_ARCH_HBADV
    st.w        $t4, $s0, KVM_ARCH_HBADI
    # The host's registers. From here on s4 and s5 have the guest's EENTRY and PGDL, s1 to s3 the masks.
    ld.d        $t0, $s0, KVM_ARCH_HECFG
    ld.d        $s4, $s0, KVM_ARCH_HEENTRY
    ld.d        $s5, $s0, KVM_ARCH_HPGD
    ld.d        $t1, $s0, KVM_ARCH_HANDLE_EXIT
    ld.d        $tp, $s0, KVM_ARCH_HTP
    ld.d        $sp, $s0, KVM_ARCH_HSP
    ld.d        $r21, $s0, KVM_ARCH_HPERCPU
    addi.d      $a1, $s0, -KVM_VCPU_ARCH
    lu12i.w     $s1, ECFG_VS_HIGH
    ori         $s2, $zero, GSTAT_PVM
    lu12i.w     $s3, GTLBC_TGID_HIGH
    ld.d        $a0, $a1, KVM_VCPU_RUN
    csrxchg     $t0, $s1, CSR_ECFG
    csrwr       $s4, CSR_EENTRY
    csrwr       $s5, CSR_PGDL
    # The next ertn stays here, and the TLB instructions mean the host.
    csrxchg     $zero, $s2, CSR_GSTAT
    csrxchg     $zero, $s3, CSR_GTLBC
    # handle_exit(run, vcpu)
    jirl        $ra, $t1, 0
    blez        $a0, kvm_leave_guest
    # Back to the guest, perhaps on another processor than before.
    st.d        $r21, $s0, KVM_ARCH_HPERCPU
    ld.d        $t1, $s0, KVM_ARCH_GPC
    ld.d        $t3, $s0, KVM_ARCH_TGID
    addi.d      $t0, $s0, -KVM_VCPU_ARCH
    ori         $t6, $zero, PRMD_PIE
    slli.d      $t3, $t3, 16
    csrwr       $t0, CSR_VCPU
    csrxchg     $zero, $s1, CSR_ECFG
    csrwr       $s4, CSR_EENTRY
    csrwr       $t1, CSR_ERA
    csrwr       $s5, CSR_PGDL
    csrxchg     $t3, $s3, CSR_GTLBC
    csrwr       $t6, CSR_PRMD
    csrxchg     $s2, $s2, CSR_GSTAT
    ld.d        $r1, $s0, KVM_ARCH_GGPR + 8 * 1
    ld.d        $r2, $s0, KVM_ARCH_GGPR + 8 * 2
    ld.d        $r3, $s0, KVM_ARCH_GGPR + 8 * 3
    ld.d        $r4, $s0, KVM_ARCH_GGPR + 8 * 4
    ld.d        $r5, $s0, KVM_ARCH_GGPR + 8 * 5
    ld.d        $r6, $s0, KVM_ARCH_GGPR + 8 * 6
    ld.d        $r7, $s0, KVM_ARCH_GGPR + 8 * 7
    ld.d        $r8, $s0, KVM_ARCH_GGPR + 8 * 8
    ld.d        $r9, $s0, KVM_ARCH_GGPR + 8 * 9
    ld.d        $r10, $s0, KVM_ARCH_GGPR + 8 * 10
    ld.d        $r11, $s0, KVM_ARCH_GGPR + 8 * 11
    ld.d        $r12, $s0, KVM_ARCH_GGPR + 8 * 12
    ld.d        $r13, $s0, KVM_ARCH_GGPR + 8 * 13
    ld.d        $r14, $s0, KVM_ARCH_GGPR + 8 * 14
    ld.d        $r15, $s0, KVM_ARCH_GGPR + 8 * 15
    ld.d        $r16, $s0, KVM_ARCH_GGPR + 8 * 16
    ld.d        $r17, $s0, KVM_ARCH_GGPR + 8 * 17
    ld.d        $r18, $s0, KVM_ARCH_GGPR + 8 * 18
    ld.d        $r19, $s0, KVM_ARCH_GGPR + 8 * 19
    ld.d        $r20, $s0, KVM_ARCH_GGPR + 8 * 20
    ld.d        $r21, $s0, KVM_ARCH_GGPR + 8 * 21
    ld.d        $r22, $s0, KVM_ARCH_GGPR + 8 * 22
    ld.d        $r24, $s0, KVM_ARCH_GGPR + 8 * 24
    ld.d        $r25, $s0, KVM_ARCH_GGPR + 8 * 25
    ld.d        $r26, $s0, KVM_ARCH_GGPR + 8 * 26
    ld.d        $r27, $s0, KVM_ARCH_GGPR + 8 * 27
    ld.d        $r28, $s0, KVM_ARCH_GGPR + 8 * 28
    ld.d        $r29, $s0, KVM_ARCH_GGPR + 8 * 29
    ld.d        $r30, $s0, KVM_ARCH_GGPR + 8 * 30
    ld.d        $r31, $s0, KVM_ARCH_GGPR + 8 * 31
    # s0 was the base.
    ld.d        $r23, $s0, KVM_ARCH_GGPR + 8 * 23
    ertn
kvm_leave_guest:
    ld.d        $r1, $sp, PT_R0 + 8 * 1
    ld.d        $r22, $sp, PT_R0 + 8 * 22
    ld.d        $r23, $sp, PT_R0 + 8 * 23
    ld.d        $r24, $sp, PT_R0 + 8 * 24
    ld.d        $r25, $sp, PT_R0 + 8 * 25
    ld.d        $r26, $sp, PT_R0 + 8 * 26
    ld.d        $r27, $sp, PT_R0 + 8 * 27
    ld.d        $r28, $sp, PT_R0 + 8 * 28
    ld.d        $r29, $sp, PT_R0 + 8 * 29
    ld.d        $r30, $sp, PT_R0 + 8 * 30
    ld.d        $r31, $sp, PT_R0 + 8 * 31
    addi.d      $sp, $sp, PT_SIZE
    jr          $ra
    .globl      kvm_vector_entry_end
kvm_vector_entry_end:

# int kvm_enter_guest(struct kvm_run *run, struct kvm_vcpu *vcpu): runs the guest until handle_exit returns 0 or less, and returns
# that. Called with interrupts off, at PLV0, in mapped mode.
    .align      6
    .globl      kvm_enter_guest
kvm_enter_guest:
    addi.d      $a2, $a1, KVM_VCPU_ARCH
    addi.d      $sp, $sp, -PT_SIZE
    st.d        $r1, $sp, PT_R0 + 8 * 1
    st.d        $r22, $sp, PT_R0 + 8 * 22
    st.d        $r23, $sp, PT_R0 + 8 * 23
    st.d        $r24, $sp, PT_R0 + 8 * 24
    st.d        $r25, $sp, PT_R0 + 8 * 25
    st.d        $r26, $sp, PT_R0 + 8 * 26
    st.d        $r27, $sp, PT_R0 + 8 * 27
    st.d        $r28, $sp, PT_R0 + 8 * 28
    st.d        $r29, $sp, PT_R0 + 8 * 29
    st.d        $r30, $sp, PT_R0 + 8 * 30
    st.d        $r31, $sp, PT_R0 + 8 * 31
    st.d        $sp, $a2, KVM_ARCH_HSP
    st.d        $tp, $a2, KVM_ARCH_HTP
    st.d        $r21, $a2, KVM_ARCH_HPERCPU
    csrwr       $a1, CSR_VCPU
    .globl      kvm_switch_to_guest
kvm_switch_to_guest:            # a2 = the vcpu's arch
    # Fetch everything first, then write the control registers.
    ld.d        $t0, $a2, KVM_ARCH_GEENTRY
    ld.d        $t1, $a2, KVM_ARCH_GPC
    ld.d        $t2, $a2, KVM_ARCH_KVMPGD
    ld.d        $t3, $a2, KVM_ARCH_TGID
    lu12i.w     $t4, ECFG_VS_HIGH
    lu12i.w     $t5, GTLBC_TGID_HIGH
    slli.d      $t3, $t3, 16
    ori         $t6, $zero, PRMD_PIE
    ori         $t7, $zero, GSTAT_PVM
    # One vector for all exits: ECFG.VS = 0.
    csrxchg     $zero, $t4, CSR_ECFG
    csrwr       $t0, CSR_EENTRY
    csrwr       $t1, CSR_ERA
    # The second stage's tables, and whose they are.
    csrwr       $t2, CSR_PGDL
    csrxchg     $t3, $t5, CSR_GTLBC
    # ertn turns the host's interrupts on and goes to the guest.
    csrwr       $t6, CSR_PRMD
    csrxchg     $t7, $t7, CSR_GSTAT
    ld.d        $r1, $a2, KVM_ARCH_GGPR + 8 * 1
    ld.d        $r2, $a2, KVM_ARCH_GGPR + 8 * 2
    ld.d        $r3, $a2, KVM_ARCH_GGPR + 8 * 3
    ld.d        $r4, $a2, KVM_ARCH_GGPR + 8 * 4
    ld.d        $r5, $a2, KVM_ARCH_GGPR + 8 * 5
    ld.d        $r7, $a2, KVM_ARCH_GGPR + 8 * 7
    ld.d        $r8, $a2, KVM_ARCH_GGPR + 8 * 8
    ld.d        $r9, $a2, KVM_ARCH_GGPR + 8 * 9
    ld.d        $r10, $a2, KVM_ARCH_GGPR + 8 * 10
    ld.d        $r11, $a2, KVM_ARCH_GGPR + 8 * 11
    ld.d        $r12, $a2, KVM_ARCH_GGPR + 8 * 12
    ld.d        $r13, $a2, KVM_ARCH_GGPR + 8 * 13
    ld.d        $r14, $a2, KVM_ARCH_GGPR + 8 * 14
    ld.d        $r15, $a2, KVM_ARCH_GGPR + 8 * 15
    ld.d        $r16, $a2, KVM_ARCH_GGPR + 8 * 16
    ld.d        $r17, $a2, KVM_ARCH_GGPR + 8 * 17
    ld.d        $r18, $a2, KVM_ARCH_GGPR + 8 * 18
    ld.d        $r19, $a2, KVM_ARCH_GGPR + 8 * 19
    ld.d        $r20, $a2, KVM_ARCH_GGPR + 8 * 20
    ld.d        $r21, $a2, KVM_ARCH_GGPR + 8 * 21
    ld.d        $r22, $a2, KVM_ARCH_GGPR + 8 * 22
    ld.d        $r23, $a2, KVM_ARCH_GGPR + 8 * 23
    ld.d        $r24, $a2, KVM_ARCH_GGPR + 8 * 24
    ld.d        $r25, $a2, KVM_ARCH_GGPR + 8 * 25
    ld.d        $r26, $a2, KVM_ARCH_GGPR + 8 * 26
    ld.d        $r27, $a2, KVM_ARCH_GGPR + 8 * 27
    ld.d        $r28, $a2, KVM_ARCH_GGPR + 8 * 28
    ld.d        $r29, $a2, KVM_ARCH_GGPR + 8 * 29
    ld.d        $r30, $a2, KVM_ARCH_GGPR + 8 * 30
    ld.d        $r31, $a2, KVM_ARCH_GGPR + 8 * 31
    # a2 was the base.
    ld.d        $r6, $a2, KVM_ARCH_GGPR + 8 * 6
    ertn
    .globl      kvm_enter_guest_end
kvm_enter_guest_end:

# The context routines: a0 is what the VCPU_ offsets count from; t1 and t2 are used. The unit must be on.
#
# A condition flag is one byte of VCPU_FCC. While FCSR0.TM is set, which takes binary translation registers, the first eight
# floating-point registers turn with FTOP: saving notes FTOP and clears TM first, restoring sets both last.

    .globl      kvm_save_fpu
kvm_save_fpu:
    movfcsr2gr  $t1, $fcsr0
    st.w        $t1, $a0, VCPU_FCSR0
    andi        $t1, $t1, FCSR_TM
    bnez        $t1, kvm_save_fpu_top
kvm_save_fpu_rest:
    fst.d       $f0, $a0, VCPU_FPR0 + 0 * VCPU_FPR_STRIDE
    fst.d       $f1, $a0, VCPU_FPR0 + 1 * VCPU_FPR_STRIDE
    fst.d       $f2, $a0, VCPU_FPR0 + 2 * VCPU_FPR_STRIDE
    fst.d       $f3, $a0, VCPU_FPR0 + 3 * VCPU_FPR_STRIDE
    fst.d       $f4, $a0, VCPU_FPR0 + 4 * VCPU_FPR_STRIDE
    fst.d       $f5, $a0, VCPU_FPR0 + 5 * VCPU_FPR_STRIDE
    fst.d       $f6, $a0, VCPU_FPR0 + 6 * VCPU_FPR_STRIDE
    fst.d       $f7, $a0, VCPU_FPR0 + 7 * VCPU_FPR_STRIDE
    fst.d       $f8, $a0, VCPU_FPR0 + 8 * VCPU_FPR_STRIDE
    fst.d       $f9, $a0, VCPU_FPR0 + 9 * VCPU_FPR_STRIDE
    fst.d       $f10, $a0, VCPU_FPR0 + 10 * VCPU_FPR_STRIDE
    fst.d       $f11, $a0, VCPU_FPR0 + 11 * VCPU_FPR_STRIDE
    fst.d       $f12, $a0, VCPU_FPR0 + 12 * VCPU_FPR_STRIDE
    fst.d       $f13, $a0, VCPU_FPR0 + 13 * VCPU_FPR_STRIDE
    fst.d       $f14, $a0, VCPU_FPR0 + 14 * VCPU_FPR_STRIDE
    fst.d       $f15, $a0, VCPU_FPR0 + 15 * VCPU_FPR_STRIDE
    fst.d       $f16, $a0, VCPU_FPR0 + 16 * VCPU_FPR_STRIDE
    fst.d       $f17, $a0, VCPU_FPR0 + 17 * VCPU_FPR_STRIDE
    fst.d       $f18, $a0, VCPU_FPR0 + 18 * VCPU_FPR_STRIDE
    fst.d       $f19, $a0, VCPU_FPR0 + 19 * VCPU_FPR_STRIDE
    fst.d       $f20, $a0, VCPU_FPR0 + 20 * VCPU_FPR_STRIDE
    fst.d       $f21, $a0, VCPU_FPR0 + 21 * VCPU_FPR_STRIDE
    fst.d       $f22, $a0, VCPU_FPR0 + 22 * VCPU_FPR_STRIDE
    fst.d       $f23, $a0, VCPU_FPR0 + 23 * VCPU_FPR_STRIDE
    fst.d       $f24, $a0, VCPU_FPR0 + 24 * VCPU_FPR_STRIDE
    fst.d       $f25, $a0, VCPU_FPR0 + 25 * VCPU_FPR_STRIDE
    fst.d       $f26, $a0, VCPU_FPR0 + 26 * VCPU_FPR_STRIDE
    fst.d       $f27, $a0, VCPU_FPR0 + 27 * VCPU_FPR_STRIDE
    fst.d       $f28, $a0, VCPU_FPR0 + 28 * VCPU_FPR_STRIDE
    fst.d       $f29, $a0, VCPU_FPR0 + 29 * VCPU_FPR_STRIDE
    fst.d       $f30, $a0, VCPU_FPR0 + 30 * VCPU_FPR_STRIDE
    fst.d       $f31, $a0, VCPU_FPR0 + 31 * VCPU_FPR_STRIDE
    movcf2gr    $t1, $fcc0
    movcf2gr    $t2, $fcc1
    bstrins.d   $t1, $t2, 15, 8
    movcf2gr    $t2, $fcc2
    bstrins.d   $t1, $t2, 23, 16
    movcf2gr    $t2, $fcc3
    bstrins.d   $t1, $t2, 31, 24
    movcf2gr    $t2, $fcc4
    bstrins.d   $t1, $t2, 39, 32
    movcf2gr    $t2, $fcc5
    bstrins.d   $t1, $t2, 47, 40
    movcf2gr    $t2, $fcc6
    bstrins.d   $t1, $t2, 55, 48
    movcf2gr    $t2, $fcc7
    bstrins.d   $t1, $t2, 63, 56
    st.d        $t1, $a0, VCPU_FCC
    jr          $ra
kvm_save_fpu_top:
    x86mftop    $t1
    st.w        $t1, $a0, VCPU_FTOP
    x86clrtm
    b           kvm_save_fpu_rest
    .globl      kvm_save_fpu_end
kvm_save_fpu_end:

    .globl      kvm_save_lsx
kvm_save_lsx:
    movfcsr2gr  $t1, $fcsr0
    st.w        $t1, $a0, VCPU_FCSR0
    andi        $t1, $t1, FCSR_TM
    bnez        $t1, kvm_save_lsx_top
kvm_save_lsx_rest:
    movcf2gr    $t1, $fcc0
    movcf2gr    $t2, $fcc1
    bstrins.d   $t1, $t2, 15, 8
    movcf2gr    $t2, $fcc2
    bstrins.d   $t1, $t2, 23, 16
    movcf2gr    $t2, $fcc3
    bstrins.d   $t1, $t2, 31, 24
    movcf2gr    $t2, $fcc4
    bstrins.d   $t1, $t2, 39, 32
    movcf2gr    $t2, $fcc5
    bstrins.d   $t1, $t2, 47, 40
    movcf2gr    $t2, $fcc6
    bstrins.d   $t1, $t2, 55, 48
    movcf2gr    $t2, $fcc7
    bstrins.d   $t1, $t2, 63, 56
    st.d        $t1, $a0, VCPU_FCC
    vst         $vr0, $a0, VCPU_FPR0 + 0 * VCPU_FPR_STRIDE
    vst         $vr1, $a0, VCPU_FPR0 + 1 * VCPU_FPR_STRIDE
    vst         $vr2, $a0, VCPU_FPR0 + 2 * VCPU_FPR_STRIDE
    vst         $vr3, $a0, VCPU_FPR0 + 3 * VCPU_FPR_STRIDE
    vst         $vr4, $a0, VCPU_FPR0 + 4 * VCPU_FPR_STRIDE
    vst         $vr5, $a0, VCPU_FPR0 + 5 * VCPU_FPR_STRIDE
    vst         $vr6, $a0, VCPU_FPR0 + 6 * VCPU_FPR_STRIDE
    vst         $vr7, $a0, VCPU_FPR0 + 7 * VCPU_FPR_STRIDE
    vst         $vr8, $a0, VCPU_FPR0 + 8 * VCPU_FPR_STRIDE
    vst         $vr9, $a0, VCPU_FPR0 + 9 * VCPU_FPR_STRIDE
    vst         $vr10, $a0, VCPU_FPR0 + 10 * VCPU_FPR_STRIDE
    vst         $vr11, $a0, VCPU_FPR0 + 11 * VCPU_FPR_STRIDE
    vst         $vr12, $a0, VCPU_FPR0 + 12 * VCPU_FPR_STRIDE
    vst         $vr13, $a0, VCPU_FPR0 + 13 * VCPU_FPR_STRIDE
    vst         $vr14, $a0, VCPU_FPR0 + 14 * VCPU_FPR_STRIDE
    vst         $vr15, $a0, VCPU_FPR0 + 15 * VCPU_FPR_STRIDE
    vst         $vr16, $a0, VCPU_FPR0 + 16 * VCPU_FPR_STRIDE
    vst         $vr17, $a0, VCPU_FPR0 + 17 * VCPU_FPR_STRIDE
    vst         $vr18, $a0, VCPU_FPR0 + 18 * VCPU_FPR_STRIDE
    vst         $vr19, $a0, VCPU_FPR0 + 19 * VCPU_FPR_STRIDE
    vst         $vr20, $a0, VCPU_FPR0 + 20 * VCPU_FPR_STRIDE
    vst         $vr21, $a0, VCPU_FPR0 + 21 * VCPU_FPR_STRIDE
    vst         $vr22, $a0, VCPU_FPR0 + 22 * VCPU_FPR_STRIDE
    vst         $vr23, $a0, VCPU_FPR0 + 23 * VCPU_FPR_STRIDE
    vst         $vr24, $a0, VCPU_FPR0 + 24 * VCPU_FPR_STRIDE
    vst         $vr25, $a0, VCPU_FPR0 + 25 * VCPU_FPR_STRIDE
    vst         $vr26, $a0, VCPU_FPR0 + 26 * VCPU_FPR_STRIDE
    vst         $vr27, $a0, VCPU_FPR0 + 27 * VCPU_FPR_STRIDE
    vst         $vr28, $a0, VCPU_FPR0 + 28 * VCPU_FPR_STRIDE
    vst         $vr29, $a0, VCPU_FPR0 + 29 * VCPU_FPR_STRIDE
    vst         $vr30, $a0, VCPU_FPR0 + 30 * VCPU_FPR_STRIDE
    vst         $vr31, $a0, VCPU_FPR0 + 31 * VCPU_FPR_STRIDE
    jr          $ra
kvm_save_lsx_top:
    x86mftop    $t1
    st.w        $t1, $a0, VCPU_FTOP
    x86clrtm
    b           kvm_save_lsx_rest
    .globl      kvm_save_lsx_end
kvm_save_lsx_end:

    .globl      kvm_save_lasx
kvm_save_lasx:
    movfcsr2gr  $t1, $fcsr0
    st.w        $t1, $a0, VCPU_FCSR0
    andi        $t1, $t1, FCSR_TM
    bnez        $t1, kvm_save_lasx_top
kvm_save_lasx_rest:
    movcf2gr    $t1, $fcc0
    movcf2gr    $t2, $fcc1
    bstrins.d   $t1, $t2, 15, 8
    movcf2gr    $t2, $fcc2
    bstrins.d   $t1, $t2, 23, 16
    movcf2gr    $t2, $fcc3
    bstrins.d   $t1, $t2, 31, 24
    movcf2gr    $t2, $fcc4
    bstrins.d   $t1, $t2, 39, 32
    movcf2gr    $t2, $fcc5
    bstrins.d   $t1, $t2, 47, 40
    movcf2gr    $t2, $fcc6
    bstrins.d   $t1, $t2, 55, 48
    movcf2gr    $t2, $fcc7
    bstrins.d   $t1, $t2, 63, 56
    st.d        $t1, $a0, VCPU_FCC
    xvst        $xr0, $a0, VCPU_FPR0 + 0 * VCPU_FPR_STRIDE
    xvst        $xr1, $a0, VCPU_FPR0 + 1 * VCPU_FPR_STRIDE
    xvst        $xr2, $a0, VCPU_FPR0 + 2 * VCPU_FPR_STRIDE
    xvst        $xr3, $a0, VCPU_FPR0 + 3 * VCPU_FPR_STRIDE
    xvst        $xr4, $a0, VCPU_FPR0 + 4 * VCPU_FPR_STRIDE
    xvst        $xr5, $a0, VCPU_FPR0 + 5 * VCPU_FPR_STRIDE
    xvst        $xr6, $a0, VCPU_FPR0 + 6 * VCPU_FPR_STRIDE
    xvst        $xr7, $a0, VCPU_FPR0 + 7 * VCPU_FPR_STRIDE
    xvst        $xr8, $a0, VCPU_FPR0 + 8 * VCPU_FPR_STRIDE
    xvst        $xr9, $a0, VCPU_FPR0 + 9 * VCPU_FPR_STRIDE
    xvst        $xr10, $a0, VCPU_FPR0 + 10 * VCPU_FPR_STRIDE
    xvst        $xr11, $a0, VCPU_FPR0 + 11 * VCPU_FPR_STRIDE
    xvst        $xr12, $a0, VCPU_FPR0 + 12 * VCPU_FPR_STRIDE
    xvst        $xr13, $a0, VCPU_FPR0 + 13 * VCPU_FPR_STRIDE
    xvst        $xr14, $a0, VCPU_FPR0 + 14 * VCPU_FPR_STRIDE
    xvst        $xr15, $a0, VCPU_FPR0 + 15 * VCPU_FPR_STRIDE
    xvst        $xr16, $a0, VCPU_FPR0 + 16 * VCPU_FPR_STRIDE
    xvst        $xr17, $a0, VCPU_FPR0 + 17 * VCPU_FPR_STRIDE
    xvst        $xr18, $a0, VCPU_FPR0 + 18 * VCPU_FPR_STRIDE
    xvst        $xr19, $a0, VCPU_FPR0 + 19 * VCPU_FPR_STRIDE
    xvst        $xr20, $a0, VCPU_FPR0 + 20 * VCPU_FPR_STRIDE
    xvst        $xr21, $a0, VCPU_FPR0 + 21 * VCPU_FPR_STRIDE
    xvst        $xr22, $a0, VCPU_FPR0 + 22 * VCPU_FPR_STRIDE
    xvst        $xr23, $a0, VCPU_FPR0 + 23 * VCPU_FPR_STRIDE
    xvst        $xr24, $a0, VCPU_FPR0 + 24 * VCPU_FPR_STRIDE
    xvst        $xr25, $a0, VCPU_FPR0 + 25 * VCPU_FPR_STRIDE
    xvst        $xr26, $a0, VCPU_FPR0 + 26 * VCPU_FPR_STRIDE
    xvst        $xr27, $a0, VCPU_FPR0 + 27 * VCPU_FPR_STRIDE
    xvst        $xr28, $a0, VCPU_FPR0 + 28 * VCPU_FPR_STRIDE
    xvst        $xr29, $a0, VCPU_FPR0 + 29 * VCPU_FPR_STRIDE
    xvst        $xr30, $a0, VCPU_FPR0 + 30 * VCPU_FPR_STRIDE
    xvst        $xr31, $a0, VCPU_FPR0 + 31 * VCPU_FPR_STRIDE
    jr          $ra
kvm_save_lasx_top:
    x86mftop    $t1
    st.w        $t1, $a0, VCPU_FTOP
    x86clrtm
    b           kvm_save_lasx_rest
    .globl      kvm_save_lasx_end
kvm_save_lasx_end:

    .globl      kvm_restore_fpu
kvm_restore_fpu:
    fld.d       $f0, $a0, VCPU_FPR0 + 0 * VCPU_FPR_STRIDE
    fld.d       $f1, $a0, VCPU_FPR0 + 1 * VCPU_FPR_STRIDE
    fld.d       $f2, $a0, VCPU_FPR0 + 2 * VCPU_FPR_STRIDE
    fld.d       $f3, $a0, VCPU_FPR0 + 3 * VCPU_FPR_STRIDE
    fld.d       $f4, $a0, VCPU_FPR0 + 4 * VCPU_FPR_STRIDE
    fld.d       $f5, $a0, VCPU_FPR0 + 5 * VCPU_FPR_STRIDE
    fld.d       $f6, $a0, VCPU_FPR0 + 6 * VCPU_FPR_STRIDE
    fld.d       $f7, $a0, VCPU_FPR0 + 7 * VCPU_FPR_STRIDE
    fld.d       $f8, $a0, VCPU_FPR0 + 8 * VCPU_FPR_STRIDE
    fld.d       $f9, $a0, VCPU_FPR0 + 9 * VCPU_FPR_STRIDE
    fld.d       $f10, $a0, VCPU_FPR0 + 10 * VCPU_FPR_STRIDE
    fld.d       $f11, $a0, VCPU_FPR0 + 11 * VCPU_FPR_STRIDE
    fld.d       $f12, $a0, VCPU_FPR0 + 12 * VCPU_FPR_STRIDE
    fld.d       $f13, $a0, VCPU_FPR0 + 13 * VCPU_FPR_STRIDE
    fld.d       $f14, $a0, VCPU_FPR0 + 14 * VCPU_FPR_STRIDE
    fld.d       $f15, $a0, VCPU_FPR0 + 15 * VCPU_FPR_STRIDE
    fld.d       $f16, $a0, VCPU_FPR0 + 16 * VCPU_FPR_STRIDE
    fld.d       $f17, $a0, VCPU_FPR0 + 17 * VCPU_FPR_STRIDE
    fld.d       $f18, $a0, VCPU_FPR0 + 18 * VCPU_FPR_STRIDE
    fld.d       $f19, $a0, VCPU_FPR0 + 19 * VCPU_FPR_STRIDE
    fld.d       $f20, $a0, VCPU_FPR0 + 20 * VCPU_FPR_STRIDE
    fld.d       $f21, $a0, VCPU_FPR0 + 21 * VCPU_FPR_STRIDE
    fld.d       $f22, $a0, VCPU_FPR0 + 22 * VCPU_FPR_STRIDE
    fld.d       $f23, $a0, VCPU_FPR0 + 23 * VCPU_FPR_STRIDE
    fld.d       $f24, $a0, VCPU_FPR0 + 24 * VCPU_FPR_STRIDE
    fld.d       $f25, $a0, VCPU_FPR0 + 25 * VCPU_FPR_STRIDE
    fld.d       $f26, $a0, VCPU_FPR0 + 26 * VCPU_FPR_STRIDE
    fld.d       $f27, $a0, VCPU_FPR0 + 27 * VCPU_FPR_STRIDE
    fld.d       $f28, $a0, VCPU_FPR0 + 28 * VCPU_FPR_STRIDE
    fld.d       $f29, $a0, VCPU_FPR0 + 29 * VCPU_FPR_STRIDE
    fld.d       $f30, $a0, VCPU_FPR0 + 30 * VCPU_FPR_STRIDE
    fld.d       $f31, $a0, VCPU_FPR0 + 31 * VCPU_FPR_STRIDE
    ld.d        $t1, $a0, VCPU_FCC
    movgr2cf    $fcc0, $t1
    srli.d      $t2, $t1, 8
    movgr2cf    $fcc1, $t2
    srli.d      $t2, $t1, 16
    movgr2cf    $fcc2, $t2
    srli.d      $t2, $t1, 24
    movgr2cf    $fcc3, $t2
    srli.d      $t2, $t1, 32
    movgr2cf    $fcc4, $t2
    srli.d      $t2, $t1, 40
    movgr2cf    $fcc5, $t2
    srli.d      $t2, $t1, 48
    movgr2cf    $fcc6, $t2
    srli.d      $t2, $t1, 56
    movgr2cf    $fcc7, $t2
    ld.w        $t1, $a0, VCPU_FCSR0
    movgr2fcsr  $fcsr0, $t1
    andi        $t1, $t1, FCSR_TM
    bnez        $t1, kvm_restore_top
    jr          $ra
    .globl      kvm_restore_fpu_end
kvm_restore_fpu_end:

    .globl      kvm_restore_lsx
kvm_restore_lsx:
    vld         $vr0, $a0, VCPU_FPR0 + 0 * VCPU_FPR_STRIDE
    vld         $vr1, $a0, VCPU_FPR0 + 1 * VCPU_FPR_STRIDE
    vld         $vr2, $a0, VCPU_FPR0 + 2 * VCPU_FPR_STRIDE
    vld         $vr3, $a0, VCPU_FPR0 + 3 * VCPU_FPR_STRIDE
    vld         $vr4, $a0, VCPU_FPR0 + 4 * VCPU_FPR_STRIDE
    vld         $vr5, $a0, VCPU_FPR0 + 5 * VCPU_FPR_STRIDE
    vld         $vr6, $a0, VCPU_FPR0 + 6 * VCPU_FPR_STRIDE
    vld         $vr7, $a0, VCPU_FPR0 + 7 * VCPU_FPR_STRIDE
    vld         $vr8, $a0, VCPU_FPR0 + 8 * VCPU_FPR_STRIDE
    vld         $vr9, $a0, VCPU_FPR0 + 9 * VCPU_FPR_STRIDE
    vld         $vr10, $a0, VCPU_FPR0 + 10 * VCPU_FPR_STRIDE
    vld         $vr11, $a0, VCPU_FPR0 + 11 * VCPU_FPR_STRIDE
    vld         $vr12, $a0, VCPU_FPR0 + 12 * VCPU_FPR_STRIDE
    vld         $vr13, $a0, VCPU_FPR0 + 13 * VCPU_FPR_STRIDE
    vld         $vr14, $a0, VCPU_FPR0 + 14 * VCPU_FPR_STRIDE
    vld         $vr15, $a0, VCPU_FPR0 + 15 * VCPU_FPR_STRIDE
    vld         $vr16, $a0, VCPU_FPR0 + 16 * VCPU_FPR_STRIDE
    vld         $vr17, $a0, VCPU_FPR0 + 17 * VCPU_FPR_STRIDE
    vld         $vr18, $a0, VCPU_FPR0 + 18 * VCPU_FPR_STRIDE
    vld         $vr19, $a0, VCPU_FPR0 + 19 * VCPU_FPR_STRIDE
    vld         $vr20, $a0, VCPU_FPR0 + 20 * VCPU_FPR_STRIDE
    vld         $vr21, $a0, VCPU_FPR0 + 21 * VCPU_FPR_STRIDE
    vld         $vr22, $a0, VCPU_FPR0 + 22 * VCPU_FPR_STRIDE
    vld         $vr23, $a0, VCPU_FPR0 + 23 * VCPU_FPR_STRIDE
    vld         $vr24, $a0, VCPU_FPR0 + 24 * VCPU_FPR_STRIDE
    vld         $vr25, $a0, VCPU_FPR0 + 25 * VCPU_FPR_STRIDE
    vld         $vr26, $a0, VCPU_FPR0 + 26 * VCPU_FPR_STRIDE
    vld         $vr27, $a0, VCPU_FPR0 + 27 * VCPU_FPR_STRIDE
    vld         $vr28, $a0, VCPU_FPR0 + 28 * VCPU_FPR_STRIDE
    vld         $vr29, $a0, VCPU_FPR0 + 29 * VCPU_FPR_STRIDE
    vld         $vr30, $a0, VCPU_FPR0 + 30 * VCPU_FPR_STRIDE
    vld         $vr31, $a0, VCPU_FPR0 + 31 * VCPU_FPR_STRIDE
    ld.d        $t1, $a0, VCPU_FCC
    movgr2cf    $fcc0, $t1
    srli.d      $t2, $t1, 8
    movgr2cf    $fcc1, $t2
    srli.d      $t2, $t1, 16
    movgr2cf    $fcc2, $t2
    srli.d      $t2, $t1, 24
    movgr2cf    $fcc3, $t2
    srli.d      $t2, $t1, 32
    movgr2cf    $fcc4, $t2
    srli.d      $t2, $t1, 40
    movgr2cf    $fcc5, $t2
    srli.d      $t2, $t1, 48
    movgr2cf    $fcc6, $t2
    srli.d      $t2, $t1, 56
    movgr2cf    $fcc7, $t2
    ld.w        $t1, $a0, VCPU_FCSR0
    movgr2fcsr  $fcsr0, $t1
    andi        $t1, $t1, FCSR_TM
    bnez        $t1, kvm_restore_top
    jr          $ra
    .globl      kvm_restore_lsx_end
kvm_restore_lsx_end:

    .globl      kvm_restore_lasx
kvm_restore_lasx:
    xvld        $xr0, $a0, VCPU_FPR0 + 0 * VCPU_FPR_STRIDE
    xvld        $xr1, $a0, VCPU_FPR0 + 1 * VCPU_FPR_STRIDE
    xvld        $xr2, $a0, VCPU_FPR0 + 2 * VCPU_FPR_STRIDE
    xvld        $xr3, $a0, VCPU_FPR0 + 3 * VCPU_FPR_STRIDE
    xvld        $xr4, $a0, VCPU_FPR0 + 4 * VCPU_FPR_STRIDE
    xvld        $xr5, $a0, VCPU_FPR0 + 5 * VCPU_FPR_STRIDE
    xvld        $xr6, $a0, VCPU_FPR0 + 6 * VCPU_FPR_STRIDE
    xvld        $xr7, $a0, VCPU_FPR0 + 7 * VCPU_FPR_STRIDE
    xvld        $xr8, $a0, VCPU_FPR0 + 8 * VCPU_FPR_STRIDE
    xvld        $xr9, $a0, VCPU_FPR0 + 9 * VCPU_FPR_STRIDE
    xvld        $xr10, $a0, VCPU_FPR0 + 10 * VCPU_FPR_STRIDE
    xvld        $xr11, $a0, VCPU_FPR0 + 11 * VCPU_FPR_STRIDE
    xvld        $xr12, $a0, VCPU_FPR0 + 12 * VCPU_FPR_STRIDE
    xvld        $xr13, $a0, VCPU_FPR0 + 13 * VCPU_FPR_STRIDE
    xvld        $xr14, $a0, VCPU_FPR0 + 14 * VCPU_FPR_STRIDE
    xvld        $xr15, $a0, VCPU_FPR0 + 15 * VCPU_FPR_STRIDE
    xvld        $xr16, $a0, VCPU_FPR0 + 16 * VCPU_FPR_STRIDE
    xvld        $xr17, $a0, VCPU_FPR0 + 17 * VCPU_FPR_STRIDE
    xvld        $xr18, $a0, VCPU_FPR0 + 18 * VCPU_FPR_STRIDE
    xvld        $xr19, $a0, VCPU_FPR0 + 19 * VCPU_FPR_STRIDE
    xvld        $xr20, $a0, VCPU_FPR0 + 20 * VCPU_FPR_STRIDE
    xvld        $xr21, $a0, VCPU_FPR0 + 21 * VCPU_FPR_STRIDE
    xvld        $xr22, $a0, VCPU_FPR0 + 22 * VCPU_FPR_STRIDE
    xvld        $xr23, $a0, VCPU_FPR0 + 23 * VCPU_FPR_STRIDE
    xvld        $xr24, $a0, VCPU_FPR0 + 24 * VCPU_FPR_STRIDE
    xvld        $xr25, $a0, VCPU_FPR0 + 25 * VCPU_FPR_STRIDE
    xvld        $xr26, $a0, VCPU_FPR0 + 26 * VCPU_FPR_STRIDE
    xvld        $xr27, $a0, VCPU_FPR0 + 27 * VCPU_FPR_STRIDE
    xvld        $xr28, $a0, VCPU_FPR0 + 28 * VCPU_FPR_STRIDE
    xvld        $xr29, $a0, VCPU_FPR0 + 29 * VCPU_FPR_STRIDE
    xvld        $xr30, $a0, VCPU_FPR0 + 30 * VCPU_FPR_STRIDE
    xvld        $xr31, $a0, VCPU_FPR0 + 31 * VCPU_FPR_STRIDE
    ld.d        $t1, $a0, VCPU_FCC
    movgr2cf    $fcc0, $t1
    srli.d      $t2, $t1, 8
    movgr2cf    $fcc1, $t2
    srli.d      $t2, $t1, 16
    movgr2cf    $fcc2, $t2
    srli.d      $t2, $t1, 24
    movgr2cf    $fcc3, $t2
    srli.d      $t2, $t1, 32
    movgr2cf    $fcc4, $t2
    srli.d      $t2, $t1, 40
    movgr2cf    $fcc5, $t2
    srli.d      $t2, $t1, 48
    movgr2cf    $fcc6, $t2
    srli.d      $t2, $t1, 56
    movgr2cf    $fcc7, $t2
    ld.w        $t1, $a0, VCPU_FCSR0
    movgr2fcsr  $fcsr0, $t1
    andi        $t1, $t1, FCSR_TM
    bnez        $t1, kvm_restore_top
    jr          $ra
    .globl      kvm_restore_lasx_end
kvm_restore_lasx_end:

# The rest of a restoring routine: FTOP has no instruction that takes it from a register.
kvm_restore_top:
    ld.w        $t1, $a0, VCPU_FTOP
    bstrpick.d  $t1, $t1, 2, 0
    pcaddi      $t2, 3
    alsl.d      $t2, $t1, $t2, 3
    jr          $t2
    x86mttop    0
    jr          $ra
    x86mttop    1
    jr          $ra
    x86mttop    2
    jr          $ra
    x86mttop    3
    jr          $ra
    x86mttop    4
    jr          $ra
    x86mttop    5
    jr          $ra
    x86mttop    6
    jr          $ra
    x86mttop    7
    jr          $ra

    .globl      kvm_save_lbt
kvm_save_lbt:
    movscr2gr   $t1, $scr0
    st.d        $t1, $a0, VCPU_LBT_SCR0
    movscr2gr   $t1, $scr1
    st.d        $t1, $a0, VCPU_LBT_SCR1
    movscr2gr   $t1, $scr2
    st.d        $t1, $a0, VCPU_LBT_SCR2
    movscr2gr   $t1, $scr3
    st.d        $t1, $a0, VCPU_LBT_SCR3
    x86mfflag   $t1, 0x3f
    st.w        $t1, $a0, VCPU_LBT_EFLAGS
    jr          $ra
    .globl      kvm_save_lbt_end
kvm_save_lbt_end:

    .globl      kvm_restore_lbt
kvm_restore_lbt:
    ld.d        $t1, $a0, VCPU_LBT_SCR0
    movgr2scr   $scr0, $t1
    ld.d        $t1, $a0, VCPU_LBT_SCR1
    movgr2scr   $scr1, $t1
    ld.d        $t1, $a0, VCPU_LBT_SCR2
    movgr2scr   $scr2, $t1
    ld.d        $t1, $a0, VCPU_LBT_SCR3
    movgr2scr   $scr3, $t1
    ld.w        $t1, $a0, VCPU_LBT_EFLAGS
    x86mtflag   $t1, 0x3f
    jr          $ra
    .globl      kvm_restore_lbt_end
kvm_restore_lbt_end:

    .align      3
    .globl      kvm_vector_size
kvm_vector_size:
    .dword      kvm_vector_entry_end - kvm_vector_entry
    .globl      kvm_enter_guest_size
kvm_enter_guest_size:
    .dword      kvm_enter_guest_end - kvm_enter_guest
