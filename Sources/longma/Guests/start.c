// The LA64 entry of the built-in guests, and the four memory functions that a compiler may call on its own.
#include <stddef.h>
#include <stdint.h>

int guest_main(int argc, char **argv);

__asm__(".globl _start\n"
        "_start:\n"
        "    move $fp, $zero\n"
        "    ld.d $a0, $sp, 0\n"
        "    addi.d $a1, $sp, 8\n"
        "    bstrins.d $sp, $zero, 3, 0\n"
        "    bl guest_main\n"
        "    li.w $a7, 94\n"  // exit_group
        "    syscall 0\n"
        "    break 0\n");

void *memmove(void *to, const void *from, size_t size);

void *memcpy(void *to, const void *from, size_t size) { return memmove(to, from, size); }

void *memmove(void *to, const void *from, size_t size) {
    unsigned char *t = to;
    const unsigned char *f = from;
    if ((uintptr_t)t - (uintptr_t)f >= size) {
        for (; size >= 8; size -= 8, t += 8, f += 8) {
            uint64_t word;
            __builtin_memcpy(&word, f, 8);
            __builtin_memcpy(t, &word, 8);
        }
        while (size--) *t++ = *f++;
    } else {
        while (size--) t[size] = f[size];
    }
    return to;
}

void *memset(void *to, int value, size_t size) {
    unsigned char *t = to;
    uint64_t word = (unsigned char)value * 0x0101010101010101u;
    for (; size >= 8; size -= 8, t += 8) __builtin_memcpy(t, &word, 8);
    while (size--) *t++ = (unsigned char)value;
    return to;
}

int memcmp(const void *left, const void *right, size_t size) {
    const unsigned char *l = left, *r = right;
    for (; size; size--, l++, r++)
        if (*l != *r) return *l - *r;
    return 0;
}
