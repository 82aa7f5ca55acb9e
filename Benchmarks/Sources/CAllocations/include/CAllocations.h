#ifndef LONGMA_BENCHMARK_ALLOCATIONS_H
#define LONGMA_BENCHMARK_ALLOCATIONS_H

#include <stdint.h>

/// How often the calling thread has asked for memory so far: calls of malloc, calloc, realloc, posix_memalign, aligned_alloc and memalign.
uint64_t longma_allocations(void);

#endif
