// Entry into and exit from translated code, fault handling, executable memory.
#ifndef LONGMA_HOST_SYSTEM_H
#define LONGMA_HOST_SYSTEM_H

#include "CPU.h"
#include <stddef.h>
#include <stdint.h>

/// One line of a code block's fault table, sorted by `host`: the host instruction at `host` (offset into the block) belongs to
/// guest address `guest`, before which `unexecuted` instructions counted at its block's start had still to run (itself included).
typedef struct LongmaFaultSite {
    uint32_t host;
    uint32_t unexecuted;
    uint64_t guest;
} LongmaFaultSite;

/// Makes the calling thread run `cpu`: faults in guest accesses of this thread are reported to it. Installs an alternate signal stack once per thread.
void longma_bind_cpu(LongmaCPU *_Nullable cpu);

/// Installs the process's SIGSEGV, SIGBUS handler; idempotent. A fault that belongs to neither a guest access nor translated code gets `fallback`
/// (which may be null: the default action).
void longma_install_fault_handler(void);

/// Registers translated code [start, start + size) with its fault table (copied). Blocks must be registered in ascending address order. 0 on success.
int longma_register_code(const void *_Nonnull start, size_t size, const LongmaFaultSite *_Nullable sites, size_t count);

/// Runs translated code until it leaves; cpu->exitReason and cpu->pc then say why and where. The guest's MXCSR must be loaded.
void longma_enter_code(LongmaCPU *_Nonnull cpu, const void *_Nonnull code);

/// Address of the fault that the last failed guest access of this thread met, and whether it was an access to an address (SEGV) or a missing backing page (BUS).
uint64_t longma_last_fault_address(void);
int longma_last_fault_signal(void);
int longma_last_fault_code(void);

#endif
