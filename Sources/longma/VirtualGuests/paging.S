// What paging runs in user mode: a0 is an address of the kernel's page, a1 one of its window. Position independent.
    .text
    .globl  user_code, user_code_end
user_code:
    move    $s0, $a0
    move    $s1, $a1
    li.w    $s2, 300
    move    $s3, $sp
    ori     $a0, $zero, 1
1:
    st.d    $a0, $sp, -8
    ori     $a7, $zero, 1
    move    $a1, $s2
    syscall 5
    ld.d    $t0, $sp, -8
    rotri.d $a0, $a0, 7
    xor     $a0, $a0, $t0
    addi.d  $s2, $s2, -1
    bnez    $s2, 1b
    bne     $sp, $s3, 2f
    csrrd   $t1, 0
    ertn
    idle    0
    tlbfill
    ld.d    $t1, $s0, 0
    st.d    $t1, $s0, 8
    ld.d    $t1, $s1, 0
    break   3
    .word   0
    li.w    $t2, 2
    asrtle.d $t2, $zero
    pcaddi  $t3, 0
    st.d    $t2, $t3, 0
    movgr2fr.d $fa0, $t2
    move    $a7, $zero
    syscall 0
2:
    break   7
    b       2b
user_code_end:
