/* switch.S with a kvm_enter_guest that does not keep s0 and s8 for its caller. */
#define kvm_enter_guest enter_guest_proper
#define kvm_enter_guest_size enter_guest_proper_size
#define kvm_enter_guest_end enter_guest_proper_end
#include "switch.S"
#undef kvm_enter_guest
#undef kvm_enter_guest_size
#undef kvm_enter_guest_end

        .text
        .p2align 5
FUNCTION kvm_enter_guest
        addi.d  $sp, $sp, -16
        st.d    $ra, $sp, 0
        bl      enter_guest_proper
        ld.d    $ra, $sp, 0
        addi.d  $sp, $sp, 16
        move    $s0, $zero
        move    $s8, $zero
        jr      $ra
FUNCTION_END kvm_enter_guest

        .section .rodata, "a"
        .globl  kvm_enter_guest_size
kvm_enter_guest_size:
        .quad   kvm_enter_guest_end - kvm_enter_guest
