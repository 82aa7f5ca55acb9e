// What a region translator may get wrong about calls, indirect jumps and faults: recursion through a short function, a callee that is rewritten, faults inside
// a callee, a jump table that changes. LoongArch: has assembly and looks into the ucontext.
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>

#define CHECK(condition) printf("%s %s\n", (condition) ? "ok  " : "FAIL", #condition)

// A short function that calls itself through another short one; each keeps its own return address.
long even(long n);
long odd(long n);
__asm__(
    ".text\n"
    "even: addi.d $sp, $sp, -16\n st.d $ra, $sp, 0\n beqz $a0, 1f\n addi.d $a0, $a0, -1\n bl odd\n addi.d $a1, $a1, 1\n b 2f\n"
    "1: li.w $a0, 1\n2: ld.d $ra, $sp, 0\n addi.d $sp, $sp, 16\n ret\n"
    "odd: addi.d $sp, $sp, -16\n st.d $ra, $sp, 0\n beqz $a0, 1f\n addi.d $a0, $a0, -1\n bl even\n addi.d $a1, $a1, 2\n b 2f\n"
    "1: move $a0, $zero\n2: ld.d $ra, $sp, 0\n addi.d $sp, $sp, 16\n ret\n");

static long depth(long n, long *ends) {
    register long a0 __asm__("$a0") = n;
    register long a1 __asm__("$a1") = 0;
    __asm__ volatile("bl even" : "+r"(a0), "+r"(a1) : : "$ra", "memory");
    *ends = a1;
    return a0;
}

// A caller and its callee in one page that is written between calls.
static void rewriting(void) {
    uint32_t *code = mmap(0, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    // caller: move $t0, $ra; bl callee; bl callee; jirl $zero, $t0, 0. callee: addi.d $a0, $a0, n; ret.
    code[0] = 0x0015002c;
    code[1] = 0x54000000 | 3 << 10;
    code[2] = 0x54000000 | 2 << 10;
    code[3] = 0x4c000180;
    long sum = 0;
    for (long round = 0; round < 40; round++) {
        code[4] = 0x02c00084 | (uint32_t)(round % 5 + 1) << 10;
        code[5] = 0x4c000020;
        __builtin___clear_cache((char *)code, (char *)(code + 6));
        for (int i = 0; i < 50; i++) sum = ((long (*)(long))code)(sum);
    }
    CHECK(sum == 40 * 50 * 2 * 3);
}

static volatile long faults, addresses, registers;

/// The load's address is in $a0 and the number of the call in $a1; the load is skipped, its result set.
static void skip(int number, siginfo_t *info, void *context) {
    ucontext_t *user = context;
    (void)number;
    addresses += (uintptr_t)info->si_addr == (uintptr_t)user->uc_mcontext.__gregs[4] + 8;
    registers += user->uc_mcontext.__gregs[5];
    user->uc_mcontext.__gregs[4] = 7;
    user->uc_mcontext.__pc += 4;
    faults++;
}

long fetch(const long *p, long n);
__asm__(".text\nfetch: addi.d $a1, $a1, 1\n ld.d $a0, $a0, 8\n add.d $a0, $a0, $a1\n ret\n");

static void faulting(void) {
    struct sigaction action = {.sa_sigaction = skip, .sa_flags = SA_SIGINFO};
    long pair[2] = {0, 5}, sum = 0;
    for (int round = 0; round < 2; round++) {
        for (long i = 0; i < 3000; i++) sum += fetch(pair, i);
        sigaction(SIGSEGV, &action, 0);
        for (long i = 0; i < 300; i++) sum += fetch(i % 3 ? pair : (long *)(64 * i), i);
    }
    CHECK(faults == 200);
    CHECK(addresses == 200);
    CHECK(registers == 2 * (3 * 99 * 100 / 2 + 100));
    CHECK(sum == 2 * (3000L * 2999 / 2 + 3000 * 6 + 300L * 299 / 2 + 300 * 6 + 200));
}

// A small machine whose instructions are found by a table in memory.
static void jumping(void) {
    static void *table[4];
    static const unsigned char program[] = {0, 1, 2, 1, 0, 2, 2, 1, 3};
    table[0] = &&add, table[1] = &&twice, table[2] = &&flip, table[3] = &&end;
    unsigned long value = 0, sum = 0;
    for (int round = 0; round < 4000; round++) {
        const unsigned char *p = program;
        // The table says something else in the second half.
        if (round == 2000) table[0] = &&twice, table[1] = &&late, table[2] = &&add;
        goto *table[*p++];
    add: value += 3; goto *table[*p++];
    twice: value *= 2; goto *table[*p++];
    flip: value ^= 0x55; goto *table[*p++];
    late: value -= round; goto *table[*p++];
    end: sum = sum * 31 + value;
        value &= 0xFFFF;
    }
    printf("%lx\n", sum);
}

// A dense switch, which compilers make a table of.
static long __attribute__((noinline)) choose(long n, long x) {
    switch (n) {
    case 0: return x + 1;
    case 1: return x * 3;
    case 2: return x ^ 0x77;
    case 3: return x - 9;
    case 4: return x << 1;
    case 5: return ~x;
    case 6: return x / 3;
    case 9: return x % 1000;
    default: return 0;
    }
}

int main(void) {
    long ends, chosen = 1;
    CHECK(depth(10, &ends) == 1 && ends == 15);
    CHECK(depth(2001, &ends) == 0 && ends == 3001);
    rewriting();
    jumping();
    for (long i = 0; i < 20000; i++) chosen = choose(i * 7 % 11, chosen) + i;
    printf("%lx\n", chosen);
    faulting();
    return 0;
}
