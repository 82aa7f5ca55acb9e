/* switch.S with a kvm_enter_guest that never comes to an end. */
#define kvm_enter_guest enter_guest_unused
#include "switch.S"
#undef kvm_enter_guest

        .text
        .p2align 5
FUNCTION kvm_enter_guest
        b       kvm_enter_guest
FUNCTION_END kvm_enter_guest
