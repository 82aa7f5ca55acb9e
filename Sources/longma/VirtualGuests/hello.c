// The smallest guest: the console, CPUCFG, the counter and power off.
#include "bare.h"

void guest_main(void) {
    put("hello from a bare-metal LA64 guest\n");
    uint32_t base = cpucfg(1), features = cpucfg(2);
    put_line("architecture", base & 3);
    put_line("physical address bits", (base >> 4 & 0xff) + 1);
    put_line("virtual address bits", (base >> 12 & 0xff) + 1);
    put_line("floating point", features & 7);
    put_line("counter frequency", timer_frequency());
    put_line("save registers", csr_read(CSR_PRCFG1) & 15);
    put_line("timer bits", (csr_read(CSR_PRCFG1) >> 4 & 0xff) + 1);
    put("command line scale ");
    put_number(option("scale", 0));
    put("\n");
    uint64_t first = rdtime(), second = rdtime();
    check(second >= first, "the counter runs backwards");
    check_equal(csr_read(CSR_CRMD), 0xb0, "CRMD");
    uint64_t checksum = fold(fold(fold(1, base & 0xffff3), features & 7), timer_frequency());
    pass("hello", checksum);
}
