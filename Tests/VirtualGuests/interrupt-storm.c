// A timer interrupt that is never acknowledged: it comes again before the next instruction, for ever.
#include "bare.h"

static volatile uint64_t interrupts;

static void interrupt(struct trap *trap) {
    (void)trap;
    interrupts++;
}

void guest_main(void) {
    trap_handlers[CODE_INT] = interrupt;
    csr_write(CSR_ECFG, 1u << LINE_TIMER);
    put("interrupts without end\n");
    timer_start(1000, 0);
    interrupts_on();
    for (;;) __asm__ volatile("nop");
}
