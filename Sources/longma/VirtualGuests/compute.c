// A user program that computes (compute-work.c) in mapped memory of 4 KiB pages, under a timer of 1 kHz. On the command line
// scale=N asks for N rounds, hertz=N for another timer (0: none), verbose=1 for a line with what is not the same in every run.
#include "bare.h"

enum : uint64_t { arena_base = 0x100000000, arena_pages = 8192, stack_base = 0x7ff0000000, stack_pages = 4, shift = 12, page_size = 4096 };

extern char mapped_start[], mapped_end[];

static volatile uint64_t ticks;

static void interrupt(struct trap *trap) {
    if (!(trap->estat >> LINE_TIMER & 1)) fail("an interrupt of another line", trap->estat);
    timer_acknowledge();
    ticks++;
}

// System calls: a7 = 0 leaves with a0; 1 prints the result a0 of the work that a1 names, of at most 8 characters.
static void on_call(struct trap *trap) {
    if (trap->gpr[11] == 0) user_leave(trap->gpr[4]);
    for (uint64_t name = trap->gpr[5]; name; name >>= 8) put_character((char)name);
    put(" ");
    put_hexadecimal(trap->gpr[4], 16);
    put("\n");
    trap->era += 4;
}

void guest_main(void) {
    uint64_t scale = option("scale", 3), hertz = option("hertz", 1000);
    struct space space = space_make(shift);
    for (uint64_t address = physical(mapped_start); address < physical(mapped_end); address += page_size) {
        space_map(space, address, address, PTE_RW | PTE_USER);
    }
    uint64_t stack = allocate(stack_pages * page_size, page_size), arena = allocate(arena_pages * page_size, page_size);
    for (uint64_t page = 0; page < stack_pages; page++) {
        space_map(space, stack_base + page * page_size, stack + page * page_size, PTE_RW | PTE_USER);
    }
    for (uint64_t page = 0; page < arena_pages; page++) {
        space_map(space, arena_base + page * page_size, arena + page * 4093 % arena_pages * page_size, PTE_RW | PTE_USER);
    }
    csr_write(CSR_PGDL, space.root);
    csr_write(CSR_PGDH, space.root);
    csr_write(CSR_ASID, 1);
    paging_start(shift, option("verbose", 0) ? refill_counting : refill_walk);

    trap_handlers[CODE_INT] = interrupt;
    trap_handlers[CODE_SYS] = on_call;
    csr_write(CSR_ECFG, 1u << LINE_TIMER);
    if (hertz) timer_start(timer_frequency() / hertz, 1);
    uint64_t start = rdtime();
    uint64_t result = user_enter(physical(mapped_start), stack_base + stack_pages * page_size, scale, arena_base);
    uint64_t milliseconds = (rdtime() - start) / (timer_frequency() / 1000);
    timer_stop();
    if (option("verbose", 0)) {
        put_line("# ticks", ticks);
        put_line("# milliseconds", milliseconds);
        put_line("# refills", refill_count);
    }
    // How many ticks there were depends on the speed, but there must be some.
    if (hertz && milliseconds * hertz >= 200000) check(ticks > 0, "no timer interrupt came");
    if (hertz) put("timer interrupts were handled\n");
    pass("compute", result);
}
