// A thread that was translated before another thread installed a handler for faults: the handler sees its registers as they are.
// LoongArch: looks into the ucontext.
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <ucontext.h>
#include <unistd.h>

#define CHECK(condition) printf("%s %s\n", (condition) ? "ok  " : "FAIL", #condition)

enum { workers = 3 };
static atomic_int go, faults, good;
static struct { volatile unsigned long count; char room[120]; } counts[workers];
static __thread int own;

/// The counter in $t0 and its triple in $t1 are those of the loop's last round; the load that faulted is skipped.
static void look(int number, siginfo_t *info, void *context) {
    ucontext_t *user = context;
    unsigned long *registers = (unsigned long *)user->uc_mcontext.__gregs;
    (void)number;
    good += registers[12] == counts[own].count && registers[13] == 3 * registers[12] && info->si_addr == (void *)8;
    user->uc_mcontext.__pc += 4;
    faults++;
}

static void *work(void *argument) {
    own = (int)(long)argument;
    unsigned long *count = (unsigned long *)&counts[own].count;
    long ends = 0;
    // Counts until `go` is set, then faults twice.
    __asm__ volatile(
        "move $t0, $zero\n\tmove $t1, $zero\n"
        "1: addi.d $t0, $t0, 1\n\taddi.d $t1, $t1, 3\n\tst.d $t0, %1, 0\n\tld.w $t2, %2, 0\n\tbeqz $t2, 1b\n"
        "\tld.d $t3, $zero, 8\n"
        "\taddi.d $t0, $t0, 1\n\taddi.d $t1, $t1, 3\n\tst.d $t0, %1, 0\n"
        "\tld.d $t3, $zero, 8\n"
        "\tmove %0, $t0\n"
        : "=r"(ends) : "r"(count), "r"(&go) : "$t0", "$t1", "$t2", "$t3", "memory");
    return (void *)(ends - (long)*count);
}

int main(void) {
    pthread_t threads[workers];
    for (long i = 0; i < workers; i++) pthread_create(&threads[i], NULL, work, (void *)i);
    for (int i = 0; i < workers; i++)
        while (counts[i].count < 100000) usleep(1000);
    usleep(200000);  // long enough for a translation in the background
    struct sigaction action = {.sa_sigaction = look, .sa_flags = SA_SIGINFO};
    sigaction(SIGSEGV, &action, NULL);
    go = 1;
    int wrong = 0;
    for (int i = 0; i < workers; i++) {
        void *result;
        pthread_join(threads[i], &result);
        wrong += result != NULL;
    }
    CHECK(wrong == 0);
    CHECK(faults == 2 * workers);
    CHECK(good == 2 * workers);
    return 0;
}
