// A timer of the host's for each core, whose signal comes on the core's own thread: a thread that waits and wakes the core costs ten times as much.
#include "HostSystem.h"
#include "LinuxHost.h"
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

struct LongmaHostTimer {
    /// NULL from its end on. The timer itself is never freed: a signal may be on its way.
    LongmaCPU *cpu;
    timer_t timer;
    /// The thread that gets the signal; 0 while there is no `timer`.
    pid_t thread;
    bool isSet;
};

static void strike(int signal, siginfo_t *info, void *context) {
    (void)signal;
    (void)context;
    LongmaHostTimer *timer = info->si_value.sival_ptr;
    __atomic_store_n(&timer->isSet, false, __ATOMIC_SEQ_CST);
    LongmaCPU *cpu = __atomic_load_n(&timer->cpu, __ATOMIC_SEQ_CST);
    if (cpu) longma_request_attention(cpu, LONGMA_ATTENTION_SIGNAL);
}

static void install(void) {
    struct sigaction action = {.sa_sigaction = strike, .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART};
    sigfillset(&action.sa_mask);
    sigaction(LONGMA_TIMER_SIGNAL, &action, NULL);
}

static pid_t threadID(void) {
    static __thread pid_t id;
    return id ? id : (id = (pid_t)syscall(SYS_gettid));
}

LongmaHostTimer *longma_make_timer(LongmaCPU *cpu) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, install);
    LongmaHostTimer *timer = calloc(1, sizeof *timer);
    if (timer) timer->cpu = cpu;
    return timer;
}

bool longma_timer_is_set(const LongmaHostTimer *timer) {
    return __atomic_load_n(&timer->isSet, __ATOMIC_SEQ_CST) && timer->thread == threadID();
}

static void drop(LongmaHostTimer *timer) {
    if (timer->thread) timer_delete(timer->timer);
    timer->thread = 0;
}

/// A timer for the calling thread.
static bool renew(LongmaHostTimer *timer) {
    drop(timer);
    sigset_t own;
    sigemptyset(&own);
    sigaddset(&own, LONGMA_TIMER_SIGNAL);
    pthread_sigmask(SIG_UNBLOCK, &own, NULL);
    struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = LONGMA_TIMER_SIGNAL, .sigev_value.sival_ptr = timer};
    event._sigev_un._tid = threadID();
    if (timer_create(CLOCK_MONOTONIC, &event, &timer->timer) != 0) return false;
    timer->thread = threadID();
    return true;
}

bool longma_set_timer(LongmaHostTimer *timer, uint64_t nanoseconds) {
    if (timer->thread != threadID() && !renew(timer)) return false;
    // A time of 0 would switch it off.
    if (nanoseconds == 0) nanoseconds = 1;
    struct itimerspec time = {.it_value = {.tv_sec = (time_t)(nanoseconds / 1000000000), .tv_nsec = (long)(nanoseconds % 1000000000)}};
    __atomic_store_n(&timer->isSet, true, __ATOMIC_SEQ_CST);
    return timer_settime(timer->timer, 0, &time, NULL) == 0;
}

void longma_end_timer(LongmaHostTimer *timer) {
    drop(timer);
    __atomic_store_n(&timer->cpu, NULL, __ATOMIC_SEQ_CST);
}
