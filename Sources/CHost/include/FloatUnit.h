// The host's floating-point unit, one function per operation, so that no compiler reorders, folds or drops an operation whose flags the guest may read.
#ifndef LONGMA_FLOAT_UNIT_H
#define LONGMA_FLOAT_UNIT_H
#include <stdint.h>

static inline __attribute__((always_inline)) uint32_t longma_read_mxcsr(void) {
    uint32_t v;
    __asm__ volatile("vstmxcsr %0" : "=m"(v));
    return v;
}
static inline __attribute__((always_inline)) void longma_write_mxcsr(uint32_t v) { __asm__ volatile("vldmxcsr %0" : : "m"(v)); }

#endif
