// What every bare-metal guest starts with: the entry, the exception vectors, TLB refill handlers, the way into user mode and
// back, and small routines that a trap may end. See bare.h for how C sees them.

.set CSR_CRMD, 0x0
.set CSR_PRMD, 0x1
.set CSR_ECFG, 0x4
.set CSR_ESTAT, 0x5
.set CSR_ERA, 0x6
.set CSR_BADV, 0x7
.set CSR_BADI, 0x8
.set CSR_EENTRY, 0xc
.set CSR_PGD, 0x1b
.set CSR_SAVE0, 0x30    // the interrupted stack pointer
.set CSR_SAVE1, 0x31    // the kernel's stack pointer while user code runs
.set CSR_SAVE2, 0x32    // the interrupted t0
.set CSR_SAVE3, 0x33    // the vector's number
.set CSR_SAVE6, 0x36    // t1 of the refill handlers
.set CSR_TLBRENTRY, 0x88
.set CSR_TLBRBADV, 0x89
.set CSR_TLBRSAVE, 0x8b
.set CSR_TLBRELO0, 0x8c
.set CSR_TLBRELO1, 0x8d
.set CSR_TLBREHI, 0x8e
.set CSR_DMW0, 0x180
.set CSR_DMW1, 0x181
.set CSR_DMW2, 0x182
.set CSR_DMW3, 0x183

// The trap frame: r0 to r31, then what follows. bare.h has the same as struct trap.
.set FRAME_ERA, 256
.set FRAME_PRMD, 264
.set FRAME_ESTAT, 272
.set FRAME_BADV, 280
.set FRAME_BADI, 288
.set FRAME_VECTOR, 296
.set FRAME_SIZE, 304

    .section .head.text, "ax"

// The entry, at a physical address in direct-address mode (QEMU) or already in a window. a0 to a2 are the loader's and may be
// anything. Nothing else is taken for granted.
    .globl  _start
_start:
    csrwr   $zero, CSR_ECFG
    lu52i.d $t1, $zero, -1792           // 0x9000…: cached memory
    ori     $t0, $t1, 0x11
    csrwr   $t0, CSR_DMW0
    lu52i.d $t0, $zero, -2048           // 0x8000…: uncached, for devices
    ori     $t0, $t0, 0x1
    csrwr   $t0, CSR_DMW1
    csrwr   $zero, CSR_DMW2
    csrwr   $zero, CSR_DMW3
    la.pcrel $t0, 1f
    bstrpick.d $t0, $t0, 47, 0
    or      $t0, $t0, $t1
    jr      $t0
1:
    li.w    $t0, 0xb0                   // mapped, PLV0, interrupts off, cached
    csrwr   $t0, CSR_CRMD
    la.pcrel $sp, stack_top
    la.pcrel $t0, bss_start
    la.pcrel $t1, bss_end
2:
    bgeu    $t0, $t1, 3f
    st.d    $zero, $t0, 0
    addi.d  $t0, $t0, 8
    b       2b
3:
    la.pcrel $t0, vectors
    csrwr   $t0, CSR_EENTRY
    la.pcrel $t0, refill_linear
    bstrpick.d $t0, $t0, 47, 0
    csrwr   $t0, CSR_TLBRENTRY
    move    $fp, $zero
    bl      bare_start
4:
    b       4b

    .section .text.vectors, "ax"

// With ECFG.VS = 0 every exception comes to the first of these, with VS = 3 each to its own.
    .balign 4096
    .globl  vectors
vectors:
    .altmacro
    .macro  vector number
    .balign 32
    csrwr   $t0, CSR_SAVE2
    ori     $t0, $zero, \number
    csrwr   $t0, CSR_SAVE3
    b       trap_entry
    .endm
    .set    number, 0
    .rept   128
    vector  %number
    .set    number, number + 1
    .endr
    .noaltmacro

trap_entry:
    csrrd   $t0, CSR_PRMD
    andi    $t0, $t0, 3
    beqz    $t0, 1f
    csrwr   $sp, CSR_SAVE0
    csrrd   $sp, CSR_SAVE1
    b       2f
