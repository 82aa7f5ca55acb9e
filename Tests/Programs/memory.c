// malloc, calloc, realloc and free under stress; brk and mmap underneath.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <errno.h>

static uint32_t state = 12345;
static uint32_t rnd(void) { return state = state * 1664525u + 1013904223u, state >> 8; }

int main(void) {
    enum { slots = 128 };
    unsigned char *block[slots] = {0};
    size_t size[slots] = {0};
    unsigned long bad = 0, sum = 0;
    for (int i = 0; i < 6000; i++) {
        uint32_t s = rnd() % slots;
        for (size_t j = 0; j < size[s]; j += 61) bad += block[s][j] != (unsigned char)(s + j);
        size_t next = rnd() % 97 == 0 ? rnd() % 200000 : rnd() % 900;
        switch (rnd() % 4) {
        case 0:
            free(block[s]);
            block[s] = NULL, size[s] = 0;
            continue;
        case 1:
            free(block[s]);
            block[s] = calloc(next / 8 + 1, 8);
            for (size_t j = 0; j < next; j += 127) bad += block[s][j] != 0;
            break;
        case 2:
            free(block[s]);
            block[s] = malloc(next + 1);
            break;
        default: {
            size_t keep = size[s] < next ? size[s] : next;
            block[s] = realloc(block[s], next + 1);
            for (size_t j = 0; j < keep; j += 61) bad += block[s][j] != (unsigned char)(s + j);
        }
        }
        if (!block[s] || ((uintptr_t)block[s] & 15)) return puts("malloc failed"), 1;
        size[s] = next;
        for (size_t j = 0; j < next; j += 61) block[s][j] = (unsigned char)(s + j);
        sum += next;
    }
    printf("bad %lu sum %lu\n", bad, sum);
    for (int i = 0; i < slots; i++) free(block[i]);
    void *p;
    printf("memalign %d %d\n", posix_memalign(&p, 4096, 100), (int)((uintptr_t)p & 4095));
    free(p);
    p = aligned_alloc(256, 512);
    printf("aligned %d\n", (int)((uintptr_t)p & 255));
    free(p);
    // mmap: protections, remapping, partial unmapping, fixed places
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    char *m = mmap(NULL, 8 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    for (size_t i = 0; i < 8; i++) m[i * page] = (char)('a' + i);
    munmap(m + 2 * page, page);
    char *again = mmap(m + 2 * page, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    printf("fixed %d zero %d neighbours %c%c\n", again == m + 2 * page, again[0], m[page], m[3 * page]);
    char *taken = mmap(m, page, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
    printf("noreplace %d\n", taken == MAP_FAILED && errno == EEXIST);
    char *grown = mremap(m, 8 * page, 16 * page, MREMAP_MAYMOVE);
    printf("mremap %d %c%c %d\n", grown != MAP_FAILED, grown[0], grown[7 * page], grown[15 * page]);
    printf("mprotect %d\n", mprotect(grown, page, PROT_READ));
    printf("unaligned mprotect %d\n", mprotect(grown + 1, page, PROT_READ) == -1 && errno == EINVAL);
    printf("madvise %d %d\n", madvise(grown + 4 * page, page, MADV_DONTNEED), grown[4 * page]);
    munmap(grown, 16 * page);
    printf("unmapped mprotect %d\n", mprotect(grown, page, PROT_READ) == -1 && errno == ENOMEM);
    printf("bad length %d\n", mmap(NULL, 0, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED && errno == EINVAL);
    printf("huge malloc %d\n", malloc((size_t)1 << 62) == NULL && errno == ENOMEM);
    char *reserve = mmap(NULL, (size_t)1 << 36, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    printf("reserve %d\n", reserve != MAP_FAILED && !mprotect(reserve + ((size_t)1 << 35), page, PROT_READ | PROT_WRITE) && (reserve[(size_t)1 << 35] = 7) == 7);
    return 0;
}
