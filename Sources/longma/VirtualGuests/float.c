// Floating point: the unit is turned on by the first use (FPD), and its context moves between user tasks as late as possible. The
// tasks are switched by a timer and by system calls. Results are checked in all rounding modes. Vectors only where CPUCFG has LSX.
#include "bare.h"

enum { tasks = 3, rounds = 2000 };

struct context {
    uint64_t registers[32], fcsr;
    uint8_t flags[8];
};

void context_save(struct context *context);
void context_load(struct context *context);
uint64_t pattern(uint64_t seed);
void vector_add(uint64_t *four);

static struct {
    struct trap trap;
    struct context context;
    int done;
    uint64_t result;
    uint8_t stack[4096] __attribute__((aligned(16)));
} task[tasks];

static int current, owner = -1, multitasking;
static volatile uint64_t disabled_traps, switches, yields, moves, floating_exceptions, vector_traps;

// The unit is off. Turn it on; if another task's context is in it, exchange them.
static void on_disabled(struct trap *trap) {
    (void)trap;
    disabled_traps++;
    check(!(csr_read(CSR_EUEN) & 1), "floating point is off although it is on");
    csr_write(CSR_EUEN, csr_read(CSR_EUEN) | 1);
    if (!multitasking || owner == current) return;
    if (owner >= 0) context_save(&task[owner].context);
    context_load(&task[current].context);
    owner = current;
    moves++;
}

static void on_vectors_disabled(struct trap *trap) {
    (void)trap;
    vector_traps++;
    csr_write(CSR_EUEN, csr_read(CSR_EUEN) | 3);
}

static void switch_task(struct trap *trap) {
    task[current].trap = *trap;
    for (int step = 1; step <= tasks; step++) {
        int next = (current + step) % tasks;
        if (task[next].done) continue;
        if (next != current) switches++;
        current = next;
        *trap = task[next].trap;
        csr_write(CSR_EUEN, 0);
        return;
    }
    user_leave(0);
}

static void interrupt(struct trap *trap) {
    if (!(trap->estat >> LINE_TIMER & 1)) fail("an interrupt of another line", trap->estat);
    timer_acknowledge();
    if (trap_from_user(trap)) switch_task(trap);
}

// System calls: a7 = 0 ends the task with a0, 1 lets the next one run.
static void on_call(struct trap *trap) {
    trap->era += 4;
    if (trap->gpr[11] == 0) {
        task[current].done = 1;
        task[current].result = trap->gpr[4];
    } else {
        yields++;
    }
    switch_task(trap);
}

static void on_floating_exception(struct trap *trap) {
    check_equal(trap_subcode(trap), 0, "a floating-point exception's subcode");
    floating_exceptions++;
    trap->era += 4;
}

#define BINARY(NAME, TYPE, INSTRUCTION) \
    static TYPE NAME(TYPE left, TYPE right) { \
        TYPE result; \
        __asm__ volatile(INSTRUCTION " %0, %1, %2" : "=f"(result) : "f"(left), "f"(right)); \
        return result; \
    }
#define UNARY(NAME, TYPE, FROM, INSTRUCTION) \
    static TYPE NAME(FROM value) { \
        TYPE result; \
        __asm__ volatile(INSTRUCTION " %0, %1" : "=f"(result) : "f"(value)); \
        return result; \
    }
BINARY(add, double, "fadd.d")
BINARY(subtract, double, "fsub.d")
BINARY(multiply, double, "fmul.d")
BINARY(divide, double, "fdiv.d")
BINARY(add_single, float, "fadd.s")
BINARY(multiply_single, float, "fmul.s")
BINARY(divide_single, float, "fdiv.s")
UNARY(root, double, double, "fsqrt.d")
UNARY(to_single, float, double, "fcvt.s.d")
UNARY(to_double, double, float, "fcvt.d.s")
UNARY(rounded, double, double, "frint.d")
UNARY(to_integer, double, double, "ftint.l.d")
UNARY(from_integer, double, double, "ffint.d.l")

static double multiply_add(double left, double right, double addend) {
    double result;
    __asm__ volatile("fmadd.d %0, %1, %2, %3" : "=f"(result) : "f"(left), "f"(right), "f"(addend));
    return result;
}

