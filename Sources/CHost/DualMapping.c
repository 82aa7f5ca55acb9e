// One stretch of memory in two views: what is writable is not executable, and the other way round.
#include "HostSystem.h"

#include <sys/mman.h>
#include <unistd.h>

static int map(size_t size, void **writable, void **executable, int flags) {
    int file = memfd_create("longma-code", MFD_CLOEXEC);
    if (file < 0) return -1;
    int failed = ftruncate(file, (off_t)size) != 0;
    if (!failed) {
        void *first = mmap(*writable, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE | flags, file, 0);
        void *second = mmap(*executable, size, PROT_READ | PROT_EXEC, MAP_SHARED | MAP_NORESERVE | flags, file, 0);
        failed = first == MAP_FAILED || second == MAP_FAILED;
        if (failed) {
            if (first != MAP_FAILED) munmap(first, size);
            if (second != MAP_FAILED) munmap(second, size);
        } else {
            *writable = first;
            *executable = second;
        }
    }
    // The mappings keep the memory.
    close(file);
    return failed ? -1 : 0;
}

int longma_map_twice(size_t size, void **writable, void **executable) {
    *writable = *executable = NULL;
    return map(size, writable, executable, 0);
}

int longma_renew_twice(size_t size, void *writable, void *executable) { return map(size, &writable, &executable, MAP_FIXED); }
