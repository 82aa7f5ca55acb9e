// A TLB refill handler that fills nothing: the access is retried for ever.
#include "bare.h"

extern char refill_nothing[];
__asm__(".section .text.refill_nothing, \"ax\"\n\t.balign 4096\n\t.globl refill_nothing\nrefill_nothing:\n\tertn\n\t.text");

void guest_main(void) {
    csr_write(CSR_TLBRENTRY, physical(refill_nothing));
    put("refills without end\n");
    *(volatile uint64_t *)0x40000000;
    put("came back\n");
}
