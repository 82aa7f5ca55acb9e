// The sieve of Eratosthenes three ways: a byte per number, a bit per odd number, and smallest prime factors.
#include "guest.h"

enum { limit = 400000 };
static uint8_t composite[limit];
static uint64_t bits[limit / 128 + 1];
static uint32_t factor[limit];

static uint64_t by_bytes(uint64_t hash) {
    __builtin_memset(composite, 0, limit);
    for (uint32_t i = 2; i * i < limit; i++)
        if (!composite[i])
            for (uint32_t j = i * i; j < limit; j += i) composite[j] = 1;
    uint32_t count = 0;
    uint64_t sum = 0;
    for (uint32_t i = 2; i < limit; i++)
        if (!composite[i]) count++, sum += i;
    return fold(fold(hash, count), sum);
}

static uint64_t by_bits(uint64_t hash) {
    __builtin_memset(bits, 0, sizeof bits);
    for (uint32_t i = 3; i * i < limit; i += 2)
        if (!(bits[i >> 7] >> (i >> 1 & 63) & 1))
            for (uint32_t j = i * i; j < limit; j += 2 * i) bits[j >> 7] |= (uint64_t)1 << (j >> 1 & 63);
    uint64_t count = 1;
    for (uint32_t i = 3; i < limit; i += 2) count += ~bits[i >> 7] >> (i >> 1 & 63) & 1;
    return fold(hash, count);
}

static uint64_t by_factors(uint64_t hash) {
    static uint32_t primes[limit / 8];
    uint32_t count = 0;
    uint64_t sum = 0;
    __builtin_memset(factor, 0, sizeof factor);
    for (uint32_t i = 2; i < limit; i++) {
        if (!factor[i]) factor[i] = primes[count++] = i;
        for (uint32_t j = 0; j < count && primes[j] <= factor[i] && (uint64_t)primes[j] * i < limit; j++) factor[primes[j] * i] = primes[j];
        sum += i / factor[i];
    }
    return fold(fold(hash, count), sum);
}

GUEST("sieve", 50) {
    uint64_t hash = 0;
    for (uint64_t i = 0; i < scale; i++) hash = by_factors(by_bits(by_bytes(hash + i)));
    return hash;
}
