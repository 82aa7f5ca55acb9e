// The TLB refill entry is a physical address where nothing is.
#include "bare.h"

void guest_main(void) {
    csr_write(CSR_TLBRENTRY, 0x500000000000);
    put("a refill to nowhere\n");
    *(volatile uint64_t *)0x40000000;
    put("came back\n");
}
