// Code that is written while the program runs. LoongArch: the words are its instructions.
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

typedef long (*function)(long);

static uint32_t addi_d(int rd, int rj, int value) { return 0x02c00000u | (uint32_t)(value & 0xfff) << 10 | (uint32_t)rj << 5 | (uint32_t)rd; }
static const uint32_t ret = 0x4c000020;  // jirl r0, r1, 0
static void barrier(void) { __asm__ volatile("dbar 0\n ibar 0" ::: "memory"); }

// A loop in a page that is writable and executable, which patches an instruction of itself each time round:
//   the word that ld.wu reads from the table goes over the instruction at "patch", then ibar, then it runs.
extern uint32_t patch_loop[], patch_loop_end[];
__asm__(".text\n.balign 4\n.globl patch_loop\npatch_loop:\n"
        "    move $t0, $zero\n"          // a0 = table, a1 = count
        "1:  ld.wu $t1, $a0, 0\n"
        "    pcaddi $t2, 4\n"
        "    st.w $t1, $t2, 0\n"
        "    ibar 0\n"
        "    addi.d $a0, $a0, 4\n"
        "    addi.d $t0, $t0, 0\n"       // patched
        "    addi.d $a1, $a1, -1\n"
        "    bnez $a1, 1b\n"
        "    move $a0, $t0\n"
        "    ret\n"
        ".globl patch_loop_end\npatch_loop_end:\n");

int main(void) {
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    // Written, then made executable, again and again.
    uint32_t *code = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    long sum = 0;
    for (int i = 0; i < 300; i++) {
        mprotect(code, page, PROT_READ | PROT_WRITE);
        code[0] = addi_d(4, 4, i);
        code[1] = ret;
        mprotect(code, page, PROT_READ | PROT_EXEC);
        barrier();
        sum += ((function)(void *)code)(i * 10);
    }
    printf("mprotect %ld\n", sum);

    // Unmapped and mapped again at the same place.
    sum = 0;
    for (int i = 0; i < 200; i++) {
        munmap(code, page);
        uint32_t *again = mmap(code, page, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
        if (again != code) return 1;
        code[0] = addi_d(4, 4, -i);
        code[1] = ret;
        barrier();
        sum += ((function)(void *)code)(1000);
    }
    printf("remap %ld\n", sum);

    // A writable and executable page, patched many times; hot in between.
    sum = 0;
    for (int i = 0; i < 100; i++) {
        code[0] = addi_d(4, 4, i & 7);
        barrier();
        for (int j = 0; j < 200; j++) sum = ((function)(void *)code)(sum);
    }
    printf("patch %ld\n", sum);

    // Two functions on the page: the one that is not changed stays right.
    code[16] = addi_d(4, 4, 100);
    code[17] = ret;
    barrier();
    for (int i = 0; i < 500; i++) {
        code[0] = addi_d(4, 4, i & 1 ? 1 : 2);
        barrier();
        sum = ((function)(void *)code)(((function)(void *)(code + 16))(sum));
    }
    printf("neighbours %ld\n", sum);

    // The code that patches itself.
    memcpy(code, patch_loop, (size_t)(patch_loop_end - patch_loop) * 4);
    static uint32_t table[1000];
    for (int i = 0; i < 1000; i++) table[i] = i % 3 ? addi_d(12, 12, i) : addi_d(12, 12, -2);
    barrier();
    printf("self %ld\n", ((long (*)(const uint32_t *, long))(void *)code)(table, 1000));

    // Bytes, halves and doublewords reach code too; memcpy over it as well.
    ((uint16_t *)code)[0] = (uint16_t)addi_d(4, 4, 5);
    ((uint16_t *)code)[1] = (uint16_t)(addi_d(4, 4, 5) >> 16);
    code[1] = ret;
    barrier();
    long first = ((function)(void *)code)(0);
    uint64_t both = addi_d(4, 4, 9) | (uint64_t)ret << 32;
    memcpy(code, &both, 8);
    barrier();
    printf("widths %ld %ld\n", first, ((function)(void *)code)(0));
    // A system call that writes into code: read(2) from a pipe
    int ends[2];
    if (pipe(ends)) return 3;
    uint32_t word = addi_d(4, 4, 33);
    if (write(ends[1], &word, 4) != 4 || read(ends[0], code, 4) != 4) return 4;
    barrier();
    printf("system call %ld\n", ((function)(void *)code)(0));
    return 0;
}