1:
    move    $t0, $sp
    csrwr   $t0, CSR_SAVE0
2:
    addi.d  $sp, $sp, -FRAME_SIZE
    .irp    register, 1, 2, 4, 5, 6, 7, 8, 9, 10, 11, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
    st.d    $r\register, $sp, \register * 8
    .endr
    csrrd   $t0, CSR_SAVE2
    st.d    $t0, $sp, 12 * 8
    csrrd   $t0, CSR_SAVE0
    st.d    $t0, $sp, 3 * 8
    csrrd   $t0, CSR_ERA
    st.d    $t0, $sp, FRAME_ERA
    csrrd   $t0, CSR_PRMD
    st.d    $t0, $sp, FRAME_PRMD
    csrrd   $t0, CSR_ESTAT
    st.d    $t0, $sp, FRAME_ESTAT
    csrrd   $t0, CSR_BADV
    st.d    $t0, $sp, FRAME_BADV
    csrrd   $t0, CSR_BADI
    st.d    $t0, $sp, FRAME_BADI
    csrrd   $t0, CSR_SAVE3
    st.d    $t0, $sp, FRAME_VECTOR
    move    $a0, $sp
    bl      trap_dispatch
    ld.d    $t0, $sp, FRAME_ERA
    csrwr   $t0, CSR_ERA
    ld.d    $t0, $sp, FRAME_PRMD
    csrwr   $t0, CSR_PRMD
    .irp    register, 1, 2, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
    ld.d    $r\register, $sp, \register * 8
    .endr
    ld.d    $sp, $sp, 3 * 8
    ertn

    .text

// uint64_t user_enter(uint64_t entry, uint64_t stack, uint64_t argument, uint64_t second): runs user code (PLV3, interrupts on)
// until a trap handler calls user_leave. The user code finds its arguments in a0 and a1.
    .globl  user_enter
user_enter:
    addi.d  $sp, $sp, -112
    st.d    $ra, $sp, 0
    st.d    $tp, $sp, 8
    st.d    $r21, $sp, 16
    .irp    register, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
    st.d    $r\register, $sp, (\register - 19) * 8
    .endr
    csrwr   $sp, CSR_SAVE1
    csrrd   $sp, CSR_SAVE1
    li.w    $t0, 7
    csrwr   $t0, CSR_PRMD
    csrwr   $a0, CSR_ERA
    move    $sp, $a1
    move    $a0, $a2
    move    $a1, $a3
    move    $ra, $zero
    ertn

// void user_leave(uint64_t value): from a trap that user code took; makes user_enter return, interrupts off.
    .globl  user_leave
user_leave:
    csrrd   $sp, CSR_SAVE1
    ld.d    $ra, $sp, 0
    ld.d    $tp, $sp, 8
    ld.d    $r21, $sp, 16
    .irp    register, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
    ld.d    $r\register, $sp, (\register - 19) * 8
    .endr
    addi.d  $sp, $sp, 112
    jr      $ra

// void wait_for_interrupt(void): called with interrupts off and returns so; enables them and idles. An interrupt that comes
// between its two labels makes it return, so none is missed: trap_dispatch moves the return address on.
    .globl  wait_for_interrupt, idle_begin, idle_end
wait_for_interrupt:
    li.w    $t0, 4
    csrxchg $t0, $t0, CSR_CRMD
idle_begin:
    nop
    idle    0
idle_end:
    li.w    $t0, 4
    csrxchg $zero, $t0, CSR_CRMD
    jr      $ra

// Small routines whose access may trap; a handler ends them by returning to their ra.
    .globl  probe_load, probe_store, probe_fetch
probe_load:
    ld.d    $a0, $a0, 0
    jr      $ra
probe_store:
    st.d    $a1, $a0, 0
    jr      $ra
probe_fetch:
    jr      $a0

// TLB refill. All run in direct-address mode at PLV0. The tables have three levels: Dir3, Dir1 and PT.
    .section .text.refill_walk, "ax"
    .balign 4096
    .globl  refill_walk
