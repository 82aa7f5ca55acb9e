/* switch.S with a kvm_enter_guest that does not keep s0 and s8 for its caller. */
#define kvm_enter_guest enter_guest_proper
#include "switch.S"
#undef kvm_enter_guest

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
