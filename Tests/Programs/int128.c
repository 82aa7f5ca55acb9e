// 128-bit integers, bit operations, division of every width, shifts, byte order, checked arithmetic.
#include <stdint.h>
#include <stdio.h>

typedef unsigned __int128 u128;
typedef __int128 i128;

static void show(const char *what, u128 x) { printf("%s %016llx%016llx\n", what, (unsigned long long)(x >> 64), (unsigned long long)x); }

int main(void) {
    volatile u128 a = (u128)0x0123456789abcdef << 64 | 0xfedcba9876543210, b = 0x1234567;
    volatile i128 s = -(i128)a;
    show("add", a + b), show("sub", b - a), show("mul", a * (a >> 3)), show("div", a / b), show("mod", a % b);
    show("sdiv", (u128)(s / 1000003)), show("smod", (u128)(s % 1000003)), show("sar", (u128)(s >> 77));
    for (int n = 0; n < 128; n += 13) show("shift", a << n ^ a >> n);
    printf("%d %d %d\n", a > b, (i128)a > s, s < 0);
    printf("%.17g %.17g\n", (double)a, (double)s);
    show("from double", (u128)1.5e30), show("from negative", (u128)(i128)-1.5e30);

    static const uint64_t values[] = {0, 1, 2, 0x7f, 0x80, 0xffff, 0x80000000, 0xffffffff, 0x123456789abcdef0, 0x7fffffffffffffff, 0x8000000000000000, UINT64_MAX};
    enum { count = sizeof values / sizeof *values };
    uint64_t hash = 0;
    for (int i = 0; i < count; i++) {
        volatile uint64_t vx = values[i];
        uint64_t x = vx;
        uint32_t x32 = (uint32_t)x;
        printf("%d %d %d %016llx %08x %04x", x ? __builtin_clzll(x) : -1, x ? __builtin_ctzll(x) : -1, __builtin_popcountll(x),
               (unsigned long long)__builtin_bswap64(x), __builtin_bswap32(x32), __builtin_bswap16((uint16_t)x));
        printf(" %016llx %d\n", (unsigned long long)__builtin_bitreverse64(x), __builtin_parityll(x));
        for (int j = 0; j < count; j++) {
            volatile uint64_t vy = values[j];
            uint64_t y = vy;
            if (y) hash = hash * 31 + x / y + x % y;
            if ((uint32_t)y) hash = hash * 31 + x32 / (uint32_t)y + x32 % (uint32_t)y;
            if (y && !((int64_t)x == INT64_MIN && (int64_t)y == -1)) hash = hash * 31 + (uint64_t)((int64_t)x / (int64_t)y) + (uint64_t)((int64_t)x % (int64_t)y);
            if ((uint32_t)y && !((int32_t)x == INT32_MIN && (int32_t)y == -1)) hash = hash * 31 + (uint64_t)((int32_t)x / (int32_t)y) + (uint64_t)((int32_t)x % (int32_t)y);
            int64_t sum;
            int32_t product;
            uint64_t big;
            hash = hash * 31 + (uint64_t)__builtin_add_overflow((int64_t)x, (int64_t)y, &sum) + (uint64_t)sum;
            hash = hash * 31 + (uint64_t)__builtin_mul_overflow((int32_t)x, (int32_t)y, &product) + (uint64_t)(int64_t)product;
            hash = hash * 31 + (uint64_t)__builtin_mul_overflow(x, y, &big) + big;
            hash = hash * 31 + (uint64_t)((u128)x * y >> 64) + (uint64_t)((i128)(int64_t)x * (int64_t)y >> 64);
            hash = hash * 31 + (x << (y & 63)) + (x >> (y & 63)) + (uint64_t)((int64_t)x >> (y & 63)) + (x32 << (y & 31)) + (uint64_t)((int32_t)x >> (y & 31));
            hash = hash * 31 + (x < y) + ((int64_t)x < (int64_t)y) * 2 + (x32 < (uint32_t)y) * 4 + ((int8_t)x < (int16_t)y) * 8;
        }
    }
    printf("%016llx\n", (unsigned long long)hash);
    struct { unsigned a : 3; int b : 7; uint64_t c : 45; int d : 9; } fields = {5, -3, 0x123456789ab, -200};
    fields.c += 0x1000, fields.b -= 60;
    printf("%u %d %llx %d\n", fields.a, fields.b, (unsigned long long)fields.c, fields.d);
    return 0;
}
