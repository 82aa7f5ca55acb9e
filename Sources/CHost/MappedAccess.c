// Guest accesses that cross a page or that the soft TLB does not know.
#include "CHost.h"
#include <xmmintrin.h>

/// Finds both parts of the bytes before either is touched.
static bool find(LongmaCPU *cpu, uint64_t address, uint64_t size, uint64_t access, char *parts[2], uint64_t *first) {
    uint64_t room = 4096 - (address & 4095);
    *first = size < room ? size : room;
    // The size is for levels whose accesses must be aligned.
    parts[0] = (char *)cpu->resolve(cpu, address, access | size << 8);
    if (!parts[0]) return false;
    if (*first == size) return true;
    parts[1] = (char *)cpu->resolve(cpu, address + *first, access);
    return parts[1] != NULL;
}

/// Performs an access to a device, a doubleword at a time, in the host's floating-point mode.
static void access_device(LongmaCPU *cpu, bool isStore, void *bytes, uint64_t size) {
    LongmaCore *core = (LongmaCore *)cpu;
    unsigned mode = _mm_getcsr();
    _mm_setcsr(0x1F80);
    for (uint64_t done = 0; done < size; done += 8) {
        uint64_t part = size - done < 8 ? size - done : 8, value = 0;
        memcpy(&value, (char *)bytes + done, part);
        uint64_t answer = core->device(cpu, part, isStore, value);
        if (!isStore) memcpy((char *)bytes + done, &answer, part);
    }
    _mm_setcsr(mode);
}

/// Copies what mostly is one word.
static inline __attribute__((always_inline)) void copy(void *to, const void *from, uint64_t size) {
    switch (size) {
    case 1: memcpy(to, from, 1); break;
    case 2: memcpy(to, from, 2); break;
    case 4: memcpy(to, from, 4); break;
    case 8: memcpy(to, from, 8); break;
    default: memcpy(to, from, size);
    }
}

bool longma_mapped_load_slowly(LongmaCPU *cpu, uint64_t address, void *bytes, uint64_t size) {
    char *parts[2];
    uint64_t first;
    if (!find(cpu, address, size, LONGMA_ACCESS_LOAD, parts, &first)) return false;
    if (__builtin_expect((uint64_t)parts[0] == LONGMA_DEVICE_ACCESS, 0)) return access_device(cpu, false, bytes, size), true;
    copy(bytes, parts[0], first);
    if (first < size) memcpy((char *)bytes + first, parts[1], size - first);
    return true;
}

bool longma_mapped_store_slowly(LongmaCPU *cpu, uint64_t address, const void *bytes, uint64_t size) {
    char *parts[2];
    uint64_t first;
    if (!find(cpu, address, size, LONGMA_ACCESS_STORE, parts, &first)) return false;
    if (__builtin_expect((uint64_t)parts[0] == LONGMA_DEVICE_ACCESS, 0)) return access_device(cpu, true, (void *)bytes, size), true;
    copy(parts[0], bytes, first);
    if (first < size) memcpy(parts[1], (const char *)bytes + first, size - first);
    return true;
}

bool longma_mapped_load_word(LongmaCPU *cpu, uint64_t address, uint64_t size) {
    cpu->transfer = 0;
    return longma_mapped_load_slowly(cpu, address, &cpu->transfer, size);
}

bool longma_mapped_store_word(LongmaCPU *cpu, uint64_t address, uint64_t value, uint64_t size) {
    return longma_mapped_store_slowly(cpu, address, &value, size);
}
