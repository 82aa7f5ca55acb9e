// Entry into and exit from translated code, fault handling, executable memory.
#ifndef LONGMA_HOST_SYSTEM_H
#define LONGMA_HOST_SYSTEM_H

#include "CPU.h"
#include <stddef.h>
#include <stdint.h>

/// Makes the calling thread run `cpu`: faults in guest accesses of this thread are reported to it. Installs an alternate signal stack once per thread.
void longma_bind_cpu(LongmaCPU *_Nullable cpu);

/// Keeps the guard behind the flat address limit free of everything; false when something is there already. Idempotent.
bool longma_reserve_guard(void);

/// Installs the process's SIGSEGV, SIGBUS and SIGILL handler; idempotent. A fault that belongs to neither a guest access nor translated code
/// has the default action.
void longma_install_fault_handler(void);

/// A table of the code that will be put between `start` and `start` + `size`, for the fault handler; null when there is no memory. It stays for good.
typedef struct LongmaCodeTable LongmaCodeTable;
LongmaCodeTable *_Nullable longma_add_code_table(const void *_Nonnull start, size_t size);
/// Enters translated code [start, start + size) with its fault table (copied). Each begins in a page of its own, behind those before. 0 on success.
int longma_register_code(LongmaCodeTable *_Nonnull table, const void *_Nonnull start, size_t size, const LongmaFaultSite *_Nullable sites, size_t count);
/// Forgets all code of a table; no thread may be running any of it. Faults elsewhere may happen meanwhile.
void longma_clear_code_table(LongmaCodeTable *_Nonnull table);

/// A number that differs between builds of this program; 0 when there is none.
uint64_t longma_build_identity(void);

/// Offset of `hostStack`: code that uses every register leaves by setting rsp to it and jumping to the address 8 below.
#define LONGMA_HOST_STACK_OFFSET 304

/// Maps a stretch of memory twice, for writing and for executing; 0 on success. Address space only: pages cost memory when they are touched.
int longma_map_twice(size_t size, void *_Nullable *_Nonnull writable, void *_Nullable *_Nonnull executable);
/// Gives both mappings new, empty memory, shared with nobody; 0 on success.
int longma_renew_twice(size_t size, void *_Nonnull writable, void *_Nonnull executable);

/// Runs translated code until it leaves; cpu->exitReason and cpu->pc then say why and where. The guest's MXCSR must be loaded.
void longma_enter_code(LongmaCPU *_Nonnull cpu, const void *_Nonnull code);

/// What a thread may want of another thread's CPU: bits of `LongmaCPU.attention`.
#define LONGMA_ATTENTION_SIGNAL 1u
#define LONGMA_ATTENTION_INVALIDATE 2u
#define LONGMA_ATTENTION_STOP 4u
/// The CPU itself executed `ibar`.
#define LONGMA_ATTENTION_BARRIER 8u

/// `fuelFloor` while nothing is wanted: no straight stretch of code between two polls is longer than this.
#define LONGMA_FUEL_FLOOR 4096

/// Around an engine's `run`. Who asks for attention and then does not find the CPU in its engine may be sure that it sees the request before it runs guest code.
static inline void longma_enter_engine(LongmaCPU *_Nonnull cpu) { __atomic_exchange_n(&cpu->isInEngine, 1, __ATOMIC_SEQ_CST); }
static inline void longma_leave_engine(LongmaCPU *_Nonnull cpu) { __atomic_store_n(&cpu->isInEngine, 0, __ATOMIC_RELEASE); }
static inline bool longma_is_in_engine(const LongmaCPU *_Nonnull cpu) { return __atomic_load_n(&cpu->isInEngine, __ATOMIC_SEQ_CST) != 0; }

/// Makes the CPU's engine stop at its next poll. Safe from any thread and from signal handlers.
static inline void longma_request_attention(LongmaCPU *_Nonnull cpu, uint64_t bits) {
    __atomic_fetch_or(&cpu->attention, bits, __ATOMIC_SEQ_CST);
    __atomic_store_n(&cpu->fuelFloor, INT64_MAX, __ATOMIC_SEQ_CST);
}
/// Takes what was requested and lets the CPU run on. A request that comes in between is kept for the next poll.
static inline uint64_t longma_take_attention(LongmaCPU *_Nonnull cpu) {
    __atomic_store_n(&cpu->fuelFloor, LONGMA_FUEL_FLOOR, __ATOMIC_SEQ_CST);
    return __atomic_exchange_n(&cpu->attention, 0, __ATOMIC_SEQ_CST);
}
static inline __attribute__((always_inline)) int64_t longma_fuel_floor(const LongmaCPU *_Nonnull cpu) {
    return __atomic_load_n(&cpu->fuelFloor, __ATOMIC_RELAXED);
}

