// Sorting and searching: quicksort by comparison function, heapsort, radix sort, binary search.
#include "guest.h"

enum { count = 20000 };
static uint32_t keys[count], other[count], scratch[count];

static NOINLINE int ascending(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static NOINLINE int by_low_half(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    int low = (int)(x & 0xffff) - (int)(y & 0xffff);
    return low ? low : ascending(a, b);
}

static inline void exchange(uint32_t *a, uint32_t *b) {
    uint32_t t = *a;
    *a = *b;
    *b = t;
}

static void quicksort(uint32_t *low, uint32_t *high, int (*compare)(const void *, const void *)) {
    while (high - low > 12) {
        uint32_t *middle = low + (high - low) / 2;
        if (compare(middle, low) < 0) exchange(middle, low);
        if (compare(high - 1, low) < 0) exchange(high - 1, low);
        if (compare(high - 1, middle) < 0) exchange(high - 1, middle);
        uint32_t pivot = *middle, *i = low, *j = high - 1;
        while (i <= j) {
            while (compare(i, &pivot) < 0) i++;
            while (compare(j, &pivot) > 0) j--;
            if (i <= j) exchange(i++, j--);
        }
        if (j - low < high - i) {
            quicksort(low, j + 1, compare);
            low = i;
        } else {
            quicksort(i, high, compare);
            high = j + 1;
        }
    }
    for (uint32_t *i = low + 1; i < high; i++)
        for (uint32_t *j = i; j > low && compare(j - 1, j) > 0; j--) exchange(j - 1, j);
}

static void heapsort(uint32_t *items, uint32_t size) {
    for (uint32_t start = size / 2, end = size; end > 1;) {
        if (start > 0) {
            start--;
        } else {
            exchange(&items[0], &items[--end]);
        }
        for (uint32_t root = start, child; (child = 2 * root + 1) < end; root = child) {
            if (child + 1 < end && items[child] < items[child + 1]) child++;
            if (items[root] >= items[child]) break;
            exchange(&items[root], &items[child]);
        }
    }
}

static void radix(uint32_t *items, uint32_t *spare, uint32_t size) {
    for (int shift = 0; shift < 32; shift += 8) {
        uint32_t start[257] = {0};
        for (uint32_t i = 0; i < size; i++) start[(items[i] >> shift & 255) + 1]++;
        for (int i = 0; i < 256; i++) start[i + 1] += start[i];
        for (uint32_t i = 0; i < size; i++) spare[start[items[i] >> shift & 255]++] = items[i];
        uint32_t *t = items;
        items = spare;
        spare = t;
    }
}

static uint32_t search(const uint32_t *items, uint32_t size, uint32_t key) {
    uint32_t low = 0;
    while (size > 0) {
        uint32_t half = size / 2;
        if (items[low + half] < key) {
            low += half + 1;
            size -= half + 1;
        } else {
            size = half;
        }
    }
    return low;
}

GUEST("quicksort", 25) {
    uint64_t random = 5, hash = 0;
    for (uint64_t round = 0; round < scale; round++) {
        for (int i = 0; i < count; i++) keys[i] = other[i] = next_random(&random);
        quicksort(keys, keys + count, by_low_half);
        for (int i = 0; i < count; i += 100) hash = fold(hash, keys[i]);
        quicksort(keys, keys + count, ascending);
        heapsort(other, count / 2);
        radix(other, scratch, count);
        for (int i = 0; i < count; i++)
            if (keys[i] != other[i]) return 0;
        for (int i = 0; i < count / 4; i++) hash = fold(hash, search(keys, count, next_random(&random)));
    }
    return hash;
}
