// The stack pointer points to nothing, and then an exception comes.
#include "bare.h"

void guest_main(void) {
    put("the stack is lost\n");
    __asm__ volatile("move $sp, %0\n\tsyscall 0" : : "r"(0x9000500000000000) : "memory");
    for (;;) {}
}
