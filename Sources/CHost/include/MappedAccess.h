// Guest accesses through the soft TLB.
#ifndef LONGMA_MAPPED_ACCESS_H
#define LONGMA_MAPPED_ACCESS_H

#include "CPU.h"
#include <string.h>

/// The accesses that the probe does not settle: other pages, two pages, no memory. False when the machine refuses; nothing is changed then.
bool longma_mapped_load_slowly(LongmaCPU *_Nonnull cpu, uint64_t address, void *_Nonnull bytes, uint64_t size);
bool longma_mapped_store_slowly(LongmaCPU *_Nonnull cpu, uint64_t address, const void *_Nonnull bytes, uint64_t size);

static inline __attribute__((always_inline)) LongmaPage *_Nonnull longma_page(const LongmaCPU *_Nonnull cpu, uint64_t address) {
    return &cpu->pages[(address >> 12) & (LONGMA_SOFT_TLB_PAGES - 1)];
}

#define LONGMA_MAPPED_LOAD(name, type, wide)                                                                                       \
    static inline __attribute__((always_inline)) bool longma_mapped_load_##name(LongmaCPU *_Nonnull cpu, uint64_t address, uint64_t *_Nonnull value) { \
        const LongmaPage *page = longma_page(cpu, address);                                                                        \
        type narrow;                                                                                                               \
        if (__builtin_expect(page->read == ((address + sizeof narrow - 1) & ~(uint64_t)4095), 1))                                  \
            memcpy(&narrow, (const void *)(address + page->addend), sizeof narrow);                                                \
        else if (!longma_mapped_load_slowly(cpu, address, &narrow, sizeof narrow))                                                 \
            return false;                                                                                                          \
        *value = (uint64_t)(wide)narrow;                                                                                           \
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
        type narrow = (type)value;                                                                                                 \
        if (__builtin_expect(page->write == ((address + sizeof narrow - 1) & ~(uint64_t)4095), 1)) {                               \
            memcpy((void *)(address + page->addend), &narrow, sizeof narrow);                                                      \
            return true;                                                                                                           \
        }                                                                                                                          \
        return longma_mapped_store_slowly(cpu, address, &narrow, sizeof narrow);                                                   \
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
