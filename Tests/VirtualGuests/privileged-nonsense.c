// Executes what a guest has no business with: instructions of hypervisors, reserved and undefined ones. Each must end in an
// exception of the guest or do nothing.
#include "bare.h"

static volatile uint64_t traps;

static void skip(struct trap *trap) {
    traps++;
    trap->era += 4;
}

void guest_main(void) {
    for (int code = 1; code < 64; code++) trap_handlers[code] = skip;
    // gcsrrd, gcsrwr, gcsrxchg, gtlbclr, gtlbflush, gtlbsrch, gtlbrd, gtlbwr, gtlbfill, invtlb 9 to 31, undefined words. t0 is
    // what is read and written. hvcl is left out, since a hypervisor may well understand it, and dbcl, which QEMU 10.0.2 cannot take.
    static const uint32_t words[] = {
        0x0500000c, 0x0500002c, 0x050001ac, 0x06482001, 0x06482401, 0x06482801, 0x06482c01, 0x06483001, 0x06483401,
        0x06498009, 0x0649800a, 0x06498010, 0x06498012, 0x06498016, 0x0649801f, 0x00000000, 0xffffffff, 0x80000000,
        0x06fffffc,
    };
    uint32_t *code = window(allocate(4096, 4096));
    for (unsigned index = 0; index < sizeof words / sizeof *words; index++) {
        code[0] = words[index];
        code[1] = 0x4c000020;   // jr $ra
        __asm__ volatile("ibar 0" : : : "memory");
        if (option("verbose", 0)) {
            put_hexadecimal(words[index], 8);
            put("\n");
        }
        __asm__ volatile("li.w $t0, 0\n\tli.w $t1, 0\n\tjirl $ra, %0, 0" : : "r"(code) : "memory", "$ra", "$t0", "$t1");
    }
    put("nonsense executed\n");
    pass("privileged-nonsense", 0);
}
