// For selftest.c: the "guest", and a call that sees which registers come back.
    .text
    .globl  guest_code
guest_code:
    syscall 0x11
    .irp    n, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
    addi.d  $r\n, $r\n, \n
    .endr
    syscall 0x12
    csrrd   $a0, 0x19
    csrrd   $a1, 0x4
    csrrd   $a2, 0x0
    csrrd   $a3, 0xc
    break   5
    addi.d  $a0, $a0, 1
    syscall 0x13

// struct result call_checked(void *run, void *vcpu, int (*enter)(void *, void *)): what it returns, and a bit for each register
// that it does not keep.
    .globl  call_checked
call_checked:
    addi.d  $sp, $sp, -128
    st.d    $r1, $sp, 0
    st.d    $r2, $sp, 8
    st.d    $r21, $sp, 16
    st.d    $r22, $sp, 24
    st.d    $r23, $sp, 32
    st.d    $r24, $sp, 40
    st.d    $r25, $sp, 48
    st.d    $r26, $sp, 56
    st.d    $r27, $sp, 64
    st.d    $r28, $sp, 72
    st.d    $r29, $sp, 80
    st.d    $r30, $sp, 88
    st.d    $r31, $sp, 96
    move    $t0, $a2
    li.d    $r21, 0x2221000
    li.d    $r2, 0x123456789
    csrwr   $sp, 0x36
    csrrd   $sp, 0x36
    .irp    n, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
    li.w    $r\n, \n * 0x1357
    .endr
    jirl    $ra, $t0, 0
    move    $a1, $zero
    csrrd   $t0, 0x36
    xor     $t0, $t0, $sp
    sltu    $t0, $zero, $t0
    slli.d  $t0, $t0, 3
    or      $a1, $a1, $t0
    csrrd   $sp, 0x36
    li.d    $t0, 0x123456789
    xor     $t0, $t0, $tp
    sltu    $t0, $zero, $t0
    slli.d  $t0, $t0, 2
    or      $a1, $a1, $t0
    .irp    n, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
    li.w    $t0, \n * 0x1357
    xor     $t0, $t0, $r\n
    sltu    $t0, $zero, $t0
    slli.d  $t0, $t0, \n
    or      $a1, $a1, $t0
    .endr
    ld.d    $r1, $sp, 0
    ld.d    $r2, $sp, 8
    ld.d    $r21, $sp, 16
    ld.d    $r22, $sp, 24
    ld.d    $r23, $sp, 32
    ld.d    $r24, $sp, 40
    ld.d    $r25, $sp, 48
    ld.d    $r26, $sp, 56
    ld.d    $r27, $sp, 64
    ld.d    $r28, $sp, 72
    ld.d    $r29, $sp, 80
    ld.d    $r30, $sp, 88
    ld.d    $r31, $sp, 96
    addi.d  $sp, $sp, 128
    jr      $ra
