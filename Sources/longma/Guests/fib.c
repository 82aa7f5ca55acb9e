// Recursive calls: Fibonacci, Ackermann, Hanoi, Takeuchi, and the queens.
#include "guest.h"

static NOINLINE uint32_t fibonacci(uint32_t n) { return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2); }

static NOINLINE uint32_t ackermann(uint32_t m, uint32_t n) {
    if (m == 0) return n + 1;
    if (n == 0) return ackermann(m - 1, 1);
    return ackermann(m - 1, ackermann(m, n - 1));
}

static NOINLINE uint64_t hanoi(int disks, int from, int to, uint64_t hash) {
    if (disks == 0) return hash;
    int spare = 3 - from - to;
    hash = hanoi(disks - 1, from, spare, hash);
    hash = fold(hash, (uint64_t)(disks * 16 + from * 4 + to));
    return hanoi(disks - 1, spare, to, hash);
}

static NOINLINE int takeuchi(int x, int y, int z) {
    return y >= x ? z : takeuchi(takeuchi(x - 1, y, z), takeuchi(y - 1, z, x), takeuchi(z - 1, x, y));
}

static NOINLINE uint32_t queens(uint32_t all, uint32_t columns, uint32_t left, uint32_t right) {
    if (columns == all) return 1;
    uint32_t count = 0;
    for (uint32_t free = all & ~(columns | left | right); free; free &= free - 1) {
        uint32_t bit = free & -free;
        count += queens(all, columns | bit, (left | bit) << 1, (right | bit) >> 1);
    }
    return count;
}

GUEST("fib", 60) {
    uint64_t hash = 0;
    for (uint64_t i = 0; i < scale; i++) {
        hash = fold(hash, fibonacci(25 + (uint32_t)(i & 3)));
        hash = fold(hash, ackermann(2, 200 + (uint32_t)(i & 7)));
        hash = fold(hash, ackermann(3, 5));
        hash = hanoi(14, 0, 2, hash);
        hash = fold(hash, (uint64_t)takeuchi(14, 8, (int)(i & 3)));
        hash = fold(hash, queens(255, 0, 0, 0));
    }
    return hash;
}