static uint64_t bits(double value) {
    uint64_t word;
    __asm__ volatile("movfr2gr.d %0, %1" : "=r"(word) : "f"(value));
    return word;
}

static double number(uint64_t word) {
    double value;
    __asm__ volatile("movgr2fr.d %0, %1" : "=f"(value) : "r"(word));
    return value;
}

static uint64_t single_bits(float value) {
    uint64_t word;
    __asm__ volatile("movfr2gr.s %0, %1" : "=r"(word) : "f"(value));
    return word & 0xffffffff;
}

static void set_fcsr(uint32_t value) { __asm__ volatile("movgr2fcsr $fcsr0, %0" : : "r"(value) : "memory"); }

static uint32_t get_fcsr(void) {
    uint32_t value;
    __asm__ volatile("movfcsr2gr %0, $fcsr0" : "=r"(value) : : "memory");
    return value;
}

// Arithmetic over numbers of all magnitudes in the rounding mode `mode`.
static uint64_t arithmetic(uint64_t seed, uint32_t mode) {
    uint64_t hash = 1, state = seed * 0x9e3779b97f4a7c15u | 1;
    set_fcsr(mode << 8);
    for (int step = 0; step < 12; step++) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        // Exponents from 2^-32 to 2^31, now and then 0 and the smallest ones.
        double left = number((state & 0x800fffffffffffff) | (0x3ff - 32 + (state >> 52 & 63)) << 52);
        double right = number((state * 5 & 0x000fffffffffffff) | (0x3ff - 16 + (state >> 40 & 31)) << 52);
        if ((state & 63) == 5) right = number(0);
        if ((state & 63) == 9) left = number(3);
        double sum = add(left, right), product = multiply(left, right), quotient = divide(left, right);
        hash = fold(fold(fold(hash, bits(sum)), bits(product)), bits(quotient));
        hash = fold(fold(hash, bits(subtract(sum, left))), bits(multiply_add(left, right, sum)));
        hash = fold(fold(hash, bits(root(right))), bits(rounded(multiply(left, number(0x3fe0000000000000)))));
        float narrow = to_single(left), other = to_single(right);
        hash = fold(fold(hash, single_bits(add_single(narrow, other))), single_bits(multiply_single(narrow, other)));
        hash = fold(fold(hash, single_bits(divide_single(narrow, other))), bits(to_double(narrow)));
        hash = fold(fold(hash, bits(to_integer(left))), bits(from_integer(number(state))));
        hash = fold(hash, get_fcsr() & 0x1f0300);
    }
    return hash;
}

static uint64_t task_work(uint64_t which) {
    uint64_t hash = which + 1;
    for (uint64_t round = 0; round < rounds; round++) {
        hash = fold(hash, arithmetic(which * rounds + round + 1, (which + round) & 3));
        if (round % 16 == which && pattern(hash | 1) != 0) return 0;
    }
    return hash;
}

_Noreturn static void task_start(uint64_t which) {
    register uint64_t a0 __asm__("$a0") = task_work(which);
    register uint64_t a7 __asm__("$a7") = 0;
    __asm__ volatile("syscall 0" : : "r"(a0), "r"(a7) : "memory");
    for (;;) {}
}

