// A guest that generates code: one buffer is rewritten 100,000 times with ibar in between, and called each time. What the code must give is worked out here
// too, so this is its own judge. Now and then a function has a loop that gets hot, or stands elsewhere in the buffer.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

typedef uint64_t (*function)(uint64_t, uint64_t);

enum { A0 = 4, A1 = 5, T0 = 12, SIZE = 1 << 16 };
static uint32_t *at;
static uint64_t state = 88172645463325252u;

static uint32_t below(uint32_t bound) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (uint32_t)(state >> 32) % bound;
}

static void put(uint32_t word) { *at++ = word; }
static void put3(uint32_t bits, int rd, int rj, int rk) { put(bits | (uint32_t)rk << 10 | (uint32_t)rj << 5 | (uint32_t)rd); }

// One operation on a0 and a1, as code and at once.
static void operation(uint64_t *a0, uint64_t *a1) {
    uint32_t n = below(2048);
    switch (below(8)) {
    case 0: put3(0x02c00000, A0, A0, (int)n); *a0 += n; break;                                // addi.d
    case 1: put3(0x00108000, A0, A0, A1); *a0 += *a1; break;                                  // add.d
    case 2: put3(0x00158000, A1, A1, A0); *a1 ^= *a0; break;                                  // xor
    case 3: put3(0x001d8000, A0, A0, A1); *a0 *= *a1; break;                                  // mul.d
    case 4: put3(0x00450000, A1, A1, (int)(n & 31)); *a1 >>= n & 31; break;                   // srli.d
    case 5: put3(0x004d0000, A0, A0, (int)(n & 63)); *a0 = *a0 >> (n & 63) | *a0 << (-n & 63); break;  // rotri.d
    case 6: put3(0x03c00000, A1, A1, (int)n); *a1 ^= n; break;                                // xori
    default: put3(0x00118000, A1, A0, A1); *a1 = *a0 - *a1; break;                            // sub.d
    }
}

int main(int argc, char **argv) {
    long rounds = argc > 1 ? atol(argv[1]) : 100000;
    char *buffer = mmap(NULL, SIZE, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (buffer == MAP_FAILED) return 1;
    uint64_t sum = 0, wrong = 0;
    for (long round = 0; round < rounds; round++) {
        uint32_t *start = (uint32_t *)(buffer + (below(8) ? 0 : below(SIZE / 4096) * 4096));
        at = start;
        uint64_t a0 = state, a1 = sum, x = a0, y = a1;
        for (int count = 1 + below(20); count > 0; count--) operation(&x, &y);
        if (round % 1000 == 999) {
            uint32_t times = 30000;
            put(0x14000000 | (times >> 12) << 5 | T0);      // lu12i.w
            put3(0x03800000, T0, T0, (int)(times & 0xfff)); // ori
            put3(0x00108000, A0, A0, A1);                   // add.d
            put3(0x03c00000, A1, A1, 5);                    // xori
            put3(0x02c00000, T0, T0, 0xfff);                // addi.d t0, t0, -1
            put(0x44000000 | (uint32_t)(-3 & 0xffff) << 10 | T0 << 5 | 0x1f);  // bnez t0, -12
            for (uint32_t i = 0; i < times; i++) {
                x += y;
                y ^= 5;
            }
        }
        put3(0x00158000, A0, A0, A1);  // xor
        put(0x4c000020);               // jr ra
        __asm__ volatile("dbar 0\n ibar 0" ::: "memory");
        uint64_t got = ((function)(void *)start)(a0, a1);
        if (got != (x ^ y)) wrong++;
        sum = sum * 31 + got;
    }
    printf("%ld functions, %lu wrong, sum %016lx\n", rounds, (unsigned long)wrong, (unsigned long)sum);
    return wrong != 0;
}
