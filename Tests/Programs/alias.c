// Code written through one mapping and executed through another of the same file. LoongArch: the words are its instructions.
// qemu 10.0.2 runs the old code on (its user mode sees no connection between the mappings), so alias.out is written by hand:
// 300 calls add i % 5 each, 600. A machine shows the new code after ibar.
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

typedef long (*function)(long);

int main(void) {
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    long sum = 0;
    FILE *file = tmpfile();
    if (!file || ftruncate(fileno(file), (off_t)page)) return 2;
    uint32_t *writable = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED, fileno(file), 0);
    function executable = (function)mmap(NULL, page, PROT_READ | PROT_EXEC, MAP_SHARED, fileno(file), 0);
    for (int i = 0; i < 300; i++) {
        writable[0] = 0x02c00084u | (uint32_t)(i % 5) << 10;  // addi.d a0, a0, i % 5
        writable[1] = 0x4c000020;                             // ret
        __asm__ volatile("dbar 0\n ibar 0" ::: "memory");
        sum = executable(sum);
    }
    printf("alias %ld\n", sum);
    return 0;
}
