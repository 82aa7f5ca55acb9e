// Attention requests, copies to and from guest memory, locks, allocation of CPU states.
#include "GuestAccess.h"
#include "LinuxHost.h"
#include <errno.h>
#include <linux/futex.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

uint64_t longma_peek_attention(const LongmaCPU *cpu) { return __atomic_load_n(&cpu->attention, __ATOMIC_SEQ_CST); }

LongmaCPU *longma_allocate_cpu(void) {
    size_t size = (sizeof(LongmaCPU) + 63) & ~(size_t)63;
    LongmaCPU *cpu = aligned_alloc(64, size);
    if (cpu) memset(cpu, 0, size);
    return cpu;
}

static bool inside(uint64_t address, size_t size) {
    return address < LONGMA_FLAT_ADDRESS_LIMIT && size <= LONGMA_FLAT_ADDRESS_LIMIT - address;
}

bool longma_copy_from_guest(void *to, uint64_t from, size_t size) {
    if (size == 0) return true;
    if (!inside(from, size)) return false;
    uint8_t *p = to;
    uint64_t value;
    for (; size >= 8; size -= 8, p += 8, from += 8) {
        if (!longma_load_u64(from, &value)) return false;
        memcpy(p, &value, 8);
    }
    for (; size; size--, p++, from++) {
        if (!longma_load_u8(from, &value)) return false;
        *p = (uint8_t)value;
    }
    return true;
}

bool longma_copy_to_guest(uint64_t to, const void *from, size_t size) {
    if (size == 0) return true;
    if (!inside(to, size)) return false;
    const uint8_t *p = from;
    for (; size >= 8; size -= 8, p += 8, to += 8) {
        uint64_t value;
        memcpy(&value, p, 8);
        if (!longma_store_u64(to, value)) return false;
    }
    for (; size; size--, p++, to++)
        if (!longma_store_u8(to, *p)) return false;
    return true;
}

int64_t longma_copy_string_from_guest(char *to, uint64_t from, size_t capacity) {
    for (size_t i = 0; i < capacity; i++) {
        uint64_t value;
        if (from >= LONGMA_FLAT_ADDRESS_LIMIT - i || !longma_load_u8(from + i, &value)) return -EFAULT;
        to[i] = (char)value;
        if (value == 0) return (int64_t)i;
    }
    return -ENAMETOOLONG;
}

// 0 free, 1 held, 2 held with waiters.
void longma_lock(LongmaLock *lock) {
    uint32_t expected = 0;
    if (__atomic_compare_exchange_n(&lock->state, &expected, 1, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) return;
    while (__atomic_exchange_n(&lock->state, 2, __ATOMIC_ACQUIRE) != 0)
        longma_syscall(SYS_futex, (uint64_t)&lock->state, FUTEX_WAIT_PRIVATE, 2, 0, 0, 0);
}

void longma_unlock(LongmaLock *lock) {
    if (__atomic_exchange_n(&lock->state, 0, __ATOMIC_RELEASE) == 2)
        longma_syscall(SYS_futex, (uint64_t)&lock->state, FUTEX_WAKE_PRIVATE, 1, 0, 0, 0);
}

void longma_wait(const uint32_t *word, uint32_t value) { longma_syscall(SYS_futex, (uint64_t)word, FUTEX_WAIT_PRIVATE, value, 0, 0, 0); }
void longma_wake_all(const uint32_t *word) { longma_syscall(SYS_futex, (uint64_t)word, FUTEX_WAKE_PRIVATE, INT32_MAX, 0, 0, 0); }
uint32_t longma_atomic_load(const uint32_t *word) { return __atomic_load_n(word, __ATOMIC_SEQ_CST); }
uint32_t longma_atomic_add(uint32_t *word, int32_t delta) { return __atomic_add_fetch(word, (uint32_t)delta, __ATOMIC_SEQ_CST); }
