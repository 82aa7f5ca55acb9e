// SIGFPE by the enable bits of FCSR, and what the handler and the registers hold then. LoongArch only.
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <ucontext.h>

static sigjmp_buf back;
static volatile int code, hits;
static volatile unsigned long address;

static void escape(int number, siginfo_t *info, void *context) {
    (void)context;
    hits += number == SIGFPE;
    code = info->si_code;
    address = (unsigned long)info->si_addr;
    siglongjmp(back, 1);
}

static void enable(unsigned bits) { __asm__ volatile("movgr2fcsr $fcsr0, %0" ::"r"(bits)); }
static unsigned state(void) {
    unsigned bits;
    __asm__ volatile("movfcsr2gr %0, $fcsr0" : "=r"(bits));
    return bits & 0x1f1f031f;
}

static const char *name(int c) {
    switch (c) {
    case FPE_FLTDIV: return "division";
    case FPE_FLTOVF: return "overflow";
    case FPE_FLTUND: return "underflow";
    case FPE_FLTRES: return "inexact";
    case FPE_FLTINV: return "invalid";
    default: return "other";
    }
}

static double one = 1, zero = 0, huge = 1e308, tiny = 1e-308;

#define TRAP(bits, what, instruction, x, y)                                            \
    do {                                                                               \
        volatile double result = 99;                                                   \
        int before = hits;                                                             \
        code = -1;                                                                     \
        if (sigsetjmp(back, 1) == 0) {                                                 \
            double out = 7;                                                            \
            enable(bits);                                                              \
            __asm__ volatile(instruction " %0, %1, %2" : "+f"(out) : "f"(x), "f"(y));  \
            unsigned now = state();                                                    \
            enable(0);                                                                 \
            result = out;                                                              \
            printf("%s: no trap, result %g, fcsr %x\n", what, result, now);            \
        } else {                                                                       \
            enable(0);                                                                 \
            printf("%s: %d trap, %s\n", what, hits - before, name(code));              \
        }                                                                              \
    } while (0)

int main(void) {
    struct sigaction action = {.sa_sigaction = escape, .sa_flags = SA_SIGINFO};
    sigaction(SIGFPE, &action, NULL);
    TRAP(0, "nothing enabled", "fdiv.d", one, zero);
    TRAP(8, "division by zero", "fdiv.d", one, zero);
    TRAP(16, "invalid", "fdiv.d", zero, zero);
    TRAP(4, "overflow", "fmul.d", huge, huge);
    TRAP(2, "underflow", "fmul.d", tiny, tiny);
    TRAP(1, "inexact", "fdiv.d", one, 3.0);
    TRAP(1, "exact", "fadd.d", one, one);
    TRAP(8, "other enable", "fmul.d", huge, huge);
    TRAP(5, "overflow and inexact", "fmul.d", huge, huge);
    for (int i = 0; i < 1000; i++) {
        if (sigsetjmp(back, 1) == 0) {
            enable(8);
            __asm__ volatile("fdiv.d $fa0, %0, %1" ::"f"(one), "f"(zero) : "$fa0");
        }
    }
    enable(0);
    printf("hits %d\n", hits);
    // Division of integers by zero: the compiler's check is "break 7", and the kernel makes it SIGFPE. qemu 10.0.2 says SIGTRAP
    // (spec/la64.md, section 5), so this last line of fptraps.out is written by hand.
    code = -1;
    sigaction(SIGTRAP, &action, NULL);
    hits = 0;
    if (sigsetjmp(back, 1) == 0) __asm__ volatile("break 7");
    printf("break 7: %s\n", hits == 1 && code == FPE_INTDIV ? "SIGFPE, integer division" : "something else");
    return 0;
}
