// C11 atomics of every width from four threads.
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>

enum { threads = 4, rounds = 4000 };
static _Atomic uint8_t a8[4];
static _Atomic uint16_t a16[2];
static _Atomic uint32_t a32;
static _Atomic uint64_t a64, xors, ors, ands = -1;
static _Atomic int64_t maximum = INT64_MIN;
static _Atomic uint8_t swaps8;
static _Atomic uint16_t swaps16;
static _Atomic(double) real;
static atomic_flag spin = ATOMIC_FLAG_INIT;
static long guarded;

// Message passing: what is stored before a release is seen after the acquire.
static uint64_t payload[16];
static _Atomic uint32_t published, acknowledged;
static _Atomic uint32_t stale;

static void *work(void *argument) {
    uint64_t me = (uint64_t)argument;
    for (uint64_t i = 0; i < rounds; i++) {
        atomic_fetch_add(&a8[me], 3);
        atomic_fetch_add_explicit(&a8[(me + 1) & 3], 1, memory_order_relaxed);
        atomic_fetch_sub(&a16[i & 1], (uint16_t)(me + i));
        atomic_fetch_add(&a32, (uint32_t)i);
        atomic_fetch_add(&a64, i << 32 | me);
        atomic_fetch_xor(&xors, (i + me) * 0x9e3779b97f4a7c15u);
        atomic_fetch_or(&ors, (uint64_t)1 << ((i + me) & 63));
        atomic_fetch_and(&ands, ~((uint64_t)1 << ((i * 2) & 63)));
        int64_t seen = atomic_load(&maximum), mine = (int64_t)((i * 7919 + me) % 1000003);
        while (seen < mine && !atomic_compare_exchange_weak(&maximum, &seen, mine)) {}
        uint8_t old8 = atomic_load(&swaps8);
        while (!atomic_compare_exchange_strong(&swaps8, &old8, (uint8_t)(old8 + 5))) {}
        uint16_t old16 = atomic_load(&swaps16);
        while (!atomic_compare_exchange_weak(&swaps16, &old16, (uint16_t)(old16 + 301))) {}
        double old = atomic_load(&real);
        while (!atomic_compare_exchange_weak(&real, &old, old + 0.5)) {}
        if (i % 8 == 0) {
            while (atomic_flag_test_and_set_explicit(&spin, memory_order_acquire)) {}
            guarded++;
            atomic_flag_clear_explicit(&spin, memory_order_release);
        }
    }
    if (me == 0) {
        for (uint32_t i = 1; i <= 2000; i++) {
            for (int j = 0; j < 16; j++) payload[j] = i;
            atomic_store_explicit(&published, i, memory_order_release);
            while (atomic_load_explicit(&acknowledged, memory_order_acquire) != i) {}
        }
    } else if (me == 1) {
        for (uint32_t i = 1; i <= 2000; i++) {
            while (atomic_load_explicit(&published, memory_order_acquire) != i) {}
            for (int j = 0; j < 16; j++) stale += payload[j] != i;
            atomic_store_explicit(&acknowledged, i, memory_order_release);
        }
    }
    return NULL;
}

int main(void) {
    pthread_t thread[threads];
    for (uint64_t i = 0; i < threads; i++) pthread_create(&thread[i], NULL, work, (void *)i);
    for (int i = 0; i < threads; i++) pthread_join(thread[i], NULL);
    printf("%u %u %u %u\n", a8[0], a8[1], a8[2], a8[3]);
    printf("%u %u %u\n", a16[0], a16[1], a32);
    printf("%llx %llx %llx %llx %lld\n", (unsigned long long)a64, (unsigned long long)xors, (unsigned long long)ors, (unsigned long long)ands, (long long)maximum);
    printf("%u %u %g %ld stale %u\n", swaps8, swaps16, real, guarded, stale);
    uint8_t old8 = 9;
    a8[0] = 200;
    int done = atomic_compare_exchange_strong(&a8[0], &old8, 1);
    printf("%d %u %u %u\n", done, old8, a8[0], atomic_exchange(&a8[0], 250));
    int8_t small = -100;
    printf("%d %d\n", __atomic_fetch_sub(&small, 100, __ATOMIC_SEQ_CST), small);
    return 0;
}
