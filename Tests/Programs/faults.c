// SIGSEGV and friends: repaired by mprotect, skipped by moving the pc, left by siglongjmp; the frame that the handler sees.
// LoongArch: looks into the ucontext.
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#define CHECK(condition) printf("%s %s\n", (condition) ? "ok  " : "FAIL", #condition)

enum { pages = 2000 };
static char *area;
static size_t page;
static volatile long repaired, wrong, skipped, last_code, last_signal;
static volatile unsigned long last_address, last_pc, last_a5;

static void repair(int number, siginfo_t *info, void *context) {
    char *address = info->si_addr;
    (void)number, (void)context;
    if (address < area || address >= area + pages * page || info->si_code != SEGV_ACCERR) wrong++;
    mprotect((void *)((uintptr_t)address & -page), page, PROT_READ | PROT_WRITE);
    repaired++;
}

static void skip(int number, siginfo_t *info, void *context) {
    ucontext_t *user = context;
    (void)number;
    last_address = (unsigned long)info->si_addr;
    last_code = info->si_code;
    last_pc = user->uc_mcontext.__pc;
    last_a5 = user->uc_mcontext.__gregs[9];
    user->uc_mcontext.__pc += 4;
    user->uc_mcontext.__gregs[4] = 0x1234567890abcdef;  // a0
    skipped++;
}

static sigjmp_buf back;
static void escape(int number, siginfo_t *info, void *context) {
    (void)context;
    last_signal = number;
    last_address = (unsigned long)info->si_addr;
    last_code = info->si_code;
    siglongjmp(back, 1);
}

__attribute__((noinline)) static long probe(const volatile void *address) {
    register long a0 __asm__("$a0") = 77;
    register long a5 __asm__("$a5") = 0x5a5a;
    register const volatile void *a1 __asm__("$a1") = address;
    __asm__ volatile("ld.d $a0, $a1, 0" : "+r"(a0) : "r"(a1), "r"(a5) : "memory");
    return a0;
}

int main(void) {
    page = (size_t)sysconf(_SC_PAGESIZE);
    area = mmap(NULL, pages * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    struct sigaction action = {.sa_sigaction = repair, .sa_flags = SA_SIGINFO};
    sigaction(SIGSEGV, &action, NULL);
    unsigned long sum = 0;
    for (size_t i = 0; i < pages; i++) {
        char *at = area + i * page + i % 4000;
        if (i % 2) sum += (unsigned char)*(volatile char *)at;
        *(volatile char *)at = (char)i;
        sum += (unsigned char)*(volatile char *)at;
    }
    printf("repaired %ld wrong %ld sum %lu\n", repaired, wrong, sum);
    mprotect(area, page, PROT_READ);
    *(volatile int *)area = 5;
    printf("read-only repaired %ld wrong %ld value %d\n", repaired, wrong, *(volatile int *)area);

    action.sa_sigaction = skip;
    sigaction(SIGSEGV, &action, NULL);
    for (int i = 0; i < 3000; i++)
        if (probe((void *)(uintptr_t)(16 + i)) != 0x1234567890abcdef) wrong++;
    printf("skipped %ld wrong %ld address %#lx\n", skipped, wrong, last_address);
    CHECK(last_code == SEGV_MAPERR && last_a5 == 0x5a5a && last_pc > (unsigned long)&probe && last_pc < (unsigned long)&probe + 200);

    // A store that straddles into a page without access leaves the first page alone.
    mprotect(area + 4 * page, page, PROT_READ | PROT_WRITE);
    mprotect(area + 5 * page, page, PROT_NONE);
    memset(area + 5 * page - 8, 0x11, 8);
    __asm__ volatile("st.d %1, %0, 0" ::"r"(area + 5 * page - 4), "r"(0x2222222222222222) : "$a0", "memory");
    CHECK(area[5 * page - 1] == 0x11 && area[5 * page - 4] == 0x11);

    action.sa_sigaction = escape;
    sigaction(SIGSEGV, &action, NULL);
    sigaction(SIGBUS, &action, NULL);
    sigaction(SIGILL, &action, NULL);
    sigaction(SIGTRAP, &action, NULL);
    volatile int escapes = 0;
    for (int i = 0; i < 1000; i++) {
        if (sigsetjmp(back, 1)) {
            escapes++;
            continue;
        }
        *(volatile int *)(uintptr_t)(8 * i) = 1;
    }
    CHECK(escapes == 1000 && last_address == 8 * 999);
    // A call to nowhere
    if (sigsetjmp(back, 1) == 0) ((void (*)(void))0x1000)();
    CHECK(last_address == 0x1000 && last_code == SEGV_MAPERR);
    // Execution of data
    if (sigsetjmp(back, 1) == 0) ((void (*)(void))(void *)(area + 4 * page))();
    CHECK(last_address == (unsigned long)area + 4 * page && last_code == SEGV_ACCERR);
    // An instruction that is none
    if (sigsetjmp(back, 1) == 0) __asm__ volatile(".word 0");
    CHECK(last_signal == SIGILL);
    if (sigsetjmp(back, 1) == 0) __asm__ volatile("break 0");
    CHECK(last_signal == SIGTRAP && last_code == TRAP_BRKPT);
    // A file that ends before its mapping: SIGBUS
    FILE *file = tmpfile();
    (void)!ftruncate(fileno(file), 10);
    char *map = mmap(NULL, 2 * page, PROT_READ, MAP_SHARED, fileno(file), 0);
    if (sigsetjmp(back, 1) == 0) (void)*(volatile char *)(map + page + 3);
    CHECK(last_code == BUS_ADRERR && last_address == (unsigned long)map + page + 3);
    // The handler may run on its own stack when the stack is gone.
    static char stack[32768];
    stack_t alternate = {.ss_sp = stack, .ss_size = sizeof stack};
    sigaltstack(&alternate, NULL);
    action.sa_flags |= SA_ONSTACK;
    sigaction(SIGSEGV, &action, NULL);
    if (sigsetjmp(back, 1) == 0) __asm__ volatile("move $t0, $sp\n move $sp, $zero\n st.d $zero, $sp, 16\n move $sp, $t0" ::: "$t0", "memory");
    CHECK(last_address == 16);
    return 0;
}