refill_walk:                            // with the page-walk instructions
    csrwr   $t0, CSR_TLBRSAVE
    csrrd   $t0, CSR_PGD
    lddir   $t0, $t0, 3
    lddir   $t0, $t0, 1
    ldpte   $t0, 0
    ldpte   $t0, 1
    tlbfill
    csrrd   $t0, CSR_TLBRSAVE
    ertn

    .section .text.refill_counting, "ax"
    .balign 4096
    .globl  refill_counting
refill_counting:                        // the same, and counts
    csrwr   $t0, CSR_TLBRSAVE
    csrwr   $t1, CSR_SAVE6
    la.pcrel $t0, refill_count
    ld.d    $t1, $t0, 0
    addi.d  $t1, $t1, 1
    st.d    $t1, $t0, 0
    csrrd   $t1, CSR_SAVE6
    csrrd   $t0, CSR_PGD
    lddir   $t0, $t0, 3
    lddir   $t0, $t0, 1
    ldpte   $t0, 0
    ldpte   $t0, 1
    tlbfill
    csrrd   $t0, CSR_TLBRSAVE
    ertn

    .macro  refill_by_hand shift
    csrwr   $t0, CSR_TLBRSAVE
    csrwr   $t1, CSR_SAVE6
    csrrd   $t0, CSR_PGD
    csrrd   $t1, CSR_TLBRBADV
    bstrpick.d $t1, $t1, \shift * 4 - 10, \shift * 3 - 6
    alsl.d  $t0, $t1, $t0, 3
    ld.d    $t0, $t0, 0
    csrrd   $t1, CSR_TLBRBADV
    bstrpick.d $t1, $t1, \shift * 3 - 7, \shift * 2 - 3
    alsl.d  $t0, $t1, $t0, 3
    ld.d    $t0, $t0, 0
    csrrd   $t1, CSR_TLBRBADV
    bstrpick.d $t1, $t1, \shift * 2 - 4, \shift + 1
    slli.d  $t1, $t1, 4
    add.d   $t0, $t0, $t1
    ld.d    $t1, $t0, 0
    csrwr   $t1, CSR_TLBRELO0
    ld.d    $t1, $t0, 8
    csrwr   $t1, CSR_TLBRELO1
    csrrd   $t1, CSR_TLBREHI
    li.w    $t0, \shift
    bstrins.d $t1, $t0, 5, 0
    csrwr   $t1, CSR_TLBREHI
    tlbfill
    csrrd   $t1, CSR_SAVE6
    csrrd   $t0, CSR_TLBRSAVE
    ertn
    .endm

    .section .text.refill_4k, "ax"
    .balign 4096
    .globl  refill_4k
refill_4k:                              // with loads, for all bits of an entry, pages of 4 KiB
    refill_by_hand 12

    .section .text.refill_16k, "ax"
    .balign 4096
    .globl  refill_16k
refill_16k:                             // pages of 16 KiB
    refill_by_hand 14

// Before a guest has page tables a refill is a mistake: go on in mapped mode and say so.
    .section .text.refill_linear, "ax"
    .balign 4096
    .globl  refill_linear
refill_linear:
    la.pcrel $sp, stack_top
    la.pcrel $t0, refill_unexpected
    lu52i.d $t1, $zero, -1792
    bstrpick.d $t0, $t0, 47, 0
    or      $t0, $t0, $t1
    bstrpick.d $sp, $sp, 47, 0
    or      $sp, $sp, $t1
    csrrd   $a0, CSR_TLBRBADV
    csrrd   $a1, 0x8a
    csrwr   $t0, 0x8a
    li.w    $t0, 0
    csrwr   $t0, 0x8f
    csrrd   $t0, 0x8a
    ori     $t0, $t0, 1
    csrwr   $t0, 0x8a
    ertn

    .bss
    .balign 8
    .globl  refill_count
refill_count:
    .space  8
    .balign 16
    .space  16384
    .globl  stack_top
stack_top:
