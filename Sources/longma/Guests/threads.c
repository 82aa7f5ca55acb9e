// Two threads: atomic sums of every width, a compare-and-swap stack of numbers, a futex mutex, a bounded queue, ping-pong.
// The checksum takes only what does not depend on who came first.
#include "guest.h"

#ifdef __loongarch__

// clone(flags, stack, parent tid, child tid, tls) in a0…a4, then the thread's function and argument in a5 and a6.
long guest_clone(unsigned long flags, void *stack, int *parent, int *child, void *tls, void (*body)(void *), void *argument);
__asm__(".text\n"
        ".globl guest_clone\n"
        "guest_clone:\n"
        "    addi.d $a1, $a1, -16\n"
        "    st.d $a5, $a1, 0\n"
        "    st.d $a6, $a1, 8\n"
        "    li.w $a7, 220\n"
        "    syscall 0\n"
        "    beqz $a0, 1f\n"
        "    ret\n"
        "1:  move $fp, $zero\n"
        "    ld.d $t0, $sp, 0\n"
        "    ld.d $a0, $sp, 8\n"
        "    addi.d $sp, $sp, 16\n"
        "    jirl $ra, $t0, 0\n"
        "    move $a0, $zero\n"
        "    li.w $a7, 93\n"  // exit, of this thread only
        "    syscall 0\n");

static int thread_alive;
static char thread_stack[65536] __attribute__((aligned(16)));

static int thread_start(void (*body)(void *), void *argument) {
    const unsigned long flags = 0x100 | 0x200 | 0x400 | 0x800 | 0x10000 | 0x40000 | 0x200000;  // VM FS FILES SIGHAND THREAD SYSVSEM CHILD_CLEARTID
    thread_alive = 1;
    return guest_clone(flags, thread_stack + sizeof thread_stack, NULL, &thread_alive, NULL, body, argument) < 0;
}

static void thread_join(void) {
    int alive;
    while ((alive = __atomic_load_n(&thread_alive, __ATOMIC_ACQUIRE)) != 0) guest_call(call_futex, (long)&thread_alive, 0, alive, 0, 0, 0);
}

#else

#include <pthread.h>

static pthread_t thread;
static void (*thread_body)(void *);

static void *thread_entry(void *argument) {
    thread_body(argument);
    return NULL;
}

static int thread_start(void (*body)(void *), void *argument) {
    thread_body = body;
    return pthread_create(&thread, NULL, thread_entry, argument);
}

static void thread_join(void) { pthread_join(thread, NULL); }

#endif

static void futex_wait(uint32_t *word, uint32_t value) { guest_call(call_futex, (long)word, 128, (long)value, 0, 0, 0); }
static void futex_wake(uint32_t *word) { guest_call(call_futex, (long)word, 129, 1, 0, 0, 0); }

// A mutex: 0 free, 1 held, 2 held and waited for.

