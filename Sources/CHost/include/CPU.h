// The state of one guest CPU (one guest thread), in memory at a fixed layout: interpreter, translated code and the host's
// signal handlers all work on it.
#ifndef LONGMA_CPU_H
#define LONGMA_CPU_H

#include <stdbool.h>
#include <stdint.h>

/// First guest address that flat (user-mode) accesses may not reach: 2^46. Guest addresses are host addresses; the host
/// process keeps everything of its own above, so a check against this limit is the isolation of guest from host.
#define LONGMA_FLAT_ADDRESS_LIMIT 0x400000000000ULL

/// Bytes behind the limit that stay without access (`longma_reserve_guard`). An address that is known to be near one below the limit needs no check of its
/// own: what it can reach beyond guest memory is this space, or as a negative number the kernel's.
#define LONGMA_GUARD_SIZE (1 << 20)

/// The last floating-point operation whose `FCSR.Cause` has not been worked out yet: operation code (0: none) and operands.
typedef struct LongmaPendingFloat {
    uint64_t operation;
    double a, b, c;
} LongmaPendingFloat;

/// One slot of a CPU's jump cache: guest pc -> entry of translated code.
typedef struct LongmaJumpCacheEntry {
    uint64_t pc;
    const void *_Nullable code;
} LongmaJumpCacheEntry;

/// One page (4 KiB) of a soft TLB: the page's guest address once for each kind of access that needs no further check (`LONGMA_NO_PAGE`
/// where there is none), and what to add to a guest address to get the host's. Translated code probes it at fixed offsets.
typedef struct LongmaPage {
    uint64_t read, write, fetch, addend;
} LongmaPage;

/// What one access of translated code found in the soft TLB last: the page's guest address (all ones: nothing) and its addend. The next access of
/// the same instruction compares with that before it looks for the page by its address, which takes the processor longer.
typedef struct LongmaSite {
    uint64_t page, addend;
} LongmaSite;

/// Sites of each kind, loads and stores; the site of an instruction is number `(pc >> 2) & (sites - 1)`.
#define LONGMA_SITES 128

/// The same for several accesses off one base: the page that all of them were in, and its size (0: nothing).
typedef struct LongmaRunSite {
    uint64_t page, size, addend, unused;
} LongmaRunSite;

/// Sites of runs of each kind, those with loads only and those that may be stored to, too.
#define LONGMA_RUN_SITES 32

/// Lies in front of the pages of a soft TLB.
typedef struct LongmaSites {
    /// Nonzero when one of the sites holds something.
    uint64_t used, unused[7];
    LongmaSite loads[LONGMA_SITES], stores[LONGMA_SITES];
    LongmaRunSite loadRuns[LONGMA_RUN_SITES], storeRuns[LONGMA_RUN_SITES];
} LongmaSites;

/// Pages of a soft TLB; the page of an address is number `(address >> 12) & (pages - 1)`.
#define LONGMA_SOFT_TLB_PAGES 16384
/// No page has this address.
#define LONGMA_NO_PAGE 1

/// Kinds of access to ask `LongmaCPU.resolve` for.
#define LONGMA_ACCESS_LOAD 0
#define LONGMA_ACCESS_STORE 1
#define LONGMA_ACCESS_FETCH 2
/// Bits 63:8 of what `resolve` gets may be the access's size in bytes, 0 when the engine has looked after alignment.
/// What `resolve` answers, when it has got a size, for an access to a device of a core: `LongmaCore.device` performs it.
#define LONGMA_DEVICE_ACCESS 1

/// What `LongmaCPU.system` answers: 0, go on behind the instruction; else bits. PC: go on at `cpu->pc`. UNRETIRED: the instruction raised an exception, which
/// is delivered already, and did not retire. LEAVE: the engine must return to its caller.
#define LONGMA_SYSTEM_PC 1u
#define LONGMA_SYSTEM_UNRETIRED 2u
#define LONGMA_SYSTEM_LEAVE 4u

/// A host instruction that may fault on behalf of the guest instruction at `guest`, before which `unexecuted` instructions counted at its block's start had
/// still to run (itself included; bit 31: a store). `host` is an offset into its code; tables are sorted by it.
typedef struct LongmaFaultSite {
    uint32_t host;
    uint32_t unexecuted;
    uint64_t guest;
} LongmaFaultSite;

/// A stretch of stencil code that belongs to one CPU, with its fault sites; grows while the CPU does not run it.
typedef struct LongmaStencilCode {
    uint64_t start, end;
    const LongmaFaultSite *_Nullable sites;
    uint64_t count;
} LongmaStencilCode;

/// Number of slots in a jump cache; the slot of `pc` is `(pc >> 2) & (slots - 1)`.
#define LONGMA_JUMP_CACHE_SLOTS 4096