static void known_results(void) {
    static const uint64_t third[4] = {0x3fd5555555555555, 0x3fd5555555555555, 0x3fd5555555555556, 0x3fd5555555555555};
    static const uint64_t root_of_two[4] = {0x3ff6a09e667f3bcd, 0x3ff6a09e667f3bcc, 0x3ff6a09e667f3bcd, 0x3ff6a09e667f3bcc};
    static const uint64_t negative_third[4] = {0xbfd5555555555555, 0xbfd5555555555555, 0xbfd5555555555555, 0xbfd5555555555556};
    static const uint64_t two_and_a_half[4] = {2, 2, 3, 2}, minus_two_and_a_half[4] = {-2, -2, -2, -3};
    static const uint64_t single_third[4] = {0x3eaaaaab, 0x3eaaaaaa, 0x3eaaaaab, 0x3eaaaaaa};
    const uint64_t one = 0x3ff0000000000000, three = 0x4008000000000000, two = 0x4000000000000000, sign = 1ull << 63;
    for (uint32_t mode = 0; mode < 4; mode++) {
        set_fcsr(mode << 8);
        check_equal(bits(divide(number(one), number(three))), third[mode], "1/3");
        check_equal(bits(divide(number(one | sign), number(three))), negative_third[mode], "-1/3");
        check_equal(bits(root(number(two))), root_of_two[mode], "the root of 2");
        check_equal(bits(to_integer(number(0x4004000000000000))), two_and_a_half[mode], "2.5");
        check_equal(bits(to_integer(number(0xc004000000000000))), minus_two_and_a_half[mode], "-2.5");
        check_equal(single_bits(divide_single(to_single(number(one)), to_single(number(three)))), single_third[mode], "1/3 in single");
        check_equal(get_fcsr() >> 16 & 0x1f, 1, "the inexact flag alone");
    }
    set_fcsr(0);
    check_equal(bits(divide(number(one), number(0))), 0x7ff0000000000000, "1/0");
    check_equal(get_fcsr() >> 16 & 0x1f, 8, "the division flag");
    set_fcsr(0);
    check_equal(bits(root(number(one | sign))), 0x7ff8000000000000, "the root of -1");
    check_equal(get_fcsr() >> 16 & 0x1f, 16, "the invalid flag");
    set_fcsr(8);
    divide(number(one), number(0));
    check_equal(floating_exceptions, 1, "the division exception");
    set_fcsr(0);
}

void guest_main(void) {
    csr_write(CSR_EUEN, 0);
    trap_handlers[CODE_FPD] = on_disabled;
    trap_handlers[CODE_SXD] = on_vectors_disabled;
    trap_handlers[CODE_FPE] = on_floating_exception;
    trap_handlers[CODE_SYS] = on_call;
    trap_handlers[CODE_INT] = interrupt;

    set_fcsr(0);
    check_equal(disabled_traps, 1, "the first use of floating point");
    known_results();
    check_equal(disabled_traps, 1, "later uses of floating point");
    put("known results in four rounding modes\n");

    // What each task must come to, computed alone. pattern needs the others, so it is tried with the tasks only.
    uint64_t checksum = 1;
    for (uint32_t mode = 0; mode < 4; mode++) checksum = fold(checksum, arithmetic(1000 + mode, mode));
    put_line("arithmetic", checksum);

    if (cpucfg(2) >> 6 & 1) {
        uint64_t four[4] __attribute__((aligned(16))) = {1, 2, 30, 40};
        vector_add(four);
        check(four[0] == 31 && four[1] == 42, "a vector sum");
        check_equal(vector_traps, 1, "the first use of vectors");
    }
    put("vectors where there are any\n");

    // The tasks run in this image at PLV3: let the cached window serve PLV3 too.
    csr_write(CSR_DMW0, 0x9000000000000019);
    for (int round = 0; round < 2; round++) {
        owner = -1;
        multitasking = 1;
        current = 0;
        for (uint64_t which = 0; which < tasks; which++) {
            memset(&task[which], 0, sizeof task[which]);
            task[which].trap.era = (uint64_t)task_start;
            task[which].trap.prmd = 7;
            task[which].trap.gpr[3] = (uint64_t)(task[which].stack + sizeof task[which].stack);
            task[which].trap.gpr[4] = which;
        }
        csr_write(CSR_EUEN, 0);
        csr_write(CSR_ECFG, 1u << LINE_TIMER);
        // With the timer, and the second time by system calls alone.
        if (round == 0) timer_start(timer_frequency() / 4000, 1);
        user_enter((uint64_t)task_start, task[0].trap.gpr[3], 0, 0);
        timer_stop();
        timer_acknowledge();
        check(switches > 10 && moves > 10, "the tasks do not alternate");
        for (uint64_t which = 0; which < tasks; which++) {
            check(task[which].result != 0, "a task's registers changed behind its back");
            if (round == 0) checksum = fold(checksum, task[which].result);
            put("task ");
            put_number(which);
            put(" ");
            put_hexadecimal(task[which].result, 16);
            put("\n");
        }
    }
    put_line("system calls", yields);
    pass("float", checksum);
}
