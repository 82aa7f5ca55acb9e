// Code that changes code, with ibar: in its own page, through the other window, and a loop that rewrites itself each time round.
#include "bare.h"

static uint32_t area[2048] __attribute__((aligned(4096)));

// ori $a0, $zero, value
static uint32_t load_immediate(uint32_t value) { return 0x03800004 | value << 10; }

enum { jump_return = 0x4c000020, rounds = 5000 };

void guest_main(void) {
    uint32_t *code = area, *alias = (uint32_t *)(0x8000000000000000 | physical(area));
    uint64_t (*function)(void) = (uint64_t (*)(void))code, checksum = 1;
    code[1] = jump_return;
    for (uint32_t round = 0; round < rounds; round++) {
        volatile uint32_t *place = round & 1 ? alias : code;
        *place = load_immediate(round & 0xfff);
        __asm__ volatile("ibar 0" : : : "memory");
        uint64_t value = function();
        check_equal(value, round & 0xfff, "the code that was written");
        checksum = fold(checksum, value);
    }
    put("rewritten from outside\n");

    // A loop that adds a constant and increments that constant in itself: addi.d a0, a0, n at code[1].
    static const uint32_t loop[] = {
        0x00150004,     // move $a0, $zero
        0x02c00084,     // addi.d $a0, $a0, 0
        0x240000ac,     // ldptr.w $t0, $a1, 0
        0x0290018c,     // addi.w $t0, $t0, 0x400
        0x250000ac,     // stptr.w $t0, $a1, 0
        0x38728000,     // ibar 0
        0x02bffcc6,     // addi.w $a2, $a2, -1
        0x47ffe8df,     // bnez $a2, -24
        jump_return,
    };
    memcpy(code, loop, sizeof loop);
    __asm__ volatile("ibar 0" : : : "memory");
    uint64_t sum = ((uint64_t (*)(uint64_t, uint32_t *, uint64_t))code)(0, code + 1, 1000);
    check_equal(sum, 1000 * 999 / 2, "the loop that rewrites itself");
    put("rewritten from inside\n");
    pass("self-modify", fold(checksum, sum));
}