typedef struct LongmaCPU {
    /// General registers; gpr[0] is always 0.
    uint64_t gpr[32];
    /// Address of the current instruction whenever no engine is running.
    uint64_t pc;
    /// Instructions that may still retire. Engines count it down; retired = granted - fuel.
    int64_t fuel;
    /// Poll word: an engine leaves at the next block or back edge when `fuel <= fuelFloor`. A stop request stores INT64_MAX.
    /// Normally it is the length of the longest straight path between two polls, so that fuel ends exactly.
    int64_t fuelFloor;
    /// First address beyond guest memory.
    uint64_t addressLimit;
    /// Jump cache for translated code (`LONGMA_JUMP_CACHE_SLOTS` entries), or null.
    LongmaJumpCacheEntry *_Nullable jumpCache;
    /// Functions that translated code calls, by index (see GCCBackend); position-independent code needs no addresses.
    const void *_Nullable *_Nullable helpers;
    /// Host stack pointer to restore when translated code is left by a fault.
    uint64_t hostStack;
    /// The same for the interpreter's chains of handlers.
    uint64_t handlerStack;
    /// Instructions not executed of the block that a fault left, to be given back to `fuel`.
    int64_t faultUnexecuted;
    /// Why the last run ended: a `LongmaExit` value, with its details.
    uint64_t exitReason;
    uint64_t exitAddress;
    uint64_t exitDetail;
    /// Reservation of ll/sc: valid flag, address and the value that was loaded; with 16-byte aligned `ll.d` also the doubleword behind it, for `sc.q`.
    uint64_t llValid, llAddress, llValue, llHigh;
    /// FCSR with Flags as far as they are not still in the host's MXCSR and Cause unless `pendingFloat` is set.
    uint32_t fcsr;
    /// Nonzero while FCSR.Enables is: every floating-point operation is then checked at once, by the interpreter.
    uint32_t floatTraps;
    /// Condition flags, 0 or 1 each.
    uint8_t fcc[8];
    LongmaPendingFloat pendingFloat;
    /// The upper halves of the operands when `pendingFloat` is a vector operation.
    double pendingHighA, pendingHighB, pendingHighC;
    /// Operation, operands and result of a floating-point operation that translated code leaves to `floatHelper` (NaN results, rare operations).
    LongmaPendingFloat floatCall;
    double floatResult;
    /// Called with the CPU on the stack; preserves every register (`longma_float_stub`).
    const void *_Nullable floatHelper;
    /// MXCSR of guest code: rounding mode and sticky flags, all exceptions masked. Live in the host register while an engine runs.
    uint32_t guestMXCSR;
    uint32_t hostMXCSR;
    /// Set by a thread that wants this CPU out of its engine (with fuelFloor = INT64_MAX): `LONGMA_ATTENTION_…` bits.
    uint64_t attention;
    /// The interpreter's block that was entered last, and how deep the host's stack may get before its handlers must return.
    void *_Nullable block;
    uint64_t stackFloor;
    /// Of a CPU with address translation: the soft TLB and the number of the translation context that is current. Null for a Linux process's thread.
    LongmaPage *_Nullable pages;
    uint64_t context;
    /// Nonzero when the engine that runs must return to its caller, who will pick the engine of the current context.
    uint64_t leaving;
    /// Finds the host address of a guest address for one kind of access (`LONGMA_ACCESS_…`), for bytes that lie in one page; fills the soft TLB. 0 when the
    /// machine refuses; it has then noted the exception, which the engine reports as `GuestException.translation`.
    uint64_t (*_Nullable resolve)(struct LongmaCPU *_Nonnull cpu, uint64_t address, uint64_t access);
    /// Performs a system instruction (`Opcode.isSystem`), given as the two words of a decoded instruction and its address; answers `LONGMA_SYSTEM_…` bits.
    /// `fuel` must be exact but for the instruction itself, which counts as retired.
    uint64_t (*_Nullable system)(struct LongmaCPU *_Nonnull cpu, uint64_t low, uint64_t high, uint64_t pc);
    /// A value on its way between an access that was made slowly and who wanted it.
    uint64_t transfer;
    /// Delivers the exception that `resolve` noted last, for the instruction at `pc`; answers like `system`. `fuel` must be exact.
    uint64_t (*_Nullable deliver)(struct LongmaCPU *_Nonnull cpu);
    /// The machine behind the three functions.
    void *_Nullable machine;
    /// Stencil code of the engine that runs, common path and rare path, or null.
    const LongmaStencilCode *_Nullable stencilCode;
    /// 1 while its thread is in its engine, of a thread that others want to know it of: see `longma_enter_engine`.
    uint64_t isInEngine;
    /// Counted down whenever a region for flat memory is entered, which leaves (`LONGMA_EXIT_SAMPLE`) when it is below 0.
    int64_t entriesLeft;
    /// Binary translation extension: scratch registers, x86 flags, x87 top of stack.
    uint64_t scr[4];
    uint64_t eflags, ftop;
    /// Vector registers; f[n] is the low 64 bits of vr[n], LSX the low 128.
    _Alignas(16) uint64_t vr[32][4];
} LongmaCPU;

/// The register files, which Swift cannot index as they stand: f[n] is element 4 * n.
static inline __attribute__((always_inline)) double *_Nonnull longma_vr(LongmaCPU *_Nonnull cpu) { return (double *)cpu->vr; }
static inline __attribute__((always_inline)) uint8_t *_Nonnull longma_fcc(LongmaCPU *_Nonnull cpu) { return cpu->fcc; }

#endif
