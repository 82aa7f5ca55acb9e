// Guest accesses through the soft TLB.
#ifndef LONGMA_MAPPED_ACCESS_H
#define LONGMA_MAPPED_ACCESS_H

#include "CPU.h"
#include <string.h>

/// The accesses that the probe does not settle: other pages, two pages, no memory. False when the machine refuses; nothing is changed then.
bool longma_mapped_load_slowly(LongmaCPU *_Nonnull cpu, uint64_t address, void *_Nonnull bytes, uint64_t size);
bool longma_mapped_store_slowly(LongmaCPU *_Nonnull cpu, uint64_t address, const void *_Nonnull bytes, uint64_t size);
/// The same by way of `cpu->transfer`: an interpreter's handler whose locals have no address can end in a jump.
bool longma_mapped_load_word(LongmaCPU *_Nonnull cpu, uint64_t address, uint64_t size);
bool longma_mapped_store_word(LongmaCPU *_Nonnull cpu, uint64_t address, uint64_t value, uint64_t size);

static inline __attribute__((always_inline)) LongmaPage *_Nonnull longma_page(const LongmaCPU *_Nonnull cpu, uint64_t address) {
    return &cpu->pages[(address >> 12) & (LONGMA_SOFT_TLB_PAGES - 1)];
}

#define LONGMA_MAPPED_LOAD(name, type, wide)                                                                                       \
    typedef type __attribute__((aligned(1), may_alias)) Unaligned_##name;                                                          \
    static inline __attribute__((always_inline)) bool longma_mapped_load_##name(LongmaCPU *_Nonnull cpu, uint64_t address, uint64_t *_Nonnull value) { \
        const LongmaPage *page = longma_page(cpu, address);                                                                        \
        if (__builtin_expect(page->read == ((address + sizeof(type) - 1) & ~(uint64_t)4095), 1)) {                                 \
            *value = (uint64_t)(wide)*(const Unaligned_##name *)(address + page->addend);                                          \
            return true;                                                                                                           \
        }                                                                                                                          \
        if (!longma_mapped_load_word(cpu, address, sizeof(type))) return false;                                                    \
        *value = (uint64_t)(wide)(type)cpu->transfer;                                                                              \
        return true;                                                                                                               \
    }
LONGMA_MAPPED_LOAD(i8, int8_t, int64_t)
LONGMA_MAPPED_LOAD(u8, uint8_t, uint64_t)
LONGMA_MAPPED_LOAD(i16, int16_t, int64_t)
LONGMA_MAPPED_LOAD(u16, uint16_t, uint64_t)
LONGMA_MAPPED_LOAD(i32, int32_t, int64_t)
LONGMA_MAPPED_LOAD(u32, uint32_t, uint64_t)
LONGMA_MAPPED_LOAD(u64, uint64_t, uint64_t)
#undef LONGMA_MAPPED_LOAD

#define LONGMA_MAPPED_STORE(name, type)                                                                                            \
    static inline __attribute__((always_inline)) bool longma_mapped_store_##name(LongmaCPU *_Nonnull cpu, uint64_t address, uint64_t value) { \
        const LongmaPage *page = longma_page(cpu, address);                                                                        \
        if (__builtin_expect(page->write == ((address + sizeof(type) - 1) & ~(uint64_t)4095), 1)) {                                \
            *(Unaligned_##name *)(address + page->addend) = (type)value;                                                           \
            return true;                                                                                                           \
        }                                                                                                                          \
        return longma_mapped_store_word(cpu, address, value, sizeof(type));                                                        \
    }
LONGMA_MAPPED_STORE(u8, uint8_t)
LONGMA_MAPPED_STORE(u16, uint16_t)
LONGMA_MAPPED_STORE(u32, uint32_t)
LONGMA_MAPPED_STORE(u64, uint64_t)
#undef LONGMA_MAPPED_STORE

/// Host address of `size` bytes that do not cross a page, for a load or a store (`access`); 0 when the machine refuses.
static inline __attribute__((always_inline)) uint64_t longma_mapped_host(LongmaCPU *_Nonnull cpu, uint64_t address, uint64_t access) {
    const LongmaPage *page = longma_page(cpu, address);
    if (__builtin_expect((access == LONGMA_ACCESS_STORE ? page->write : page->read) == (address & ~(uint64_t)4095), 1)) return address + page->addend;
    return cpu->resolve(cpu, address, access);
}

#endif
