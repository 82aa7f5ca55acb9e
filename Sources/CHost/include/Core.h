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

/// A bank's constant timer. While it runs TVAL is a difference; else it is stored.
typedef struct LongmaTimer {
    bool isRunning;
    /// Clock value at which it expires.
    uint64_t deadline;
} LongmaTimer;

/// The translation context that a bank had last in one mode, and what to compare before it is taken again.
typedef struct LongmaKnownContext {
    /// CRMD.PLV, DA and PG; a mode that there is not for none.
    uint64_t mode;
    /// The guest's and the second stage's id; of no matter in root's bank.
    uint64_t ids;
    LongmaPage *_Nullable pages;
    LongmaJumpCacheEntry *_Nullable jumpCache;
    /// What `LongmaCPU.context` is for it, and its slot in the machine's table.
    uint64_t number, slot;
    /// It has an engine, and no stale code: who runs translated code may go on in it.
    bool isReady;
} LongmaKnownContext;

/// A place where `dbcl` calls the owner's function: a virtual address, and the bank in which it counts.
typedef struct LongmaGate {
    uint64_t address, isGuest;
    /// What is called with `context` and the core's pc at the gate; whether the core is to stop. Floating point and hash tables are none of its business: the
    /// guest's floating-point mode is loaded.
    bool (*_Nonnull action)(void *_Nonnull context);
    void *_Nonnull context;
} LongmaGate;

/// Modes by PLV and PG.
#define LONGMA_MODES 8

typedef struct LongmaCore {
    LongmaCPU cpu;
    /// By bank and number, as a read would give them, but for what is computed when it is read (PGD, TVAL, guest ESTAT.IS[9:2], ...).
    uint64_t csr[2][LONGMA_CSR_COUNT];
    /// The bank that is current: `GSTAT.VM`.
    uint64_t isGuest;
    /// By bank and mode; a switch between modes takes its context from here.
    LongmaKnownContext known[2][LONGMA_MODES];
    /// Slot of the current context.
    uint64_t slot;
    /// Each bank's LL reservation while the other bank is current: valid flag, address, value, high half.
    uint64_t reservation[2][4];
    LongmaTimer timer[2];
    /// Interrupt lines HWI7...0 as the devices drive them, and message interrupts' summary; written by other threads.
    uint64_t lines;
    /// `lines` as ESTAT shows them.
    uint64_t lastLines;
    const LongmaGate *_Nullable gates;
    uint64_t gateCount;
    /// A gate has stopped the core.
    bool isStopped;
    /// `longma_call_gate`, for translated code.
    uint64_t (*_Nullable gate)(LongmaCPU *_Nonnull cpu, uint64_t pc);
    /// The access to a device that `resolve` has answered last, of `size` bytes: what a load reads; `value` is a store's.
    uint64_t (*_Nullable device)(LongmaCPU *_Nonnull cpu, uint64_t size, bool isStore, uint64_t value);
} LongmaCore;

/// A bank of registers, which Swift cannot index as it stands.
static inline __attribute__((always_inline)) uint64_t *_Nonnull longma_csr(LongmaCore *_Nonnull core, uint64_t bank) { return core->csr[bank]; }
static inline __attribute__((always_inline)) uint64_t *_Nonnull longma_reservation(LongmaCore *_Nonnull core, uint64_t bank) { return core->reservation[bank]; }
static inline __attribute__((always_inline)) LongmaTimer *_Nonnull longma_timer(LongmaCore *_Nonnull core, uint64_t bank) { return &core->timer[bank]; }
/// The known context of a bank in a mode (CRMD), whether it fits or not.
static inline __attribute__((always_inline)) LongmaKnownContext *_Nonnull longma_known(LongmaCore *_Nonnull core, uint64_t bank, uint64_t mode) {
    return &core->known[bank][(mode & 3) | (mode >> 2 & 4)];
}

/// How far behind the head of a core something lies, for translated code.
static inline uint64_t longma_csr_offset(uint64_t bank, uint64_t number) { return offsetof(LongmaCore, csr) + (bank * LONGMA_CSR_COUNT + number) * 8; }
static inline uint64_t longma_timer_offset(uint64_t bank) { return offsetof(LongmaCore, timer) + bank * sizeof(LongmaTimer); }
static inline uint64_t longma_lines_offset(void) { return offsetof(LongmaCore, lines); }
static inline uint64_t longma_last_lines_offset(void) { return offsetof(LongmaCore, lastLines); }
static inline uint64_t longma_gate_offset(void) { return offsetof(LongmaCore, gate); }

static inline uint64_t longma_lines(const LongmaCore *_Nonnull core) { return __atomic_load_n(&core->lines, __ATOMIC_ACQUIRE); }
static inline void longma_set_line(LongmaCore *_Nonnull core, uint64_t bit, bool isActive) {
    if (isActive) __atomic_fetch_or(&core->lines, bit, __ATOMIC_RELEASE); else __atomic_fetch_and(&core->lines, ~bit, __ATOMIC_RELEASE);
}

// Changes of mode as translated code makes them, when the context to go on in is known and no interrupt comes in between. They answer `LONGMA_SYSTEM_…` bits
// with `cpu->pc` set, or 0 with nothing changed: then the machine must be asked.

/// `ertn` at privilege level 0 in the current bank.
uint64_t longma_return_quickly(LongmaCPU *_Nonnull cpu, uint64_t none, uint64_t nothing, uint64_t pc);
/// The guest is left by exception `code` of the instruction `word` at `pc`.
uint64_t longma_exit_quickly(LongmaCPU *_Nonnull cpu, uint64_t code, uint64_t word, uint64_t pc);
/// Exception `code` of the instruction `word` at `pc` is taken in the current bank.
uint64_t longma_raise_quickly(LongmaCPU *_Nonnull cpu, uint64_t code, uint64_t word, uint64_t pc);

/// Calls the first gate at `pc`, where the code has `dbcl`; answers like `LongmaCPU.system`, or 0 when there is none.
uint64_t longma_call_gate(LongmaCPU *_Nonnull cpu, uint64_t pc);

#endif
