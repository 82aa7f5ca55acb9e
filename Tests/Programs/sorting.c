// qsort, bsearch, setjmp and longjmp, atexit, jump tables, function pointers, big structures by value.
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct { int key; char name[12]; double weight; } record;
typedef struct { long a[6]; } big;

static int by_key(const void *a, const void *b) { return ((const record *)a)->key - ((const record *)b)->key; }
static int by_name(const void *a, const void *b) { return strcmp(((const record *)a)->name, ((const record *)b)->name); }

static jmp_buf outer;
static int depth;
static void dive(int n) {
    volatile double keep = n * 1.5;
    depth++;
    if (n == 0) longjmp(outer, 42);
    dive(n - 1);
    if (keep < 0) puts("never");
}

static big rotate(big b, int n) {
    big r;
    for (int i = 0; i < 6; i++) r.a[(i + n) % 6] = b.a[i];
    return r;
}

static unsigned classify(unsigned x) {
    switch (x % 40) {
#define C(n) case n: return x * (n * 7 + 3) ^ n;
#define C8(n) C(n) C(n + 1) C(n + 2) C(n + 3) C(n + 4) C(n + 5) C(n + 6) C(n + 7)
    C8(0) C8(8) C8(16) C8(24)
    case 32: case 33: return 1;
    case 35: x++; /* fall through */
    case 36: return x;
    default: return 0;
    }
}

static double mixed(int a, double b, float c, long d, double e, double f, double g, double h, double i, double j, double k, int l, int m, int n, int o, int p, int q, double r) {
    return a + b * 2 + c * 3 + d * 4 + e * 5 + f * 6 + g * 7 + h * 8 + i * 9 + j * 10 + k * 11 + l * 12 + m * 13 + n * 14 + o * 15 + p * 16 + q * 17 + r * 18;
}

static void last(void) { puts("atexit: last"); }
static void first(void) { puts("atexit: first"); }

int main(void) {
    enum { count = 400 };
    static record records[count];
    uint32_t state = 1;
    for (int i = 0; i < count; i++) {
        state = state * 1103515245 + 12345;
        records[i].key = (int)(state >> 8);
        snprintf(records[i].name, sizeof records[i].name, "n%x", state >> 4 & 0xffffff);
        records[i].weight = i / 8.0;
    }
    int wanted = records[17].key;
    qsort(records, count, sizeof *records, by_key);
    int ordered = 1;
    for (int i = 1; i < count; i++) ordered &= records[i - 1].key <= records[i].key;
    record *found = bsearch(&(record){.key = wanted}, records, count, sizeof *records, by_key);
    printf("ordered %d found %s %g\n", ordered, found->name, found->weight);
    qsort(records, count, sizeof *records, by_name);
    printf("%s %s %s\n", records[0].name, records[count / 2].name, records[count - 1].name);

    volatile int local = 1;
    double saved = 2.5;
    int code = setjmp(outer);
    if (code == 0) {
        local = 2;
        dive(30);
    }
    printf("longjmp %d depth %d local %d saved %g\n", code, depth, local, saved);
    static int times;
    code = setjmp(outer);
    if (times++ < 1000) longjmp(outer, times % 2 ? 0 : times);  // 0 becomes 1
    printf("last code %d\n", code);

    unsigned total = 0;
    for (unsigned i = 0; i < 500; i++) total = total * 31 + classify(i);
    printf("classify %u\n", total);
    big b = {{1, 2, 3, 4, 5, 6}};
    b = rotate(rotate(b, 2), 5);
    printf("big %ld %ld %ld\n", b.a[0], b.a[1], b.a[5]);
    printf("mixed %.17g\n", mixed(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18));
    // Not div(): the one in zig 0.17's C library returns its structure in the wrong registers on LoongArch.
    lldiv_t l = lldiv(-1000000000001LL, 1000);
    printf("lldiv %lld %lld\n", l.quot, l.rem);
    atexit(last);
    atexit(first);
    return 3;
}
