// The exception entry has no instruction: each exception is the next one's cause, for ever.
#include "bare.h"

static uint32_t nothing[1024] __attribute__((aligned(4096)));

void guest_main(void) {
    put("exceptions without end\n");
    csr_write(CSR_EENTRY, (uint64_t)nothing);
    __asm__ volatile("syscall 0" : : "r"(nothing) : "memory");
    put("came back\n");
}
