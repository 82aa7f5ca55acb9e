// Idles with no line enabled: nothing can end it.
#include "bare.h"

void guest_main(void) {
    csr_write(CSR_ECFG, 0);
    put("idle for ever\n");
    for (;;) __asm__ volatile("idle 0");
}
