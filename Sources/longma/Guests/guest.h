// What the built-in guests share. A guest defines GUEST(name, default scale) and workload(scale); it prints one line,
// "name checksum 0x…", and exits with 0. On LA64 it is freestanding (start.c has the entry and raw system calls); on any
// other machine the same file compiles alone against the host's libc, so that both can be timed and must print the same.
#ifndef GUEST_H
#define GUEST_H

#include <stddef.h>
#include <stdint.h>

#define NOINLINE __attribute__((noinline))

/// The checksum of `scale` rounds of work; equal on every machine and in every run.
static uint64_t workload(uint64_t scale);

#define GUEST(NAME, SCALE)                                                            \
    int guest_main(int argc, char **argv) { return guest_run(argc, argv, NAME, SCALE); } \
    static uint64_t workload(uint64_t scale)

enum { guest_stdout = 1 };

int guest_main(int argc, char **argv);

#ifdef __loongarch__

enum {
    call_openat = 56, call_close = 57, call_lseek = 62, call_read = 63, call_write = 64, call_exit = 93,
    call_exit_group = 94, call_futex = 98, call_clock_gettime = 113, call_getppid = 173,
};

static inline long guest_call(long number, long a, long b, long c, long d, long e, long f) {
    register long a0 __asm__("$a0") = a;
    register long a1 __asm__("$a1") = b;
    register long a2 __asm__("$a2") = c;
    register long a3 __asm__("$a3") = d;
    register long a4 __asm__("$a4") = e;
    register long a5 __asm__("$a5") = f;
    register long a7 __asm__("$a7") = number;
    __asm__ volatile("syscall 0"
                     : "+r"(a0)
                     : "r"(a1), "r"(a2), "r"(a3), "r"(a4), "r"(a5), "r"(a7)
                     : "memory", "$t0", "$t1", "$t2", "$t3", "$t4", "$t5", "$t6", "$t7", "$t8");
    return a0;
}

void *memcpy(void *to, const void *from, size_t size);
void *memmove(void *to, const void *from, size_t size);
void *memset(void *to, int value, size_t size);
int memcmp(const void *left, const void *right, size_t size);

#else

#include <errno.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
    call_openat = SYS_openat, call_close = SYS_close, call_lseek = SYS_lseek, call_read = SYS_read,
    call_write = SYS_write, call_exit = SYS_exit, call_exit_group = SYS_exit_group, call_futex = SYS_futex,
    call_clock_gettime = SYS_clock_gettime, call_getppid = SYS_getppid,
};

long syscall(long number, ...);

static inline long guest_call(long number, long a, long b, long c, long d, long e, long f) {
    long result = syscall(number, a, b, c, d, e, f);
    return result == -1 ? -(long)errno : result;
}

int main(int argc, char **argv) { return guest_main(argc, argv); }

#endif

/// Folds `value` into the checksum `hash`; the order matters.
static inline uint64_t fold(uint64_t hash, uint64_t value) {
    hash = (hash ^ value) * 0x9e3779b97f4a7c15u;
    return hash ^ hash >> 29;
}

static inline uint64_t fold_double(uint64_t hash, double value) {
    uint64_t bits;
    __builtin_memcpy(&bits, &value, sizeof bits);
    return fold(hash, bits);
}

static inline uint64_t fold_float(uint64_t hash, float value) {
    uint32_t bits;
    __builtin_memcpy(&bits, &value, sizeof bits);
    return fold(hash, bits);
}

/// A small pseudo-random generator (xorshift); `state` must not be 0.
static inline uint32_t next_random(uint64_t *state) {
    uint64_t x = *state;
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    *state = x;
    return (uint32_t)(x >> 16);
}

static inline size_t guest_append(char *line, size_t length, const char *text) {
    while (*text) line[length++] = *text++;
    return length;
}

static inline int guest_run(int argc, char **argv, const char *name, uint64_t scale) {
    if (argc > 1) {
        scale = 0;
        for (const char *digit = argv[1]; *digit >= '0' && *digit <= '9'; digit++) scale = scale * 10 + (uint64_t)(*digit - '0');
    }
    uint64_t checksum = workload(scale);
    char line[96];
    size_t length = guest_append(line, 0, name);
    length = guest_append(line, length, " checksum 0x");
    for (int shift = 60; shift >= 0; shift -= 4) line[length++] = "0123456789abcdef"[checksum >> shift & 15];
    line[length++] = '\n';
    return guest_call(call_write, guest_stdout, (long)line, (long)length, 0, 0, 0) == (long)length ? 0 : 1;
}

#endif
