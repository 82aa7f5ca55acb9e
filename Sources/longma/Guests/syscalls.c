// A loop of cheap system calls: what entering and leaving the guest costs.
#include "guest.h"

enum { at_cwd = -100, write_only = 1, read_only = 0, clock_monotonic = 1, seek_current = 1 };

GUEST("syscalls", 250000) {
    char buffer[64] = "longma";
    int64_t last[2] = {0, 0}, now[2];
    uint64_t hash = 0, wrong = 0;
    long null = guest_call(call_openat, at_cwd, (long)"/dev/null", write_only, 0, 0, 0);
    long zero = guest_call(call_openat, at_cwd, (long)"/dev/zero", read_only, 0, 0, 0);
    long parent = guest_call(call_getppid, 0, 0, 0, 0, 0, 0);
    if (null < 0 || zero < 0) return 0;
    for (uint64_t i = 0; i < scale; i++) {
        wrong += guest_call(call_getppid, 0, 0, 0, 0, 0, 0) != parent;
        hash = fold(hash, (uint64_t)guest_call(call_write, null, (long)buffer, (long)(i % sizeof buffer), 0, 0, 0));
        wrong += guest_call(call_clock_gettime, clock_monotonic, (long)now, 0, 0, 0, 0) != 0;
        wrong += now[0] < last[0] || (now[0] == last[0] && now[1] < last[1]);
        last[0] = now[0], last[1] = now[1];
        if (i % 4 == 0) hash = fold(hash, (uint64_t)guest_call(call_read, zero, (long)buffer, (long)(i % sizeof buffer), 0, 0, 0) + (uint64_t)buffer[0]);
        if (i % 8 == 0) hash = fold(hash, (uint64_t)guest_call(call_read, 12345, (long)buffer, 1, 0, 0, 0));  // EBADF
        if (i % 8 == 4) hash = fold(hash, (uint64_t)guest_call(call_write, null, 8, 0, 0, 0, 0));
    }
    wrong += guest_call(call_close, null, 0, 0, 0, 0, 0) != 0;
    wrong += guest_call(call_close, zero, 0, 0, 0, 0, 0) != 0;
    return fold(hash, wrong);
}