static void lock(uint32_t *mutex) {
    uint32_t seen = 0;
    if (__atomic_compare_exchange_n(mutex, &seen, 1, 0, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) return;
    if (seen != 2) seen = __atomic_exchange_n(mutex, 2, __ATOMIC_ACQUIRE);
    while (seen != 0) {
        futex_wait(mutex, 2);
        seen = __atomic_exchange_n(mutex, 2, __ATOMIC_ACQUIRE);
    }
}

static void unlock(uint32_t *mutex) {
    if (__atomic_exchange_n(mutex, 0, __ATOMIC_RELEASE) == 2) futex_wake(mutex);
}

enum { queue_size = 64, cells = 128 };

static uint64_t rounds, sum64, xor64, or64, and64 = ~(uint64_t)0, guarded[4], received;
static int64_t largest, smallest;
static uint32_t sum32, mutex, ball, queue_head, queue_tail;
static uint16_t sum16[3];
static uint8_t sum8[5];
static uint64_t queue[queue_size];
static uint32_t stack_top, stack_next[2 * cells + 1];

/// Treiber's stack over indexes with a 16-bit tag against ABA.
static void stack_push(uint32_t cell) {
    uint32_t top = __atomic_load_n(&stack_top, __ATOMIC_RELAXED);
    do __atomic_store_n(&stack_next[cell], top & 0xffff, __ATOMIC_RELAXED);
    while (!__atomic_compare_exchange_n(&stack_top, &top, (top & 0xffff0000u) + 0x10000u + cell, 1, __ATOMIC_RELEASE, __ATOMIC_RELAXED));
}

static uint32_t stack_pop(void) {
    uint32_t top = __atomic_load_n(&stack_top, __ATOMIC_ACQUIRE), next;
    do {
        if ((top & 0xffff) == 0) return 0;
        next = __atomic_load_n(&stack_next[top & 0xffff], __ATOMIC_RELAXED);
    } while (!__atomic_compare_exchange_n(&stack_top, &top, (top & 0xffff0000u) + 0x10000u + next, 1, __ATOMIC_ACQUIRE, __ATOMIC_ACQUIRE));
    return top & 0xffff;
}

static void work(void *which) {
    uint64_t me = (uint64_t)(uintptr_t)which, random = 11 + me;
    for (uint64_t i = 0; i < rounds; i++) {
        uint64_t value = (uint64_t)next_random(&random) << 20 ^ i;
        __atomic_fetch_add(&sum64, value, __ATOMIC_RELAXED);
        __atomic_fetch_xor(&xor64, value, __ATOMIC_RELAXED);
        __atomic_fetch_or(&or64, value & 0x5555, __ATOMIC_ACQ_REL);
        __atomic_fetch_and(&and64, ~(value & 0xaaaa), __ATOMIC_ACQ_REL);
        __atomic_fetch_sub(&sum32, (uint32_t)value, __ATOMIC_SEQ_CST);
        __atomic_fetch_add(&sum16[i % 3], (uint16_t)value, __ATOMIC_RELAXED);
        __atomic_fetch_add(&sum8[i % 5], (uint8_t)value, __ATOMIC_RELAXED);
        int64_t seen = __atomic_load_n(&largest, __ATOMIC_RELAXED);
        while (seen < (int64_t)value && !__atomic_compare_exchange_n(&largest, &seen, (int64_t)value, 1, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {}
        seen = __atomic_load_n(&smallest, __ATOMIC_RELAXED);
        while (seen > -(int64_t)value && !__atomic_compare_exchange_n(&smallest, &seen, -(int64_t)value, 1, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {}
        uint32_t cell = stack_pop();
        if (cell) stack_push(cell);
        if (i % 16 == 0) {
            lock(&mutex);
            guarded[0]++;
            guarded[1] += value;
            guarded[2] += guarded[3] != guarded[0] - 1;
            guarded[3] = guarded[0];
            unlock(&mutex);
        }
    }
    // A queue with one producer (1) and one consumer (0): the order is that of the producer.
    for (uint64_t i = 0; i < rounds; i++) {
        if (me) {
            uint32_t tail;
            while (queue_head - (tail = __atomic_load_n(&queue_tail, __ATOMIC_ACQUIRE)) == queue_size) futex_wait(&queue_tail, tail);
            queue[queue_head % queue_size] = next_random(&random) + i;
            __atomic_store_n(&queue_head, queue_head + 1, __ATOMIC_RELEASE);
            if (queue_head % (queue_size / 2) == 0 || i + 1 == rounds) futex_wake(&queue_head);
        } else {
            uint32_t head;
            while ((head = __atomic_load_n(&queue_head, __ATOMIC_ACQUIRE)) == queue_tail) futex_wait(&queue_head, head);
            received = fold(received, queue[queue_tail % queue_size]);
            __atomic_store_n(&queue_tail, queue_tail + 1, __ATOMIC_RELEASE);
            if (queue_tail % (queue_size / 2) == 0) futex_wake(&queue_tail);
        }
    }
    // Ping-pong: each hands the ball over and sleeps until it is back.
    for (uint64_t i = 0; i < rounds / 64; i++) {
        uint32_t seen;
        while (((seen = __atomic_load_n(&ball, __ATOMIC_ACQUIRE)) & 1) != me) futex_wait(&ball, seen);
        __atomic_store_n(&ball, seen + 1, __ATOMIC_RELEASE);
        futex_wake(&ball);
    }
}

GUEST("threads", 300000) {
    rounds = scale;
    for (uint32_t cell = 1; cell <= cells; cell++) stack_push(cell);
    if (thread_start(work, (void *)1)) return 0;
    work((void *)0);
    thread_join();
    uint64_t hash = 0, left = 0, cell;
    while ((cell = stack_pop()) != 0) left += cell;
    const uint64_t results[] = {sum64, xor64, or64, and64, sum32, sum16[0], sum16[1], sum16[2], sum8[0], sum8[1], sum8[2], sum8[3], sum8[4],
                                (uint64_t)largest, (uint64_t)smallest, left, guarded[0], guarded[1], guarded[2], received, ball, mutex};
    for (size_t i = 0; i < sizeof results / sizeof *results; i++) hash = fold(hash, results[i]);
    return hash;
}
