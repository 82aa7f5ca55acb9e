// The user program of compute: integer work over an arena of 32 MiB, all in mapped memory. It has nothing from elsewhere.
#include <stddef.h>
#include <stdint.h>

#define NOINLINE __attribute__((noinline))

static uint64_t fold(uint64_t hash, uint64_t value) {
    hash = (hash ^ value) * 0x9e3779b97f4a7c15u;
    return hash ^ hash >> 29;
}

static uint64_t random_state;

static uint64_t next_random(void) {
    uint64_t x = random_state;
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    return random_state = x;
}

static NOINLINE uint64_t sieve(uint8_t *composite, uint32_t limit) {
    for (uint32_t index = 0; index < limit / 8; index++) ((uint64_t *)composite)[index] = 0;
    uint64_t count = 0, hash = 1;
    for (uint32_t number = 2; number < limit; number++) {
        if (composite[number]) continue;
        if ((++count & 255) == 0) hash = fold(hash, number);
        for (uint64_t multiple = (uint64_t)number * number; multiple < limit; multiple += number) composite[multiple] = 1;
    }
    return fold(hash, count);
}

static NOINLINE uint64_t matrix(uint64_t *left, uint32_t order) {
    uint64_t *right = left + order * order, *product = right + order * order;
    for (uint32_t index = 0; index < order * order; index++) {
        left[index] = next_random() & 0xffffffff;
        right[index] = next_random() & 0xffffffff;
    }
    uint64_t hash = 1;
    for (uint32_t row = 0; row < order; row++) {
        for (uint32_t column = 0; column < order; column++) {
            uint64_t sum = 0;
            for (uint32_t index = 0; index < order; index++) sum += left[row * order + index] * right[index * order + column];
            product[row * order + column] = sum;
        }
        hash = fold(hash, product[row * order + row]);
    }
    return hash;
}

static NOINLINE uint64_t crc(uint8_t *bytes, uint32_t size) {
    static uint32_t table[256];
    for (uint32_t index = 0; index < 256; index++) {
        uint32_t value = index;
        for (int bit = 0; bit < 8; bit++) value = value & 1 ? value >> 1 ^ 0xedb88320u : value >> 1;
        table[index] = value;
    }
    for (uint32_t index = 0; index < size; index++) bytes[index] = (uint8_t)(index * 7 + (index >> 9));
    uint32_t value = 0xffffffff;
    for (uint32_t index = 0; index < size; index++) value = value >> 8 ^ table[(value ^ bytes[index]) & 0xff];
    return ~value;
}

static NOINLINE void sort(uint64_t *first, uint64_t *last) {
    while (last - first > 12) {
        uint64_t pivot = first[(last - first) / 2], *low = first, *high = last;
        while (low <= high) {
            while (*low < pivot) low++;
            while (*high > pivot) high--;
            if (low > high) break;
            uint64_t other = *low;
            *low++ = *high;
            *high-- = other;
        }
        if (high - first < last - low) {
            sort(first, high);
            first = low;
        } else {
            sort(low, last);
            last = high;
        }
    }
    for (uint64_t *place = first + 1; place <= last; place++) {
        uint64_t value = *place, *hole = place;
        for (; hole > first && hole[-1] > value; hole--) *hole = hole[-1];
        *hole = value;
    }
}

static NOINLINE uint64_t sorting(uint64_t *values, uint32_t count) {
    for (uint32_t index = 0; index < count; index++) values[index] = next_random();
    sort(values, values + count - 1);
    uint64_t hash = 1;
    for (uint32_t index = 1; index < count; index++) {
        if (values[index - 1] > values[index]) return 0;
        if ((index & 63) == 0) hash = fold(hash, values[index]);
    }
    return hash;
}

// A hash table over the whole arena: every access is to another page.
static NOINLINE uint64_t hashing(uint64_t *slots, uint32_t operations) {
    const uint64_t mask = (1u << 21) - 1;       // 2 Mi pairs of 8 bytes
    for (uint64_t index = 0; index <= mask; index += 64) slots[index * 2] = 0;
    uint64_t found = 0, hash = 1;
    for (uint32_t index = 0; index < operations; index++) {
        uint64_t key = (next_random() >> 40 | 1) * 0x9e3779b97f4a7c15u, slot = key >> 43 & mask & ~(uint64_t)63;
        if (slots[slot * 2] == key) {
            found++;
            hash = fold(hash, ++slots[slot * 2 + 1]);
        } else {
            slots[slot * 2] = key;
            slots[slot * 2 + 1] = index;
        }
    }
    return fold(hash, found);
}

static void report(uint64_t result, const char *name) {
    uint64_t packed = 0;
    for (int index = 0; name[index]; index++) packed |= (uint64_t)(uint8_t)name[index] << index * 8;
    register uint64_t a0 __asm__("$a0") = result;
    register uint64_t a1 __asm__("$a1") = packed;
    register uint64_t a7 __asm__("$a7") = 1;
    __asm__ volatile("syscall 0" : "+r"(a0) : "r"(a1), "r"(a7) : "memory");
}

__attribute__((section(".text.entry"))) _Noreturn void work(uint64_t scale, uint64_t arena) {
    uint64_t hash = 1, part[5] = {1, 1, 1, 1, 1};
    random_state = 0x123456789abcdef;
    for (uint64_t round = 0; round < scale; round++) {
        part[0] = fold(part[0], sieve((uint8_t *)arena, 3000000));
        part[1] = fold(part[1], matrix((uint64_t *)arena, 160));
        part[2] = fold(part[2], crc((uint8_t *)arena, 4000000));
        part[3] = fold(part[3], sorting((uint64_t *)arena, 200000));
        part[4] = fold(part[4], hashing((uint64_t *)arena, 150000));
    }
    report(part[0], "sieve");
    report(part[1], "matrix");
    report(part[2], "crc");
    report(part[3], "sort");
    report(part[4], "hash");
    for (int index = 0; index < 5; index++) hash = fold(hash, part[index]);
    register uint64_t a0 __asm__("$a0") = hash;
    register uint64_t a7 __asm__("$a7") = 0;
    __asm__ volatile("syscall 0" : : "r"(a0), "r"(a7) : "memory");
    for (;;) {}
}
