// Writes random values to every control register number, 0 to 0x3fff, and at once writes the old value back; only CRMD and the
// window that the code runs in are spared. What is read differs between machines, so nothing of it is printed.
#include "bare.h"

static volatile uint64_t traps;

// QEMU raises INE on a write to a register that can only be read.
static void skip(struct trap *trap) {
    traps++;
    trap->era += 4;
}

void guest_main(void) {
    trap_handlers[CODE_INE] = trap_handlers[CODE_IPE] = skip;
    enum { count = 0x4000 };
    // Three instructions each: csrwr $a0, n; csrwr $a0, n; jr $ra
    uint32_t *code = window(allocate(count * 12, 4096));
    for (uint32_t number = 0; number < count; number++) {
        code[number * 3] = code[number * 3 + 1] = 0x04000024 | number << 10;
        code[number * 3 + 2] = 0x4c000020;
    }
    __asm__ volatile("ibar 0" : : : "memory");
    uint64_t state = 88172645463325252;
    for (int round = 0; round < 3; round++) {
        for (uint32_t number = 0; number < count; number++) {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            if (number == CSR_CRMD || number == CSR_DMW0) continue;
            ((void (*)(uint64_t))(code + number * 3))(state);
        }
        timer_stop();
        timer_acknowledge();
        put("all control registers written\n");
    }
    // It still works.
    check_equal(csr_read(CSR_CRMD), 0xb0, "CRMD");
    uint64_t before = traps;
    __asm__ volatile(".word 0" : : : "memory");
    check_equal(traps, before + 1, "exceptions still work");
    pass("csr-noise", 0);
}
