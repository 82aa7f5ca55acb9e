// Guest memory accesses at host address = guest address that report a fault instead of dying of it.
//
// Each access is one machine instruction with an entry in the section `longma_extable` (address, landing address). The SIGSEGV/SIGBUS handler in
// FaultHandler.c moves the program counter from the one to the other; the function then answers false and nothing was written.
#ifndef LONGMA_GUEST_ACCESS_H
#define LONGMA_GUEST_ACCESS_H

#include <stdbool.h>
#include <stdint.h>

#define LONGMA_EXTABLE(label) \
    ".pushsection longma_extable,\"aR\",@progbits\n\t.balign 4\n\t.long 1b - ., %l[" #label "] - .\n\t.popsection"

#define LONGMA_LOAD(name, instruction, modifier) \
    static inline __attribute__((always_inline)) bool longma_load_##name(uint64_t address, uint64_t *_Nonnull value) { \
        uint64_t result; \
        __asm__ goto("1: " instruction " (%[a]), %" modifier "[r]\n\t" LONGMA_EXTABLE(fault) \
                     : [r] "=r"(result) : [a] "r"(address) : : fault); \
        *value = result; \
        return true; \
    fault: \
        return false; \
    }
LONGMA_LOAD(i8, "movsbq", "")
LONGMA_LOAD(u8, "movzbl", "k")
LONGMA_LOAD(i16, "movswq", "")
LONGMA_LOAD(u16, "movzwl", "k")
LONGMA_LOAD(i32, "movslq", "")
LONGMA_LOAD(u32, "movl", "k")
LONGMA_LOAD(u64, "movq", "")
#undef LONGMA_LOAD

#define LONGMA_STORE(name, instruction, modifier) \
    static inline __attribute__((always_inline)) bool longma_store_##name(uint64_t address, uint64_t value) { \
        __asm__ goto("1: " instruction " %" modifier "[v], (%[a])\n\t" LONGMA_EXTABLE(fault) \
                     : : [v] "r"(value), [a] "r"(address) : "memory" : fault); \
        return true; \
    fault: \
        return false; \
    }
LONGMA_STORE(u8, "movb", "b")
LONGMA_STORE(u16, "movw", "w")
LONGMA_STORE(u32, "movl", "k")
LONGMA_STORE(u64, "movq", "")
#undef LONGMA_STORE

/// 128 bits at any alignment; a store that faults has written nothing.
static inline __attribute__((always_inline)) bool longma_load_u128(uint64_t address, uint64_t *_Nonnull low, uint64_t *_Nonnull high) {
    uint64_t l, h;
    __asm__ goto("1: vmovdqu (%[a]), %%xmm0\n\tvmovq %%xmm0, %[l]\n\tvpextrq $1, %%xmm0, %[h]\n\t" LONGMA_EXTABLE(fault)
                 : [l] "=r"(l), [h] "=r"(h) : [a] "r"(address) : "xmm0" : fault);
    *low = l;
    *high = h;
    return true;
fault:
    return false;
}
static inline __attribute__((always_inline)) bool longma_store_u128(uint64_t address, uint64_t low, uint64_t high) {
    __asm__ goto("vmovq %[l], %%xmm0\n\tvpinsrq $1, %[h], %%xmm0, %%xmm0\n1: vmovdqu %%xmm0, (%[a])\n\t" LONGMA_EXTABLE(fault)
                 : : [l] "r"(low), [h] "r"(high), [a] "r"(address) : "memory", "xmm0" : fault);
    return true;
fault:
    return false;
}

// Atomics. `value` holds the operand going in and the old contents of memory (zero-extended) coming out.
#define LONGMA_EXCHANGE(name, instruction, modifier) \
    static inline __attribute__((always_inline)) bool longma_##name(uint64_t address, uint64_t *_Nonnull value) { \
        uint64_t v = *value; \
        __asm__ goto("1: " instruction " %" modifier "[v], (%[a])\n\t" LONGMA_EXTABLE(fault) \
                     : [v] "+r"(v) : [a] "r"(address) : "memory", "cc" : fault); \
        *value = v; \
        return true; \
    fault: \
        return false; \
    }
LONGMA_EXCHANGE(exchange_u8, "xchgb", "b")
LONGMA_EXCHANGE(exchange_u16, "xchgw", "w")
LONGMA_EXCHANGE(exchange_u32, "xchgl", "k")
LONGMA_EXCHANGE(exchange_u64, "xchgq", "")
LONGMA_EXCHANGE(add_u8, "lock xaddb", "b")
LONGMA_EXCHANGE(add_u16, "lock xaddw", "w")
LONGMA_EXCHANGE(add_u32, "lock xaddl", "k")
LONGMA_EXCHANGE(add_u64, "lock xaddq", "")
#undef LONGMA_EXCHANGE

// Compare and swap: `expected` holds the old contents (low bits) coming out; it equals what went in when the swap was made.
#define LONGMA_CAS(name, instruction, modifier) \
    static inline __attribute__((always_inline)) bool longma_cas_##name(uint64_t address, uint64_t *_Nonnull expected, uint64_t desired) { \
        uint64_t e = *expected; \
        __asm__ goto("1: " instruction " %" modifier "[d], (%[addr])\n\t" LONGMA_EXTABLE(fault) \
                     : "+a"(e) : [d] "r"(desired), [addr] "r"(address) : "memory", "cc" : fault); \
        *expected = e; \
        return true; \
    fault: \
        return false; \
    }
LONGMA_CAS(u8, "lock cmpxchgb", "b")
LONGMA_CAS(u16, "lock cmpxchgw", "w")
LONGMA_CAS(u32, "lock cmpxchgl", "k")
LONGMA_CAS(u64, "lock cmpxchgq", "")
#undef LONGMA_CAS

/// 128-bit compare and swap, 16-byte aligned address; `*swapped` says whether the store was made.
static inline __attribute__((always_inline)) bool longma_cas_u128(
    uint64_t address, uint64_t expectedLow, uint64_t expectedHigh, uint64_t low, uint64_t high, bool *_Nonnull swapped) {
    uint8_t done;
    __asm__ goto("1: lock cmpxchg16b (%[addr])\n\tsete %[done]\n\t" LONGMA_EXTABLE(fault)
                 : "+a"(expectedLow), "+d"(expectedHigh), [done] "=r"(done)
                 : "b"(low), "c"(high), [addr] "r"(address) : "memory", "cc" : fault);
    *swapped = done;
    return true;
fault:
    return false;
}

static inline __attribute__((always_inline)) void longma_fence(void) { __atomic_thread_fence(__ATOMIC_SEQ_CST); }

#endif