/// Notes how deep the stack is now; it counts as deep 64 KiB further down.
static inline __attribute__((always_inline)) void longma_mark_stack(LongmaCPU *_Nonnull cpu) {
    uint64_t stack;
    __asm__ volatile("movq %%rsp, %0" : "=r"(stack));
    cpu->stackFloor = stack - (64 << 10);
}
static inline __attribute__((always_inline)) bool longma_stack_is_deep(const LongmaCPU *_Nonnull cpu) {
    bool deep;
    __asm__ volatile("cmpq %1, %%rsp" : "=@ccb"(deep) : "m"(cpu->stackFloor));
    return __builtin_expect(deep, 0);
}

/// The host's id of the calling thread.
int longma_thread_id(void);

/// The guest's stable counter: 100 MHz since the host's boot.
uint64_t longma_stable_counter(void);

/// A timer of the host's for one CPU. One thread at a time may use it.
typedef struct LongmaHostTimer LongmaHostTimer;
/// The signal by which a timer strikes.
#define LONGMA_TIMER_SIGNAL 63
/// A timer that is not set; NULL without memory.
LongmaHostTimer *_Nullable longma_make_timer(LongmaCPU *_Nonnull cpu);
/// Has the CPU's engine stop (`LONGMA_ATTENTION_SIGNAL`) in so many nanoseconds, which replaces an earlier time. The signal goes to the calling thread. False when
/// the host has no timer for it.
bool longma_set_timer(LongmaHostTimer *_Nonnull timer, uint64_t nanoseconds);
/// Whether it will still strike, on the calling thread.
bool longma_timer_is_set(const LongmaHostTimer *_Nonnull timer);
/// It does not strike again.
void longma_end_timer(LongmaHostTimer *_Nonnull timer);

/// The host's time stamp counter, in cycles.
static inline __attribute__((always_inline)) uint64_t longma_tsc(void) { return __builtin_ia32_rdtsc(); }

/// Calls an interpreter's handler `code(cpu, record)` and answers what it or a later one of its chain answers, or what `longma_leave_handlers` is given.
uint64_t longma_run_handlers(LongmaCPU *_Nonnull cpu, void *_Nonnull record, const void *_Nonnull code);

/// Returns from the `longma_run_handlers` that was entered last for `cpu`, dropping the frames in between; they must hold nothing that needs releasing.
_Noreturn void longma_leave_handlers(LongmaCPU *_Nonnull cpu, uint64_t status);

/// Where translated code returns to; only the fault handler needs it.
void longma_leave_code(void);

/// What a region jumps to that goes on at an address for which there is no region yet: looks into the jump cache, and leaves if there is nothing either. Only
/// translated code can call it, with the CPU and the address as arguments.
void longma_chain_code(void);
/// The same, but leaves at once.
void longma_dispatch_code(void);

/// Gives back what `longma_bind_cpu` set up for the calling thread; to be called before the thread ends.
void longma_release_thread(void);

/// What `LongmaCPU.floatHelper` points at: calls the callback (set once per process) with all registers kept.
void longma_float_stub(void);
void longma_set_float_callback(void (*_Nonnull callback)(LongmaCPU *_Nonnull));

/// An access of translated code that its probe of the soft TLB did not settle, as the code pushes it.
typedef struct LongmaSlowAccess {
    LongmaCPU *_Nonnull cpu;
    /// `LONGMA_SLOW_…`.
    uint64_t kind;
    /// What `CPU.fuel` gets back if the access is refused, and where the instruction is.
    uint64_t unexecuted, pc;
    uint64_t address;
    /// What to store, or what was loaded, extended.
    uint64_t value;
} LongmaSlowAccess;

/// Bits of `LongmaSlowAccess.kind`: bytes (1, 2, 4 or 8) in the low four, and whether it is a store or a load that sign-extends.
#define LONGMA_SLOW_SIZE 15u
#define LONGMA_SLOW_STORE 16u
#define LONGMA_SLOW_SIGNED 32u

/// Called by translated code with a `LongmaSlowAccess` on the stack: performs it with all registers kept. If it is refused, the machine delivers the exception
/// and the code of the handler is entered, or translated code is left.
void longma_slow_access_stub(void);

/// Values of `LongmaCPU.exitReason`. Left to look at `cpu->pc` anew (no code for it, or a poll that was not passed).
#define LONGMA_EXIT_DISPATCH 0
/// A guest access failed; `exitAddress`, `exitDetail` and `faultUnexecuted` say more.
#define LONGMA_EXIT_FAULT 1
/// Stencil code came to an edge that leads nowhere yet; `exitDetail` is the edge's number.
#define LONGMA_EXIT_LINK 2
/// A region was about to be entered when `entriesLeft` was counted down.
#define LONGMA_EXIT_SAMPLE 3
/// An exception raised by an instruction: 0x100 + GuestException.
#define LONGMA_EXIT_EXCEPTION 0x100

/// Address of the fault that the last failed guest access of this thread met, and whether it was an access to an address (SEGV) or a missing backing page (BUS).
uint64_t longma_last_fault_address(void);
int longma_last_fault_signal(void);
int longma_last_fault_code(void);

#endif
