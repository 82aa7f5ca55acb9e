// The state of one LA64 core with address translation and the virtualization extension: the CPU, and its two banks of control and status registers.
#ifndef LONGMA_CORE_H
#define LONGMA_CORE_H

#include "CPU.h"
#include <stddef.h>

/// Numbers of control and status registers that have storage: 0 ... 0x502 and a bit.
#define LONGMA_CSR_COUNT 0x510

/// Banks of `LongmaCore.csr`: the root's, and the guest's.
#define LONGMA_ROOT 0
#define LONGMA_GUEST 1

typedef struct LongmaCore {
    LongmaCPU cpu;
    /// By bank and number, as a read would give them, but for what is computed when it is read (PGD, TVAL, guest ESTAT.IS[9:2], ...).
    uint64_t csr[2][LONGMA_CSR_COUNT];
    /// The bank that is current: `GSTAT.VM`.
    uint64_t isGuest;
    /// The soft TLB, jump cache and number of each bank's context, for switches between the banks; null when it has to be looked for.
    LongmaPage *_Nullable contextPages[2];
    LongmaJumpCacheEntry *_Nullable contextJumpCache[2];
    uint64_t contextNumber[2];
    /// Each bank's LL reservation while the other bank is current: valid flag, address, value, high half.
    uint64_t reservation[2][4];
    /// Interrupt lines HWI7...0 as the devices drive them, and message interrupts' summary; written by other threads.
    uint64_t lines;
} LongmaCore;

/// A bank of registers, which Swift cannot index as it stands.
static inline __attribute__((always_inline)) uint64_t *_Nonnull longma_csr(LongmaCore *_Nonnull core, uint64_t bank) { return core->csr[bank]; }
static inline __attribute__((always_inline)) uint64_t *_Nonnull longma_reservation(LongmaCore *_Nonnull core, uint64_t bank) { return core->reservation[bank]; }

/// How far behind the head of a core a register lies, for translated code.
static inline uint64_t longma_csr_offset(uint64_t bank, uint64_t number) { return offsetof(LongmaCore, csr) + (bank * LONGMA_CSR_COUNT + number) * 8; }

static inline uint64_t longma_lines(const LongmaCore *_Nonnull core) { return __atomic_load_n(&core->lines, __ATOMIC_ACQUIRE); }
static inline void longma_set_line(LongmaCore *_Nonnull core, uint64_t bit, bool isActive) {
    if (isActive) __atomic_fetch_or(&core->lines, bit, __ATOMIC_RELEASE); else __atomic_fetch_and(&core->lines, ~bit, __ATOMIC_RELEASE);
}

#endif
