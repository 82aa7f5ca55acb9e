/* switch.S with a kvm_enter_guest that never comes to an end. */
#define kvm_enter_guest enter_guest_unused
#define kvm_enter_guest_size enter_guest_unused_size
#define kvm_enter_guest_end enter_guest_unused_end
#include "switch.S"
#undef kvm_enter_guest
#undef kvm_enter_guest_size
#undef kvm_enter_guest_end

        .text
        .p2align 5
FUNCTION kvm_enter_guest
        b       kvm_enter_guest
FUNCTION_END kvm_enter_guest

        .section .rodata, "a"
        .globl  kvm_enter_guest_size
kvm_enter_guest_size:
        .quad   kvm_enter_guest_end - kvm_enter_guest
