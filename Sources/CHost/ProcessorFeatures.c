#include "LinuxHost.h"

#include <cpuid.h>

uint64_t longma_processor_features(int which) {
    unsigned a = 0, b = 0, c = 0, d = 0;
    if (which == 0) {
        // Not ebx, which has the number of the core.
        __get_cpuid(1, &a, &b, &c, &d);
        return (uint64_t)c << 32 | d;
    }
    __get_cpuid_count(7, 0, &a, &b, &c, &d);
    return (uint64_t)c << 32 | b;
}
