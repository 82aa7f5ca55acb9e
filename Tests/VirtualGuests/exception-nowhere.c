// The exception entry is an unmapped address: the refill handler finds nothing there (an entry with V = 0), whose page fault goes
// to the same place, for ever.
#include "bare.h"

void guest_main(void) {
    struct space space = space_make(12);
    csr_write(CSR_PGDL, space.root);
    csr_write(CSR_PGDH, space.root);
    paging_start(12, refill_walk);
    put("exceptions to nowhere\n");
    csr_write(CSR_EENTRY, 0x40000000);
    __asm__ volatile("syscall 0" : : : "memory");
    put("came back\n");
}
