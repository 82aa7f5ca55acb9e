// Signals: timers, raise, masks, pending, alternate stack, restart, nesting, queued values, waiting.
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define CHECK(condition) printf("%s %s\n", (condition) ? "ok  " : "FAIL", #condition)

static volatile sig_atomic_t alarms, users, order, nested_order, on_stack, info_ok;
static int ends[2];
static char stack[32768];

static void on_alarm(int number) { alarms += number == SIGALRM; }
static void on_alarm_write(int number) { alarms++, (void)!write(ends[1], "!", 1), (void)number; }
static void on_user(int number) { users += number == SIGUSR1; }

static void on_info(int number, siginfo_t *info, void *context) {
    info_ok = number == SIGUSR2 && info->si_signo == SIGUSR2 && info->si_pid == getpid() && info->si_uid == getuid() && context != NULL;
}

static void on_value(int number, siginfo_t *info, void *context) {
    (void)number, (void)context;
    info_ok = info->si_code == SI_QUEUE && info->si_value.sival_int == 1234;
}

static void inner(int number) { (void)number, nested_order = ++order; }
static void outer(int number) {
    int before = order;
    raise(SIGUSR2);  // blocked by the mask while in here, or not
    (void)number;
    on_stack = order - before;
    ++order;
}

static void where(int number) {
    char here;
    (void)number;
    on_stack = (uintptr_t)&here - (uintptr_t)stack < sizeof stack;
    stack_t now;
    sigaltstack(NULL, &now);
    on_stack += 2 * (now.ss_flags == SS_ONSTACK);
}

static sigjmp_buf back;
static void escape(int number) { siglongjmp(back, number); }

static atomic_int in_thread;
static pthread_t other;
static void who(int number) { (void)number, in_thread = pthread_equal(pthread_self(), other) ? 1 : -1; }
static void *wait_for_it(void *argument) {
    while (!in_thread) usleep(500);
    return argument;
}

static double busy(double x) {
    for (int i = 0; i < 1000; i++) x = x * 1.0000001 + 0.5;
    return x;
}

int main(void) {
    struct sigaction action = {.sa_handler = on_alarm};
    sigaction(SIGALRM, &action, NULL);
    struct itimerval timer = {{0, 1000}, {0, 1000}}, none = {0};
    setitimer(ITIMER_REAL, &timer, NULL);
    double x = 0;
    long spins = 0;
    while (alarms < 20) x += busy(1) > 0, spins++;  // the registers of the loop survive the handlers
    setitimer(ITIMER_REAL, &none, NULL);
    CHECK(x == (double)spins);

    signal(SIGUSR1, on_user);
    for (int i = 0; i < 1000; i++) raise(SIGUSR1);
    CHECK(users == 1000);
    CHECK(kill(getpid(), SIGUSR1) == 0 && users == 1001);
    CHECK(syscall(SYS_tgkill, getpid(), syscall(SYS_gettid), SIGUSR1) == 0 && users == 1002);

    sigset_t set, old, pending;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    CHECK(sigprocmask(SIG_BLOCK, &set, &old) == 0 && !sigismember(&old, SIGUSR1));
    raise(SIGUSR1), raise(SIGUSR1);
    CHECK(users == 1002 && sigpending(&pending) == 0 && sigismember(&pending, SIGUSR1) && !sigismember(&pending, SIGUSR2));
    CHECK(sigprocmask(SIG_UNBLOCK, &set, NULL) == 0 && users == 1003);
    sigprocmask(SIG_BLOCK, &set, NULL);
    raise(SIGUSR1);
    struct timespec second = {1, 0}, little = {0, 1000000};
    siginfo_t info;
    CHECK(sigtimedwait(&set, &info, &second) == SIGUSR1 && users == 1003);
    CHECK(sigtimedwait(&set, &info, &little) == -1 && errno == EAGAIN);
    raise(SIGUSR1);
    sigset_t empty;
    sigemptyset(&empty);
    CHECK(sigsuspend(&empty) == -1 && errno == EINTR && users == 1004);
    sigprocmask(SIG_SETMASK, &old, NULL);

    action = (struct sigaction){.sa_sigaction = on_info, .sa_flags = SA_SIGINFO};
    sigaction(SIGUSR2, &action, NULL);
    CHECK(kill(getpid(), SIGUSR2) == 0 && info_ok);
    action.sa_sigaction = on_value;
    sigaction(SIGRTMIN + 1, &action, NULL);
    info_ok = 0;
    CHECK(sigqueue(getpid(), SIGRTMIN + 1, (union sigval){.sival_int = 1234}) == 0 && info_ok);

    // Nesting: a second signal runs at once, or after the first where the mask says so.
    action = (struct sigaction){.sa_handler = inner};
    sigaction(SIGUSR2, &action, NULL);
    action = (struct sigaction){.sa_handler = outer};
    sigaction(SIGUSR1, &action, NULL);
    raise(SIGUSR1);
    CHECK(nested_order == 1 && order == 2 && on_stack == 1);
    order = 0;
    sigaddset(&action.sa_mask, SIGUSR2);
    sigaction(SIGUSR1, &action, NULL);
    raise(SIGUSR1);
    CHECK(nested_order == 2 && order == 2 && on_stack == 0);

    stack_t alternate = {.ss_sp = stack, .ss_size = sizeof stack}, seen;
    CHECK(sigaltstack(&alternate, NULL) == 0);
    action = (struct sigaction){.sa_handler = where, .sa_flags = SA_ONSTACK};
    sigaction(SIGUSR1, &action, NULL);
    raise(SIGUSR1);
    CHECK(on_stack == 3);
    CHECK(sigaltstack(NULL, &seen) == 0 && seen.ss_sp == stack && seen.ss_flags == 0);
    action.sa_flags = 0;
    sigaction(SIGUSR1, &action, NULL);
    raise(SIGUSR1);
    CHECK(on_stack == 0);

    // A read that a signal interrupts: without SA_RESTART it fails, with it it goes on.
    CHECK(pipe(ends) == 0);
    char c = 0;
    action = (struct sigaction){.sa_handler = on_alarm};
    sigaction(SIGALRM, &action, NULL);
    // Again and again: the first may strike before the call begins, on a slow machine.
    struct itimerval again = {{0, 20000}, {0, 5000}};
    setitimer(ITIMER_REAL, &again, NULL);
    CHECK(read(ends[0], &c, 1) == -1 && errno == EINTR);
    action = (struct sigaction){.sa_handler = on_alarm_write, .sa_flags = SA_RESTART};
    sigaction(SIGALRM, &action, NULL);
    setitimer(ITIMER_REAL, &again, NULL);
    CHECK(read(ends[0], &c, 1) == 1 && c == '!');
    setitimer(ITIMER_REAL, &again, NULL);
    struct timespec ten = {10, 0}, left;
    CHECK(nanosleep(&ten, &left) == -1 && errno == EINTR && left.tv_sec >= 8);
    setitimer(ITIMER_REAL, &none, NULL);

    action = (struct sigaction){.sa_handler = escape};
    sigaction(SIGUSR1, &action, NULL);
    volatile int jumps = 0;
    for (int i = 0; i < 500; i++) {
        if (sigsetjmp(back, 1) == 0) raise(SIGUSR1); else jumps++;
    }
    sigprocmask(SIG_SETMASK, NULL, &old);
    CHECK(jumps == 500 && !sigismember(&old, SIGUSR1));

    action = (struct sigaction){.sa_handler = on_user, .sa_flags = (int)SA_RESETHAND};
    users = 0;
    sigaction(SIGUSR1, &action, NULL);
    raise(SIGUSR1);
    sigaction(SIGUSR1, NULL, &action);
    CHECK(users == 1 && action.sa_handler == SIG_DFL);
    signal(SIGUSR1, SIG_IGN);
    CHECK(raise(SIGUSR1) == 0 && users == 1);
    CHECK(sigaction(SIGKILL, &action, NULL) == -1 && errno == EINVAL);

    signal(SIGUSR2, who);
    pthread_create(&other, NULL, wait_for_it, NULL);
    pthread_kill(other, SIGUSR2);
    pthread_join(other, NULL);
    CHECK(in_thread == 1);

    signal(SIGCHLD, on_user);
    users = 0;
    action = (struct sigaction){.sa_handler = on_alarm};
    pid_t child = fork();
    if (child == 0) _exit(0);
    CHECK(waitpid(child, NULL, 0) == child);
    return 0;
}
