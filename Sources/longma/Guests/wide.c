// Much cold code: 2,048 different functions in 8 shapes, called in turn. The scale is the number of calls, so that a scale
// below 2,048 touches only that many functions; the default calls each of them three times.
#include "guest.h"

/// Function number N (hexadecimal digits): the shape comes from its low digit, the constants from all of it.
#define FUNCTION(N)                                                                             \
    static NOINLINE uint64_t f##N(uint64_t x, uint64_t *memory) {                                \
        const uint64_t n = 0x##N, k = (n * 2654435761u + 12345) | 1;                             \
        switch (n & 7) {                                                                         \
        case 0: x = x * k + (x >> (n % 31 + 1)); break;                                          \
        case 1: for (uint64_t i = 0; i < n % 5 + 1; i++) x = (x ^ k) + (x << 3) + i; break;      \
        case 2: x = x & (1u << n % 20) ? x + k : (x ^ k) * 3; break;                             \
        case 3: memory[n % 64] += x ^ k; x += memory[(n + 7) % 64]; break;                       \
        case 4: x = (x % (k % 1000 + 3)) * k + x / (n % 97 + 2); break;                          \
        case 5: if (x > k << 30) x -= k; else if (x & 1) x ^= k << 7; else x += n; break;        \
        case 6: x = (uint32_t)(x * k) + ((uint64_t)(int32_t)(x >> 9) << 5); break;               \
        case 7: for (uint64_t i = x & 3; i; i--) memory[(x + i) % 64] ^= k; x = ~x + n; break;   \
        }                                                                                        \
        x = (x << (n % 61 + 1) | x >> (63 - n % 61)) ^ (n << 17);                                \
        return n & 8 ? x + memory[n % 61] : x;                                                   \
    }

#define EACH16(DO, N)                                                                                                  \
    DO(N##0) DO(N##1) DO(N##2) DO(N##3) DO(N##4) DO(N##5) DO(N##6) DO(N##7) DO(N##8) DO(N##9) DO(N##a) DO(N##b) DO(N##c) \
    DO(N##d) DO(N##e) DO(N##f)
#define EACH128(DO, N)                                                                                        \
    EACH16(DO, N##0) EACH16(DO, N##1) EACH16(DO, N##2) EACH16(DO, N##3) EACH16(DO, N##4) EACH16(DO, N##5)      \
    EACH16(DO, N##6) EACH16(DO, N##7)
#define EACH1024(DO, N)                                                                                            \
    EACH128(DO, N##0) EACH128(DO, N##1) EACH128(DO, N##2) EACH128(DO, N##3) EACH128(DO, N##4) EACH128(DO, N##5)     \
    EACH128(DO, N##6) EACH128(DO, N##7)

EACH1024(FUNCTION, 1)
EACH1024(FUNCTION, 2)

#define POINTER(N) f##N,
static uint64_t (*const functions[])(uint64_t, uint64_t *) = {EACH1024(POINTER, 1) EACH1024(POINTER, 2)};

GUEST("wide", 6144) {
    uint64_t memory[64] = {0}, hash = 1;
    for (uint64_t i = 0; i < scale; i++) hash = fold(functions[i % (sizeof functions / sizeof *functions)](hash, memory), i);
    for (int i = 0; i < 64; i++) hash = fold(hash, memory[i]);
    return hash;
}
