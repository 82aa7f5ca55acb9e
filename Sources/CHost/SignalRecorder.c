// The host's signal handler for guests: it records the signal and asks the guest thread to come and take it.
#include "LinuxHost.h"
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

extern const char longma_safe_syscall_test[], longma_safe_syscall_done[], longma_safe_syscall_skip[];

static __thread LongmaSignalSlot *current_slot __attribute__((tls_model("initial-exec")));
static volatile int32_t fallback_thread;

/// The kernel's own form of a signal action.
struct kernel_action {
    void (*handler)(int, siginfo_t *, void *);
    uint64_t flags;
    void (*restorer)(void);
    uint64_t mask;
};

#define BIT(signal) (1ULL << ((signal) - 1))
/// Signals whose arrival is never put off: faults of the host's own accesses, and the kick.
#define NEVER_BLOCKED (BIT(SIGSEGV) | BIT(SIGBUS) | BIT(SIGILL) | BIT(LONGMA_KICK_SIGNAL))

/// Taken off `si_code` while a signal is passed on from one thread to another.
#define PASSED_ON 1000

__asm__(".text\n"
        ".type longma_signal_return,@function\n"
        "longma_signal_return:\n"
        "    movq $15, %rax\n"
        "    syscall\n"
        ".size longma_signal_return,.-longma_signal_return\n");
extern void longma_signal_return(void) __attribute__((visibility("hidden")));

static void record(int signal, siginfo_t *info, void *context) {
    ucontext_t *uc = context;
    uintptr_t pc = (uintptr_t)uc->uc_mcontext.gregs[REG_RIP];
    if (pc >= (uintptr_t)longma_safe_syscall_test && pc < (uintptr_t)longma_safe_syscall_done)
        uc->uc_mcontext.gregs[REG_RIP] = (greg_t)(uintptr_t)longma_safe_syscall_skip;
    if (signal == LONGMA_KICK_SIGNAL) return; // whoever sent it has set the attention word
    if (info->si_code > 0 && (signal == SIGFPE || signal == SIGTRAP || signal == SIGSYS)) {
        longma_set_host_action(signal, LONGMA_SIGNAL_DEFAULT, 0); // Longma's own fault: die of it where it happened
        return;
    }
    LongmaSignalSlot *slot = current_slot;
    int32_t self = (int32_t)syscall(SYS_gettid);
    if (!slot || slot->closed) {
        int32_t thread = fallback_thread;
        if (thread && thread != self) {
            // The kernel lets a thread say "sent by kill" only to itself, so the code travels in disguise.
            siginfo_t copy = *info;
            copy.si_code -= PASSED_ON;
            syscall(SYS_rt_tgsigqueueinfo, getpid(), thread, signal, &copy);
        }
        return;
    }
    uint64_t blocked = ~NEVER_BLOCKED;
    memcpy(&uc->uc_sigmask, &blocked, sizeof blocked);
    if (slot->signal) { // the mask was undone by the return from a handler in between: let it wait in the kernel
        syscall(SYS_rt_tgsigqueueinfo, getpid(), self, signal, info);
    } else {
        memcpy(&slot->info, info, sizeof slot->info);
        if (slot->info.code < -PASSED_ON / 2) slot->info.code += PASSED_ON;
        slot->signal = (uint32_t)signal;
    }
    longma_request_attention(slot->cpu, LONGMA_ATTENTION_SIGNAL);
}

void longma_bind_signal_slot(LongmaSignalSlot *slot) { current_slot = slot; }
void longma_set_signal_fallback(int32_t tid) { fallback_thread = tid; }

int64_t longma_set_host_action(int signal, int action, uint64_t flags) {
    struct kernel_action new_action = {0};
    if (action == LONGMA_SIGNAL_RECORD) {
        new_action.handler = record;
        new_action.flags = flags | SA_SIGINFO | 0x04000000 /* SA_RESTORER */;
        new_action.restorer = longma_signal_return;
        new_action.mask = ~NEVER_BLOCKED;
    } else {
        new_action.handler = (void (*)(int, siginfo_t *, void *))(action == LONGMA_SIGNAL_IGNORE ? SIG_IGN : SIG_DFL);
        new_action.flags = flags;
    }
    return longma_syscall(SYS_rt_sigaction, (uint64_t)signal, (uint64_t)&new_action, 0, 8, 0, 0);
}

int longma_host_action(int signal) {
    struct kernel_action old = {0};
    longma_syscall(SYS_rt_sigaction, (uint64_t)signal, 0, (uint64_t)&old, 8, 0, 0);
    if ((void *)old.handler == (void *)SIG_DFL) return LONGMA_SIGNAL_DEFAULT;
    return (void *)old.handler == (void *)SIG_IGN ? LONGMA_SIGNAL_IGNORE : LONGMA_SIGNAL_RECORD;
}

int64_t longma_save_host_action(int signal, uint64_t *words) { return longma_syscall(SYS_rt_sigaction, (uint64_t)signal, 0, (uint64_t)words, 8, 0, 0); }
int64_t longma_restore_host_action(int signal, const uint64_t *words) {
    return longma_syscall(SYS_rt_sigaction, (uint64_t)signal, (uint64_t)words, 0, 8, 0, 0);
}

uint64_t longma_set_signal_mask(uint64_t mask) {
    uint64_t new_mask = mask & ~NEVER_BLOCKED, old = 0;
    longma_syscall(SYS_rt_sigprocmask, SIG_SETMASK, (uint64_t)&new_mask, (uint64_t)&old, 8, 0, 0);
    return old;
}
