// Runs a program as a grandchild: no `wait` of the guest sees it, and no SIGCHLD tells of it.
#include "LinuxHost.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { stackSize = 64 << 10 };

/// What the three processes share; they have one memory.
typedef struct {
    const char *const *arguments;
    int64_t result;
    volatile int error;
    char inner[stackSize] __attribute__((aligned(16)));
    char outer[stackSize] __attribute__((aligned(16)));
} Run;

/// The grandchild. What a terminal sends to all is for the guest to decide about.
static int execute(void *argument) {
    Run *run = argument;
    for (int signal = 1; signal <= 64; signal++) {
        int ignored = signal == SIGINT || signal == SIGQUIT || signal == SIGHUP || signal == SIGTERM || signal == SIGTSTP;
        longma_set_host_action(signal, ignored ? LONGMA_SIGNAL_IGNORE : LONGMA_SIGNAL_DEFAULT, 0);
    }
    int null = open("/dev/null", O_RDWR);
    for (int descriptor = 0; descriptor < 3; descriptor++) dup2(null, descriptor);
    longma_syscall(SYS_close_range, 3, ~0U, 0, 0, 0, 0);
    uint64_t none = 0;
    longma_syscall(SYS_rt_sigprocmask, SIG_SETMASK, (uint64_t)&none, 0, 8, 0, 0);
    execvp(run->arguments[0], (char *const *)run->arguments);
    run->error = errno;
    _exit(127);
}

/// The child: it executes nothing, so it keeps its exit signal, none, which hides it. All signals are blocked; raw system calls leave the parent's errno alone.
static int supervise(void *argument) {
    Run *run = argument;
    longma_set_host_action(SIGCHLD, LONGMA_SIGNAL_DEFAULT, 0);
    longma_syscall(SYS_close_range, 3, ~0U, 0, 0, 0, 0);
    int child = clone(execute, run->inner + stackSize, CLONE_VM | CLONE_VFORK | SIGCHLD, run);
    int status = 0;
    if (child < 0)
        run->result = -EAGAIN;
    else
        run->result = longma_syscall(SYS_wait4, (uint64_t)child, (uint64_t)&status, 0, 0, 0, 0) < 0 ? -ECHILD : status;
    longma_syscall(SYS_exit_group, 0, 0, 0, 0, 0, 0);
    return 0;
}

int64_t longma_run_hidden(const char *const *arguments) {
    Run run;
    run.arguments = arguments;
    run.result = -ECHILD;
    run.error = 0;
    uint64_t all = ~0ULL, previous = 0;
    longma_syscall(SYS_rt_sigprocmask, SIG_SETMASK, (uint64_t)&all, (uint64_t)&previous, 8, 0, 0);
    int child = clone(supervise, run.outer + stackSize, CLONE_VM, &run);
    int failure = errno;
    longma_syscall(SYS_rt_sigprocmask, SIG_SETMASK, (uint64_t)&previous, 0, 8, 0, 0);
    if (child < 0) return -failure;
    while (longma_syscall(SYS_wait4, (uint64_t)child, 0, __WCLONE, 0, 0, 0) == -EINTR) {}
    return run.error ? -run.error : run.result;
}
