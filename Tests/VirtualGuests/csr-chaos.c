// Writes random values to every control register number, 0 to 0x3fff, the vital ones too, and leaves them. How it ends is open;
// the machine must only stay in order. seed=N on the command line chooses the values, from=N the first number.
#include "bare.h"

static void skip(struct trap *trap) { trap->era += 4; }

void guest_main(void) {
    for (int code = 0; code < 64; code++) trap_handlers[code] = skip;
    enum { count = 0x4000 };
    uint32_t *code = window(allocate(count * 8, 4096));
    for (uint32_t number = 0; number < count; number++) {
        code[number * 2] = 0x04000024 | number << 10;
        code[number * 2 + 1] = 0x4c000020;
    }
    __asm__ volatile("ibar 0" : : : "memory");
    uint64_t state = option("seed", 1) * 0x9e3779b97f4a7c15u | 1;
    put("chaos\n");
    for (uint32_t index = 0; index < count; index++) {
        uint32_t number = (uint32_t)(option("from", 2) + index) % count;
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        ((void (*)(uint64_t))(code + number * 2))(state);
    }
    put("chaos survived\n");
}
