// Floating-point and vector context for float.c.

    .macro  each instruction, base, offset
    .irp    n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
    \instruction $f\n, \base, \offset + 8 * \n
    .endr
    .endm

    .text

// void context_save(struct context *), void context_load(struct context *): f0 to f31, FCSR0, the condition flags.
    .globl  context_save
context_save:
    each    fst.d, $a0, 0
    movfcsr2gr $t0, $fcsr0
    st.d    $t0, $a0, 256
    .irp    n, 0, 1, 2, 3, 4, 5, 6, 7
    movcf2gr $t0, $fcc\n
    st.b    $t0, $a0, 264 + \n
    .endr
    jr      $ra

    .globl  context_load
context_load:
    each    fld.d, $a0, 0
    ld.d    $t0, $a0, 256
    movgr2fcsr $fcsr0, $t0
    .irp    n, 0, 1, 2, 3, 4, 5, 6, 7
    ld.bu   $t0, $a0, 264 + \n
    movgr2cf $fcc\n, $t0
    .endr
    jr      $ra

// uint64_t pattern(uint64_t seed): fills all floating-point registers and condition flags from the seed, lets the others run for
// a while (system call 1, many times), and returns 0 if they still hold what they held.
    .globl  pattern
pattern:
    addi.d  $sp, $sp, -64
    .irp    n, 24, 25, 26, 27, 28, 29, 30, 31
    fst.d   $f\n, $sp, 8 * (\n - 24)
    .endr
    move    $t0, $a0
    .irp    n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
    movgr2fr.d $f\n, $t0
    addi.d  $t0, $t0, 1234
    .endr
    .irp    n, 0, 1, 2, 3, 4, 5, 6, 7
    srli.d  $t1, $a0, \n
    movgr2cf $fcc\n, $t1
    .endr
    li.w    $t2, 10
1:
    move    $t3, $a0
    li.w    $a7, 1
    syscall 0
    move    $a0, $t3
    addi.d  $t2, $t2, -1
    bnez    $t2, 1b
    move    $t0, $a0
    move    $t4, $zero
    .irp    n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
    movfr2gr.d $t1, $f\n
    xor     $t1, $t1, $t0
    or      $t4, $t4, $t1
    addi.d  $t0, $t0, 1234
    .endr
    .irp    n, 0, 1, 2, 3, 4, 5, 6, 7
    bstrpick.d $t1, $a0, \n, \n
    movcf2gr $t0, $fcc\n
    xor     $t1, $t1, $t0
    or      $t4, $t4, $t1
    .endr
    .irp    n, 24, 25, 26, 27, 28, 29, 30, 31
    fld.d   $f\n, $sp, 8 * (\n - 24)
    .endr
    addi.d  $sp, $sp, 64
    move    $a0, $t4
    jr      $ra

// void vector_add(uint64_t *four): adds the second pair to the first, with LSX. The guest calls it only where LSX is.
    .globl  vector_add
vector_add:
    vld     $vr8, $a0, 0
    vld     $vr9, $a0, 16
    vadd.d  $vr8, $vr8, $vr9
    vst     $vr8, $a0, 0
    jr      $ra
