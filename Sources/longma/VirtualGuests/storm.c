// Mostly what a hypervisor must do for its guest: cpucfg, IOCSR reads, sensitive control registers, device registers, idling. It
// prints only how often. scale=N on the command line asks for N rounds.
#include "bare.h"

enum { cpucfg_reads = 20000, iocsr_reads = 20000, register_reads = 20000, device_reads = 40000, idles = 200, faults_wanted = 2000 };

static volatile uint64_t interrupts, breaks;

static void interrupt(struct trap *trap) {
    if (!(trap->estat >> LINE_TIMER & 1)) fail("an interrupt of another line", trap->estat);
    timer_acknowledge();
    interrupts++;
}

static void on_break(struct trap *trap) {
    breaks++;
    trap->era += 4;
}

static uint32_t iocsr_read(uint32_t address) {
    uint32_t value;
    __asm__ volatile("iocsrrd.w %0, %1" : "=r"(value) : "r"(address) : "memory");
    return value;
}

static uint64_t iocsr_read_double(uint32_t address) {
    uint64_t value;
    __asm__ volatile("iocsrrd.d %0, %1" : "=r"(value) : "r"(address) : "memory");
    return value;
}

void guest_main(void) {
    static const uint32_t words[] = {0, 1, 2, 4, 5, 16, 17, 18, 19, 20};
    uint64_t rounds = option("scale", 1), calls = 0, checksum = 1;
    volatile uint8_t *line_status = (volatile uint8_t *)0x800000001fe001e5, *scratch = (volatile uint8_t *)0x800000001fe001e7;
    trap_handlers[CODE_INT] = interrupt;
    trap_handlers[CODE_BRK] = on_break;
    csr_write(CSR_ECFG, 1u << LINE_TIMER);

    uint64_t first = cpucfg(1), vendor = iocsr_read_double(0x10);
    for (uint64_t round = 0; round < rounds; round++) {
        for (int index = 0; index < cpucfg_reads; index++) {
            uint32_t word = words[index % 10], value = cpucfg(word);
            if (word == 1) check_equal(value, first, "CPUCFG word 1 changes");
            if (word == 5) check(value != 0, "CPUCFG word 5");
            calls++;
        }
        for (int index = 0; index < iocsr_reads; index += 2) {
            check(iocsr_read(8) & 8, "IOCSR has no extended interrupts");
            check_equal(iocsr_read_double(0x10), vendor, "the IOCSR vendor changes");
            calls += 2;
        }
        // Machine error, cache tag and debug registers: sensitive for a guest, and QEMU knows them.
        for (int index = 0; index < register_reads; index += 4) {
            csr_write(0x98, 0);             // CTAG
            csr_read(0x98);
            csr_write(0x94, (uint64_t)index);   // MERRERA
            csr_read(0x93);                 // MERRENTRY
            calls += 4;
        }
        for (int index = 0; index < device_reads; index++) check(*line_status != 0xff, "the console's line status");
        calls += device_reads;
        for (int index = 0; index < 256; index++) {
            *scratch = (uint8_t)index;
            check_equal(*scratch, (uint64_t)index, "the console's scratch register");
        }
        calls += 512;
        interrupts = 0;
        for (uint64_t index = 1; index <= idles; index++) {
            timer_start(timer_frequency() / 20000, 0);
            while (interrupts < index) wait_for_interrupt();
        }
        calls += idles;
        breaks = 0;
        for (int index = 0; index < faults_wanted; index++) __asm__ volatile("break 0" : : : "memory");
        check_equal(breaks, faults_wanted, "breaks");
        for (int index = 0; index < 1000; index++) invalidate(0, 0, 0);
        checksum = fold(checksum, calls);
    }
    put_line("rounds", rounds);
    put_line("cpucfg", rounds * cpucfg_reads);
    put_line("IOCSR reads", rounds * iocsr_reads);
    put_line("sensitive control registers", rounds * register_reads);
    put_line("device registers", rounds * (device_reads + 512));
    put_line("idles", rounds * idles);
    put_line("breaks", rounds * faults_wanted);
    pass("storm", checksum);
}
