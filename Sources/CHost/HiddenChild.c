// Runs a program as a grandchild: no `wait` of the guest sees it, and no SIGCHLD tells of it.
#include "LinuxHost.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef CLOSE_RANGE_UNSHARE
#define CLOSE_RANGE_UNSHARE 2U
#endif

enum { stackSize = 64 << 10 };

/// Steps of a start, in `state`: nothing yet, the program runs or cannot be started, the caller has what it needs to watch it.
enum { starting = 0, settled = 1, watched = 2 };

/// What the three processes share; they have one memory until the program is executed.
struct LongmaHiddenChild {
    const char *path;
    const char *const *arguments;
    int descriptor;
    int parent;
    int supervisor;
    volatile int child;
    volatile int error;
    volatile int64_t result;
    volatile uint32_t state;
    char inner[stackSize] __attribute__((aligned(16)));
    char outer[stackSize] __attribute__((aligned(16)));
};

static void sleepOn(volatile uint32_t *word, uint32_t value) {
    struct timespec limit = { .tv_nsec = 20000000 };
    longma_syscall(SYS_futex, (uint64_t)word, 0 /* FUTEX_WAIT */, value, (uint64_t)&limit, 0, 0);
}

static void announce(volatile uint32_t *word, uint32_t value) {
    __atomic_store_n(word, value, __ATOMIC_SEQ_CST);
    longma_syscall(SYS_futex, (uint64_t)word, 1 /* FUTEX_WAKE */, 64, 0, 0, 0);
}

/// The grandchild. What a terminal sends to all is for the guest to decide about.
static int execute(void *argument) {
    LongmaHiddenChild *run = argument;
    for (int signal = 1; signal <= 64; signal++) {
        int ignored = signal == SIGINT || signal == SIGQUIT || signal == SIGHUP || signal == SIGTERM || signal == SIGTSTP;
        longma_set_host_action(signal, ignored ? LONGMA_SIGNAL_IGNORE : LONGMA_SIGNAL_DEFAULT, 0);
    }
    setsid();
    if (run->descriptor == 3) fcntl(3, F_SETFD, 0); else dup2(run->descriptor, 3);
    longma_syscall(SYS_close_range, 4, ~0U, 0, 0, 0, 0);
    int null = open("/dev/null", O_RDWR);
    for (int descriptor = 0; descriptor < 3; descriptor++) dup2(null, descriptor);
    if (null > 3) close(null);
    uint64_t none = 0;
    longma_syscall(SYS_rt_sigprocmask, SIG_SETMASK, (uint64_t)&none, 0, 8, 0, 0);
    execv(run->path, (char *const *)run->arguments);
    run->error = errno;
    _exit(127);
}

/// The child: it executes nothing, so it keeps its exit signal, none, which hides it. All signals are blocked. It holds no descriptor, or the other ends of
/// pipes would not see them closed; and it makes raw system calls only, because errno is the caller's.
static int supervise(void *argument) {
    LongmaHiddenChild *run = argument;
    longma_set_host_action(SIGCHLD, LONGMA_SIGNAL_DEFAULT, 0);
    longma_syscall(SYS_prctl, PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0, 0);
    int child = clone(execute, run->inner + stackSize, CLONE_VM | CLONE_VFORK | SIGCHLD, run);
    longma_syscall(SYS_close_range, 0, ~0U, 0, 0, 0, 0);
    run->child = child;
    if (child < 0) run->error = EAGAIN;
    announce(&run->state, settled);
    // Whoever ends in the middle of a start never says so.
    while (run->state != watched && longma_syscall(SYS_getppid, 0, 0, 0, 0, 0, 0) == run->parent) sleepOn(&run->state, settled);
    int status = 0;
    if (child > 0) {
        // What it has started itself goes with it: first, while its number is still its own.
        longma_syscall(SYS_waitid, P_PID, (uint64_t)child, 0, WEXITED | WNOWAIT, 0, 0);
        longma_syscall(SYS_kill, (uint64_t)-(int64_t)child, SIGKILL, 0, 0, 0, 0);
        run->result = longma_syscall(SYS_wait4, (uint64_t)child, (uint64_t)&status, 0, 0, 0, 0) < 0 ? -ECHILD : status;
        while (longma_syscall(SYS_wait4, (uint64_t)-1, 0, 0, 0, 0, 0) > 0) {}
    }
    longma_syscall(SYS_exit_group, 0, 0, 0, 0, 0, 0);
    return 0;
}

int64_t longma_start_hidden(const char *path, const char *const *arguments, int descriptor, LongmaHiddenChild **result, int *processDescriptor) {
    LongmaHiddenChild *run = mmap(NULL, sizeof *run, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (run == MAP_FAILED) return -ENOMEM;
    run->path = path;
    run->arguments = arguments;
    run->descriptor = descriptor;
    run->parent = getpid();
    run->result = -ECHILD;
    uint64_t all = ~0ULL, previous = 0;
    longma_syscall(SYS_rt_sigprocmask, SIG_SETMASK, (uint64_t)&all, (uint64_t)&previous, 8, 0, 0);
    run->supervisor = clone(supervise, run->outer + stackSize, CLONE_VM, run);
    int failure = errno;
    longma_syscall(SYS_rt_sigprocmask, SIG_SETMASK, (uint64_t)&previous, 0, 8, 0, 0);
    if (run->supervisor < 0) {
        munmap(run, sizeof *run);
        return -failure;
    }
    while (run->state == starting) {
        sleepOn(&run->state, starting);
        // Whoever kills the supervisor now may leave a grandchild that still has this memory for its stack: it stays.
        if (run->state == starting && longma_syscall(SYS_wait4, (uint64_t)run->supervisor, 0, __WCLONE | WNOHANG, 0, 0, 0) != 0) return -EAGAIN;
    }
    // The supervisor does not reap the child before this is said, so the number is still the child's.
    int descriptorOfChild = run->error ? -1 : (int)longma_syscall(434 /* pidfd_open */, (uint64_t)run->child, 0, 0, 0, 0, 0);
    announce(&run->state, watched);
    if (run->error || descriptorOfChild < 0) {
        int64_t error = run->error ? -run->error : descriptorOfChild;
        longma_end_hidden(run);
        return error;
    }
    *result = run;
    *processDescriptor = descriptorOfChild;
    return 0;
}

int32_t longma_hidden_process(const LongmaHiddenChild *child) { return child->child; }

int64_t longma_end_hidden(LongmaHiddenChild *run) {
    int64_t ended;
    do ended = longma_syscall(SYS_wait4, (uint64_t)run->supervisor, 0, __WCLONE, 0, 0, 0); while (ended == -EINTR);
    int64_t result = run->result;
    munmap(run, sizeof *run);
    return result;
}

void longma_own_descriptors(void) {
    if (longma_syscall(SYS_close_range, 3, ~0U, CLOSE_RANGE_UNSHARE, 0, 0, 0) < 0) return;
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null < 0) return;
    for (int descriptor = 0; descriptor < 2; descriptor++) dup2(null, descriptor);
    close(null);
}
