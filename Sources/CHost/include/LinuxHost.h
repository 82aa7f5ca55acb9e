// What user-mode emulation needs of the Linux host that Swift cannot say: system calls that a signal may interrupt without a race, the recording of
// host signals, attention requests between threads, copies to and from guest memory, a lock that survives fork.
#ifndef LONGMA_LINUX_HOST_H
#define LONGMA_LINUX_HOST_H

#include "CPU.h"
#include "HostSystem.h"
#include <stddef.h>
#include <stdint.h>

/// The kernel's siginfo, 128 bytes, the same on x86-64 and LA64.
typedef struct LongmaSignalInfo {
    int32_t signal;
    int32_t error;
    int32_t code;
    int32_t padding;
    uint64_t fields[14];
} LongmaSignalInfo;

/// Where the host's signal handler leaves a signal for a guest thread. From the moment one is recorded, the host blocks all others for the thread
/// until the thread has taken it and sets its signal mask anew; so there is never more than one.
typedef struct LongmaSignalSlot {
    LongmaCPU *_Nonnull cpu;
    /// Number of the recorded signal, 0 for none.
    volatile uint32_t signal;
    /// Nonzero once the thread takes no more signals (it ends).
    volatile uint32_t closed;
    LongmaSignalInfo info;
} LongmaSignalSlot;

/// The signal that Longma keeps for itself: it brings threads out of blocking system calls. Guests cannot use it.
#define LONGMA_KICK_SIGNAL 64
/// Result of `longma_safe_syscall` when the call was not made because the thread has to attend to something first.
#define LONGMA_SYSCALL_NOT_STARTED (-4096)

/// A plain Linux system call of the host; the kernel's result (negative: -errno).
int64_t longma_syscall(int64_t number, uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e, uint64_t f);

/// The same, made only if `*attention` is 0; a signal that arrives at any moment before the call begins prevents it (LONGMA_SYSCALL_NOT_STARTED),
/// one that arrives during it interrupts it (-EINTR).
int64_t longma_safe_syscall(
    const volatile uint64_t *_Nonnull attention, int64_t number, uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e, uint64_t f);

/// The calling thread records its signals in `slot` (null: none; signals that reach it are passed on to `longma_set_signal_fallback`'s thread).
void longma_bind_signal_slot(LongmaSignalSlot *_Nullable slot);
/// Thread (host tid) that gets process-directed signals which arrive on threads of Longma's own.
void longma_set_signal_fallback(int32_t tid);

/// A running program that neither `wait` nor SIGCHLD shows to a guest, unless it asks for __WCLONE or __WALL.
typedef struct LongmaHiddenChild LongmaHiddenChild;

/// Starts the program at `path` as such a child, with `descriptor` as its descriptor 3 and no standard streams. Signals of a terminal pass it by. Gives a
/// descriptor that is readable when the program has ended. 0 or -errno. The calling thread must end the child before it ends itself.
int64_t longma_start_hidden(
    const char *_Nonnull path, const char *_Nullable const *_Nonnull arguments, int descriptor, LongmaHiddenChild *_Nullable *_Nonnull child,
    int *_Nonnull processDescriptor);
/// Its process number, for messages.
int32_t longma_hidden_process(const LongmaHiddenChild *_Nonnull child);
/// Waits for a child's end and frees it: its wait status, or -ECHILD when that is not known.
int64_t longma_end_hidden(LongmaHiddenChild *_Nonnull child);

/// Gives the calling thread a table of file descriptors of its own with nothing in it but standard error: what it opens takes no number from the guest,
/// and no child that the guest forks inherits it. On hosts without `close_range` the table stays shared.
void longma_own_descriptors(void);

/// What the host's processor can do, as CPUID says: features of leaf 1 (0) and of leaf 7 (1).
uint64_t longma_processor_features(int which);

/// What the host does with a signal.
enum { LONGMA_SIGNAL_DEFAULT = 0, LONGMA_SIGNAL_IGNORE = 1, LONGMA_SIGNAL_RECORD = 2 };
/// Sets the host's action for `signal`; `flags`: SA_NOCLDSTOP, SA_NOCLDWAIT or 0. 0 or -errno.
int64_t longma_set_host_action(int signal, int action, uint64_t flags);
/// Host's action for `signal` now: LONGMA_SIGNAL_DEFAULT, LONGMA_SIGNAL_IGNORE, or RECORD for any handler.
int longma_host_action(int signal);
/// Saves or restores the host's whole action for `signal` in 32 opaque bytes.
int64_t longma_save_host_action(int signal, uint64_t *_Nonnull words);
int64_t longma_restore_host_action(int signal, const uint64_t *_Nonnull words);
/// Sets the thread's host signal mask, without ever blocking SIGSEGV, SIGBUS, SIGILL (the fault handler's) and the kick signal, and returns the mask before.
uint64_t longma_set_signal_mask(uint64_t mask);

/// The requests that are there (`LONGMA_ATTENTION_…` bits).
uint64_t longma_peek_attention(const LongmaCPU *_Nonnull cpu);

/// Allocates a zeroed, 64-byte aligned CPU state, or null.
LongmaCPU *_Nullable longma_allocate_cpu(void);

/// Copies between host and guest memory; false when a guest byte is at or above LONGMA_FLAT_ADDRESS_LIMIT or cannot be accessed (part may be copied then).
bool longma_copy_from_guest(void *_Nonnull to, uint64_t from, size_t size);
bool longma_copy_to_guest(uint64_t to, const void *_Nonnull from, size_t size);
/// Copies a C string of at most `capacity` - 1 bytes. Its length, -EFAULT, or -ENAMETOOLONG.
int64_t longma_copy_string_from_guest(char *_Nonnull to, uint64_t from, size_t capacity);

/// A mutual exclusion lock without an owner: a forked child may release it. Initially 0.
typedef struct LongmaLock {
    uint32_t state;
} LongmaLock;
void longma_lock(LongmaLock *_Nonnull lock);
void longma_unlock(LongmaLock *_Nonnull lock);
/// Waits until `*word` is no longer `value` or something wakes the waiter; wakes all that wait at `word`.
void longma_wait(const uint32_t *_Nonnull word, uint32_t value);
void longma_wake_all(const uint32_t *_Nonnull word);
uint32_t longma_atomic_load(const uint32_t *_Nonnull word);
/// Adds `delta` and returns the new value.
uint32_t longma_atomic_add(uint32_t *_Nonnull word, int32_t delta);

#endif
